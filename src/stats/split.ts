/** Sample ratio mismatch: did the candidate get the share of the requests, or users, that was meant? */
import { binomialCourse } from './binomial-bets.ts';
import { reach } from './course.ts';
import { evidenceText, type Finding, shown, shownShare } from './finding.ts';
import { addInterval, type BetLogs, courseOf, startBets } from './share-test.ts';

export interface SplitInterval {
  /** Requests, or users that were assigned, of both versions; at least 0. */
  total: number;
  /** Those of the candidate, in [0, total]. */
  candidate: number;
  /** The candidate's share that was configured in this interval, in [0, 1]. */
  share: number;
}

export interface SplitOptions {
  /** The probability at most with which a split as configured is called wrong, in (0, 1). */
  alpha: number;
  /** The most that one interval can multiply the evidence by, over 1. */
  cap: number;
  /** How far off, relative to the share, still passes; over 0. */
  tolerance: number;
  /** The probability at most with which one that is off by more passes, in (0, 1). */
  beta: number;
}

export const SPLIT_DEFAULTS: SplitOptions = { alpha: 0.001, cap: 10, tolerance: 0.1, beta: 0.05 };

/** The odds, in both directions, that the bets are made for. */
export const BOTH_WAYS = [0.5, 0.8, 0.9, 1.1, 1.25, 2] as const;
/** Of the tolerance, where within it the bets on passing are made. */
const WITHIN = [-0.5, 0, 0.5] as const;

/** What the intervals so far have become: numbers only, so that it can be kept and gone on from. */
export interface SplitState {
  /** Sums over all intervals; `meant`: what the candidate was to get of `total`. */
  total: number;
  candidate: number;
  meant: number;
  /** The bets against "the share is the one that was configured". */
  bets: BetLogs;
}

export function startSplit({ cap }: Pick<SplitOptions, 'cap'> = SPLIT_DEFAULTS): SplitState {
  return { total: 0, candidate: 0, meant: 0, bets: startBets({ lambdas: BOTH_WAYS, cap }) };
}

export function addSplit(
  state: SplitState,
  { total, candidate, share }: SplitInterval,
  { cap }: Pick<SplitOptions, 'cap'> = SPLIT_DEFAULTS,
): SplitState {
  return {
    total: state.total + total,
    candidate: state.candidate + candidate,
    meant: state.meant + total * share,
    bets: addInterval(state.bets, { total, own: candidate, share }, { lambdas: BOTH_WAYS, cap }),
  };
}

/** How far off the share is: 0.24 for 24 % more than was meant; NaN where nothing was to come. */
export function splitOff({ candidate, meant }: Pick<SplitState, 'candidate' | 'meant'>): number {
  return meant > 0 ? candidate / meant - 1 : NaN;
}

/** `the candidate got 12 of 100 (12 %), 10 were meant (10 %)`. */
export function splitText({ total, candidate, meant }: Omit<SplitState, 'bets'>): string {
  const got = `the candidate got ${shown(candidate)} of ${shown(total)} (${shownShare(candidate / total)})`;
  return `${got}, ${shown(meant)} were meant (${shownShare(meant / total)})`;
}

export interface SplitCourse extends Finding {
  /** The interval, from 0, at which the verdict was reached. */
  at?: number;
  /** Log evidence after each interval against "the share is the one that was configured". */
  against: number[];
  /** The weaker of the two against "it is more than the tolerance over it" and "… under it". */
  inFavour: number[];
  /** How far off the share is over all intervals up to the verdict: 0.24 for 24 % more than was meant; NaN where
   * nothing was to come. */
  off: number;
}

/**
 * The verdict over intervals in order of time; shares may change from one to the next.
 *
 * - Fail: not the share that was configured. Exact for independent requests; less variable routing, as round
 *   robin, fails even less often. Sticky connections are not independent: of requests it is worth a warning
 *   only beyond the tolerance, of users in an A/B test it bars every verdict.
 * - Pass: within the tolerance of it, on both sides.
 */
export function judgeSplit(
  intervals: readonly SplitInterval[],
  options: SplitOptions = SPLIT_DEFAULTS,
): SplitCourse {
  const { alpha, beta, cap, tolerance } = options;
  const events = intervals.map(({ total, candidate, share }) => ({ total, own: candidate, share }));
  const against = courseOf(events, { lambdas: BOTH_WAYS, cap });
  const over = sideCourse(intervals, tolerance, 1);
  const under = sideCourse(intervals, tolerance, -1);
  const inFavour = over.map((log, i) => Math.min(log, under[i] ?? 0));
  const reached = reach({ against, alpha, inFavour, beta });
  const last = reached.at ?? intervals.length - 1;
  const sums = sumsOf(intervals.slice(0, last + 1));
  const off = splitOff(sums);
  const fail = evidenceText(against[last], alpha);
  const pass = evidenceText(inFavour[last], beta);
  const within = `within ${shownShare(tolerance)} of it`;
  const words = {
    Fail: `not what was configured (${fail})${offText(off, tolerance)}`,
    Pass: `${within} (${pass})`,
    Undecided: `neither another share (${fail}) nor one ${within} (${pass}) is shown`,
  };
  const because =
    sums.total > 0
      ? `${splitText(sums)}: ${words[reached.verdict]}`
      : 'nothing came to either version';
  return { ...reached, because, against, inFavour, off };
}

/** Log evidence against "the share is `tolerance` over what was meant, or more"; `side` -1: "under". Infinity
 * where that cannot be: nothing is more than everything. */
function sideCourse(
  intervals: readonly SplitInterval[],
  tolerance: number,
  side: 1 | -1,
): number[] {
  const edgeOf = ({ share }: SplitInterval) => share * (1 + side * tolerance);
  if (intervals.every((interval) => edgeOf(interval) >= 1)) return intervals.map(() => Infinity);
  return binomialCourse(
    intervals.map((interval) => {
      const edge = edgeOf(interval);
      const tells = edge > 0 && edge < 1;
      const [total, bad] = tells ? [interval.total, interval.candidate] : [0, 0];
      const shares = WITHIN.map((part) => Math.min(1, interval.share * (1 + part * tolerance)));
      return { total, bad, edge, shares };
    }),
  );
}

function offText(off: number, tolerance: number): string {
  if (Number.isNaN(off)) return '';
  const text = `, ${shownShare(Math.abs(off))} ${off > 0 ? 'too many' : 'too few'}`;
  const small = Math.abs(off) <= tolerance;
  return small
    ? `${text}: of users that bars a verdict, of requests it may be sticky connections`
    : text;
}

function sumsOf(intervals: readonly SplitInterval[]) {
  let [total, candidate, meant] = [0, 0, 0];
  for (const interval of intervals) {
    total += interval.total;
    candidate += interval.candidate;
    meant += interval.total * interval.share;
  }
  return { total, candidate, meant };
}
