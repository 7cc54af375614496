/** One check while it is measured: what was measured, what became of it, and the verdict at any time. */
import { type Kept, keptSchema } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { formatDuration, parseDuration } from '../api/duration.ts';
import type { Counts } from '../ports/metric-provider.ts';
import { type Counted, intervalUntil, type Seen } from './between.ts';
import { comparisonTest } from './comparison.ts';
import type { EvidenceTest, Read, Said } from './evidence-test.ts';
import { goalTest } from './goal.ts';
import { freshForMs, judge, staleText, whyNothing } from './judge.ts';
import { measurement, type Measured, type Sample } from './measured.ts';
import type { Finding } from './finding.ts';
import { sloTest } from './slo.ts';
import { thin } from './thin.ts';

export interface Verdict extends Finding, Pick<Said, 'log' | 'outcome' | 'wrongShare'> {
  /** Name of the check. */
  check: string;
  candidate?: Measured | undefined;
  /** Of a threshold for information: it judges the candidate alone. */
  stable?: Measured | undefined;
  /** What the check asks was measured lately and since its stage began. */
  isMeasured?: boolean;
  /** What the evidence is gone on from after a restart. */
  kept?: Kept;
}

export interface Terms {
  /** From when on samples count: the weight was read back (milliseconds since the epoch). */
  sinceMs: number;
  /** The probability with which it may fail a release that it should not. */
  alpha: number;
  /** The share of the requests, in (0, 1), that the candidate is to have; undefined where nothing leads them. */
  share?: number | undefined;
  /** The candidate's pods have served for a while: its `warmup` is over. */
  isWarm?: boolean | undefined;
}

export interface Course {
  readonly check: MeasuredCheck;
  readonly terms: Terms;
  /** Undefined for a threshold. */
  readonly test: EvidenceTest | undefined;
  /** Of a threshold. */
  samples: Sample[];
  seen?: Seen | undefined;
  kept?: Kept | undefined;
  /** What is read of `kept`, once it was. */
  read?: Read;
  /** Why nothing is gathered yet, though there are measurements. */
  unbegun?: string | undefined;
  /** Requests to the candidate in this course, and intervals since there were any. */
  requests: number;
  intervals: number;
  last?: Sample;
  /** The newest one that says something of every version that is asked for. */
  newestMs?: number;
}

/** Two hours at the default interval; of older ones only those matter at which a source changed. */
const SAMPLES_MAX = 720;

/**
 * @param stored what a Release has of this check's evidence: it is gone on from, whatever the stage. Of a goal it is the
 *   evidence of its own test only.
 */
export function startCourse(check: MeasuredCheck, terms: Terms, stored?: unknown): Course {
  const test = testOf(check, terms.alpha);
  const read = keptSchema.safeParse(stored);
  const isItsOwn = (kept: Kept) =>
    test?.isIts(kept) === true && (!check.goal || Date.parse(kept.since) === terms.sinceMs);
  const kept = read.success && isItsOwn(read.data) ? read.data : undefined;
  return { check, terms, test, samples: [], requests: 0, intervals: 0, ...(kept && { kept }) };
}

/** Takes one more measurement of both versions in; they come in order of time. */
export function addSample(course: Course, sample: Sample): void {
  course.last = sample;
  const { check, test } = course;
  const says = test ? isUsable(test, sample) : measurement(sample.candidate) !== undefined;
  if (says) course.newestMs = sample.atMs;
  if (test) return gather(course, test, sample);
  if (!isCounted(course, sample)) return;
  course.samples.push(sample);
  thin(check, course.samples, SAMPLES_MAX);
}

/** Not of the time in which a new version warms up. */
function isCounted(course: Course, { atMs, candidate }: Sample): boolean {
  const warmup = warmupMs(course);
  if (warmup === 0) return true;
  const windowMs = candidate?.kind === 'Counters' ? 0 : (parseDuration(course.check.window) ?? 0);
  return atMs - windowMs >= course.terms.sinceMs + warmup;
}

function warmupMs({ check: { warmup = '0s' }, terms }: Course): number {
  return terms.isWarm ? 0 : (parseDuration(warmup) ?? 0);
}

/** Undefined for a threshold. */
function testOf(check: MeasuredCheck, alpha: number): EvidenceTest | undefined {
  if (check.goal) return goalTest(check);
  if (check.compare) return comparisonTest(check, alpha);
  return check.slo ? sloTest(check, alpha) : undefined;
}

function gather(course: Course, test: EvidenceTest, sample: Sample): void {
  const { check, terms } = course;
  if (!course.kept) {
    if (!isUsable(test, sample)) return;
    const begun = test.begin(sample);
    course.unbegun = 'because' in begun ? begun.because : undefined;
    if ('because' in begun) return;
    const { isChosen } = begun;
    course.kept = begun.from(new Date(beginsAtMs(sample, terms, isChosen)).toISOString());
  }
  const { kept } = course;
  const fromMs = Math.max(terms.sinceMs + warmupMs(course), untilOf(kept, sample));
  const { seen, counted } = check.goal
    ? goalInterval(sample, course, kept)
    : intervalUntil(sample, course.seen, { check, fromMs, both: test.both });
  course.seen = seen;
  if (!counted) return;
  course.requests += counted.candidate.total;
  if (course.requests > 0) course.intervals += 1;
  const more = test.add(kept, counted, terms.share);
  course.read = test.read(more);
  course.kept = concluded(more, course.read);
}

/** What was looked at to choose bounds by is not judged by them. */
function beginsAtMs({ atMs, candidate }: Sample, { sinceMs }: Terms, isChosen: boolean): number {
  return candidate?.kind === 'Counts' && !isChosen ? sinceMs : atMs;
}

