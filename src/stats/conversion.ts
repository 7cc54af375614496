/** An A/B test: of two versions, which one reaches the goal more often? It may be looked at any time. */
import { ratioInterval, type RatioInterval } from './conversion-ratio.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import { logThreshold } from './mixture.ts';
import { normalLogMixture, normalMixtureBound } from './normal-mixture.ts';
import {
  addInterval,
  type BetLogs,
  type Bets,
  logEvidence,
  shareAtRatio,
  startBets,
} from './share-test.ts';
import { BOTH_WAYS, judgeSplit, SPLIT_DEFAULTS } from './split.ts';

/** What one version saw in one interval. */
export interface GoalCounts {
  /** Users, or visits, at least 0. */
  total: number;
  /** How many of `total` reached the goal. */
  goal: number;
}

export interface GoalInterval {
  /** What there is. */
  a: GoalCounts;
  /** What might take its place. */
  b: GoalCounts;
}

export interface ConversionOptions {
  /** The probability at most with which two versions that are alike are told apart, in (0, 1). */
  alpha: number;
  /**
   * The smallest difference of the two shares that matters, in (0, 1): 0.01 is one percentage point. With it the
   * verdict is that of the interval, which finds small differences, holds for large samples, and can show that there
   * is none that matters. Without it that of the share test, which is exact and finds differences
   * of about a tenth and more; its interval is one of the ratio of the two shares.
   */
  effect?: number | undefined;
  /** The share of the users that was meant for b, in (0, 1). Where it was not kept there is no verdict. */
  split?: number | undefined;
}

export const CONVERSION_DEFAULTS = { alpha: 0.05 } as const;

/** From so many of each version on that reached the goal the interval holds. */
const ENOUGH = 100;

/** What the intervals so far have become: numbers only, so that it can be kept and gone on from. */
export interface ConversionState extends GoalInterval {
  /** How many more of b reached the goal than if both were alike, interval by interval. */
  more: number;
  /** The bets against "both reach the goal alike". */
  bets: BetLogs;
}

const BETS: Bets = { lambdas: BOTH_WAYS, cap: Infinity };
const NOBODY_YET: GoalCounts = { total: 0, goal: 0 };

export const CONVERSION_START: ConversionState = {
  a: NOBODY_YET,
  b: NOBODY_YET,
  more: 0,
  bets: startBets(BETS),
};

export function addConversion(state: ConversionState, interval: GoalInterval): ConversionState {
  return {
    a: plus(state.a, interval.a),
    b: plus(state.b, interval.b),
    more: state.more + moreThanAlike(interval),
    bets: addInterval(state.bets, conversionsOf(interval), BETS),
  };
}

/** What is known after one interval. */
export interface ConversionLook {
  /** Better and Worse: b, than a. Equivalent: no difference that matters. Open: not shown yet. */
  outcome: 'Better' | 'Worse' | 'Equivalent' | 'Open';
  logEvidence: number;
  /** b's share less a's, over all intervals; NaN before both had users. */
  difference: number;
  /** With `effect`: in which it lies, at any time with probability 1 - alpha; undefined before it holds. */
  interval?: { low: number; high: number };
}

export function lookAtConversion(
  { a, b, more, bets }: ConversionState,
  { alpha, effect }: Pick<ConversionOptions, 'alpha' | 'effect'>,
): ConversionLook {
  const byShares = { difference: differenceOf(a, b), logEvidence: logEvidence(bets) };
  const found = effect === undefined ? byShares : estimateDifference(a, b, { effect, alpha });
  const isMore = (effect === undefined ? more : found.difference) > 0;
  return { ...found, outcome: outcomeOf(found, { isMore, alpha, effect }) };
}

export interface ConversionCourse extends Finding {
  /** Of a look; Mismatch: the users were not shared out as was meant. */
  outcome: ConversionLook['outcome'] | 'Mismatch';
  /** The interval, from 0, at which it was reached. */
  at?: number;
  /** Log evidence after each interval against "both reach the goal alike". */
  against: number[];
  /** b's share less a's, over all intervals; NaN before both had users. */
  difference: number;
  /** With `effect`: in which it lies, at any time with probability 1 - alpha; undefined before it holds. */
  interval?: { low: number; high: number };
  /** Without it: the same of b's share in times of a's. */
  ratio?: RatioInterval;
}

/**
 * The outcome over intervals in order of time. Pass: b is better, or no difference matters. Fail: b is worse, which
 * outranks what was reached before.
 */
export function judgeConversion(
  intervals: readonly GoalInterval[],
  options: ConversionOptions,
): ConversionCourse {
  let state = CONVERSION_START;
  const states = intervals.map((interval) => (state = addConversion(state, interval)));
  const looks = states.map((one) => lookAtConversion(one, options));
  const against = looks.map((look) => look.logEvidence);
  const { difference = NaN, interval } = looks.at(-1) ?? {};
  const ratio = options.effect === undefined ? ratioInterval(state, options.alpha) : undefined;
  const seen = { against, difference, ...(interval && { interval }), ...(ratio && { ratio }) };
  const mismatch = splitFault(intervals, options.split);
  if (mismatch !== undefined)
    return { ...seen, verdict: 'Undecided', outcome: 'Mismatch', because: mismatch };
  const worse = looks.findIndex(({ outcome }) => outcome === 'Worse');
  const at = worse >= 0 ? worse : looks.findIndex(({ outcome }) => outcome !== 'Open');
  const shownAt = at >= 0 ? at : looks.length - 1;
  const { outcome } = looks[shownAt] ?? { outcome: 'Open' };
  const because = conversionText(states[shownAt] ?? state, options);
  return {
    outcome,
    verdict: VERDICTS[outcome],
    ...(at >= 0 && { at }),
    ...seen,
    because,
  };
}

