/** An A/B test that ends at a number of users that was fixed beforehand: it finds more than one without an end. */
import { type GoalCounts, type GoalInterval, goalsText, NOBODY, splitFault } from './conversion.ts';
import type { Finding } from './finding.ts';
import { groupSequentialBounds, type Spending } from './group-sequential.ts';

export interface PlannedOptions {
  /** The probability at most with which two versions that are alike are told apart, in (0, 1). */
  alpha: number;
  /** Users of both versions at which the test ends, over 0. What comes later is not looked at. */
  maxSamples: number;
  /** OBrienFleming: hardly anything early, nearly all at the end. */
  spending?: Spending;
  /** The share of the users that was meant for b, in (0, 1). */
  split?: number | undefined;
}

export interface PlannedCourse extends Finding {
  /** Better and Worse: b, than a. Mismatch: the users were not shared out as was meant. Open: no difference was
   * found, so far or at the end. */
  outcome: 'Better' | 'Worse' | 'Mismatch' | 'Open';
  /** The interval, from 0, at which it was reached. */
  at?: number;
  /** z of the two shares after each interval; 0 before there is one. */
  statistics: number[];
  /** What |z| has to reach there; Infinity where it was not looked at. */
  bounds: number[];
}

/**
 * Pass: b is better, at the first look that reaches its bound. Fail: b is worse at any look, which outranks what was
 * reached before. Versions that are alike are told apart with probability `alpha` at most all the same: a path that
 * reaches the second bound has reached the first one, and is in that already.
 */
export function judgePlannedConversion(
  intervals: readonly GoalInterval[],
  options: PlannedOptions,
): PlannedCourse {
  const { alpha, maxSamples, spending = 'OBrienFleming' } = options;
  const sums = runningSums(intervals);
  const times = sums.map(({ a, b }) => Math.min(1, (a.total + b.total) / maxSamples));
  const bounds = groupSequentialBounds(times, alpha, spending);
  const statistics = sums.map(({ a, b }) => pooledZ(a, b));
  const seen = { statistics, bounds };
  const mismatch = splitFault(intervals, options.split);
  if (mismatch !== undefined)
    return { ...seen, verdict: 'Undecided', outcome: 'Mismatch', because: mismatch };
  const worse = statistics.findIndex((z, i) => -z >= (bounds[i] ?? Infinity));
  const at = worse >= 0 ? worse : statistics.findIndex((z, i) => z >= (bounds[i] ?? Infinity));
  const end = times.findIndex((time) => time >= 1);
  const last = [at, end].find((i) => i >= 0) ?? sums.length - 1;
  const look = sums[last];
  if (!look || times[last] === 0)
    return { ...seen, verdict: 'Undecided', outcome: 'Open', because: NOBODY };
  const found = findingAt({
    z: statistics[last] ?? 0,
    bound: bounds[last] ?? Infinity,
    isOver: end >= 0,
  });
  const because = `${goalsText(look)}: ${found.because}`;
  return { ...seen, ...found, because, ...(at >= 0 && { at }) };
}

/** Looks enough that the end of a test is noticed, and few enough to keep them. */
const LOOKS = 20;

/**
 * The shares of `maxSamples` at which it was looked, with this one where so many users have come since the last that it is
 * time for another; the last may be over 1. The times of looks may depend on how many came, not on what they did.
 */
export function plannedLooks(
  looks: readonly number[],
  { a, b }: GoalInterval,
  { maxSamples }: Pick<PlannedOptions, 'maxSamples'>,
): readonly number[] {
  const time = (a.total + b.total) / maxSamples;
  return stepOf(time) > stepOf(looks.at(-1) ?? 0) ? [...looks, time] : looks;
}

/** Looks that it is time for, in [0, LOOKS]. */
function stepOf(time: number): number {
  return Math.floor(Math.min(1, time) * LOOKS + 1e-9);
}

export interface PlannedLook {
  outcome: PlannedCourse['outcome'];
  because: string;
  /** All users have come. */
  isOver: boolean;
}

/**
 * What the sums say, if they are those of the last look. Between two looks, and after the end, nothing is told apart:
 * held against the bound of the last look, every interval would be another look, for which no alpha was spent.
 */
export function lookAtPlanned(
  { a, b }: GoalInterval,
  looks: readonly number[],
  { alpha, maxSamples, spending = 'OBrienFleming' }: PlannedOptions,
): PlannedLook {
  const users = a.total + b.total;
  if (users === 0) return { outcome: 'Open', because: NOBODY, isOver: false };
  const last = looks.at(-1) ?? 0;
  const isOver = last >= 1;
  const counts = goalsText({ a, b });
  if (users / maxSamples !== last)
    return { outcome: 'Open', because: `${counts}: ${betweenText(last, maxSamples)}`, isOver };
  const times = looks.map((time) => Math.min(1, time));
  const bound = groupSequentialBounds(times, alpha, spending).at(-1) ?? Infinity;
  const { outcome, because } = findingAt({ z: pooledZ(a, b), bound, isOver });
  return { outcome, because: `${counts}: ${because}`, isOver };
}

function betweenText(last: number, maxSamples: number): string {
  if (last >= 1) return 'no difference was found until the end, and nothing after it is looked at';
  const next = Math.ceil(((stepOf(last) + 1) / LOOKS) * maxSamples);
  return `no difference is shown yet, it is looked at next at ${next} users`;
}

interface LookAtZ {
  z: number;
  bound: number;
  /** Whether all users have come. */
  isOver: boolean;
}

function findingAt({
  z,
  bound,
  isOver,
}: LookAtZ): Pick<PlannedCourse, 'outcome' | 'verdict' | 'because'> {
  const numbers = `z ${z.toFixed(2)} of ${boundText(bound)}`;
  if (Math.abs(z) < bound) {
    const because = `no difference ${isOver ? 'was found until the end' : 'is shown yet'} (${numbers})`;
    return { verdict: 'Undecided', outcome: 'Open', because };
  }
  if (z > 0) return { verdict: 'Pass', outcome: 'Better', because: `b is better (${numbers})` };
  return { verdict: 'Fail', outcome: 'Worse', because: `b is worse (${numbers})` };
}

/** z of the difference of two shares with their common variance; 0 where there is none. */
function pooledZ(a: GoalCounts, b: GoalCounts): number {
  const share = (a.goal + b.goal) / (a.total + b.total);
  const spread = Math.sqrt(share * (1 - share) * (1 / a.total + 1 / b.total));
  const z = (b.goal / b.total - a.goal / a.total) / spread;
  return Number.isFinite(z) ? z : 0;
}

function boundText(bound = Infinity): string {
  return bound === Infinity ? 'more than can be told so early' : bound.toFixed(2);
}

function runningSums(intervals: readonly GoalInterval[]): GoalInterval[] {
  let sum: GoalInterval = { a: { total: 0, goal: 0 }, b: { total: 0, goal: 0 } };
  return intervals.map(({ a, b }) => {
    sum = {
      a: { total: sum.a.total + a.total, goal: sum.a.goal + a.goal },
      b: { total: sum.b.total + b.total, goal: sum.b.goal + b.goal },
    };
    return sum;
  });
}
