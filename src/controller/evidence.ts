/** Measures the checks of releases in progress and judges what was measured. Samples are kept in
 * memory only: after a restart evidence begins anew, and missing evidence is never a pass. */
import { judge, type Sample, thin, type Verdict } from '../analysis/index.ts';
import { sourceOf } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import type { MeasuredCheck, ReleaseSpec } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { MetricProvider, Reading, VersionContext } from '../ports/metric-provider.ts';
import { readyPods } from './candidate-pods.ts';

export interface EvidenceDeps {
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** By the field of a check that names it: `prometheus`, `scrape`. */
  providers: ReadonlyMap<string, MetricProvider>;
}

export interface MeasuredRelease {
  uid: string;
  namespace: string;
  spec: ReleaseSpec;
}

interface Course {
  sinceMs: number;
  /** Since when it has been measured without a break, and when it was looked at last. */
  lookedSinceMs: number;
  lookedAtMs: number;
  /** A longer silence than this is a break. */
  breakMs: number;
  checks: string;
  stop: AbortController;
  samples: Map<string, Sample[]>;
}

/** Two hours at the default interval; of older ones only those matter at which a source changed. */
const SAMPLES_MAX = 720;
const PODS_MAX = 500;
/** Two questions in a row with their deadlines, and time to list the pods. */
const MEASURING_MAX_MS = 60_000;

export class EvidenceCollector {
  private readonly courses = new Map<string, Course>();
  private readonly deps: EvidenceDeps;

  constructor(deps: EvidenceDeps) {
    this.deps = deps;
  }

  /** Measures as asked from now on; a later beginning, or other checks, begin anew. */
  ask(
    release: MeasuredRelease,
    measure: { sinceMs: number; checks: string[] } | undefined,
    changed: () => void,
  ): void {
    const course = this.courses.get(release.uid);
    const checks = measure?.checks.join(',') ?? '';
    if (measure && course?.sinceMs === measure.sinceMs && course.checks === checks) return;
    course?.stop.abort();
    this.courses.delete(release.uid);
    if (!measure) return;
    const begun: Course = {
      sinceMs: measure.sinceMs,
      lookedSinceMs: this.deps.clock.now(),
      lookedAtMs: this.deps.clock.now(),
      breakMs: breakMs(release.spec.checks),
      checks,
      stop: new AbortController(),
      samples: new Map(),
    };
    this.courses.set(release.uid, begun);
    for (const check of release.spec.checks)
      if (measure.checks.includes(check.name)) void this.run(release, check, begun, changed);
  }

  /** The verdicts on what has been measured since `measure` was last asked for. */
  verdicts(release: MeasuredRelease): Verdict[] {
    const course = this.courses.get(release.uid);
    if (!course) return [];
    const now = this.deps.clock.now();
    return release.spec.checks
      .filter((check) => course.samples.has(check.name))
      .map((check) => judge(check, course.samples.get(check.name) ?? [], now));
  }

  /** From when on the samples count that the verdicts are about. */
  from({ uid }: MeasuredRelease): number | undefined {
    return this.courses.get(uid)?.sinceMs;
  }

  /** Since when these checks are measured without a break; undefined when they are not. A process that
   * was frozen looked at nothing meanwhile. */
  since({ uid }: MeasuredRelease): number | undefined {
    const course = this.courses.get(uid);
    if (course) this.look(course);
    return course?.lookedSinceMs;
  }

  private look(course: Course): void {
    const now = this.deps.clock.now();
    if (now - course.lookedAtMs > course.breakMs) course.lookedSinceMs = now;
    course.lookedAtMs = now;
  }

  stop(): void {
    for (const course of this.courses.values()) course.stop.abort();
    this.courses.clear();
  }

  private async run(
    release: MeasuredRelease,
    check: MeasuredCheck,
    course: Course,
    changed: () => void,
  ): Promise<void> {
    const { clock } = this.deps;
    const intervalMs = intervalOf(check);
    const samples: Sample[] = [];
    let last: Verdict | undefined;
    while (!course.stop.signal.aborted) {
      this.look(course);
      const sample = await this.sample(release, check, course);
      if (course.stop.signal.aborted) return;
      this.look(course);
      samples.push(sample);
      thin(check, samples, SAMPLES_MAX);
      course.samples.set(check.name, samples);
      const verdict = judge(check, samples, clock.now());
      if (!sameJson(verdict, last)) changed();
      last = verdict;
      await clock.sleep(intervalMs, course.stop.signal);
    }
  }

  private async sample(
    release: MeasuredRelease,
    check: MeasuredCheck,
    { stop: { signal }, sinceMs }: Course,
  ): Promise<Sample> {
    const atMs = this.deps.clock.now();
    const moment = { atMs };
    const window = check.goal ? windowOf(atMs - sinceMs) : check.window;
    const provider = this.deps.providers.get(sourceOf(check) ?? '');
    if (!provider)
      return { atMs, candidate: { kind: 'Missing', because: 'no provider for this check' } };
    const ask = async (role: VersionContext['role']): Promise<Reading> => {
      try {
        return await provider.measure(
          check,
          { ...(await this.version(release, role)), window, moment },
          signal,
        );
      } catch (error) {
        return { kind: 'Missing', because: String(error) };
      }
    };
    const [candidate, stable] = await Promise.all([ask('Candidate'), ask('Stable')]);
    return { atMs, candidate, stable };
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
    return {
      role,
      namespace: release.namespace,
      service: release.spec.traffic?.services[0] ?? '',
      hash,
      pods: pods.slice(0, PODS_MAX),
    };
  }
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