/** It says something of every version that is asked for. */
function isUsable(test: EvidenceTest, { candidate, stable }: Sample): boolean {
  return measurement(candidate) !== undefined && (!test.both || measurement(stable) !== undefined);
}

/** Counters are gone on from where they were seen, which is never before; of windows nothing is counted twice. */
function untilOf({ until }: Kept, { candidate }: Sample): number {
  return candidate?.kind === 'Counts' ? Date.parse(until) : 0;
}

/** By windows that reach back to the beginning of the test: what has come since the last look. */
function goalInterval(
  sample: Sample,
  { check, seen, terms }: Course,
  kept: Kept,
): { seen?: Seen | undefined; counted?: Counted } {
  const [candidate, stable] = [measurement(sample.candidate), measurement(sample.stable)];
  if (candidate?.kind !== 'Counts' || stable?.kind !== 'Counts' || kept.test !== 'Goal')
    return intervalUntil(sample, seen, { check, fromMs: terms.sinceMs, both: true });
  const { a, b } = kept.conversion;
  const more = {
    candidate: moreThan(candidate.counts, b),
    stable: moreThan(stable.counts, a),
  };
  // An estimate may go down a little: then the next interval is the longer.
  const isLess = [more.candidate, more.stable].some(
    ({ total, bad }) => total < bad || bad < 0 || total < 0,
  );
  if (isLess) return {};
  return { counted: { fromMs: Date.parse(kept.until), untilMs: sample.atMs, ...more } };
}

function moreThan({ total, bad }: Counts, sum: { total: number; goal: number }): Counts {
  const more = total - sum.total;
  return { total: more, bad: more - (total - bad - sum.goal) };
}

/** Failing stays; passing may be followed by failing. */
function concluded(kept: Kept, { says: { verdict, outcome }, words }: Read): Kept {
  if (verdict === 'Undecided' || outcome === 'Open') return kept;
  const before = kept.reached;
  const outranks = (verdict === 'Fail' && before?.verdict === 'Pass') || outcome === 'Worse';
  if (before && (!outranks || before.outcome === 'Worse')) return kept;
  return {
    ...kept,
    reached: { verdict, because: words(), at: kept.until, ...(outcome && { outcome }) },
  };
}

/**
 * The verdict at `now` (milliseconds since the epoch).
 *
 * - What evidence has shown to fail stays failed, whatever can be measured now.
 * - Nothing passes without a measurement lately, and without so many intervals with requests to the candidate in this
 *   course that it could have failed: what was shown at the stage before is evidence, and says nothing of the pods and
 *   the traffic of this one.
 */
export function verdictAt(course: Course, now: number): Verdict {
  const verdict = judgedAt(course, now);
  if (verdict.verdict !== 'Undecided' || now >= course.terms.sinceMs + warmupMs(course))
    return verdict;
  const left = `what comes in the first ${formatDuration(warmupMs(course))} is left out (warmup)`;
  return { ...verdict, because: `${verdict.because}; ${left}` };
}

function judgedAt(course: Course, now: number): Verdict {
  const { check, test, newestMs } = course;
  const isFresh = newestMs !== undefined && now - newestMs <= freshForMs(check);
  if (test) return verdictOf(course, test, { now, isFresh });
  const isMeasured = isFresh && course.samples.length > 0;
  return { check: check.name, ...judge(check, course.samples, now), isMeasured };
}

function verdictOf(
  course: Course,
  test: EvidenceTest,
  { now, isFresh }: { now: number; isFresh: boolean },
): Verdict {
  const { check, kept, unbegun, intervals } = course;
  const isMeasured = isFresh && intervals >= test.fewest;
  if (!kept) {
    const because = unbegun ?? whyNothing(missingReading(course));
    return { check: check.name, isMeasured, verdict: 'Undecided', because };
  }
  const { says, words } = (course.read ??= test.read(kept));
  const { log, wrongShare, candidate, stable } = says;
  const tell = ({ verdict, because, outcome = says.outcome }: Told): Verdict => ({
    check: check.name,
    verdict,
    because,
    outcome,
    wrongShare,
    log,
    candidate,
    stable,
    isMeasured,
    kept,
  });
  const beside = says.wrongShare === undefined ? '' : `; ${says.wrongShare}`;
  const found = foundText(kept, beside);
  if (found?.verdict === 'Fail') return tell(found);
  if (!isFresh) return tell({ verdict: 'Undecided', because: whyOld(course, now) });
  if (!found || says.outcome === 'Mismatch')
    return tell({ verdict: says.verdict, because: `${words()}${beside}` });
  if (isMeasured) return tell(found);
  const because = `${found.because}; ${fewText(intervals, test.fewest)} at this stage yet`;
  return tell({ verdict: 'Undecided', because });
}

type Told = Pick<Verdict, 'verdict' | 'because' | 'outcome'>;

function fewText(intervals: number, fewest: number): string {
  return intervals === 0
    ? 'nothing was counted'
    : `${intervals} of ${fewest} intervals were counted`;
}

function whyOld(course: Course, now: number): string {
  const { newestMs } = course;
  const missing = missingReading(course);
  return newestMs === undefined ? whyNothing(missing) : staleText(now - newestMs, missing);
}

/** What was shown before, in the words of then; undefined where nothing was. */
function foundText({ reached }: Kept, beside: string): Told | undefined {
  if (!reached) return undefined;
  const { verdict, because } = reached;
  return { verdict, because: `${because}${beside}`, outcome: reached.outcome };
}

/** What a person has to look at where something is missing. */
function missingReading({ check, last }: Course) {
  const { candidate, stable } = last ?? {};
  const needsBoth = check.goal !== undefined || check.compare !== undefined;
  return needsBoth && measurement(candidate) ? stable : candidate;
}
