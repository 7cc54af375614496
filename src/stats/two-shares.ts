/**
 * A test of two shares for events that are common, as being slower than a bound is. The share test asks only whose the
 * events are, as if each was rare, and does not use that a version cannot have more of them than requests. Here a bet
 * is the ratio of the chances of what was counted: under what is bet on, in those of the nearest that is allowed.
 * docs/spec/statistics.md has the proof.
 */
import {
  type Counts,
  counted,
  marginAfter,
  PASS_MARGIN_PER_MARGIN,
  type RateInterval,
  type RateRatioOptions,
  type RateState,
  startRates,
  WORSE,
} from './rate-ratio.ts';

/** What is known of one kind of events before the first interval. */
export interface SharesStart {
  /** The ratio of the shares up to which the candidate is as good, at least 1; the one of all, where it has none of its own. */
  margin?: number | undefined;
  /** What stable had: with what comes it says what is bet on. */
  before?: Counts | undefined;
}

export type SharesState = RateState & SharesStart;

/** Under what is allowed stable's share is no more than this in that of the candidate, so that there is room for a bet. */
const MOST = 0.9;
/** Requests of stable before which nothing is bet. */
const FEWEST = 10;

export function startShares(
  { margin, before }: SharesStart,
  options: Pick<RateRatioOptions, 'cap'>,
): SharesState {
  return {
    ...startRates(options),
    ...(margin !== undefined && { margin }),
    ...(before && { before }),
  };
}

/** An interval in which one of them had no requests says nothing. */
export function addShares(
  state: SharesState,
  interval: RateInterval,
  options: Omit<RateRatioOptions, 'alpha' | 'beta'>,
): SharesState {
  const { margin: own, before } = state;
  const margin = own ?? marginAfter(state.candidate.bad, options);
  const share = shareBefore(state, margin);
  const logCap = Math.log(options.cap);
  const against =
    share === undefined
      ? state.against
      : WORSE.map((lambda, k) => {
          const log = logChanceRatio(interval, { margin, share, lambda });
          return (state.against[k] ?? 0) + Math.min(log, logCap);
        });
  const sums = counted(state, interval, { passMargin: passMarginOf(state, options) });
  const { candidate, stable, expected, inFavour } = sums;
  return { candidate, stable, expected, inFavour, against, margin: own, before };
}

/** Shown to be under so many times stable's share it passes: over the margin, also where that is wide. */
export function passMarginOf(
  { margin = 1 }: SharesStart,
  { passMargin }: Pick<RateRatioOptions, 'passMargin'>,
): number {
  return Math.max(passMargin, PASS_MARGIN_PER_MARGIN * margin);
}

/** Stable's share so far, in (0, 1): what is bet on comes from the past alone. Undefined where that is nearly nothing. */
function shareBefore({ before, stable }: SharesState, margin: number): number | undefined {
  const total = (before?.total ?? 0) + stable.total;
  const bad = (before?.bad ?? 0) + stable.bad;
  return total < FEWEST ? undefined : Math.min((bad + 0.5) / (total + 1), MOST / margin);
}

/** What is allowed, and what is bet on. */
export interface SharesBet {
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
export function logChanceRatio({ candidate, stable }: RateInterval, bet: SharesBet): number {
  const { margin, share } = bet;
  const [own, other] = [candidate.total, stable.total];
  if (own === 0 || other === 0) return 0;
  const odds = (bet.lambda * margin * share) / (1 - margin * share);
  const ownShare = odds / (1 + odds);
  // Where the divergence is least: r q² - (A (1 + r) + C r + B) q + A = 0, of which the smaller root is a share. A is the
  // part of all requests that is slow under the bet, B and C that of stable's and the candidate's that is not.
  const weight = own / (own + other);
  const slow = weight * ownShare + (1 - weight) * share;
  const middle =
    slow * (1 + margin) + weight * (1 - ownShare) * margin + (1 - weight) * (1 - share);
  const root = Math.sqrt(Math.max(0, middle * middle - 4 * margin * slow));
  const nearest = (2 * slow) / (middle + root);
  return (
    candidate.bad * Math.log(ownShare / (margin * nearest)) +
    (own - candidate.bad) * Math.log((1 - ownShare) / (1 - margin * nearest)) +
    stable.bad * Math.log(share / nearest) +
    (other - stable.bad) * Math.log((1 - share) / (1 - nearest))
  );
}
