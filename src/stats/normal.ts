/** The normal distribution with mean 0 and variance 1. */
import { continuedFraction } from './continued-fraction.ts';

const SQRT_2_PI = Math.sqrt(2 * Math.PI);
/** Beyond it the continued fraction of the tail settles sooner than the series. */
const TAIL_FROM = 3;

export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / SQRT_2_PI;
}

/** The probability of at most `z`; small ones keep their digits. */
export function normalBelow(z: number): number {
  return normalAbove(-z);
}

/** The probability of more than `z`. The tail is NIST DLMF 7.9.3, the middle the series 7.6.2. */
export function normalAbove(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (z < -TAIL_FROM) return 1 - normalAbove(-z);
  if (z === Infinity) return 0;
  if (z > TAIL_FROM) return normalDensity(z) / continuedFraction(z, (k) => [k, z]);
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 - normalDensity(z) * sum;
}

/** The number that a normal variable is below with probability `p`, in [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  return p > 0.5 ? upperQuantile(1 - p) : -upperQuantile(p);
}

/**
 * The number above which the probability is `q`, in (0, 0.5]: Newton's method for its logarithm, which is concave, from a
 * number that is too large (the tail is at most exp(-z²/2)/2). No step then goes too far.
 */
function upperQuantile(q: number): number {
  let z = Math.sqrt(-2 * Math.log(2 * q));
  for (let i = 0; i < 100; i += 1) {
    const tail = normalAbove(z);
    const step = (Math.log(tail / q) * tail) / normalDensity(z);
    z += step;
    if (Math.abs(step) <= 1e-14 * Math.max(1, z)) break;
  }
  return z;
}
