/**
 * Exact samplers by inversion. The probabilities of whole numbers are known by the ratio of each to the next, so that a
 * sum from the most likely one outwards replaces factorials, powers and logarithms: only rounding that is the same
 * everywhere decides which number is drawn.
 */
import { lnOf } from './arithmetic.ts';
import type { Next } from './generator.ts';

/** Relative to the most likely number: rarer ones are less than a 53-bit uniform can tell apart. */
const NEGLIGIBLE = 2 ** -64;

/** A distribution of whole numbers with one peak. */
interface Peaked {
  /** The most likely number. */
  mode: number;
  low: number;
  high: number;
  /** The probability of k + 1 in that of k. */
  up: (k: number) => number;
}

/** Outwards from the mode, both sides in turn, until `u` of the whole weight is used up. */
function invert({ mode, low, high, up }: Peaked, u: number): number {
  let left = u * weightOf({ mode, low, high, up }) - 1;
  if (left < 0) return mode;
  let [above, below, weightAbove, weightBelow] = [mode, mode, 1, 1];
  while (weightAbove > 0 || weightBelow > 0) {
    weightAbove = above < high ? weightAbove * up(above) : 0;
    above += 1;
    if (weightAbove < NEGLIGIBLE) weightAbove = 0;
    left -= weightAbove;
    if (left < 0) return above;
    below -= 1;
    weightBelow = below >= low ? weightBelow / up(below) : 0;
    if (weightBelow < NEGLIGIBLE) weightBelow = 0;
    left -= weightBelow;
    if (left < 0) return below;
  }
  return mode;
}

/** The sum of all weights, that of the mode being 1. */
function weightOf({ mode, low, high, up }: Peaked): number {
  let sum = 1;
  for (let k = mode, weight = 1; k < high; k += 1) {
    weight *= up(k);
    if (weight < NEGLIGIBLE) break;
    sum += weight;
  }
  for (let k = mode - 1, weight = 1; k >= low; k -= 1) {
    weight /= up(k);
    if (weight < NEGLIGIBLE) break;
    sum += weight;
  }
  return sum;
}

/** How many of `trials`, a whole number, come true with `chance` each, in [0, 1]. */
export function binomial({ trials, chance }: { trials: number; chance: number }, next: Next) {
  if (trials <= 0 || chance <= 0) return 0;
  if (chance >= 1) return trials;
  const odds = chance / (1 - chance);
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const up = (k: number) => ((trials - k) / (k + 1)) * odds;
  return invert({ mode, low: 0, high: trials, up }, next());
}

/** Events where `mean`, at least 0, are expected. */
export function poisson(mean: number, next: Next): number {
  if (!(mean > 0)) return 0;
  const up = (k: number) => mean / (k + 1);
  return invert({ mode: Math.floor(mean), low: 0, high: Infinity, up }, next());
}

/** The same for one mean that is drawn from often. */
export function poissonTable(mean: number): (next: Next) => number {
  if (!(mean > 0)) return () => 0;
  const mode = Math.floor(mean);
  const above: number[] = [];
  for (let k = mode, weight = 1; weight >= NEGLIGIBLE; k += 1, weight *= mean / k)
    above.push(weight);
  const below: number[] = [];
  for (let k = mode, weight = mode / mean; weight >= NEGLIGIBLE; k -= 1, weight *= k / mean)
    below.push(weight);
  const sums = Float64Array.from([...below.toReversed(), ...above]);
  for (let i = 1; i < sums.length; i += 1) sums[i] = (sums[i] ?? 0) + (sums[i - 1] ?? 0);
  const total = sums.at(-1) ?? 1;
  return (next) => mode - below.length + firstOver(sums, next() * total);
}

/** The index of the first of rising numbers that is over `value`. */
function firstOver(rising: Float64Array, value: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many bad ones are among `drawn` out of `total`, of which `bad` are bad; all whole numbers. */
export function hypergeometric(
  { total, bad, drawn }: { total: number; bad: number; drawn: number },
  next: Next,
): number {
  const low = Math.max(0, drawn + bad - total);
  const high = Math.min(bad, drawn);
  if (low >= high) return low;
  const mode = Math.min(high, Math.max(low, Math.floor(((drawn + 1) * (bad + 1)) / (total + 2))));
  const up = (k: number) => ((bad - k) / (k + 1)) * ((drawn - k) / (total - bad - drawn + k + 1));
  return invert({ mode, low, high, up }, next());
}

/** How many of `trials` fall into each class; `chances` are at least 0 and add up to 1. */
export function multinomial(trials: number, chances: readonly number[], next: Next): number[] {
  let [left, rest] = [trials, 1];
  return chances.map((chance, i) => {
    const isLast = i === chances.length - 1;
    const count = isLast ? left : binomial({ trials: left, chance: chance / rest }, next);
    left -= count;
    rest -= chance;
    return count;
  });
}

/** Normal with mean 0 and variance 1: Marsaglia's polar method, of which the second number is thrown away. */
export function normal(next: Next): number {
  for (;;) {
    const x = 2 * next() - 1;
    const y = 2 * next() - 1;
    const s = x * x + y * y;
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * lnOf(s)) / s);
  }
}
