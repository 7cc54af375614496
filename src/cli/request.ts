/** `segue promote | approve | skip | pause | resume | abort`: asks something of the release in progress, and waits
 * for the answer. */
import { type Command, Option } from 'commander';
import { API_VERSION, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseRequestSpec, RequestAction } from '../api/release-request.ts';
import { durationArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import {
  imagesText,
  type PolicyAndRelease,
  readPolicyAndRelease,
  type ReleaseObject,
} from './objects.ts';
import { type DataFormat, formatAge, printData } from './output.ts';

interface Options extends GlobalOptions {
  because?: string;
  release?: string;
  /** Of `promote`. */
  full?: boolean;
  wait: boolean;
  timeout: number;
  output?: DataFormat;
}

interface Asked {
  action: RequestAction;
  policy: string;
  options: Options;
}

interface Request extends Pick<Asked, 'action' | 'policy'> {
  options: { because?: string; release?: string };
}

const ACTIONS: Record<string, { action: RequestAction; description: string }> = {
  promote: { action: 'Promote', description: 'open the gates of the present stage' },
  approve: { action: 'Approve', description: 'give the approval that the present stage waits for' },
  skip: { action: 'Skip', description: 'leave the present stage, even where something failed' },
  pause: { action: 'Pause', description: 'stay at the present stage' },
  resume: { action: 'Resume', description: 'go on after a pause' },
  abort: { action: 'Abort', description: 'give the release up and go back to the stable version' },
};
const POLL_MS = 200;
const TIMEOUT_MS = 30_000;

export const defineRequests: Define = (program, cli) => {
  for (const [name, { action, description }] of Object.entries(ACTIONS)) {
    const command = program
      .command(name)
      .description(description)
      .argument('<policy>', 'the ReleasePolicy whose release in progress is meant')
      .option('--because <text>', 'why, for the record')
      .option('--release <name>', 'only if this is the release in progress')
      .option('--no-wait', 'do not wait for the answer')
      .option('--timeout <duration>', 'how long to wait; default 30s', durationArgument, TIMEOUT_MS)
      .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
      .action(async (policy: string, _options, self: Command) => {
        const options = self.optsWithGlobals<Options>();
        const asked: Asked = { action: options.full ? 'PromoteFull' : action, policy, options };
        cli.finish(await withCluster(cli, options, (connection) => ask(cli, connection, asked)));
      });
    if (action === 'Promote')
      command.option('--full', 'open the gates of all stages: on to all the traffic');
  }
};

async function ask(cli: Invocation, connection: Connection, asked: Asked): Promise<number> {
  const found = await readPolicyAndRelease(cli, connection, asked.policy);
  const release = releaseInProgress(cli, connection, found, asked.options.release);
  const request = await createRequest(connection, asked);
  if (!asked.options.wait) return printAnswer(cli, asked, { release, answer: undefined });
  const answer = await waitForAnswer(cli, connection, { release, request, asked });
  return printAnswer(cli, asked, { release, answer });
}

/** Throws when there is nothing to ask: a request would be dropped without an answer. */
function releaseInProgress(
  cli: Invocation,
  { namespace }: Connection,
  { policy, release, inProgress }: PolicyAndRelease,
  wanted: string | undefined,
): ReleaseObject {
  const where = `ReleasePolicy ${namespace}/${policy.metadata.name}`;
  if (!release)
    throw new CliError(
      `${where}: nothing was released yet; a release begins when the pod template of ` +
        `${policy.spec.targetRef.kind} ${policy.spec.targetRef.name} changes`,
    );
  const name = release.metadata.name;
  // One whose old version is kept has ended, and can still be taken back.
  if (!inProgress && release.status?.step !== 'Keep') {
    const ended = formatAge(release.status?.endedAt, cli.clock.now());
    throw new CliError(
      `${where}: no release is in progress, ${name} ended ${ended && `${ended} ago `}as ` +
        `${release.status?.outcome}; ${whatNext(cli, release)}`,
    );
  }
  if (wanted !== undefined && wanted !== name)
    throw new CliError(`${where}: ${wanted} is not in progress, ${name} is`);
  return release;
}

function whatNext(cli: Invocation, { status, spec }: ReleaseObject): string {
  return status?.outcome === 'Aborted'
    ? `${imagesText(spec.stable.images)} runs; '${cli.invokedAs} retry ${spec.policy}' tries again`
    : `'${cli.invokedAs} undo ${spec.policy}' goes back to the version before`;
}

export function createRequest(
  { client, namespace, user }: Connection,
  { action, policy, options }: Request,
): Promise<KubeObject> {
  const { because, release } = options;
  const spec: ReleaseRequestSpec = {
    policy,
    ...(release !== undefined && { release }),
    action,
    ...(because !== undefined && { because }),
    by: user,
  };
  const generateName = `${policy.slice(0, 200)}-${action.toLowerCase()}-`;
  return client.create({
    apiVersion: API_VERSION,
    kind: KINDS.releaseRequest.kind,
    // The server makes the name from generateName.
    metadata: { generateName, namespace } as unknown as KubeObject['metadata'],
    spec,
  });
}

interface Waiting {
  release: ReleaseObject;
  request: KubeObject;
  asked: Asked;
}

async function waitForAnswer(
  cli: Invocation,
  connection: Connection,
  { release, request, asked }: Waiting,
): Promise<string> {
  const { client, namespace } = connection;
  const { timeout } = asked.options;
  const deadline = cli.clock.now() + timeout;
  const name = release.metadata.name;
  for (;;) {
    const pending = await client.get({
      ...KINDS.releaseRequest,
      namespace,
      name: request.metadata.name,
    });
    const now = await client.get({ ...KINDS.release, namespace, name });
    const handled = (now as ReleaseObject | undefined)?.status?.requests?.find(
      (entry) => entry.uid === request.metadata.uid,
    );
    if (handled) return handled.answer;
    if (!pending)
      throw new CliError(
        `Release ${namespace}/${name}: ended before it could answer; ` +
          `'${cli.invokedAs} status ${asked.policy}' shows how`,
      );
    if (cli.clock.now() >= deadline)
      throw new CliError(
        `ReleaseRequest ${namespace}/${request.metadata.name}: no answer after ` +
          `${Math.round(timeout / 1_000)}s; is the controller running? ` +
          'The request stays and will be answered when it is; delete it if you no longer want it',
      );
    await cli.clock.sleep(POLL_MS);
  }
}

async function printAnswer(
  cli: Invocation,
  { action, policy, options }: Asked,
  { release, answer }: { release: ReleaseObject; answer: string | undefined },
): Promise<number> {
  const refused = answer?.startsWith('refused') === true;
  const name = release.metadata.name;
  if (options.output)
    await printData(cli.stdout, options.output, {
      policy,
      release: name,
      action,
      accepted: answer === undefined ? null : !refused,
      answer: answer ?? null,
    });
  else (refused ? cli.stderr : cli.stdout).write(`${name}: ${answer ?? `${action} asked for`}\n`);
  return refused ? EXIT.failed : EXIT.ok;
}
