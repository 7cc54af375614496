/** One measurement of every check of a policy, of the versions that there are. */
import {
  alphaOf,
  type MeasuredOnce,
  measuredOf,
  questionOf,
  type Sample,
  verdictOfOne,
} from '../analysis/index.ts';
import { asksFresh } from '../api/check.ts';
import { askedOf, sourceOf } from '../api/check-sources/index.ts';
import { keptSchema } from '../api/evidence.ts';
import type { PolicySpec } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import type { MeasuredCheck, ReleaseStatus } from '../api/release.ts';
import { parseThreshold } from '../api/threshold.ts';
import { freshPods, readyPods } from '../controller/index.ts';
import { effectiveProblems } from '../engine/defaults-problems.ts';
import { effectiveBy } from '../engine/effective-policy.ts';
import type {
  AskedMetric,
  MetricProvider,
  Reading,
  VersionContext,
} from '../ports/metric-provider.ts';
import { CliError } from './cli-error.ts';
import { closest } from './closest.ts';
import type { Connection } from './deps.ts';
import type { Invocation } from './invocation.ts';
import { metricsIn, nearestNames, nearestPaths } from './metric-names.ts';
import { type PolicyAndRelease, readPolicyAndRelease } from './objects.ts';
import { readDefaults, readTemplates } from './stored-beside.ts';
import { type KnownHint, knownHints, usualHint } from './unfound.ts';

export interface Answers {
  policy: string;
  namespace: string;
  /** The release in progress. */
  release?: string;
  stable: { hash: string; pods: number };
  candidate?: { hash: string; pods: number };
  checks: CheckAnswer[];
}

export interface CheckAnswer {
  name: string;
  source: string;
  asks: string;
  stable?: VersionAnswer;
  candidate?: VersionAnswer;
  /** Of metrics that are not there, or of which no series has the labels. */
  metrics?: { name: string; exists: boolean; near: string[] }[];
  verdict?: 'pass' | 'fail' | 'undecided';
  /** What may be the reason where nothing is found, and what to do. */
  hint?: string;
  /** Why, or why there is no verdict. */
  because: string;
  /** What the release in progress has found, at its own stages. */
  kept?: KeptAnswer;
}

export interface KeptAnswer {
  verdict: 'pass' | 'fail' | 'undecided';
  because: string;
  /** Of evidence that is gone on from after a restart: what time it is of (RFC 3339). */
  since?: string;
  until?: string;
}

export interface VersionAnswer extends MeasuredOnce {
  /** Since the processes that count have started, where it is counters that were read, or in the window. */
  counted?: 'Ever' | 'Window';
  /** Why nothing was found. */
  missing?: string;
}

interface Asking {
  checks: readonly MeasuredCheck[];
  falseAlarms: number | undefined;
  stable: Omit<VersionContext, 'window'>;
  /** Stable as its fresh baseline is, while a release is in progress. */
  fresh: Omit<VersionContext, 'window'> | undefined;
  candidate: Omit<VersionContext, 'window'> | undefined;
  providers: ReadonlyMap<string, MetricProvider>;
  nowMs: number;
  knownHint: KnownHint;
}

interface Wanted {
  policy: string;
  check: string | undefined;
  /** The address at which this machine reaches the Prometheus of all checks. */
  prometheus: string | undefined;
}

/** @throws CliError where there is no such policy or check, or the policy is not valid */
export async function askNow(
  cli: Invocation,
  connection: Connection,
  { policy: name, check, prometheus }: Wanted,
): Promise<Answers> {
  const found = await readPolicyAndRelease(cli, connection, name);
  const { policy, release, inProgress } = found;
  const asked = await checksOf(connection, found);
  const checks = chosen(asked.checks, check).map((one) => reachedAt(one, prometheus));
  const { stable, fresh, candidate } = await versionsOf(connection, found, asked.service);
  const providers = await cli.metricProviders(connection.client);
  const knownHint = await knownHints(connection, checks, policy.spec.traffic);
  const nowMs = cli.clock.now();
  const asking = { ...asked, stable, fresh, candidate, providers, nowMs, knownHint };
  try {
    return {
      policy: policy.metadata.name,
      namespace: connection.namespace,
      ...(inProgress && release && { release: release.metadata.name }),
      stable: { hash: stable.hash, pods: stable.pods.length },
      ...(candidate && { candidate: { hash: candidate.hash, pods: candidate.pods.length } }),
      checks: await Promise.all(
        checks.map(async (one) => {
          const kept = inProgress ? keptAnswer(one, release?.status?.evidence) : undefined;
          return { ...(await answerOf(one, asking)), ...(kept && { kept }) };
        }),
      ),
    };
  } finally {
    for (const provider of providers.values()) await provider.close?.();
  }
}

