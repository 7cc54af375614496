/** Error rates of two versions at the same time: is the candidate's more than the margin times stable's? */
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import {
  addInterval,
  type BetLogs,
  type Bets,
  courseOf,
  logEvidence,
  shareAtRatio,
  type SharedEvents,
  startBets,
} from './share-test.ts';

export interface Counts {
  /** Requests, at least 0; need not be whole. */
  total: number;
  /** How many of `total` were bad. */
  bad: number;
}

/** What both versions counted in one interval. */
export interface RateInterval {
  candidate: Counts;
  stable: Counts;
}

export interface RateRatioOptions {
  /** The ratio of the rates up to which the candidate is as good as stable; at least 1. */
  margin: number;
  /** The probability at most with which such a candidate fails, in (0, 1). */
  alpha: number;
  /** The most that one interval can multiply the evidence of failure by, over 1. */
  cap: number;
  /** The ratio that a candidate which passes early is shown to be under; over `margin`. */
  passMargin: number;
  /** The probability at most with which a candidate of `passMargin` or worse passes, in (0, 1). */
  beta: number;
  /** Bad requests of the candidate over which the margin grows from 1, evenly; it is whole at once where there is none.
   * Then what fails with `alpha` at most is a candidate that is as good as stable, not one at the margin. */
  wholeAfter?: number | undefined;
}

/** Why these: docs/adr/0018-margin-and-cap.md. */
export const RATE_RATIO_DEFAULTS: RateRatioOptions = {
  margin: 1.25,
  alpha: 0.01,
  cap: 10,
  passMargin: 2,
  beta: 0.05,
};

/** A margin that is wider than usual takes what passes with it. */
export const PASS_MARGIN_PER_MARGIN = RATE_RATIO_DEFAULTS.passMargin / RATE_RATIO_DEFAULTS.margin;

/** Of a comparison for which nobody wrote a margin. Why: docs/adr/0023-what-checks-compare-by.md. */
export const WHOLE_AFTER = 40;

/** Times the margin that the bets on failure are made for. */
export const WORSE = [1.25, 1.5, 2, 3, 5, 10, 30] as const;
/** Times `passMargin` that the bets on passing are made for. */
const BETTER = [0.1, 0.25, 0.5, 0.6, 0.75] as const;

/** What the intervals so far have become: numbers only, so that it can be kept and gone on from. */
export interface RateState {
  /** Sums over all intervals. */
  candidate: Counts;
  stable: Counts;
  /** Bad requests that the candidate would have had at stable's rate, interval by interval: a share of the
   * traffic that changed misleads nobody. */
  expected: number;
  /** The bets against "the candidate's rate is at most `margin` times stable's". */
  against: BetLogs;
  /** The bets against "it is at least `passMargin` times stable's". */
  inFavour: BetLogs;
}

const NOTHING: Counts = { total: 0, bad: 0 };

export function startRates({ cap }: Pick<RateRatioOptions, 'cap'>): RateState {
  const [against, inFavour] = [startBets(failureBets(cap)), startBets(PASS_BETS)];
  return { candidate: NOTHING, stable: NOTHING, expected: 0, against, inFavour };
}

/** An interval without events, or in which one of them had no requests, says nothing. */
export function addRates(
  state: RateState,
  interval: RateInterval,
  options: Omit<RateRatioOptions, 'alpha' | 'beta'>,
): RateState {
  const events = eventsAtRatio(interval, marginAfter(state.candidate.bad, options));
  const { candidate, stable, expected, inFavour } = counted(state, interval, options);
  const against = addInterval(state.against, events, failureBets(options.cap));
  return { candidate, stable, expected, inFavour, against };
}

/** All of it but the evidence of failure. */
export function counted(
  state: RateState,
  interval: RateInterval,
  { passMargin }: Pick<RateRatioOptions, 'passMargin'>,
): Omit<RateState, 'against'> {
  const { candidate, stable } = interval;
  const atStable = stable.total > 0 ? candidate.total * (stable.bad / stable.total) : 0;
  return {
    candidate: plus(state.candidate, candidate),
    stable: plus(state.stable, stable),
    expected: state.expected + atStable,
    inFavour: addInterval(state.inFavour, eventsAtRatio(interval, passMargin), PASS_BETS),
  };
}

/**
 * The margin of an interval before which the candidate had so many bad requests. What comes in it has no part in that:
 * each margin is known before it is used, and the evidence stays evidence.
 */
export function marginAfter(
  bad: number,
  { margin, wholeAfter = 0 }: Pick<RateRatioOptions, 'margin' | 'wholeAfter'>,
): number {
  return wholeAfter > 0 ? 1 + (margin - 1) * Math.min(1, bad / wholeAfter) : margin;
}

export interface RateRatioCourse extends Finding {
  /** The interval, from 0, at which the verdict was reached. */
  at?: number;
  /** Log evidence after each interval against "the candidate's rate is at most `margin` times
   * stable's"; `logThreshold(alpha)` is needed. */
  against: number[];
  /** The same against "it is at least `passMargin` times stable's"; `logThreshold(beta)` is needed. */
  inFavour: number[];
}

