/**
 * Evidence, and an interval, for a mean that may be looked at any time: a normal mixture of likelihood
 * ratios (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021).
 */
import { normalBelow } from './normal.ts';

/** A sum of deviations and its variance so far; `rho`, over 0, says where the evidence is strongest. */
export interface NormalSum {
  sum: number;
  /** At least 0. */
  variance: number;
  rho: number;
}

/** ln of the evidence against "the mean is 0". */
export function normalLogMixture({ sum, variance, rho }: NormalSum): number {
  return 0.5 * Math.log(rho / (variance + rho)) + (sum * sum) / (2 * (variance + rho));
}

/** How far the sum may go from 0 before that reaches ln(1/alpha), `alpha` in (0, 1). */
export function normalMixtureBound(
  { variance, rho }: Omit<NormalSum, 'sum'>,
  alpha: number,
): number {
  const needed = 2 * Math.log(1 / alpha) + Math.log((variance + rho) / rho);
  return Math.sqrt((variance + rho) * needed);
}

/** ln of the evidence against "the mean is 0 or less": all bets are on one side. */
export function oneSidedNormalLogMixture({ sum, variance, rho }: NormalSum): number {
  const spread = Math.sqrt(variance + rho);
  return normalLogMixture({ sum, variance, rho }) + Math.log(2 * normalBelow(sum / spread));
}

/** The `rho` at which the bound is nearly as tight as can be where the variance is `variance`. For one side
 * give twice the alpha. */
export function bestRho(variance: number, alpha: number): number {
  const needed = 2 * Math.log(1 / alpha);
  return variance / (needed + Math.log(1 + needed));
}
