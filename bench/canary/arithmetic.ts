/**
 * exp, ln and the normal distribution by additions, multiplications and divisions alone. Those are rounded in the same
 * way on every machine, which nobody promises of Math.exp and Math.log: streams are the same everywhere.
 */

const E = 2.718281828459045;
const LN_2 = 0.6931471805599453;
const SQRT_2_PI = 2.5066282746310002;
/** Farther out the series loses its digits; there is nothing of interest there. */
const FARTHEST = 8;

/** e to the x, for x in [-700, 700], to about 1e-13 relative to it. */
export function expOf(x: number): number {
  const whole = Math.round(x);
  const part = x - whole;
  let [term, sum] = [1, 1];
  for (let k = 1; k <= 20; k += 1) {
    term *= part / k;
    sum += term;
  }
  return whole >= 0 ? sum * wholePower(E, whole) : sum / wholePower(E, -whole);
}

/** `base` to the `exponent`, which is whole and at least 0. */
function wholePower(base: number, exponent: number): number {
  let [product, square, left] = [1, base, exponent];
  while (left > 0) {
    if (left % 2 === 1) product *= square;
    square *= square;
    left = Math.floor(left / 2);
  }
  return product;
}

/** The natural logarithm of x, over 0 and finite, to about 1e-15. */
export function lnOf(x: number): number {
  let [scaled, doublings] = [x, 0];
  for (; scaled > 1.5; scaled /= 2) doublings += 1;
  for (; scaled < 0.75; scaled *= 2) doublings -= 1;
  const s = (scaled - 1) / (scaled + 1);
  let [power, sum] = [s, 0];
  for (let k = 1; k <= 41; k += 2) {
    sum += power / k;
    power *= s * s;
  }
  return doublings * LN_2 + 2 * sum;
}

/** The probability that a normal variable is at most `z`, by the series NIST DLMF 7.6.2; to about 1e-14. */
export function normalCdf(z: number): number {
  if (z >= FARTHEST) return 1;
  if (z <= -FARTHEST) return 0;
  let [term, sum] = [z, z];
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (expOf((-z * z) / 2) / SQRT_2_PI) * sum;
}
