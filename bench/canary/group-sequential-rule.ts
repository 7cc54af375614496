/**
 * The best there is where the end is known beforehand: alpha is spent as O'Brien and Fleming would (Lan and DeMets 1983),
 * for one side, over looks that were planned by the weights. z is Mantel and Haenszel's (1959) over the ticks, which
 * holds where weights and rates change, as the pooled one does not.
 */
import { groupSequentialBounds } from '../../src/stats/group-sequential.ts';
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';

interface Plan {
  looks: number;
  /** Of the one side. */
  alpha: number;
}

/** By the weights and the plan: hours of one cell have the same weights. */
const planned = new WeakMap<Float64Array, Map<string, number[]>>();

/** The value is by how much z is over the bound of the look. */
export function* groupSequentialLooks(hour: Hour, plan: Plan): Generator<Look> {
  const bounds = boundsOf(hour.shares, plan);
  const every = hour.ticks / plan.looks;
  let [over, variance] = [0, 0];
  for (let t = 0; t < hour.ticks; t += 1) {
    const [own, other] = [hour.candidateTotal[t] ?? 0, hour.stableTotal[t] ?? 0];
    const ownBad = hour.candidateBad[t] ?? 0;
    const [all, bad] = [own + other, ownBad + (hour.stableBad[t] ?? 0)];
    if (all > 1) {
      over += ownBad - (bad * own) / all;
      variance += (bad * (all - bad) * own * other) / (all * all * (all - 1));
    }
    const look = (t + 1) / every;
    if (!Number.isInteger(look)) continue;
    const z = variance > 0 ? over / Math.sqrt(variance) : -Infinity;
    yield { at: t + 1, value: z - (bounds[look - 1] ?? Infinity) };
  }
}

/** By the information that the weights promise at each look: n w (1 - w), added up. */
function boundsOf(shares: Float64Array, { looks, alpha }: Plan): number[] {
  const key = `${looks} ${alpha}`;
  const known = planned.get(shares)?.get(key);
  if (known) return known;
  const every = shares.length / looks;
  const sums = Array.from({ length: looks }, (_, k) =>
    shares.slice(0, (k + 1) * every).reduce((sum, share) => sum + share * (1 - share), 0),
  );
  const times = sums.map((sum) => sum / (sums.at(-1) ?? 1));
  // Both sides together spend twice of what one does: that both are crossed is out of the question.
  const bounds = groupSequentialBounds(times, 2 * alpha);
  planned.set(shares, (planned.get(shares) ?? new Map<string, number[]>()).set(key, bounds));
  return bounds;
}
