/** What both versions counted between two measurements: the intervals that sequential tests add up. */
import { parseDuration } from '../api/duration.ts';
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts } from '../ports/metric-provider.ts';
import { countedSince, growthOf, type Sources, sumOf } from './counters.ts';
import { measurement, type Measurement, type Sample } from './measured.ts';

/** Where each source of both versions was seen last. */
export interface Seen {
  candidate: Sources;
  stable: Sources;
  atMs: number;
}

/** An interval. */
export interface Counted {
  fromMs: number;
  untilMs: number;
  candidate: Counts;
  /** Nothing, where the check asks nothing of stable. */
  stable: Counts;
}

/** When the interval ends (RFC 3339). */
export function endOf({ untilMs }: Counted): string {
  return new Date(untilMs).toISOString();
}

export interface Step {
  /** Where the next interval begins. */
  seen?: Seen | undefined;
  counted?: Counted;
}

export interface Asked {
  check: MeasuredCheck;
  /** Nothing that happened earlier counts (milliseconds since the epoch). */
  fromMs: number;
  /** Whether both versions are needed. */
  both: boolean;
}

const NOTHING: Counts = { total: 0, bad: 0 };

/**
 * The interval that ends with `sample`. A sample without one of the versions that are asked for ends none, and the
 * next interval is the longer: both versions are always counted over the same time. Values do not say how many
 * there were: never an interval.
 */
export function intervalUntil(sample: Sample, seen: Seen | undefined, asked: Asked): Step {
  const candidate = measurement(sample.candidate);
  const stable = asked.both ? measurement(sample.stable) : NOT_ASKED[candidate?.kind ?? 'Value'];
  if (candidate?.kind === 'Counters' && stable?.kind === 'Counters')
    return bySources({ candidate: candidate.sources, stable: stable.sources }, seen, {
      ...asked,
      atMs: sample.atMs,
    });
  if (candidate?.kind === 'Counts' && stable?.kind === 'Counts')
    return byWindow({ candidate: candidate.counts, stable: stable.counts }, sample.atMs, asked);
  return { seen };
}

/** In place of what nobody wants to know. */
const NOT_ASKED: Record<Measurement['kind'], Measurement | undefined> = {
  Counters: { kind: 'Counters', sources: {} },
  Counts: { kind: 'Counts', counts: NOTHING },
  Value: undefined,
};

/** Since they were seen. Where good events are counted and come late, `bad` would be below 0: then the interval goes
 * on until it is not. */
function bySources(
  sources: Pick<Seen, 'candidate' | 'stable'>,
  seen: Seen | undefined,
  { check, fromMs, atMs }: Asked & { atMs: number },
): Step {
  const now: Seen = {
    candidate: { ...seen?.candidate, ...sources.candidate },
    stable: { ...seen?.stable, ...sources.stable },
    atMs,
  };
  if (!seen || seen.atMs < fromMs) return { seen: now };
  const grows = growthOf(check);
  const candidate = countedSince(seen.candidate, sources.candidate, grows);
  const stable = countedSince(seen.stable, sources.stable, grows);
  if (candidate.bad < 0 || stable.bad < 0) return { seen };
  return { seen: now, counted: { fromMs: seen.atMs, untilMs: atMs, candidate, stable } };
}

/** A measurement of a window may come so much too early, and it counts all the same. */
const SLACK_MS = 500;

/** The window, if nothing of it was counted before. */
function byWindow(
  counts: Pick<Counted, 'candidate' | 'stable'>,
  untilMs: number,
  { check, fromMs }: Asked,
): Step {
  const windowFromMs = untilMs - (parseDuration(check.window) ?? 0);
  if (windowFromMs < fromMs - SLACK_MS) return {};
  return { counted: { fromMs: windowFromMs, untilMs, ...counts } };
}

/** All that a version has ever counted, as far as this measurement says. */
export function countedEver(reading: Measurement | undefined): Counts | undefined {
  if (reading?.kind === 'Counts') return reading.counts;
  return reading?.kind === 'Counters' ? sumOf(reading.sources) : undefined;
}
