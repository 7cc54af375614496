/**
 * A test of two shares for events that are common, as being slower than a bound is. The share test asks only whose the
 * events are, as if each had been rare, and does not use that a version cannot have more of them than requests. Here a
 * bet is the ratio of the chances of what was counted: under what is bet on, in those of the nearest that is
 * allowed. docs/spec/statistics.md has the proof.
 */
import { usefulBounds } from '../../src/stats/latency.ts';
import { logMean } from '../../src/stats/mixture.ts';
import { type RateInterval, WORSE } from '../../src/stats/rate-ratio.ts';
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
  return usefulBounds(before).map((j) => {
    const slow = before.slower[j] ?? 0;
    const lower =
      j > 0 ? { ms: hour.boundsMs[j - 1] ?? NaN, slow: before.slower[j - 1] ?? 0 } : undefined;
    const ms = hour.boundsMs[j] ?? NaN;
    // ln of the share is taken to be straight over ln of the time, between the bound and the one below it.
    const fall = lower ? Math.log(lower.slow / slow) / Math.log(ms / lower.ms) : 1;
    return { j, margin: longer ** fall, total, slow, logs: WORSE.map(() => 0) };
  });
}

function addTo(bound: Bound, counts: RateInterval, logCap: number): void {
  // What is bet on comes from the past alone. Stable's share is never 0 in it, nor 1.
  const share = Math.min((bound.slow + 0.5) / (bound.total + 1), 0.9 / bound.margin);
  for (const [k, lambda] of WORSE.entries())
    bound.logs[k] =
      (bound.logs[k] ?? 0) +
      Math.min(logChanceRatio(counts, { margin: bound.margin, share, lambda }), logCap);
}

/** What is allowed, and what is bet on. */
export interface Bet {
  /** The candidate's share may be so many times stable's. */
  margin: number;
  /** Stable's share that is bet on; `margin` times it is in (0, 1). */
  share: number;
  /** By how much the odds of the candidate are bet to be more than at the margin; over 1. */
  lambda: number;
}

/**
 * Log of the chances of the counts under the bet, in those under the shares at the margin which are nearest to it by
 * divergence. Its exponential is 1 at most by expectation, whatever each request's chance is, as long as the candidate's
 * are `margin` times stable's at most by average. 0 where one of the versions had no requests.
 */
export function logChanceRatio({ candidate, stable }: RateInterval, bet: Bet): number {
  const { margin, share } = bet;
  const [own, other] = [candidate.total, stable.total];
  if (own === 0 || other === 0) return 0;
  const odds = (bet.lambda * margin * share) / (1 - margin * share);
  const ownShare = odds / (1 + odds);
  // Where the divergence is least: r n q² - (A (1 + r) + C r + B) q + A = 0, of which the smaller root is a share.
  const slow = own * ownShare + other * share;
  const middle = slow * (1 + margin) + own * (1 - ownShare) * margin + other * (1 - share);
  const root = Math.sqrt(middle * middle - 4 * margin * (own + other) * slow);
  const nearest = (2 * slow) / (middle + root);
  return (
    candidate.bad * Math.log(ownShare / (margin * nearest)) +
    (own - candidate.bad) * Math.log((1 - ownShare) / (1 - margin * nearest)) +
    stable.bad * Math.log(share / nearest) +
    (other - stable.bad) * Math.log((1 - share) / (1 - nearest))
  );
}
