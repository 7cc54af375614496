/** One version held against an absolute share of bad requests: is it more than that, or less? */
import { binomialCourse } from './binomial-bets.ts';
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';

export interface SloCounts {
  /** Requests of one interval, at least 0. */
  total: number;
  /** How many of `total` were bad. */
  bad: number;
}

export interface SloOptions {
  /** The share of bad requests that is allowed, in (0, 1). */
  maxBad: number;
  /** The probability at most with which a version within the limit fails, in (0, 1). */
  alpha: number;
  /** The probability at most with which one at the limit or over it passes, in (0, 1). */
  beta: number;
}

export const SLO_DEFAULTS = { alpha: 0.01, beta: 0.05 } as const;

/** Times the limit that the bets on failure are made for. */
const WORSE = [1.5, 2, 3, 5, 10] as const;
/** Times the limit that the bets on passing are made for; 0: nothing ever fails. */
const BETTER = [0, 0.1, 0.25, 0.5, 0.6, 0.75] as const;

export interface SloCourse extends Finding {
  /** The interval, from 0, at which the verdict was reached. */
  at?: number;
  /** Log evidence after each interval against "the share is at most `maxBad`". */
  against: number[];
  /** The same against "it is at least `maxBad`". */
  inFavour: number[];
}

/**
 * The verdict over intervals in order of time. Requests may each have a chance of their own, as long as
 * the past leaves its average at most (to fail) or at least (to pass) `maxBad`. Without requests it
 * is undecided.
 */
export function judgeSlo(intervals: readonly SloCounts[], options: SloOptions): SloCourse {
  const { maxBad, alpha, beta } = options;
  const bets = { edge: maxBad, shares: WORSE.map((times) => worseShare(maxBad, times)) };
  const against = binomialCourse(intervals.map((counts) => ({ ...counts, ...bets })));
  const better = { edge: maxBad, shares: BETTER.map((times) => maxBad * times) };
  const inFavour = binomialCourse(intervals.map((counts) => ({ ...counts, ...better })));
  const reached = reach({ against, alpha, inFavour, beta });
  const last = reached.at ?? intervals.length - 1;
  const fail = evidenceText(against[last], alpha);
  const pass = evidenceText(inFavour[last], beta);
  const words = {
    Fail: `more than ${shownShare(maxBad)} (${fail})`,
    Pass: `less than ${shownShare(maxBad)} (${pass})`,
    Undecided: `neither more than ${shownShare(maxBad)} (${fail}) nor less (${pass}) is shown`,
  };
  const counted = countedText(intervals.slice(0, last + 1));
  const because = counted ? `${counted}: ${words[reached.verdict]}` : 'no requests';
  return { ...reached, because, against, inFavour };
}

/** Requests, without a bad one among them, that show at a single look that the share is under
 * `maxBad`, wrongly with probability `beta` at most: 299 for 1 % and 5 %. */
export function cleanRequestsToPass(maxBad: number, beta: number): number {
  return Math.ceil(Math.log(beta) / Math.log1p(-maxBad));
}

/** So many times the limit; where that would be 1 or more, nine tenths of the way from it to 1. */
function worseShare(maxBad: number, times: number): number {
  return Math.min(maxBad * times, maxBad + 0.9 * (1 - maxBad));
}

function countedText(intervals: readonly SloCounts[]): string | undefined {
  let [total, bad] = [0, 0];
  for (const counts of intervals) {
    total += counts.total;
    bad += counts.bad;
  }
  return total > 0
    ? `${shown(bad)} of ${shown(total)} bad (${shownShare(bad / total)})`
    : undefined;
}
