/** The test of two shares that everybody knows, made for one look and asked again and again. */
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';

/** The value is z of all counts so far with their common variance; -Infinity where there is none. */
export function* zPeekLooks(hour: Hour, { everyTicks }: { everyTicks: number }): Generator<Look> {
  let [own, ownBad, other, otherBad] = [0, 0, 0, 0];
  for (let t = 0; t < hour.ticks; t += 1) {
    own += hour.candidateTotal[t] ?? 0;
    ownBad += hour.candidateBad[t] ?? 0;
    other += hour.stableTotal[t] ?? 0;
    otherBad += hour.stableBad[t] ?? 0;
    if ((t + 1) % everyTicks !== 0) continue;
    const share = (ownBad + otherBad) / (own + other);
    const spread = Math.sqrt(share * (1 - share) * (1 / own + 1 / other));
    const z = (ownBad / own - otherBad / other) / spread;
    yield { at: t + 1, value: Number.isNaN(z) ? -Infinity : z };
  }
}
