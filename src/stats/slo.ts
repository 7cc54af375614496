/** One version held against an absolute share of bad requests: is it more than that, or less? */
import { addBinomial } from './binomial-bets.ts';
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import { logMean } from './mixture.ts';
import type { BetLogs } from './share-test.ts';

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

/** What the intervals so far have become: numbers only, so that it can be kept and gone on from. */
export interface SloState {
  counts: SloCounts;
  /** The bets against "the share is at most `maxBad`". */
  against: BetLogs;
  /** The bets against "it is at least `maxBad`". */
  inFavour: BetLogs;
}

export const SLO_START: SloState = { counts: { total: 0, bad: 0 }, against: [], inFavour: [] };

export function addSlo(
  state: SloState,
  { total, bad }: SloCounts,
  { maxBad }: Pick<SloOptions, 'maxBad'>,
): SloState {
  const worse = WORSE.map((times) => worseShare(maxBad, times));
  const better = BETTER.map((times) => maxBad * times);
  const { counts, against, inFavour } = state;
  return {
    counts: { total: counts.total + total, bad: counts.bad + bad },
    against: addBinomial(against, { total, bad, edge: maxBad, shares: worse }),
    inFavour: addBinomial(inFavour, { total, bad, edge: maxBad, shares: better }),
  };
}

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
  let state = SLO_START;
  const states = intervals.map((counts) => (state = addSlo(state, counts, options)));
  const against = states.map((one) => logMean(one.against));
  const inFavour = states.map((one) => logMean(one.inFavour));
  const { alpha, beta } = options;
  const reached = reach({ against, alpha, inFavour, beta });
  const because = sloText(reached.verdict, states[reached.at ?? -1] ?? state, options);
  return { ...reached, because, against, inFavour };
}

/** The verdict in words and numbers. */
export function sloText(
  verdict: Finding['verdict'],
  { counts, against, inFavour }: SloState,
  { maxBad, alpha, beta }: SloOptions,
): string {
  const { total, bad } = counts;
  if (total === 0) return 'no requests';
  const fail = evidenceText(logMean(against), alpha);
  const pass = evidenceText(logMean(inFavour), beta);
  const limit = shownShare(maxBad);
  const words = {
    Fail: `more than ${limit} (${fail})`,
    Pass: `less than ${limit} (${pass})`,
    Undecided: `neither more than ${limit} (${fail}) nor less (${pass}) is shown`,
  };
  return `${shown(bad)} of ${shown(total)} bad (${shownShare(bad / total)}): ${words[verdict]}`;
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