interface Asked {
  checks: MeasuredCheck[];
  falseAlarms: number | undefined;
  service: string;
}

/** Those that the release in progress keeps, or that the next one would. */
async function checksOf(
  connection: Connection,
  { policy, release, inProgress }: PolicyAndRelease,
): Promise<Asked> {
  if (release && inProgress) {
    const { checks, plan, traffic } = release.spec;
    return { checks, falseAlarms: plan.falseAlarms, service: traffic?.services[0] ?? '' };
  }
  const { spec, others } = effectiveBy(policy.spec, {
    defaults: await readDefaults(connection),
    templates: await readTemplates(connection),
  });
  const problems = effectiveProblems(spec, others).filter(isOfChecks);
  if (problems.length > 0)
    throw new CliError(
      `ReleasePolicy ${connection.namespace}/${policy.metadata.name}: ${problems.map(formatProblem).join('\n')}`,
    );
  return {
    checks: spec.checks,
    falseAlarms: parseThreshold(spec.falseAlarms)?.value,
    service: servicesOf(spec)[0]?.name ?? '',
  };
}

function servicesOf({ traffic }: PolicySpec): { name: string }[] {
  return traffic?.services ?? [];
}

/** What keeps a policy from releasing otherwise does not keep its checks from being asked. */
function isOfChecks({ field }: { field: string }): boolean {
  return /(?:^|: )spec\.(?:checks?|metrics)\b/.test(field);
}

function chosen(checks: readonly MeasuredCheck[], name: string | undefined): MeasuredCheck[] {
  const names = checks.map((check) => check.name);
  if (checks.length === 0) throw new CliError('it has no checks; add some under spec.checks');
  if (name === undefined) return [...checks];
  const found = checks.filter((check) => check.name === name);
  if (found.length > 0) return found;
  const near = closest(name, names);
  throw new CliError(
    `there is no check ${name}; ${near === undefined ? `there are ${names.join(', ')}` : `write ${near}`}`,
  );
}

function reachedAt(check: MeasuredCheck, address: string | undefined): MeasuredCheck {
  if (address === undefined || !check.prometheus) return check;
  return { ...check, prometheus: { ...check.prometheus, address } };
}

async function versionsOf(
  { client, namespace }: Connection,
  { policy, release, inProgress }: PolicyAndRelease,
  service: string,
) {
  const versions = inProgress ? release?.spec : undefined;
  const stableHash = versions?.stable.hash ?? policy.status?.target?.stableHash;
  if (stableHash === undefined)
    throw new CliError(
      `ReleasePolicy ${namespace}/${policy.metadata.name}: which version users have is not known yet; ` +
        'is the controller running?',
    );
  const contextOf = async (
    role: VersionContext['role'],
    hash: string,
  ): Promise<Asking['stable']> => ({
    role,
    namespace,
    service,
    hash,
    pods: await readyPods(client, namespace, { target: policy.spec.targetRef, hash }),
  });
  const stable = await contextOf('Stable', stableHash);
  if (!release || !versions) return { stable, fresh: undefined, candidate: undefined };
  const young = await freshPods(client, namespace, release.metadata.uid ?? '');
  return {
    stable,
    fresh: { ...stable, pods: young.ready },
    candidate: await contextOf('Candidate', versions.candidate.hash),
  };
}

async function answerOf(check: MeasuredCheck, asking: Asking): Promise<CheckAnswer> {
  const { checks, falseAlarms, nowMs, providers, candidate } = asking;
  const stable = (asksFresh(check) ? asking.fresh : undefined) ?? asking.stable;
  const source = sourceOf(check) ?? '';
  const { asks } = questionOf(check, checks, falseAlarms);
  const about = { name: check.name, source, asks };
  const known = asking.knownHint(check);
  const unasked = whyUnasked(check, candidate === undefined);
  if (unasked !== undefined)
    return { ...about, ...hinted(known), because: `not asked: ${unasked}` };
  const provider = providers.get(source);
  if (!provider) return { ...about, because: `there is nothing that asks ${source}` };
  const moment = { atMs: nowMs };
  const { signal } = new AbortController();
  const ask = async (version: Asking['stable']): Promise<Reading> =>
    version === asking.fresh && version.pods.length === 0
      ? { kind: 'Missing', because: 'no pod of a fresh baseline is ready' }
      : await provider.measure(check, { ...version, window: check.window, moment }, signal);
  const [first, second] = await Promise.all([ask(stable), candidate && ask(candidate)]);
  const metrics = [first, second].some((reading) => reading?.kind === 'Missing')
    ? await metricsOf(check, provider, { ...stable, window: check.window })
    : undefined;
  return {
    ...about,
    stable: versionAnswer(check, first),
    ...(second && { candidate: versionAnswer(check, second) }),
    ...(metrics && { metrics, ...hinted(known ?? whereThere(metrics, check)) }),
    ...conclusion(check, { atMs: nowMs, stable: first, candidate: second }, asking),
  };
}

