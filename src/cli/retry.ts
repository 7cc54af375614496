/** `segue retry`: releases what was taken back once more, as it is; by a ReleaseRequest, so that RBAC
 * says who may. */
import { type Command, Option } from 'commander';
import { KINDS, POLICY_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { durationArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { findPolicy, isRejected, readTarget } from './held-workload.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import {
  imagesText,
  type PolicyAndRelease,
  type PolicyObject,
  readPolicyAndRelease,
  type ReleaseObject,
} from './objects.ts';
import { type DataFormat, printData } from './output.ts';
import { createRequest } from './request.ts';

interface Options extends GlobalOptions {
  because?: string;
  wait: boolean;
  timeout: number;
  output?: DataFormat;
}

const POLL_MS = 200;
const TIMEOUT_MS = 30_000;

export const defineRetry: Define = (program, cli) => {
  program
    .command('retry')
    .description('release once more what was taken back')
    .argument('<policy>', 'the ReleasePolicy, or deployment/NAME, statefulset/NAME, daemonset/NAME')
    .option('--because <text>', 'why, for the record')
    .option('--no-wait', 'do not wait for the answer')
    .option('--timeout <duration>', 'how long to wait; default 30s', durationArgument, TIMEOUT_MS)
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      cli.finish(
        await withCluster(cli, options, (connection) => retry(cli, connection, { name, options })),
      );
    });
};

async function retry(
  cli: Invocation,
  connection: Connection,
  { name, options }: { name: string; options: Options },
): Promise<number> {
  const { metadata } = await findPolicy(cli, connection, name);
  const policy = metadata.name;
  const found = await readPolicyAndRelease(cli, connection, policy);
  const last = await tried(connection, found);
  const request = await createRequest(connection, { action: 'Retry', policy, options });
  const answer = options.wait
    ? await waitForRelease(cli, connection, { request, policy, timeoutMs: options.timeout })
    : undefined;
  return printAnswer(cli, options, {
    policy,
    release: answer?.release ?? null,
    action: 'Retry',
    accepted: answer ? !answer.text.startsWith('refused') : null,
    answer: answer?.text ?? null,
    text: `${answer?.release ?? policy}: ${answer?.text ?? `another try of ${last} asked for`}`,
  });
}

async function printAnswer(
  cli: Invocation,
  { output }: Options,
  { text, ...data }: { accepted: boolean | null; text: string; [key: string]: unknown },
): Promise<number> {
  const refused = data.accepted === false;
  if (output) await printData(cli.stdout, output, data);
  else (refused ? cli.stderr : cli.stdout).write(`${text}\n`);
  return refused ? EXIT.failed : EXIT.ok;
}

/** The release that was taken back; throws when there is none to try again. */
async function tried(
  connection: Connection,
  { policy, release, inProgress }: PolicyAndRelease,
): Promise<string> {
  const where = `ReleasePolicy ${connection.namespace}/${policy.metadata.name}`;
  if (inProgress && release)
    throw new CliError(`${where}: nothing to try again, ${release.metadata.name} is in progress`);
  const target = await readTarget(connection, policy);
  if (isLeft(policy, target)) return release?.metadata.name ?? policy.metadata.name;
  const images = imagesText(policy.status?.target?.images ?? []);
  throw new CliError(
    `${where}: nothing to try again, the template of ${target.kind} ${target.metadata.name} was not ` +
      `taken back; ${images} is released`,
  );
}

/** Of a DaemonSet the template says what users have; what was taken back is in its release. */
function isLeft(policy: PolicyObject, target: KubeObject): boolean {
  const kept = target.kind === 'DaemonSet' && policy.status?.target?.rejected !== undefined;
  return kept || isRejected(policy, target);
}

/** The request stays until the new release has recorded it; gone without that, it was refused. */
async function waitForRelease(
  cli: Invocation,
  { client, namespace }: Connection,
  asked: { request: KubeObject; policy: string; timeoutMs: number },
): Promise<{ release: string | undefined; text: string }> {
  const { name, uid } = asked.request.metadata;
  const deadline = cli.clock.now() + asked.timeoutMs;
  const labelSelector = `${POLICY_LABEL}=${asked.policy}`;
  for (;;) {
    const pending = await client.get({ ...KINDS.releaseRequest, namespace, name });
    const { items } = await client.list(KINDS.release, { namespace, labelSelector });
    for (const { metadata, status } of items as ReleaseObject[]) {
      const handled = status?.requests?.find((entry) => entry.uid === uid);
      if (handled) return { release: metadata.name, text: handled.answer };
    }
    if (!pending)
      return {
        release: undefined,
        text: `refused: '${cli.invokedAs} status ${asked.policy}' shows why there is nothing to try again`,
      };
    if (cli.clock.now() >= deadline)
      throw new CliError(
        `ReleaseRequest ${namespace}/${name}: no answer after ${Math.round(asked.timeoutMs / 1_000)}s; ` +
          'is the controller running? The request stays; delete it if you no longer want it',
      );
    await cli.clock.sleep(POLL_MS);
  }
}