const VERDICTS = {
  Better: 'Pass',
  Equivalent: 'Pass',
  Worse: 'Fail',
  Open: 'Undecided',
} as const;
export const NOBODY = 'nobody came to either version';

/** Those who reached the goal, and the share of b among them if both versions are alike. */
function conversionsOf({ a, b }: GoalInterval) {
  const share = shareAtRatio({ own: b.total, other: a.total }, 1);
  return { own: b.goal, total: a.goal + b.goal, share };
}

/** How many more of b reached the goal than if both were alike, interval by interval: all in one sum, users who
 * come to b when few reach the goal would speak against it. */
function moreThanAlike(interval: GoalInterval): number {
  const { own, total, share } = conversionsOf(interval);
  return total > 0 && !Number.isNaN(share) ? own - total * share : 0;
}

export interface DifferenceEstimate {
  /** The share of b less that of a; NaN without users of both. */
  difference: number;
  /** ln of the evidence against "both are alike"; 0 as long as it does not hold. */
  logEvidence: number;
  /** In which the difference lies, at any time with probability 1 - alpha; undefined as long as it does not hold. */
  interval?: { low: number; high: number };
}

/**
 * The difference of two shares by a normal mixture over differences with variance `effect` squared: sqrt(V/(V+t))
 * exp(t d²/(2V(V+t))), V = p(1-p)/n of both. It holds for large samples: from 100 of each version on
 * that reached the goal.
 */
export function estimateDifference(
  a: GoalCounts,
  b: GoalCounts,
  { effect, alpha }: { effect: number; alpha: number },
): DifferenceEstimate {
  const [shareA, shareB] = [a.goal / a.total, b.goal / b.total];
  const difference = differenceOf(a, b);
  const spread = (shareA * (1 - shareA)) / a.total + (shareB * (1 - shareB)) / b.total;
  if (!(Math.min(a.goal, b.goal) >= ENOUGH && spread > 0)) return { difference, logEvidence: 0 };
  const variance = 1 / spread;
  const rho = 1 / (effect * effect);
  const half = normalMixtureBound({ variance, rho }, alpha) * spread;
  return {
    difference,
    logEvidence: normalLogMixture({ sum: difference * variance, variance, rho }),
    interval: { low: difference - half, high: difference + half },
  };
}

function differenceOf(a: GoalCounts, b: GoalCounts): number {
  return b.goal / b.total - a.goal / a.total;
}

function outcomeOf(
  { logEvidence, interval }: Pick<DifferenceEstimate, 'logEvidence' | 'interval'>,
  { isMore, alpha, effect }: { isMore: boolean } & Pick<ConversionOptions, 'alpha' | 'effect'>,
): ConversionLook['outcome'] {
  if (logEvidence >= logThreshold(alpha)) return isMore ? 'Better' : 'Worse';
  const isSmall = interval && effect && interval.low > -effect && interval.high < effect;
  return isSmall ? 'Equivalent' : 'Open';
}

/** Why nothing can be said of versions whose users were not shared out as was meant. */
export function splitFault(intervals: readonly GoalInterval[], share?: number): string | undefined {
  if (share === undefined) return undefined;
  const counted = intervals.map(({ a, b }) => ({
    total: a.total + b.total,
    candidate: b.total,
    share,
  }));
  const { verdict, because } = judgeSplit(counted, SPLIT_DEFAULTS);
  return verdict === 'Fail'
    ? `who sees which version is not left to chance: ${because}`
    : undefined;
}

/** What is known in words and numbers, with the interval that belongs to the test. */
export function conversionText(
  state: ConversionState,
  options: Pick<ConversionOptions, 'alpha' | 'effect'>,
): string {
  const { a, b } = state;
  if (a.total + b.total === 0) return NOBODY;
  const { alpha, effect } = options;
  const { outcome, difference, interval, ...look } = lookAtConversion(state, options);
  const evidence = evidenceText(look.logEvidence, alpha);
  const range =
    effect === undefined ? ratioText(ratioInterval(state, alpha)) : differenceText(interval);
  const each = ' in each interval by itself';
  const words = {
    Better: `b is better${difference < 0 ? each : ''} (${evidence})`,
    Worse: `b is worse${difference > 0 ? each : ''} (${evidence})`,
    Equivalent: `no difference of ${points(effect ?? NaN)} points or more`,
    Open: `no difference is shown (${evidence})`,
  };
  return `${goalsText({ a, b })}: ${words[outcome]}${range}`;
}

function differenceText(interval: ConversionLook['interval']): string {
  if (!interval) return '';
  return `, the difference is in ${points(interval.low)} to ${points(interval.high)} points`;
}

/** Of one that is open on both sides nothing. */
function ratioText({ low, high }: RatioInterval = { low: 0, high: Infinity }): string {
  const [least, most] = [shown(low, 4), shown(high, 4)];
  if (high < Infinity) return `, b's share is ${least} to ${most} times a's`;
  return low > 0 ? `, b's share is at least ${least} times a's` : '';
}

/** Percentage points. */
function points(difference: number): string {
  return shown(difference * 100);
}

/** What both versions counted, for people. */
export function goalsText({ a, b }: GoalInterval): string {
  return `b ${goalText(b)}, a ${goalText(a)}`;
}

function goalText({ total, goal }: GoalCounts): string {
  return `${shown(goal)} of ${shown(total)}${total > 0 ? ` (${shownShare(goal / total)})` : ''}`;
}

function plus(sum: GoalCounts, more: GoalCounts): GoalCounts {
  return { total: sum.total + more.total, goal: sum.goal + more.goal };
}
