/**
 * The share test: of n events c came from one of two versions; how surprising is that, if its share of
 * them is to be rho? One function for errors, slow requests, assignments and conversions.
 */
import { logMean } from './mixture.ts';

/** What was counted in one interval. */
export interface SharedEvents {
  /** Events of both versions together, at least 0. */
  total: number;
  /** Those of the version that is looked at, in [0, total]. */
  own: number;
  /** The share of `own` that the null hypothesis allows, in [0, 1]. NaN, where nobody knows: the
   * interval says nothing. */
  share: number;
}

export interface Bets {
  /** Each the factor by which the odds of `own` are more, or less, than the null hypothesis has it; over 0.
   * All over 1 for "at most this share", all under 1 for "at least", both for "exactly". */
  lambdas: readonly number[];
  /** The most that one interval can multiply a bet by, at least 1. Infinity: no cap. */
  cap: number;
}

/** ln of what each bet has become, in the order of `lambdas`. Numbers only: it can be kept in a status
 * and survives a restart. */
export type BetLogs = readonly number[];

export function startBets({ lambdas }: Bets): BetLogs {
  return lambdas.map(() => 0);
}

/**
 * The bets after one more interval. Each is multiplied by lambda^own / (1 + share (lambda - 1))^total, whose
 * expectation is at most 1 under the null hypothesis (docs/spec/statistics.md has the proof).
 */
export function addInterval(logs: BetLogs, events: SharedEvents, bets: Bets): BetLogs {
  const logCap = Math.log(bets.cap);
  return bets.lambdas.map(
    (lambda, k) => (logs[k] ?? 0) + Math.min(logFactor(events, lambda), logCap),
  );
}

/** Evidence of all bets together: ln of their average. */
export function logEvidence(logs: BetLogs): number {
  return logMean(logs);
}

/** ln of the factor of one interval for one lambda; 0 where the interval says nothing. */
export function logFactor({ total, own, share }: SharedEvents, lambda: number): number {
  if (!(total > 0) || !(share >= 0 && share <= 1)) return 0;
  return own * Math.log(lambda) - total * Math.log1p(share * (lambda - 1));
}

/**
 * Where the two versions have so many requests each and the rate of the first may be `ratio` times that
 * of the second: its share of their events then, in [0, 1]; NaN without any request.
 */
export function shareAtRatio(requests: { own: number; other: number }, ratio: number): number {
  const weighted = ratio * requests.own;
  return weighted / (weighted + requests.other);
}

/** Log evidence after each interval. */
export function courseOf(intervals: readonly SharedEvents[], bets: Bets): number[] {
  let logs = startBets(bets);
  return intervals.map((events) => {
    logs = addInterval(logs, events, bets);
    return logEvidence(logs);
  });
}
