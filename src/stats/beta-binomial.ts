/**
 * Evidence against "each happens with probability p" that may be looked at any time: a beta mixture of binomials
 * (Howard, Ramdas, McAuliffe, Sekhon 2021; Howard and Ramdas 2022), and the interval it gives.
 */
import { logBeta } from './gamma.ts';
import { bestRho } from './normal-mixture.ts';

/** For how many events the evidence is made to be strongest. */
export interface MixtureAim {
  /** Over 0. */
  events: number;
  /** The alpha it is made for, in (0, 1). */
  alpha: number;
}

export const MIXTURE_AIM: MixtureAim = { events: 100, alpha: 0.05 };

/** ln of the evidence against probability `p`, in (0, 1), after `hits` of `total` events. */
export function betaBinomialLogEvidence(
  { hits, total }: { hits: number; total: number },
  p: number,
  aim: MixtureAim = MIXTURE_AIM,
): number {
  const spread = p * (1 - p);
  const r = Math.max(bestRho(aim.events * spread, aim.alpha) - spread, 1e-3 * spread);
  const [a, b] = [r / (1 - p), r / p];
  const misses = total - hits;
  const mixed = logBeta(hits + a, misses + b) - logBeta(a, b);
  return mixed - hits * Math.log(p) - misses * Math.log1p(-p);
}

/**
 * In which the probability lies, at all times at once with probability 1 - alpha. Wider than the intervals for a single
 * look, and it may be shown on a running count.
 */
export function anytimeShareInterval(
  counted: { hits: number; total: number },
  alpha: number,
  aim: MixtureAim = MIXTURE_AIM,
): { low: number; high: number } {
  const { hits, total } = counted;
  if (!(total > 0)) return { low: 0, high: 1 };
  const isLikely = (p: number) => betaBinomialLogEvidence(counted, p, aim) < Math.log(1 / alpha);
  const share = hits / total;
  return {
    low: hits > 0 ? edge({ outside: 0, inside: share }, isLikely) : 0,
    high: hits < total ? edge({ outside: 1, inside: share }, isLikely) : 1,
  };
}

/** Where `isInside` changes between the two, by halving. */
function edge(
  { outside, inside }: { outside: number; inside: number },
  isInside: (at: number) => boolean,
): number {
  let [out, within] = [outside, inside];
  for (let i = 0; i < 200; i += 1) {
    const middle = (out + within) / 2;
    if (middle === out || middle === within) break;
    if (isInside(middle)) within = middle;
    else out = middle;
  }
  return (out + within) / 2;
}
