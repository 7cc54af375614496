/** How many times as often b reaches the goal as a: the interval that belongs to the share test. */
import { logMean, logThreshold } from './mixture.ts';
import type { BetLogs } from './share-test.ts';
import { BOTH_WAYS } from './split.ts';

/** The share of b's users that reached the goal, in times of a's; from 0 to Infinity. */
export interface RatioInterval {
  low: number;
  high: number;
}

/** What the share test of conversions has come to. */
interface Tested {
  a: { goal: number };
  b: { goal: number };
  /** How many more of b reached the goal than if both were alike, interval by interval. */
  more: number;
  /** The bets against "both reach the goal alike". */
  bets: BetLogs;
}

/** Halved so often: to the last digit. */
const STEPS = 60;

/**
 * The ratios that the share test does not reject: the true one is among them at any time with probability 1 - alpha.
 * 1 is left out exactly where the evidence suffices. Undefined where nothing was counted of one of the versions, and
 * where no ratio is left.
 *
 * The bets on every other ratio are made from those on "both alike" and the sums: exactly where the shares of the users
 * stay, and else as if they were one of two, as far apart as the bets say.
 */
export function ratioInterval(state: Tested, alpha: number): RatioInterval | undefined {
  const { a, b, bets } = state;
  const events = a.goal + b.goal;
  const shares = sharesIfAlike(state);
  if (!shares) return undefined;
  const evidence = (ratio: number) =>
    logMean(
      BOTH_WAYS.map((lambda, k) => {
        const price = (share: number) =>
          Math.log1p(share * (lambda - 1)) - Math.log1p(shareAt(ratio, share) * (lambda - 1));
        const [less, more] = shares;
        return (bets[k] ?? 0) + (events * (price(less) + price(more))) / 2;
      }),
    );
  const isLeft = (ratio: number) => evidence(ratio) < logThreshold(alpha);
  const alike = (shares[0] + shares[1]) / 2;
  const seen = (b.goal / a.goal) * ((1 - alike) / alike);
  if (!isLeft(seen)) return undefined;
  return { low: edge(isLeft, seen, 0), high: edge(isLeft, seen, Infinity) };
}

/** Two shares of b, in (0, 1), of all who reached the goal if both were alike: their average, and how far from each
 * other, are those of all intervals. */
function sharesIfAlike({ a, b, more, bets }: Tested): [number, number] | undefined {
  const events = a.goal + b.goal;
  const average = (b.goal - more) / events;
  const room = Math.min(average, 1 - average);
  if (!(room > 0)) return undefined;
  // The bet on twice the odds has cost the average of log(1 + share), which is less the farther the shares are apart.
  const cost = (b.goal * Math.LN2 - (bets[BOTH_WAYS.indexOf(2)] ?? 0)) / events;
  const apart = Math.sqrt(Math.max(0, (1 + average) ** 2 - Math.exp(2 * cost)));
  const far = Math.min(apart, 0.99 * room);
  return [average - far, average + far];
}

/** The share of b where it reaches the goal so many times as often. */
function shareAt(ratio: number, alike: number): number {
  return ratio === Infinity ? 1 : (ratio * alike) / (ratio * alike + 1 - alike);
}

/** The farthest from `inside` towards `end`, 0 or Infinity, that is left. */
function edge(isLeft: (ratio: number) => boolean, inside: number, end: number): number {
  if (isLeft(end)) return end;
  const ratioAt = (part: number) => part / (1 - part);
  let [near, far] = [inside / (1 + inside), end === 0 ? 0 : 1];
  if (inside === Infinity) near = 1;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (near + far) / 2;
    if (isLeft(ratioAt(middle))) near = middle;
    else far = middle;
  }
  return ratioAt(near);
}
