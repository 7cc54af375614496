/** Rules about response times, of what a histogram has counted. */
import { usefulBounds } from '../../src/stats/latency.ts';
import { logMean } from '../../src/stats/mixture.ts';
import { eventsAtRatio, evidenceOfPassing, failureBets } from '../../src/stats/rate-ratio.ts';
import { addInterval, logEvidence, startBets } from '../../src/stats/share-test.ts';
import type { Look } from './judges.ts';
import type { Minutes } from './kayenta-rule.ts';
import { added, type LatencyBaseline, type LatencyHour, minutesOf } from './latency-hour.ts';
import type { ShareTestRule } from './share-test-rule.ts';
import type { Badness } from './threshold-rule.ts';

/** Requests slower than each bound, and all of them. */
interface Slower {
  total: number;
  slower: number[];
}

export function slowerThan(classes: ArrayLike<number>): Slower {
  const slower: number[] = [];
  let total = 0;
  for (let j = classes.length - 1; j >= 0; j -= 1) {
    slower[j] = total;
    total += classes[j] ?? 0;
  }
  slower.pop();
  return { total, slower };
}

/** The value is the log of the average of the evidence at every bound of use, as `judgeLatency` has it. */
export function* latencyLooks(hour: LatencyHour, rule: ShareTestRule): Generator<Look> {
  const bets = failureBets(rule.cap);
  const bounds = usefulBounds(slowerThan(hour.before));
  let logs = bounds.map(() => startBets(bets));
  for (let t = rule.warmupTicks; t < hour.ticks; t += 1) {
    const interval = intervalAt(hour, t);
    logs = bounds.map((j, i) =>
      addInterval(logs[i] ?? [], eventsAtRatio(countsAt(interval, j), rule.margin), bets),
    );
    yield { at: t + 1, value: logMean(logs.map(logEvidence)) };
  }
}

/** The value is the least over all bounds of the most log evidence so far: all of them have to pass. */
export function* latencyPassLooks(
  hour: LatencyHour,
  rule: { passMargin: number },
): Generator<Look> {
  const bounds = usefulBounds(slowerThan(hour.before));
  if (bounds.length === 0) return;
  const intervals = Array.from({ length: hour.ticks }, (_, t) => intervalAt(hour, t));
  const courses = bounds.map((j) =>
    evidenceOfPassing(
      intervals.map((interval) => countsAt(interval, j)),
      rule,
    ),
  );
  const most = bounds.map(() => -Infinity);
  for (let t = 0; t < hour.ticks; t += 1) {
    for (const [i, course] of courses.entries())
      most[i] = Math.max(most[i] ?? -Infinity, course[t] ?? -Infinity);
    yield { at: t + 1, value: Math.min(...most) };
  }
}

interface SlowerInterval {
  candidate: Slower;
  stable: Slower;
}

export function intervalAt(hour: LatencyHour, t: number): SlowerInterval {
  return {
    candidate: slowerThan(hour.candidate[t] ?? []),
    stable: slowerThan(hour.stable[t] ?? []),
  };
}

export function countsAt({ candidate, stable }: SlowerInterval, j: number) {
  return {
    candidate: { total: candidate.total, bad: candidate.slower[j] ?? 0 },
    stable: { total: stable.total, bad: stable.slower[j] ?? 0 },
  };
}

/** A quantile of the candidate's times, in ms. */
export function slowness(hour: LatencyHour, quantile: number): Badness {
  return (from, to) =>
    histogramQuantile(quantile, added(hour.candidate.slice(from, to)), hour.boundsMs);
}

/** A quantile of every minute, in ms; NaN without requests. */
export function quantilesByMinute(
  hour: LatencyHour,
  baseline: LatencyBaseline | undefined,
  quantile: number,
): Minutes {
  if (!baseline) throw new Error('Kayenta was asked without a baseline');
  const of = (classes: Int32Array) => histogramQuantile(quantile, classes, hour.boundsMs);
  return {
    candidate: minutesOf(hour, hour.candidate).map(of),
    baseline: baseline.map(of),
  };
}

/**
 * As Prometheus' `histogram_quantile`: evenly between the bounds of the class in which it is, the highest bound where
 * it is over that, NaN without requests.
 */
export function histogramQuantile(
  quantile: number,
  classes: Int32Array,
  boundsMs: readonly number[],
): number {
  const rank = quantile * classes.reduce((sum, count) => sum + count, 0);
  if (!(rank > 0)) return NaN;
  let below = 0;
  for (const [j, high] of boundsMs.entries()) {
    const count = classes[j] ?? 0;
    if (count > 0 && below + count >= rank) {
      const low = j > 0 ? (boundsMs[j - 1] ?? 0) : 0;
      return low + (high - low) * ((rank - below) / count);
    }
    below += count;
  }
  return boundsMs.at(-1) ?? NaN;
}
