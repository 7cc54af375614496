/** What a check would say of one measurement alone, for who asks before a release or beside it. */
import { parseDuration } from '../api/duration.ts';
import type { Kept } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts, Reading } from '../ports/metric-provider.ts';
import { countedEver } from './between.ts';
import { addSample, startCourse, type Verdict, verdictAt } from './course.ts';
import { type Measured, measurement, type Sample } from './measured.ts';
import { isTested } from './terms.ts';

/** One look says only so much to a sequential test, so that what was counted is shared out over many. */
const LOOKS = 20;

/**
 * The verdict if all that the sources have counted so far had come evenly at one stage: counters since each process
 * started, counts over their window.
 *
 * @param alpha the probability with which it may fail a version that it should not, in (0, 1)
 */
export function verdictOfOne(check: MeasuredCheck, sample: Sample, alpha: number): Verdict {
  const { atMs } = sample;
  const isCounters = sample.candidate?.kind === 'Counters';
  const sinceMs = isCounters ? 0 : atMs - (parseDuration(check.window) ?? 0);
  const { warmup: _, ...rest } = check;
  const course = startCourse(rest, { sinceMs, alpha });
  for (const one of isCounters ? looks(check, sample) : [sample]) addSample(course, one);
  // By all of it, not by as much as it took.
  const { reached: __, ...kept } = course.kept ?? {};
  if (course.kept) course.kept = kept as Kept;
  return verdictAt(course, atMs);
}

/** Bounds of a histogram are chosen by the first look; then every process begins anew, and counts what it has. All at
 * one time: how long it took nobody knows. */
function looks(check: MeasuredCheck, sample: Sample): Sample[] {
  const steps = isTested(check)
    ? [1, ...Array.from({ length: LOOKS + 1 }, (_, i) => i / LOOKS)]
    : [0, 1];
  return steps.map((share) => ({
    ...sample,
    stable: partOf(sample.stable, share),
    candidate: partOf(sample.candidate, share),
  }));
}

function partOf(reading: Reading | undefined, share: number): Reading | undefined {
  if (reading?.kind !== 'Counters') return reading;
  const sources = Object.entries(reading.sources).map(([name, { total, bad, slower }]) => [
    name,
    {
      total: total * share,
      bad: bad * share,
      ...(slower && { slower: scaled(slower, share) }),
    } satisfies Counts,
  ]);
  return { kind: 'Counters', sources: Object.fromEntries(sources) as Record<string, Counts> };
}

function scaled(slower: Record<string, number>, share: number): Record<string, number> {
  return Object.fromEntries(Object.entries(slower).map(([bound, count]) => [bound, count * share]));
}

/** What one reading says by itself. */
export interface MeasuredOnce extends Measured {
  /** Of a histogram: how many were slower than each bound, in seconds as text. */
  slower?: Record<string, number>;
}

/** Undefined where it says nothing. Of a histogram nothing is bad where the check names no bound. */
export function measuredOf(
  check: Pick<MeasuredCheck, 'max'>,
  reading: Reading | undefined,
): MeasuredOnce | undefined {
  const read = measurement(reading);
  if (read?.kind === 'Value') return { value: read.value };
  const counts = countedEver(read);
  if (!counts) return undefined;
  const { total, bad, slower } = counts;
  if (slower && check.max === undefined) return { total, slower };
  return { total, bad, ...(total > 0 && { value: bad / total }), ...(slower && { slower }) };
}
