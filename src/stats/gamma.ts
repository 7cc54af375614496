/** ln of the gamma and beta functions, by Stirling's series (NIST DLMF 5.11.1). */

/** B(2k) / (2k (2k - 1)) for k = 1, 2, …: Bernoulli numbers. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
] as const;
/** From here on eight terms leave an error under 1e-16. */
const LARGE = 10;
const HALF_LOG_2_PI = 0.9189385332046727;

/** What Stirling's formula lacks at `x`, at least 10: ln Γ(x) - ((x - 1/2) ln x - x + ln(2π)/2). */
function correction(x: number): number {
  const inverse = 1 / x;
  let sum = 0;
  for (const coefficient of STIRLING.toReversed()) sum = sum * inverse * inverse + coefficient;
  return sum * inverse;
}

/** ln Γ(x) for x over 0, to about 1e-14 or as many digits relative to it; NaN else. */
export function logGamma(x: number): number {
  if (!(x > 0)) return NaN;
  if (x >= LARGE) return (x - 0.5) * Math.log(x) - x + HALF_LOG_2_PI + correction(x);
  let product = 1;
  let shifted = x;
  for (; shifted < LARGE; shifted += 1) product *= shifted;
  return logGamma(shifted) - Math.log(product);
}

/**
 * ln B(a, b) for a and b over 0; NaN else. Large arguments are brought together before they are taken
 * from each other, so that counts of 1e9 keep their digits.
 */
export function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (!(small > 0)) return NaN;
  if (large < LARGE) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const sum = small + large;
  const corrections = correction(large) - correction(sum);
  const ofLarge = -(large - 0.5) * Math.log1p(small / large);
  if (small < LARGE) return logGamma(small) + ofLarge - small * Math.log(sum) + small + corrections;
  const ofSmall = -(small - 0.5) * Math.log1p(large / small);
  return ofSmall + ofLarge - 0.5 * Math.log(sum) + HALF_LOG_2_PI + correction(small) + corrections;
}
