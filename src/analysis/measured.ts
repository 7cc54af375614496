/** What a row of samples says about one version, before anything is held against it. */
import type { Counts, Reading } from '../ports/metric-provider.ts';
import { countedBetween, type Grows } from './counters.ts';

/** One measurement of both versions at one time. */
export interface Sample {
  /** Milliseconds since the epoch. */
  atMs: number;
  stable?: Reading | undefined;
  candidate?: Reading | undefined;
}

export interface Measured {
  total?: number;
  bad?: number;
  /** bad / total where there are counts, otherwise the number measured. */
  value?: number;
}

export type Measurement = Exclude<Reading, { kind: 'Missing' }>;

/** The reading, unless it is missing or holds a number that cannot be judged. */
export function measurement(reading: Reading | undefined): Measurement | undefined {
  if (!reading || reading.kind === 'Missing') return undefined;
  if (reading.kind === 'Value') return Number.isFinite(reading.value) ? reading : undefined;
  const counts = reading.kind === 'Counts' ? [reading.counts] : Object.values(reading.sources);
  return counts.every(isFinite) ? reading : undefined;
}

/** Counters are differenced over all the readings; of the other kinds the newest counts. */
export function measured(
  readings: readonly Measurement[],
  kind: Measurement['kind'],
  grows: Grows,
): Measured | undefined {
  const alike = readings.filter((reading) => reading.kind === kind);
  const newest = alike.at(-1);
  if (!newest) return undefined;
  if (newest.kind === 'Value') return { value: newest.value };
  if (newest.kind === 'Counts') return withShare(newest.counts);
  const sources = alike.flatMap((reading) =>
    reading.kind === 'Counters' ? [reading.sources] : [],
  );
  return withShare(countedBetween(sources, grows));
}

export function withShare({ total, bad }: Pick<Counts, 'total' | 'bad'>): Measured {
  return total > 0 ? { total, bad, value: bad / total } : { total, bad };
}

function isFinite({ total, bad }: Counts): boolean {
  return Number.isFinite(total) && Number.isFinite(bad);
}
