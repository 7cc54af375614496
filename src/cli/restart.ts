/** `segue restart`: new pods of the same version, released like any other revision; 'kubectl rollout
 * restart' refuses a paused Deployment, which every held one is. */
import type { Command } from 'commander';
import type { KubeObject } from '../api/object.ts';
import { durationArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Connection } from './deps.ts';
import {
  findPolicy,
  isRejected,
  plainTemplate,
  readTarget,
  refusePair,
  templateImages,
  warnOfGit,
  writeTemplate,
} from './held-workload.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { imagesText, type PolicyAndRelease, readPolicyAndRelease } from './objects.ts';
import { watchRelease } from './status.ts';

interface Options extends GlobalOptions {
  force?: true;
  wait?: true;
  timeout?: number;
}

/** The one that kubectl sets. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export const defineRestart: Define = (program, cli) => {
  program
    .command('restart')
    .description('release the present version again with new pods')
    .argument('<policy>', 'the ReleasePolicy, or deployment/NAME, statefulset/NAME, daemonset/NAME')
    .option('--force', 'also in the middle of a release, which is superseded and begins anew')
    .option('--wait', 'wait until the release has ended; 0 when promoted, 3 when aborted')
    .option('--timeout <duration>', 'with --wait: give up after this time', durationArgument)
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      cli.finish(
        await withCluster(cli, options, (connection) =>
          restart(cli, connection, { name, ...options }),
        ),
      );
    });
};

async function restart(
  cli: Invocation,
  connection: Connection,
  { name, force, wait, timeout }: Options & { name: string },
): Promise<number> {
  const { metadata } = await findPolicy(cli, connection, name);
  const found = await readPolicyAndRelease(cli, connection, metadata.name);
  refusePair(found.policy, 'restart');
  const target = await readTarget(connection, found.policy);
  refuse(cli, found, { target, force: force === true });
  warnOfGit(cli, target);
  const at = new Date(cli.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  await writeTemplate(connection, { target, operations: [annotated(target, at)], dryRun: false });
  const images = imagesText(templateImages(plainTemplate(target)));
  cli.stdout.write(
    `${target.kind} ${connection.namespace}/${target.metadata.name}: ${images} is released again, with new pods\n`,
  );
  if (!wait) return EXIT.ok;
  return watchRelease(cli, connection, { name: metadata.name, timeout });
}

/** What was taken back, or is on its way, is not what somebody means who restarts. */
function refuse(
  cli: Invocation,
  { policy, release, inProgress }: PolicyAndRelease,
  { target, force }: { target: KubeObject; force: boolean },
): void {
  const { name } = policy.metadata;
  if (inProgress && release && !force)
    throw new CliError(
      `${release.metadata.name} is in progress, and a restart would supersede it; ` +
        `wait for its end ('${cli.invokedAs} status ${name} --watch'), or --force`,
    );
  if (!inProgress && isRejected(policy, target)) {
    const images = imagesText(templateImages(plainTemplate(target)));
    throw new CliError(
      `the template of ${target.kind} ${target.metadata.name} is ${images}, which was taken back; ` +
        `'${cli.invokedAs} retry ${name}' tries it again, '${cli.invokedAs} undo ${name}' puts back what runs`,
    );
  }
}

function annotated(target: KubeObject, at: string) {
  const { metadata = {} } = plainTemplate(target) as { metadata?: Record<string, unknown> };
  const annotations = { ...(metadata['annotations'] as object | undefined), [RESTARTED_AT]: at };
  const value = { ...metadata, annotations };
  return { op: 'add' as const, path: '/spec/template/metadata', value };
}
