/** `segue plan`: what a policy would do, stage by stage, before anything is touched. */
import { type Command, Option } from 'commander';
import { KINDS } from '../api/group.ts';
import { countArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { readManifest } from './manifest-file.ts';
import { type DataFormat, printData } from './output.ts';
import type { TextResult, ValidPolicy } from './validate-text.ts';

interface Options extends GlobalOptions {
  filename: string;
  replicas?: number;
  cluster?: boolean;
  output?: DataFormat;
}

export const definePlan: Define = (program, cli) => {
  program
    .command('plan')
    .description('show what a policy would do: stages, pods, gates, times and every write')
    .requiredOption(
      '-f, --filename <file>',
      "a file with a ReleasePolicy; '-' reads standard input",
    )
    .option('--replicas <n>', 'pods of the workload; default those in the file', countArgument)
    .option('--cluster', 'pods of the workload as the cluster has it')
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (_options, self: Command) => {
      cli.finish(await plan(cli, self.optsWithGlobals<Options>()));
    });
};

async function plan(cli: Invocation, options: Options): Promise<number> {
  const found = await readPolicies(cli, options.filename);
  for (const fault of found.faults) cli.stderr.write(`${fault}\n`);
  if (found.faults.length > 0) return EXIT.failed;
  if (found.valid.length === 0) throw new CliError(`${options.filename}: no ReleasePolicy in it`);
  const { previewPlan } = await import('../engine/preview.ts');
  const { planText } = await import('./plan-view.ts');
  const previews = [];
  for (const policy of found.valid) {
    const replicas = await replicasFor(cli, options, { policy, found });
    previews.push(previewPlan(policy.name, policy.spec, replicas));
  }
  if (options.output) await printData(cli.stdout, options.output, ...previews);
  else cli.stdout.write(previews.map(planText).join('\n'));
  return EXIT.ok;
}

async function readPolicies(cli: Invocation, file: string): Promise<TextResult> {
  const { validateText } = await import('./validate-text.ts');
  const { name, text } = await readManifest(cli, file);
  return validateText(name, text);
}

/** As asked for, as the cluster has it, as the file has it; a note where nobody knows. */
async function replicasFor(
  cli: Invocation,
  options: Options,
  { policy, found }: { policy: ValidPolicy; found: TextResult },
): Promise<number> {
  if (options.replicas !== undefined) return options.replicas;
  const { name } = policy.spec.targetRef;
  if (options.cluster) return liveReplicas(cli, options, policy);
  const written = found.replicas.get(name);
  if (written !== undefined) return written;
  cli.stderr.write(
    `note: how many pods Deployment ${name} has is not in the file: planned for 1; ` +
      `--replicas N or --cluster tells\n`,
  );
  return 1;
}

async function liveReplicas(
  cli: Invocation,
  options: Options,
  { spec, namespace }: ValidPolicy,
): Promise<number> {
  const { name } = spec.targetRef;
  const wanted = { ...options, ...(options.namespace === undefined && namespace && { namespace }) };
  return withCluster(cli, wanted, async (connection) => {
    const at = { ...KINDS.deployment, namespace: connection.namespace, name };
    const deployment = await connection.client.get(at);
    if (!deployment)
      throw new CliError(
        `Deployment ${connection.namespace}/${name}: does not exist; --replicas N plans without it`,
      );
    return (deployment['spec'] as { replicas?: number }).replicas ?? 1;
  });
}
