/** `segue validate`: checks policies in files; with --cluster also against what is on a cluster. */
import type { Command } from 'commander';
import { configWarnings } from '../engine/index.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { CliError, EXIT } from './cli-error.ts';
import { type Define, type GlobalOptions, type Invocation } from './invocation.ts';
import { readManifest } from './manifest-file.ts';
import type { TextResult } from './validate-text.ts';

interface Options extends GlobalOptions {
  filename: string[];
  cluster?: true;
}

export const defineValidate: Define = (program, cli) => {
  program
    .command('validate')
    .description('check ReleasePolicies, ReleaseDefaults and CheckTemplates in YAML or JSON files')
    .requiredOption('-f, --filename <file...>', "files to check; '-' reads standard input")
    .option('--cluster', 'also against the cluster, which is only read; default without any')
    .action(async (_options, self: Command) => {
      cli.finish(await validate(cli, self.optsWithGlobals<Options>()));
    });
};

async function validate(cli: Invocation, options: Options): Promise<number> {
  const { noPolicy, NOTHING_STORED, readSources } = await import('./validate-text.ts');
  const sources = [];
  for (const name of options.filename) {
    const { name: file, text } = await readManifest(cli, name);
    sources.push({ file, text });
  }
  const read = readSources(sources);
  const result = options.cluster
    ? await (await import('./validate-cluster.ts')).onCluster(cli, options, read)
    : inFiles(cli, read.judge(NOTHING_STORED));
  const { policies, faults } = result;
  for (const line of policies) cli.stdout.write(`${line}\n`);
  for (const line of faults) cli.stderr.write(`${line}\n`);
  if (policies.length === 0 && faults.length === 0)
    throw new CliError(noPolicy(options.filename, result));
  return faults.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What is warned of on a cluster, where the workload is in the files too. */
function inFiles(cli: Invocation, result: TextResult): TextResult {
  for (const policy of result.valid) {
    const { spec } = policy;
    const { kind, name } = spec.targetRef;
    const workload = result.workloads.get(`${kind} ${name}`)?.spec as Workload | undefined;
    const warnings = workload ? configWarnings(spec, workload.template ?? {}) : [];
    for (const warning of warnings) cli.stderr.write(`warning: ${policy.tell(warning)}\n`);
  }
  return result;
}

interface Workload {
  template?: PodTemplate;
}