/**
 * The verdict over intervals in order of time, both versions measured over the same time in each.
 *
 * - Fail: the candidate's rate is more than `margin` times stable's; where the margin grows, more than stable's.
 * - Pass: it is less than `passMargin` times stable's.
 * - Undecided: neither is shown.
 */
export function judgeRates(
  intervals: readonly RateInterval[],
  options: RateRatioOptions = RATE_RATIO_DEFAULTS,
): RateRatioCourse {
  let state = startRates(options);
  const states = intervals.map((interval) => (state = addRates(state, interval, options)));
  const against = states.map((one) => logEvidence(one.against));
  const inFavour = states.map((one) => logEvidence(one.inFavour));
  const { alpha, beta } = options;
  const reached = reach({ against, alpha, inFavour, beta });
  const because = ratesText(reached.verdict, states[reached.at ?? -1] ?? state, options);
  return { ...reached, because, against, inFavour };
}

/** Log evidence after each interval that the candidate's rate is more than `margin` times stable's. */
export function evidenceOfFailure(
  intervals: readonly RateInterval[],
  { margin, cap }: Pick<RateRatioOptions, 'margin' | 'cap'>,
): number[] {
  return courseOf(
    intervals.map((interval) => eventsAtRatio(interval, margin)),
    failureBets(cap),
  );
}

/** Log evidence after each interval that it is less than `passMargin` times stable's. Without a cap:
 * of a good candidate there is nothing sudden to be wary of. */
export function evidenceOfPassing(
  intervals: readonly RateInterval[],
  { passMargin }: Pick<RateRatioOptions, 'passMargin'>,
): number[] {
  return courseOf(
    intervals.map((interval) => eventsAtRatio(interval, passMargin)),
    PASS_BETS,
  );
}

const PASS_BETS: Bets = { lambdas: BETTER, cap: Infinity };

/** The bets of `evidenceOfFailure`, for who keeps what has become of them and adds one interval at a time. */
export function failureBets(cap: number): Bets {
  return { lambdas: WORSE, cap };
}

/** The bad requests of both, and the candidate's share of them if its rate is `ratio` times stable's. */
export function eventsAtRatio({ candidate, stable }: RateInterval, ratio: number): SharedEvents {
  return {
    own: candidate.bad,
    total: candidate.bad + stable.bad,
    share: shareAtRatio({ own: candidate.total, other: stable.total }, ratio),
  };
}

/** The verdict in words and numbers. */
export function ratesText(
  verdict: Finding['verdict'],
  state: RateState,
  options: Omit<RateRatioOptions, 'cap'>,
): string {
  const { passMargin, alpha, beta } = options;
  const counts = `${countedText(state)}, ${shown(state.expected)} of the candidate's would be bad at stable's rate`;
  const fail = evidenceText(logEvidence(state.against), alpha);
  const pass = evidenceText(logEvidence(state.inFavour), beta);
  const isMore = worseText('rate', state, options);
  const isLess = `less than ${shown(passMargin)} times`;
  if (verdict === 'Fail') return `${counts}: ${isMore} (${fail})`;
  if (verdict === 'Pass')
    return `${counts}: ${isLess} stable's rate (${pass}), and not shown to be ${isMore} (${fail})`;
  const silent = whySilent(state);
  if (silent) return silent;
  return `${counts}: neither ${isMore} (${fail}) nor ${isLess} (${pass}) is shown`;
}

/** What failing shows. @param what of stable's is compared: `rate` */
export function worseText(
  what: string,
  { candidate }: Pick<RateState, 'candidate'>,
  options: Pick<RateRatioOptions, 'margin' | 'wholeAfter'>,
): string {
  const { margin, wholeAfter = 0 } = options;
  if (wholeAfter === 0 || margin === 1) return `more than ${shown(margin)} times stable's ${what}`;
  const allowed = shown(marginAfter(candidate.bad, options));
  return allowed === '1'
    ? 'worse than stable'
    : `worse than stable with ${allowed} times its ${what} allowed by now`;
}

/** Where no interval can say anything: why. */
export function whySilent({
  candidate,
  stable,
}: Pick<RateState, 'candidate' | 'stable'>): string | undefined {
  if (candidate.total + stable.total === 0) return 'no requests: there is nothing to compare';
  if (candidate.total === 0)
    return `no requests to the candidate, ${shown(stable.total)} to stable`;
  if (stable.total === 0)
    return `no requests to stable, ${shown(candidate.total)} to the candidate: nothing to compare with`;
  return undefined;
}

function countedText({ candidate, stable }: RateState): string {
  return `candidate ${rateText(candidate)}, stable ${rateText(stable)}`;
}

function rateText({ total, bad }: Counts): string {
  const share = total > 0 ? ` (${shownShare(bad / total)})` : '';
  return `${shown(bad)} of ${shown(total)} bad${share}`;
}

function plus(sum: Counts, more: Counts): Counts {
  return { total: sum.total + more.total, bad: sum.bad + more.bad };
}
