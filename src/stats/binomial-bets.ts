/** Bets on a share that is held against a number: likelihood ratios of a binomial, mixed. */
import { logMean } from './mixture.ts';
import type { BetLogs } from './share-test.ts';

/** What was counted in one interval, and what is bet on. */
export interface BinomialInterval {
  /** Events, at least 0. */
  total: number;
  /** Those of which the share is asked, in [0, total]. */
  bad: number;
  /** The share at the edge of the null hypothesis, in (0, 1). */
  edge: number;
  /** Shares that are bet on, in [0, 1]: all over `edge` or all under it, and equally many in each interval. */
  shares: readonly number[];
}

/**
 * Log evidence after each interval, an equal mixture. The expectation of a likelihood ratio is 1 at the edge, and
 * below it where the true share lies on the other side, so that it may be looked at any time.
 */
export function binomialCourse(intervals: readonly BinomialInterval[]): number[] {
  let logs: BetLogs = [];
  return intervals.map((interval) => {
    logs = addBinomial(logs, interval);
    return logMean(logs);
  });
}

/** The bets after one more interval, from [] on. */
export function addBinomial(logs: BetLogs, interval: BinomialInterval): BetLogs {
  return interval.shares.map((share, k) => (logs[k] ?? 0) + logLikelihoodRatio(interval, share));
}

/** ln of how much likelier the counts are at `share` than at the edge; -Infinity where they cannot be. */
export function logLikelihoodRatio(
  { total, bad, edge }: Omit<BinomialInterval, 'shares'>,
  share: number,
): number {
  const good = total - bad;
  const ofBad = bad > 0 ? bad * Math.log(share / edge) : 0;
  const ofGood = good > 0 ? good * (Math.log1p(-share) - Math.log1p(-edge)) : 0;
  return ofBad + ofGood;
}
