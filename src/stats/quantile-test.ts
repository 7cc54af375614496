/** A quantile of two samples, compared at any time: is, say, the 99th percentile of both the same? (Howard and
 * Ramdas 2022, theorem 5.) For raw samples; of histograms see latency.ts. */
import { betaBinomialLogEvidence, MIXTURE_AIM, type MixtureAim } from './beta-binomial.ts';

/**
 * The p-value of "both have the same quantile", which may be looked at any time, and stopped at any: whatever the
 * common quantile is, the counts below it have to be unlikely. 1 where a sample is empty.
 *
 * @param samples in any order, of any size
 * @param p which quantile, in (0, 1)
 */
export function quantilePValue(
  samples: { a: readonly number[]; b: readonly number[] },
  p: number,
  aim: MixtureAim = MIXTURE_AIM,
): number {
  const a = samples.a.toSorted((x, y) => x - y);
  const b = samples.b.toSorted((x, y) => x - y);
  if (a.length === 0 || b.length === 0) return 1;
  let least = Infinity;
  // Between two values nothing is likelier than at one of them.
  for (const value of new Set([...a, ...b])) {
    const logs = [a, b].map((sorted) => leastEvidence(sorted, value, { p, aim }));
    least = Math.min(least, (logs[0] ?? 0) + (logs[1] ?? 0));
  }
  return Math.min(1, Math.exp(-least));
}

/** Evidence against "`value` is the quantile", for the count below it that is nearest to what it should be: of values that are
 * equal to it any number may be. */
function leastEvidence(
  sorted: readonly number[],
  value: number,
  { p, aim }: { p: number; aim: MixtureAim },
): number {
  const below = countBelow(sorted, (other) => other < value);
  const upTo = countBelow(sorted, (other) => other <= value);
  const hits = Math.min(upTo, Math.max(below, p * sorted.length));
  return betaBinomialLogEvidence({ hits, total: sorted.length }, p, aim);
}

/** How many of the first ones are below, by halving. */
function countBelow(sorted: readonly number[], isBelow: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(sorted[middle] ?? Infinity)) low = middle + 1;
    else high = middle;
  }
  return low;
}
