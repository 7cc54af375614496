/** Mann and Whitney's test of two samples, with the shift between them (Hodges and Lehmann 1963). */
import { normalQuantile } from './normal.ts';

export interface Shift {
  /** The median of all differences x - y. */
  estimate: number;
  low: number;
  high: number;
}

/**
 * By how much x is more than y, with an interval that covers it with probability `level`, in (0, 1), for a single look.
 * By the normal approximation, corrected for continuity and ties, as R's wilcox.test has it; the ends are
 * where its statistic jumps.
 *
 * @param samples of each at least one number; of both together at least two different ones
 */
export function shiftBetween(
  samples: { x: readonly number[]; y: readonly number[] },
  level: number,
): Shift {
  const x = samples.x.toSorted((a, b) => a - b);
  const y = samples.y.toSorted((a, b) => a - b);
  const range = { low: (x[0] ?? NaN) - (y.at(-1) ?? NaN), high: (x.at(-1) ?? NaN) - (y[0] ?? NaN) };
  const z = (shift: number) => statistic(x, y, shift);
  const quantile = normalQuantile((1 - level) / 2);
  const first = jump(range, (shift) => z(shift) <= 0);
  const last = jump(range, (shift) => z(shift) < 0);
  return {
    estimate: (first + last) / 2,
    low: jump(range, (shift) => z(shift) <= -quantile),
    high: jump(range, (shift) => z(shift) < quantile),
  };
}

/** The probability that a number of x is more than one of y, ties counted half: in [0, 1]. */
export function commonLanguageEffect({
  x,
  y,
}: {
  x: readonly number[];
  y: readonly number[];
}): number {
  const { rankSum } = rankTogether(
    x.toSorted((a, b) => a - b),
    y.toSorted((a, b) => a - b),
  );
  return (rankSum - (x.length * (x.length + 1)) / 2) / (x.length * y.length);
}

/** z of x against y: standard normal where they are alike, over 0 where x is more. Corrected as the interval is;
 * NaN where all numbers are the same. */
export function rankSumZ({ x, y }: { x: readonly number[]; y: readonly number[] }): number {
  return statistic(
    x.toSorted((a, b) => a - b),
    y.toSorted((a, b) => a - b),
    0,
  );
}

/** The statistic of x - shift against y, standard normal where that is the shift; it falls with `shift`. */
function statistic(x: readonly number[], y: readonly number[], shift: number): number {
  const { rankSum, ties } = rankTogether(
    x.map((value) => value - shift),
    y,
  );
  const pairs = x.length * y.length;
  const count = x.length + y.length;
  const off = rankSum - (x.length * (x.length + 1)) / 2 - pairs / 2;
  const variance = (pairs / 12) * (count + 1 - ties / (count * (count - 1)));
  return (off - 0.5 * Math.sign(off)) / Math.sqrt(variance);
}

/**
 * The sum of the ranks of x among both, which are in ascending order; equal numbers share their ranks.
 * `ties`: t³ - t summed over every t equal ones.
 */
function rankTogether(x: readonly number[], y: readonly number[]) {
  let [i, j, rankSum, ties] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const value = Math.min(x[i] ?? Infinity, y[j] ?? Infinity);
    const before = i + j;
    const ofX = i;
    while (i < x.length && x[i] === value) i += 1;
    while (j < y.length && y[j] === value) j += 1;
    const equal = i + j - before;
    rankSum += (i - ofX) * (before + (equal + 1) / 2);
    ties += equal ** 3 - equal;
  }
  return { rankSum, ties };
}

/** Where `isPast` becomes true for good, by halving: the low end where it is so there, the high end where it
 * is nowhere. */
function jump(range: { low: number; high: number }, isPast: (at: number) => boolean): number {
  let { low, high } = range;
  if (low === high || isPast(low)) return low;
  if (!isPast(high)) return high;
  for (let i = 0; i < 200; i += 1) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (isPast(middle)) high = middle;
    else low = middle;
  }
  return high;
}
