/** Response times by histogram: are requests of the candidate slow more often than stable's, at any bound? */
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import { logMean } from './mixture.ts';
import { type RateRatioOptions, whySilent, worseText } from './rate-ratio.ts';
import { logEvidence } from './share-test.ts';
import {
  addShares,
  passMarginOf,
  type SharesStart,
  type SharesState,
  startShares,
} from './two-shares.ts';

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

/** Of stable, to choose the bounds by. */
export const REQUESTS_TO_CHOOSE_BY = 500;

/** Response times that are so many times as long are as good, where nobody says otherwise. */
export const LONGER = 1.1;

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

/**
 * How many times stable's share of requests slower than a bound would be if they took `longer` times as long, at least 1:
 * ln of the share is taken to be straight over ln of the time, between the bound and the one below it.
 *
 * @param j index of the bound, of `usefulBounds`
 */
export function marginOfTimes(
  j: number,
  before: LatencyCounts,
  { bounds, longer }: { bounds: readonly number[]; longer: number },
): number {
  if (j === 0) return longer;
  const share = Math.log((before.slower[j - 1] ?? NaN) / (before.slower[j] ?? NaN));
  const time = Math.log((bounds[j] ?? NaN) / (bounds[j - 1] ?? NaN));
  return Math.max(1, longer ** (share / time));
}

/** What the intervals so far have become, at each bound that is looked at. */
export interface LatencyState {
  bounds: readonly SharesState[];
  /** At each of them the most log evidence so far that the candidate is as fast; empty before the first interval. */
  best: readonly number[];
}

export interface LatencyOptions extends RateRatioOptions {
  /** Of times that are so many times as long the margins of the bounds are, where they have some of their own. */
  longer?: number | undefined;
}

export function startLatency(
  bounds: readonly SharesStart[],
  options: Pick<RateRatioOptions, 'cap'>,
): LatencyState {
  return { bounds: bounds.map((start) => startShares(start, options)), best: [] };
}

/** @param interval `slower` at those bounds only, in the order of the state's */
export function addLatency(
  state: LatencyState,
  { candidate, stable }: LatencyInterval,
  options: Omit<RateRatioOptions, 'alpha' | 'beta'>,
): LatencyState {
  const bounds = state.bounds.map((bound, j) =>
    addShares(
      bound,
      {
        candidate: { total: candidate.total, bad: candidate.slower[j] ?? 0 },
        stable: { total: stable.total, bad: stable.slower[j] ?? 0 },
      },
      options,
    ),
  );
  const best = bounds.map((bound, j) =>
    Math.max(state.best[j] ?? -Infinity, logEvidence(bound.inFavour)),
  );
  return { bounds, best };
}

/** Log of the average over all bounds of the evidence against it: an average of such is one, however they depend on
 * each other. */
export function latencyEvidence({ bounds }: LatencyState): number {
  return logMean(bounds.map(({ against }) => logEvidence(against)));
}

/** The least over all bounds of the most log evidence so far: all of them have to pass. 0 without any. */
export function latencyInFavour({ best }: LatencyState): number {
  return best.length === 0 ? 0 : Math.min(...best);
}

export interface LatencyCourse extends Finding {
  /** The interval, from 0, at which the verdict was reached. */
  at?: number;
  /** `latencyEvidence` after each interval. */
  against: number[];
  /** `latencyInFavour` after each interval. */
  inFavour: number[];
}

/** A bound that is looked at. */
export interface LatencyBound extends SharesStart {
  /** Index into `slower`. */
  index: number;
}

/**
 * - Fail: more of the candidate's requests are slow than allowed, at one bound or several.
 * - Pass: at each bound less than `passMargin` times stable's.
 *
 * Without any bound it is undecided.
 */
export function judgeLatency(
  intervals: readonly LatencyInterval[],
  bounds: readonly LatencyBound[],
  options: LatencyOptions & { names?: readonly string[] },
): LatencyCourse {
  const at = ({ total, slower }: LatencyCounts) => ({
    total,
    slower: bounds.map(({ index }) => slower[index] ?? 0),
  });
  let state = startLatency(bounds, options);
  const states = intervals.map(({ candidate, stable }) => {
    state = addLatency(state, { candidate: at(candidate), stable: at(stable) }, options);
    return state;
  });
  const against = states.map(latencyEvidence);
  const inFavour = states.map(latencyInFavour);
  const { alpha, beta } = options;
  const reached = reach({ against, alpha, inFavour, beta });
  const because = latencyText(reached.verdict, states[reached.at ?? -1] ?? state, options);
  return { ...reached, because, against, inFavour };
}

/**
 * The verdict in words and numbers, of the bound that says most.
 *
 * @param names of the bounds, as people read them; without them no bound is told of
 */
export function latencyText(
  verdict: Finding['verdict'],
  state: LatencyState,
  options: Omit<LatencyOptions, 'cap'> & { names?: readonly string[] },
): string {
  const worst = worstOf(state);
  if (!worst) return 'no bound of the histogram is of use';
  const silent = verdict === 'Undecided' ? whySilent(worst.bound) : undefined;
  if (silent !== undefined) return silent;
  const fail = evidenceText(latencyEvidence(state), options.alpha);
  const pass = evidenceText(latencyInFavour(state), options.beta);
  const isMore = slowerText(worst.bound, options);
  const isLess = fasterText(state, options);
  const words = {
    Fail: `${isMore} (${fail})`,
    Pass: `${isLess} (${pass})`,
    Undecided: `neither ${isMore} (${fail}) nor ${isLess} (${pass}) is shown`,
  };
  const name = options.names?.[worst.index];
  const counts = name === undefined ? '' : `${boundText(worst.bound, name)}: `;
  return `${counts}${words[verdict]}`;
}

/** The bound at which there is most evidence. */
function worstOf({ bounds }: LatencyState) {
  const evidence = bounds.map(({ against }) => logEvidence(against));
  const index = evidence.indexOf(Math.max(...evidence));
  const bound = bounds[index];
  return bound && { bound, index };
}

function slowerText(
  bound: SharesState,
  options: Pick<LatencyOptions, 'longer' | 'margin' | 'wholeAfter'>,
): string {
  if (bound.margin === undefined || options.longer === undefined)
    return worseText('share of slow requests', bound, options);
  return `slower than ${shown(options.longer)} times stable's response times`;
}

function fasterText({ bounds }: LatencyState, options: Pick<LatencyOptions, 'passMargin'>): string {
  const times = [...new Set(bounds.map((bound) => shown(passMarginOf(bound, options))))];
  const ordered = times.toSorted((a, b) => Number(a) - Number(b));
  const [least, most] = [ordered[0], ordered.at(-1)];
  const factor = least === most ? least : `${least} to ${most}`;
  const where = bounds.length > 1 ? ` at each of ${bounds.length} bounds` : '';
  return `less than ${factor} times stable's share of slow requests${where}`;
}

/** `candidate 31 of 900 (3.4 %) slower than 0.5 s, stable 90 of 9000 (1 %, 1.3 times it allowed)`. */
function boundText({ candidate, stable, margin }: SharesState, name: string): string {
  const allowed = margin === undefined ? '' : `, ${shown(margin)} times it allowed`;
  return `candidate ${countText(candidate)} slower than ${name}, stable ${countText(stable, allowed)}`;
}

function countText({ total, bad }: SharesState['candidate'], more = ''): string {
  const share = total > 0 ? ` (${shownShare(bad / total)}${more})` : '';
  return `${shown(bad)} of ${shown(total)}${share}`;
}
