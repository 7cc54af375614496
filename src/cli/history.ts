/** `segue history`: the revisions of a workload and how each was released. */
import { type Command, Option } from 'commander';
import { formatDuration } from '../api/duration.ts';
import { configDifference, differenceText, type ObjectDifference } from '../engine/index.ts';
import { revisionArgument } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { findPolicy, readTarget, refusePair } from './held-workload.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { imagesText, type ReleaseObject } from './objects.ts';
import { type DataFormat, formatAge, printData, tableText } from './output.ts';
import { knownNumbers, readRevisions, type Revision } from './revisions.ts';

interface Options extends GlobalOptions {
  revision?: number;
  output?: DataFormat;
}

export const defineHistory: Define = (program, cli) => {
  program
    .command('history')
    .description('list what was released, newest first')
    .argument('<policy>', 'the ReleasePolicy, or deployment/NAME, statefulset/NAME, daemonset/NAME')
    .option('--revision <number>', 'all about this one, with its pod template', revisionArgument)
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const revisions = await withCluster(cli, options, async (connection) => {
        const policy = await findPolicy(cli, connection, name);
        refusePair(policy, 'history');
        return readRevisions(connection, policy, await readTarget(connection, policy));
      });
      if (options.revision === undefined) await printAll(cli, revisions, options.output);
      else await printOne(cli, wanted(revisions, options.revision), options.output);
    });
};

function wanted(revisions: Revision[], number: number): Revision {
  const found = revisions.find((revision) => revision.number === number);
  if (found) return found;
  throw new CliError(`revision ${number}: not found; there are ${knownNumbers(revisions)}`);
}

async function printAll(
  cli: Invocation,
  revisions: Revision[],
  format: DataFormat | undefined,
): Promise<void> {
  if (format) return printData(cli.stdout, format, { revisions: revisions.map(facts) });
  if (revisions.length === 0) {
    cli.stderr.write('nothing was deployed yet\n');
    return;
  }
  const header = 'CURRENT REVISION RELEASE IMAGES STRATEGY OUTCOME REASON STARTED DURATION';
  const now = cli.clock.now();
  cli.stdout.write(
    tableText(
      header.split(' '),
      revisions.map((revision) => row(revision, now)),
    ),
  );
}

function row(revision: Revision, nowMs: number): string[] {
  const { release, started, outcome, reason, strategy, ended, goesBack } = facts(revision);
  const lasted =
    started && Date.parse(ended ?? new Date(nowMs).toISOString()) - Date.parse(started);
  return [
    revision.current ? '*' : '',
    String(revision.number ?? '-'),
    release ?? '-',
    imagesText(revision.images) + configNote(revision.release),
    `${strategy ?? '-'}${goesBack === null ? '' : ', no stages'}`,
    outcome,
    reason ?? '-',
    started === null ? '-' : formatAge(started, nowMs),
    lasted ? formatDuration(lasted) : '-',
  ];
}

/** What was released beside the images. */
function configNote(release: ReleaseObject | undefined): string {
  const { config } = release?.spec ?? {};
  if (!config || config.stable.digest === config.candidate.digest) return '';
  return ` + ${differenceText(config.stable, config.candidate)}`;
}

/** What scripts read; `Deployed`: without a release, before the policy was there. */
function facts({ number, release, images, current }: Revision) {
  const of = release ? releaseFacts(release) : DEPLOYED;
  return { revision: number ?? null, current, images, ...of };
}

interface ReleaseFacts {
  release: string | null;
  strategy: string | null;
  outcome: string;
  reason: string | null;
  message: string | null;
  started: string | null;
  ended: string | null;
  retryOf: string | null;
  /** Why it went without stages. */
  goesBack: string | null;
  /** ConfigMaps and Secrets that were others than before, with the keys. */
  configuration: ObjectDifference[] | null;
}

const DEPLOYED: ReleaseFacts = {
  release: null,
  strategy: null,
  outcome: 'Deployed',
  reason: null,
  message: null,
  started: null,
  ended: null,
  retryOf: null,
  goesBack: null,
  configuration: null,
};

function releaseFacts({ metadata, spec, status = {} }: ReleaseObject): ReleaseFacts {
  return {
    release: metadata.name,
    strategy: spec.strategy,
    outcome: status.outcome ?? status.phase ?? 'Pending',
    reason: status.reason ?? null,
    message: status.message ?? null,
    started: status.startedAt ?? null,
    ended: status.endedAt ?? null,
    retryOf: spec.retryOf ?? null,
    goesBack: spec.plan.goesBack ?? null,
    configuration: spec.config ? configDifference(spec.config.stable, spec.config.candidate) : null,
  };
}

async function printOne(
  cli: Invocation,
  revision: Revision,
  format: DataFormat | undefined,
): Promise<void> {
  const { release, template } = revision;
  const more = {
    ...facts(revision),
    ...(release && {
      plan: release.spec.plan,
      evidence: release.status?.evidence ?? [],
      timeline: release.status?.timeline ?? [],
      requests: release.status?.requests ?? [],
    }),
    template,
  };
  await printData(cli.stdout, format ?? 'yaml', more);
}
