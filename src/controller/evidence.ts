/** Measures the checks of releases in progress and judges what was measured. What is held against a number is kept in
 * memory only; evidence goes with the verdicts into the status of the release, and is gone on from. */
import {
  addSample,
  alphaOf,
  type Course,
  type Sample,
  startCourse,
  type Verdict,
  verdictAt,
} from '../analysis/index.ts';
import { asksFresh } from '../api/check.ts';
import { sourceOf } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import { FRESH_LABEL } from '../api/group.ts';
import type { MeasuredCheck, ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import type { Decision } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { MetricProvider, Reading, VersionContext } from '../ports/metric-provider.ts';
import type { Caches } from './caches.ts';
import { candidateService, freshPods, readyPods } from './candidate-pods.ts';
import { podTrouble, setTrouble } from './pod-trouble.ts';
import { taskSubject } from './tasks.ts';

export interface EvidenceDeps {
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** By the field of a check that names it: `prometheus`, `scrape`. */
  providers: ReadonlyMap<string, MetricProvider>;
  /** Where the candidate's own Service is found, for what is run for a check. */
  caches?: Caches;
}

export interface MeasuredRelease {
  /** Absent: nothing is run for it. */
  name?: string;
  uid: string;
  namespace: string;
  spec: ReleaseSpec;
  /** What its status says of its checks: the evidence that is gone on from. */
  evidence?: ReleaseStatus['evidence'] | undefined;
}

/** What is measured, of the decision on the release. */
export type Measure = NonNullable<Decision['measure']>;

/** The checks of one release, as long as the same is asked. */
interface Round {
  measure: Measure;
  /** Since when it has been measured without a break, and when it was looked at last. */
  lookedSinceMs: number;
  lookedAtMs: number;
  /** A longer silence than this is a break. */
  breakMs: number;
  stop: AbortController;
  /** By the name of the check, once it was measured. */
  courses: Map<string, Course>;
}

const PODS_MAX = 500;
/** Two questions in a row with their deadlines, and time to list the pods. */
const MEASURING_MAX_MS = 60_000;

export class EvidenceCollector {
  private readonly rounds = new Map<string, Round>();
  private readonly deps: EvidenceDeps;

  constructor(deps: EvidenceDeps) {
    this.deps = deps;
  }

  /** Measures as asked from now on; a later beginning, or other checks, begin anew. */
  ask(release: MeasuredRelease, measure: Measure | undefined, changed: () => void): void {
    const round = this.rounds.get(release.uid);
    if (measure && sameJson(round?.measure, measure)) return;
    round?.stop.abort();
    this.rounds.delete(release.uid);
    if (!measure) return;
    const begun: Round = {
      measure,
      lookedSinceMs: this.deps.clock.now(),
      lookedAtMs: this.deps.clock.now(),
      breakMs: breakMs(release.spec.checks),
      stop: new AbortController(),
      courses: new Map(),
    };
    this.rounds.set(release.uid, begun);
    for (const check of release.spec.checks)
      if (measure.checks.includes(check.name)) void this.run(release, check, begun, changed);
  }

  /** The verdicts on what has been measured since `measure` was last asked for. */
  verdicts(release: MeasuredRelease): Verdict[] {
    const now = this.deps.clock.now();
    const courses = [...(this.rounds.get(release.uid)?.courses.values() ?? [])];
    const rank = ({ check }: Course) =>
      release.spec.checks.findIndex(({ name }) => name === check.name);
    return courses.sort((a, b) => rank(a) - rank(b)).map((course) => verdictAt(course, now));
  }

  /** From when on the samples count that the verdicts are about. */
  from({ uid }: MeasuredRelease): number | undefined {
    return this.rounds.get(uid)?.measure.sinceMs;
  }

  /** Since when these checks are measured without a break; undefined when they are not. A process that
   * was frozen looked at nothing meanwhile. */
  since({ uid }: MeasuredRelease): number | undefined {
    const round = this.rounds.get(uid);
    if (round) this.look(round);
    return round?.lookedSinceMs;
  }

  private look(round: Round): void {
    const now = this.deps.clock.now();
    if (now - round.lookedAtMs > round.breakMs) round.lookedSinceMs = now;
    round.lookedAtMs = now;
  }

  stop(): void {
    for (const round of this.rounds.values()) round.stop.abort();
    this.rounds.clear();
  }

  private async run(
    release: MeasuredRelease,
    check: MeasuredCheck,
    round: Round,
    changed: () => void,
  ): Promise<void> {
    const { clock } = this.deps;
    const course = courseOf(release, check, round.measure);
    let last: Verdict | undefined;
    while (!round.stop.signal.aborted) {
      this.look(round);
      const sample = await this.sample(release, check, round);
      if (round.stop.signal.aborted) return;
      this.look(round);
      addSample(course, sample);
      round.courses.set(check.name, course);
      const verdict = verdictAt(course, clock.now());
      if (!sameJson(verdict, last)) changed();
      last = verdict;
      await clock.sleep(intervalOf(check), round.stop.signal);
    }
  }

  private async sample(
    release: MeasuredRelease,
    check: MeasuredCheck,
    { stop: { signal }, measure: { sinceMs } }: Round,
  ): Promise<Sample> {
    const atMs = this.deps.clock.now();
    const moment = { atMs };
    const window = check.goal ? windowOf(atMs - sinceMs) : check.window;
    const provider = this.deps.providers.get(sourceOf(check) ?? '');
    if (!provider)
      return { atMs, candidate: { kind: 'Missing', because: 'no provider for this check' } };
    const ask = async (role: VersionContext['role']): Promise<Reading> => {
      try {
        const version = await this.asked(release, check, role);
        if ('because' in version) return { kind: 'Missing', ...version };
        return await provider.measure(check, { ...version, window, moment }, signal);
      } catch (error) {
        return { kind: 'Missing', because: String(error) };
      }
    };
    const [candidate, stable] = await Promise.all([ask('Candidate'), ask('Stable')]);
    return { atMs, candidate, stable };
  }

  /** Stable is all of its pods, or those only that are as young as the candidate's. */
  private async asked(
    release: MeasuredRelease,
    check: MeasuredCheck,
    role: VersionContext['role'],
  ): Promise<Omit<VersionContext, 'window'> | { because: string }> {
    if (role === 'Candidate' || !asksFresh(check)) return await this.version(release, role);
    const [candidate, stable, fresh] = await Promise.all([
      this.version(release, 'Candidate'),
      this.version(release, 'Stable'),
      freshPods(this.deps.client, release.namespace, release.uid),
    ]);
    const { ready } = fresh;
    // Fewer would have more to do each, and those that came last would be the younger.
    if (ready.length > 0 && ready.length >= candidate.pods.length)
      return { ...stable, pods: ready.slice(0, PODS_MAX) };
    return { because: this.whyNotFresh(release, fresh, candidate.pods.length) };
  }

  private whyNotFresh(
    { uid }: MeasuredRelease,
    { ready, all }: Awaited<ReturnType<typeof freshPods>>,
    wanted: number,
  ): string {
    const sets = this.deps.caches?.sets.byIndex('owner', uid) ?? [];
    const set = sets.find(({ metadata }) => metadata.labels?.[FRESH_LABEL] !== undefined);
    const trouble = setTrouble(set) ?? podTrouble(all);
    const why = trouble ? `: ${trouble.message}` : '';
    return `${ready.length} of ${wanted} fresh pods of the old version are ready, to be compared with${why}`;
  }

  private async version(
    release: MeasuredRelease,
    role: VersionContext['role'],
  ): Promise<Omit<VersionContext, 'window'>> {
    const { hash } = role === 'Candidate' ? release.spec.candidate : release.spec.stable;
    const pods = await readyPods(this.deps.client, release.namespace, {
      target: release.spec.target,
      hash,
    });
    const { name, uid, spec } = release;
    const { caches } = this.deps;
    const service = caches ? candidateService(caches, uid, spec.candidate.hash) : '';
    return {
      ...(name !== undefined && { about: taskSubject({ ...release, name }, 'check', service) }),
      role,
      namespace: release.namespace,
      service: release.spec.traffic?.services[0] ?? '',
      hash,
      pods: pods.slice(0, PODS_MAX),
    };
  }
}

/** Evidence of earlier stages, and of a controller before this one, is gone on from. */
function courseOf(
  { spec, evidence = [] }: MeasuredRelease,
  check: MeasuredCheck,
  { sinceMs, share, isWarm }: Measure,
): Course {
  const alpha = alphaOf(check, spec.checks, spec.plan.falseAlarms);
  const stored = evidence.find((one) => one.check === check.name)?.kept;
  return startCourse(check, { sinceMs, alpha, share, isWarm }, stored);
}

/** All that happened since then, in a duration that queries can say. */
function windowOf(ms: number): string {
  return `${Math.max(1, Math.floor(ms / 1_000))}s`;
}

/** No interval and no measurement takes longer, unless the process stood still. */
function breakMs(checks: readonly MeasuredCheck[]): number {
  return Math.max(...checks.map((check) => intervalOf(check))) + MEASURING_MAX_MS;
}

function intervalOf(check: MeasuredCheck): number {
  return parseDuration(check.interval) ?? 10_000;
}