function hinted(hint: string | undefined): Pick<CheckAnswer, 'hint'> {
  return hint === undefined ? {} : { hint };
}

function whereThere(
  metrics: NonNullable<CheckAnswer['metrics']>,
  check: MeasuredCheck,
): string | undefined {
  return metrics.every(({ exists }) => exists) ? usualHint(check) : undefined;
}

function keptAnswer(
  { name }: MeasuredCheck,
  evidence: ReleaseStatus['evidence'] = [],
): KeptAnswer | undefined {
  const found = evidence.find(({ check }) => check === name);
  if (!found) return undefined;
  const read = keptSchema.safeParse(found.kept);
  const { since, until } = read.data ?? {};
  return {
    verdict: VERDICTS[found.verdict],
    because: found.because,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** What cannot be asked now without that anything is wrong with it. */
function whyUnasked(check: MeasuredCheck, isIdle: boolean): string | undefined {
  if (check.job) return 'it would run a Job';
  const asked = Object.values(askedOf(check));
  const ofServices = /\{\{\s*(?:versionService|canary)\s*\}\}/;
  if (isIdle && asked.some((query) => typeof query === 'string' && ofServices.test(query)))
    return 'it is about the Services of two versions, which are there during a release only';
  return undefined;
}

function versionAnswer(check: MeasuredCheck, reading: Reading): VersionAnswer {
  if (reading.kind === 'Missing') return { missing: reading.because };
  const measured = measuredOf(check, reading);
  if (!measured) return { missing: 'what was measured is not a number' };
  if (reading.kind === 'Value') return measured;
  return { counted: reading.kind === 'Counters' ? 'Ever' : 'Window', ...measured };
}

/** Without a candidate it is stable that is held against a limit or an objective. */
function conclusion(
  check: MeasuredCheck,
  sample: Sample,
  { checks, falseAlarms }: Asking,
): Pick<CheckAnswer, 'verdict' | 'because'> {
  const alone = sample.candidate === undefined;
  if (alone && (check.compare ?? check.goal))
    return { because: 'there is no candidate to compare with: no release is in progress' };
  const held = alone ? { ...sample, candidate: sample.stable } : sample;
  const found = verdictOfOne(check, held, alphaOf(check, checks, falseAlarms));
  return {
    verdict: VERDICTS[found.verdict],
    because: found.because + (alone ? ' (of stable: no release is in progress)' : ''),
  };
}

const VERDICTS = { Pass: 'pass', Fail: 'fail', Undecided: 'undecided' } as const;

/** Of the metrics that its questions name, as far as the source says which it has. */
async function metricsOf(
  check: MeasuredCheck,
  provider: MetricProvider,
  version: VersionContext,
): Promise<CheckAnswer['metrics']> {
  const { signal } = new AbortController();
  const looked = await provider.metrics?.(check, version, signal);
  if (looked) return foundAll(looked);
  const names = await provider.names?.(check, version, signal);
  if (!names) return undefined;
  const { query, total, bad, good, histogram } = askedOf(check);
  const plain = [query, total, bad, good].flatMap((one) => metricsIn(one ?? ''));
  const buckets = metricsIn(histogram ?? '');
  const known = new Set(names);
  // Pages announce a histogram by its own name, and servers know its series.
  const exists = (name: string, of: string) => known.has(name) || known.has(of);
  const bare = names.map((name) => name.replace(/_bucket$/, ''));
  const all = [
    ...[...new Set(plain)].map((name) => ({
      name,
      exists: exists(name, name),
      near: exists(name, name) ? [] : nearestNames(name, names),
    })),
    ...buckets.map((name) => ({
      name,
      exists: exists(`${name}_bucket`, name),
      near: exists(`${name}_bucket`, name) ? [] : nearestNames(name, [...new Set(bare)]),
    })),
  ];
  return goneOf(all);
}

/** Those that are not there; all where each of them is. */
function goneOf<Metric extends { exists: boolean }>(all: Metric[]): Metric[] {
  const gone = all.filter((one) => !one.exists);
  return gone.length > 0 ? gone : all;
}

function foundAll(looked: readonly AskedMetric[]): CheckAnswer['metrics'] {
  return goneOf(
    looked.map(({ name, exists, others }) => ({
      name,
      exists,
      near: exists ? [] : nearestPaths(name, others),
    })),
  );
}
