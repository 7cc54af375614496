/** Shares of several versions that are meant to stay as they are, at any time. */
import { logGamma } from './gamma.ts';

export interface MeantShares {
  /** Each over 0, 1 together. */
  shares: readonly number[];
  /** How near to the shares the bets are: 100 where they may be a tenth off, 10000 for a hundredth. Over 0. */
  concentration: number;
}

/**
 * ln of the evidence against "each is drawn with its share": a Dirichlet mixture of multinomials (Lindon and Malek 2022).
 *
 * @param counts how many each version got so far, in the order of the shares
 */
export function multinomialLogEvidence(counts: readonly number[], meant: MeantShares): number {
  const { shares, concentration } = meant;
  let total = 0;
  let log = 0;
  for (const [i, share] of shares.entries()) {
    const count = counts[i] ?? 0;
    total += count;
    const prior = concentration * share;
    log += logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  }
  return log + logGamma(concentration) - logGamma(concentration + total);
}
