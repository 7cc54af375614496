/** Keeps a row of samples short without losing an event of the counters in it. */
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts, Reading } from '../ports/metric-provider.ts';
import { growthOf, restarted, type Grows } from './counters.ts';
import type { Sample } from './measured.ts';

/**
 * Takes samples out of `samples`, which are in order of time, until there are no more than `max`
 * (at least 2): those that say nothing which the ones beside them do not say. Where every sample
 * tells of a source that came, went or restarted the oldest but the first goes all the same.
 */
export function thin(check: MeasuredCheck, samples: Sample[], max: number): void {
  const grows = growthOf(check);
  while (samples.length > max) {
    const found = samples.findIndex((_, i) => isRedundant(samples, i, grows));
    samples.splice(found < 0 ? 1 : found, 1);
  }
}

function isRedundant(samples: readonly Sample[], i: number, grows: Grows): boolean {
  const [before, sample, after] = [samples[i - 1], samples[i], samples[i + 1]];
  if (!before || !sample || !after) return false;
  return (['candidate', 'stable'] as const).every((arm) => {
    const sources = Object.entries(sourcesOf(sample[arm]));
    const [was, is] = [sourcesOf(before[arm]), sourcesOf(after[arm])];
    return sources.every(([name, counts]) => isBetween([was[name], counts, is[name]], grows));
  });
}

/** What it counted is in the difference between its neighbours. */
function isBetween(
  [was, counts, is]: [Counts | undefined, Counts, Counts | undefined],
  grows: Grows,
): boolean {
  return !!was && !!is && !restarted(was, counts, grows) && !restarted(counts, is, grows);
}

/** Other kinds of readings count by the newest alone. */
function sourcesOf(reading: Reading | undefined): Record<string, Counts> {
  return reading?.kind === 'Counters' ? reading.sources : {};
}
