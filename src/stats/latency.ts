/** Response times by histogram: are requests of the candidate slow more often than stable's, at any bound? */
import { reach } from './course.ts';
import { evidenceText, type Finding, shown } from './finding.ts';
import { logMean } from './mixture.ts';
import { evidenceOfFailure, evidenceOfPassing, type RateRatioOptions } from './rate-ratio.ts';

/** One version in one interval. */
export interface LatencyCounts {
  /** Requests, at least 0. */
  total: number;
  /** Requests slower than each of the histogram's bounds, in their order. A cumulative histogram
   * (`le`) has total - bucket. */
  slower: readonly number[];
}

export interface LatencyInterval {
  candidate: LatencyCounts;
  stable: LatencyCounts;
}

/** The share of stable's requests slower than a bound, between which the bound is of use. */
const TAIL = { min: 0.0005, max: 0.5 } as const;

/**
 * Which bounds are of use, by their index: those that a share in (0.05 %, 50 %] of stable's requests is slower than.
 * `before` is what stable counted before the candidate had traffic: chosen from what is judged, the evidence
 * would not be any.
 */
export function usefulBounds(before: LatencyCounts): number[] {
  const share = (slower: number) => slower / before.total;
  return before.slower.flatMap((slower, j) =>
    share(slower) > TAIL.min && share(slower) <= TAIL.max ? [j] : [],
  );
}

export interface LatencyCourse extends Finding {
  /** The interval, from 0, at which the verdict was reached. */
  at?: number;
  /** Log of the average over all bounds of the evidence after each interval: an average of such is one,
   * however they depend on each other. */
  against: number[];
  /** The least over all bounds of the most log evidence so far: all of them have to pass. */
  inFavour: number[];
}

/**
 * - Fail: more of the candidate's requests are slow than `margin` times stable's share, at one bound or several. A
 *   margin of 1.25 on shares of slow requests allows times that are about a tenth longer.
 * - Pass: at each bound less than `passMargin` times stable's.
 *
 * @param bounds indexes into `slower`, of `usefulBounds`; without any it is undecided.
 */
export function judgeLatency(
  intervals: readonly LatencyInterval[],
  bounds: readonly number[],
  options: RateRatioOptions,
): LatencyCourse {
  const perBound = bounds.map((j) => {
    const counts = intervals.map(({ candidate, stable }) => ({
      candidate: { total: candidate.total, bad: candidate.slower[j] ?? 0 },
      stable: { total: stable.total, bad: stable.slower[j] ?? 0 },
    }));
    return {
      against: evidenceOfFailure(counts, options),
      inFavour: runningMax(evidenceOfPassing(counts, options)),
    };
  });
  const against = intervals.map((_, i) => logMean(perBound.map((bound) => bound.against[i] ?? 0)));
  const inFavour = intervals.map((_, i) =>
    bounds.length === 0 ? 0 : Math.min(...perBound.map((bound) => bound.inFavour[i] ?? 0)),
  );
  const { alpha, beta } = options;
  const reached = reach({ against, alpha, inFavour, beta });
  const last = reached.at ?? intervals.length - 1;
  const fail = evidenceText(against[last], alpha);
  const pass = evidenceText(inFavour[last], beta);
  const isMore = `more than ${options.margin} times stable's share of slow requests`;
  const isLess = `less than ${options.passMargin} times it at each of ${shown(bounds.length)} bounds`;
  const words = {
    Fail: `${isMore} (${fail})`,
    Pass: `${isLess} (${pass})`,
    Undecided: `neither ${isMore} (${fail}) nor ${isLess} (${pass}) is shown`,
  };
  const because =
    bounds.length === 0 ? 'no bound of the histogram is of use' : words[reached.verdict];
  return { ...reached, because, against, inFavour };
}

function runningMax(logs: readonly number[]): number[] {
  let max = -Infinity;
  return logs.map((log) => (max = Math.max(max, log)));
}
