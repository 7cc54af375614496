/** `segue plan`: what a policy would do, stage by stage, before anything is touched. */
import { type Command, Option } from 'commander';
import { HELD_ANNOTATION, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ExpectedRequests } from '../analysis/index.ts';
import { countArgument, rateArgument, shareArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import {
  type Define,
  type GlobalOptions,
  inNamespace,
  type Invocation,
  withCluster,
} from './invocation.ts';
import { readManifest } from './manifest-file.ts';
import { type DataFormat, printData } from './output.ts';
import { storedBeside } from './stored-beside.ts';
import type { TextResult, ValidPolicy } from './validate-text.ts';

interface Options extends GlobalOptions {
  filename: string;
  replicas?: number;
  requests?: number;
  errors?: number;
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
    .option(
      '--requests <n>',
      'requests a second that the workload gets; with --errors',
      rateArgument,
    )
    .option(
      '--errors <share>',
      'share of them that is bad before the release: 0.5%; tells when checks would notice more',
      shareArgument,
    )
    .option(
      '--cluster',
      'pods of the workload, ReleaseDefaults and CheckTemplates, as the cluster has them',
    )
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (_options, self: Command) => {
      cli.finish(await plan(cli, self.optsWithGlobals<Options>()));
    });
};

async function plan(cli: Invocation, options: Options): Promise<number> {
  const requests = expected(options);
  const found = await readPolicies(cli, options);
  for (const fault of found.faults) cli.stderr.write(`${fault}\n`);
  if (found.faults.length > 0) return EXIT.failed;
  if (found.valid.length === 0) {
    const { noPolicy } = await import('./validate-text.ts');
    throw new CliError(noPolicy([options.filename], found));
  }
  const { previewPlan } = await import('../engine/preview.ts');
  const { planText } = await import('./plan-view.ts');
  const previews = [];
  for (const policy of found.valid) {
    const workload = await workloadFor(cli, options, { policy, found });
    previews.push({
      ...previewPlan(policy.name, policy.spec, { ...workload, ...requests }),
      fromDefaults: policy.fromDefaults,
    });
  }
  if (options.output) await printData(cli.stdout, options.output, ...previews);
  else cli.stdout.write(previews.map(planText).join('\n'));
  return EXIT.ok;
}

function expected({ requests, errors }: Options): { requests?: ExpectedRequests } {
  if (requests === undefined && errors === undefined) return {};
  if (requests !== undefined && errors !== undefined)
    return { requests: { perSecond: requests, badShare: errors } };
  throw new CliError(
    'tell both: --requests 200 (a second) and --errors 0.5% (the bad ones among them)',
    EXIT.usage,
  );
}

async function readPolicies(cli: Invocation, options: Options): Promise<TextResult> {
  const { NOTHING_STORED, readSources } = await import('./validate-text.ts');
  const { name: file, text } = await readManifest(cli, options.filename);
  const sources = readSources([{ file, text }]);
  return sources.judge(
    options.cluster ? await storedBeside(cli, options, sources) : NOTHING_STORED,
  );
}

interface Workload {
  replicas: number;
  /** Its spec, where that is known. */
  deployment?: unknown;
  assumed?: boolean;
}

const NODES_ASSUMED = 10;

/** As asked for, as the cluster has it, as the file has it; a note where nobody knows. */
async function workloadFor(
  cli: Invocation,
  options: Options,
  { policy, found }: { policy: ValidPolicy; found: TextResult },
): Promise<Workload> {
  const { kind, name } = policy.spec.targetRef;
  const written = found.workloads.get(`${kind} ${name}`);
  const inFile = written && { replicas: written.replicas, deployment: written.spec };
  if (options.replicas !== undefined) return { ...inFile, replicas: options.replicas };
  if (options.cluster) return liveWorkload(cli, options, policy);
  // Only the nodes say how many it has.
  if (kind === 'DaemonSet') return { ...inFile, replicas: NODES_ASSUMED, assumed: true };
  if (inFile) return inFile;
  cli.stderr.write(
    `note: how many pods ${kind} ${name} has is not in the file: planned for 1; ` +
      `--replicas N or --cluster tells\n`,
  );
  return { replicas: 1 };
}

async function liveWorkload(
  cli: Invocation,
  options: Options,
  { spec, namespace }: ValidPolicy,
): Promise<Workload> {
  const { group, kind, name } = spec.targetRef;
  return withCluster(cli, inNamespace(options, namespace), async (connection) => {
    const at = { group, kind, namespace: connection.namespace, name };
    const found = await connection.client.get(at);
    if (!found)
      throw new CliError(
        `${kind} ${connection.namespace}/${name}: does not exist; --replicas N plans without it`,
      );
    const deployment = { ...(found['spec'] as { replicas?: number }), ...ownStrategy(found) };
    const { desiredNumberScheduled } = (found['status'] ?? {}) as {
      desiredNumberScheduled?: number;
    };
    return { replicas: deployment.replicas ?? desiredNumberScheduled ?? 1, deployment };
  });
}

/** Held by Segue it has another update strategy than its user wrote, who is kept to. */
function ownStrategy({ kind, metadata }: KubeObject): { updateStrategy?: unknown } {
  const kept = metadata.annotations?.[HELD_ANNOTATION];
  if (kind !== KINDS.daemonSet.kind || kept === undefined) return {};
  try {
    return { updateStrategy: (JSON.parse(kept) as { strategy?: unknown }).strategy };
  } catch {
    return {};
  }
}
