/** Response times by histogram: are requests of the candidate slow more often than stable's, at any bound? */
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import { logMean } from './mixture.ts';
import {
  addRates,
  type RateRatioOptions,
  type RateState,
  startRates,
  whySilent,
} from './rate-ratio.ts';
import { logEvidence } from './share-test.ts';

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

/** What the intervals so far have become, at each bound that is looked at. */
export interface LatencyState {
  bounds: readonly RateState[];
  /** At each of them the most log evidence so far that the candidate is as fast; empty before the first interval. */
  best: readonly number[];
}

export function startLatency(bounds: number, options: Pick<RateRatioOptions, 'cap'>): LatencyState {
  const states = Array.from({ length: bounds }, () => startRates(options));
  return { bounds: states, best: [] };
}

/** @param interval `slower` at those bounds only, in the order of the state's */
export function addLatency(
  state: LatencyState,
  { candidate, stable }: LatencyInterval,
  options: Omit<RateRatioOptions, 'alpha' | 'beta'>,
): LatencyState {
  const bounds = state.bounds.map((bound, j) =>
    addRates(
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
  const at = ({ total, slower }: LatencyCounts) => ({
    total,
    slower: bounds.map((j) => slower[j] ?? 0),
  });
  let state = startLatency(bounds.length, options);
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
 * The verdict in words and numbers.
 *
 * @param names of the bounds, as people read them; then the one that says most is told of
 */
export function latencyText(
  verdict: Finding['verdict'],
  state: LatencyState,
  options: Omit<RateRatioOptions, 'cap'> & { names?: readonly string[] },
): string {
  if (state.bounds.length === 0) return 'no bound of the histogram is of use';
  const [first] = state.bounds;
  const silent = verdict === 'Undecided' && first ? whySilent(first) : undefined;
  if (silent !== undefined) return silent;
  const fail = evidenceText(latencyEvidence(state), options.alpha);
  const pass = evidenceText(latencyInFavour(state), options.beta);
  const isMore = `more than ${shown(options.margin)} times stable's share of slow requests`;
  const isLess = `less than ${shown(options.passMargin)} times it at each of ${shown(state.bounds.length)} bounds`;
  const words = {
    Fail: `${isMore} (${fail})`,
    Pass: `${isLess} (${pass})`,
    Undecided: `neither ${isMore} (${fail}) nor ${isLess} (${pass}) is shown`,
  };
  return `${worstText(state, options.names)}${words[verdict]}`;
}

/** `candidate 31 of 900 (3.4 %) slower than 0.5 s, stable 90 of 9000 (1 %): `, at the bound that says most. */
function worstText({ bounds }: LatencyState, names: readonly string[] = []): string {
  const evidence = bounds.map(({ against }) => logEvidence(against));
  const worst = evidence.indexOf(Math.max(...evidence));
  const [bound, name] = [bounds[worst], names[worst]];
  if (!bound || name === undefined) return '';
  const { candidate, stable } = bound;
  return `candidate ${countText(candidate)} slower than ${name}, stable ${countText(stable)}: `;
}

function countText({ total, bad }: RateState['candidate']): string {
  const share = total > 0 ? ` (${shownShare(bad / total)})` : '';
  return `${shown(bad)} of ${shown(total)}${share}`;
}
