/** How checks compare response times (src/stats/two-shares.ts), at every tick. */
import { marginOfTimes, usefulBounds } from '../../src/stats/latency.ts';
import { logMean } from '../../src/stats/mixture.ts';
import { type RateInterval, WORSE } from '../../src/stats/rate-ratio.ts';
import { logChanceRatio } from '../../src/stats/two-shares.ts';
import type { Look } from './judges.ts';
import type { LatencyHour } from './latency-hour.ts';
import { countsAt, intervalAt, slowerThan } from './latency-rules.ts';

export interface TwoSharesRule {
  /** Times of the candidate so many times as long as stable's are as good; at least 1. */
  longer: number;
  cap: number;
  warmupTicks: number;
}

/** At one bound. */
interface Bound {
  j: number;
  /** The ratio of the shares of slow requests that times which are `longer` would have made, before. */
  margin: number;
  /** What stable had so far. */
  total: number;
  slow: number;
  /** Log of each bet. */
  logs: number[];
}

/** The value is the log of the average of the evidence at every bound of use. */
export function* twoSharesLooks(hour: LatencyHour, rule: TwoSharesRule): Generator<Look> {
  const logCap = Math.log(rule.cap);
  const bounds = boundsOf(hour, rule);
  for (let t = 0; t < hour.ticks; t += 1) {
    const interval = intervalAt(hour, t);
    for (const bound of bounds) {
      const counts = countsAt(interval, bound.j);
      if (t >= rule.warmupTicks) addTo(bound, counts, logCap);
      bound.total += counts.stable.total;
      bound.slow += counts.stable.bad;
    }
    if (t >= rule.warmupTicks)
      yield { at: t + 1, value: logMean(bounds.map(({ logs }) => logMean(logs))) };
  }
}

function boundsOf(hour: LatencyHour, { longer }: TwoSharesRule): Bound[] {
  const before = slowerThan(hour.before);
  const { total } = before;
  return usefulBounds(before).map((j) => ({
    j,
    margin: marginOfTimes(j, before, { bounds: hour.boundsMs, longer }),
    total,
    slow: before.slower[j] ?? 0,
    logs: WORSE.map(() => 0),
  }));
}

function addTo(bound: Bound, counts: RateInterval, logCap: number): void {
  // What is bet on comes from the past alone. Stable's share is never 0 in it, nor 1.
  const share = Math.min((bound.slow + 0.5) / (bound.total + 1), 0.9 / bound.margin);
  for (const [k, lambda] of WORSE.entries())
    bound.logs[k] =
      (bound.logs[k] ?? 0) +
      Math.min(logChanceRatio(counts, { margin: bound.margin, share, lambda }), logCap);
}
