/** The beta distribution, of which the exact interval of a share is made. */
import { continuedFraction } from './continued-fraction.ts';
import { logBeta } from './gamma.ts';

/**
 * The regularized incomplete beta function: the probability that a share with the distribution
 * Beta(a, b) is at most `x`. NIST DLMF 8.17.22, from the side on which it settles fast.
 *
 * @param shape a and b, over 0
 * @param x in [0, 1]
 */
export function betaBelow(shape: { a: number; b: number }, x: number): number {
  const { a, b } = shape;
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return NaN;
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaBelow({ a: b, b: a }, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const fraction = continuedFraction(1, (k) => [coefficient(k, shape, x), 1]);
  return front / fraction;
}

function coefficient(k: number, { a, b }: { a: number; b: number }, x: number): number {
  const m = Math.floor(k / 2);
  const at = a + 2 * m;
  if (k % 2 === 1) return (-(a + m) * (a + b + m) * x) / (at * (at + 1));
  return (m * (b - m) * x) / ((at - 1) * at);
}

/** The `x` that such a share is at most with probability `p`, both in [0, 1]: by halving. */
export function betaQuantile(shape: { a: number; b: number }, p: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 200; i += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (betaBelow(shape, middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
