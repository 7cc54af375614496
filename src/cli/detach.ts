/** `segue detach`: takes Segue off a workload; everything is put back as it was. */
import type { Command } from 'commander';
import { HELD_ANNOTATION, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { durationArgument } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { type PolicyObject, readPolicy } from './objects.ts';

interface Options extends GlobalOptions {
  timeout: number;
}

interface Detached {
  policy: PolicyObject;
  /** The target as it was before. */
  before: KubeObject | undefined;
}

const POLL_MS = 200;
const TIMEOUT_MS = 300_000;

export const defineDetach: Define = (program, cli) => {
  program
    .command('detach')
    .description('delete a policy and wait until everything is put back')
    .argument('<policy>', 'the ReleasePolicy')
    .option('--timeout <duration>', 'how long to wait; default 5m', durationArgument, TIMEOUT_MS)
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      await withCluster(cli, options, (connection) =>
        detach(cli, connection, { name, ...options }),
      );
    });
};

async function detach(
  cli: Invocation,
  connection: Connection,
  { name, timeout }: { name: string; timeout: number },
): Promise<void> {
  const { client, namespace } = connection;
  const policy = await readPolicy(cli, connection, name);
  const where = `ReleasePolicy ${namespace}/${name}`;
  const uid = policy.metadata.uid;
  const before = await readTarget(connection, policy);
  await client.delete({ ...KINDS.releasePolicy, namespace, name }, uid ? { uid } : {});
  const deadline = cli.clock.now() + timeout;
  for (;;) {
    const left = await client.get({ ...KINDS.releasePolicy, namespace, name });
    if (left?.metadata.uid !== uid) break;
    if (cli.clock.now() >= deadline)
      throw new CliError(
        `${where}: is still there; is the controller running? It goes when all is put back, ` +
          `'${cli.invokedAs} status ${name}' shows what is waited for`,
      );
    await cli.clock.sleep(POLL_MS);
  }
  cli.stdout.write(`${where}: gone; ${await whatIsLeft(connection, { policy, before })}\n`);
}

async function whatIsLeft(connection: Connection, { policy, before }: Detached): Promise<string> {
  const { targetRef, pairRef } = policy.spec;
  const one = whatIsLeftOf(targetRef, await readTarget(connection, policy), before);
  if (!pairRef) return one;
  // What it ran before is not known here: it may have been the one without traffic.
  const other = await readNamed(connection, policy, pairRef.name);
  return `${one}; ${whatIsLeftOf({ kind: targetRef.kind, name: pairRef.name }, other, other)}`;
}

function whatIsLeftOf(
  { kind, name }: { kind: string; name: string },
  target: KubeObject | undefined,
  before: KubeObject | undefined,
): string {
  if (!target) return `there is no ${kind} ${name}`;
  if (target.metadata.annotations?.[HELD_ANNOTATION] !== undefined)
    return `${kind} ${name} is still held: its own update strategy is in the annotation ${HELD_ANNOTATION}`;
  const { paused } = (target['spec'] ?? {}) as { paused?: boolean };
  if (paused === true)
    return `${kind} ${name} is still paused: 'kubectl rollout resume' lets it roll out by itself`;
  const images = imagesOf(target);
  const restored = images === imagesOf(before) ? '' : `, its template is back at ${images}`;
  return `${kind} ${name} rolls out by itself again${restored}`;
}

function readTarget(connection: Connection, policy: PolicyObject) {
  return readNamed(connection, policy, policy.spec.targetRef.name);
}

function readNamed({ client, namespace }: Connection, policy: PolicyObject, name: string) {
  const { group, kind } = policy.spec.targetRef;
  return client.get({ group, kind, namespace, name });
}

function imagesOf(target: KubeObject | undefined): string {
  const spec = target?.['spec'] as
    { template?: { spec?: { containers?: { image?: string }[] } } } | undefined;
  const containers = spec?.template?.spec?.containers ?? [];
  return containers.map(({ image }) => image ?? '').join(', ');
}
