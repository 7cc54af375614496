/** What a check allows: the share of bad events and how many events it takes to say so. */
import type { Check } from '../api/check.ts';
import { askedOf } from '../api/check-sources/index.ts';
import { formatMeasure, parseThreshold } from '../api/threshold.ts';

export interface ShareLimit {
  /** The largest share of bad events that is good, in (0, 1). */
  maxBad: number;
  /** Fewest events to pass by, at least 1. */
  minSamples: number;
  /** What being bad means here: `failed`, `took longer than 1 s`. */
  words: string;
}

/** The limit of a check that counts, or undefined when the check does not say one (then
 * `checkProblems` has said so). With both `max` and `min` the stricter counts. */
export function shareLimit(check: Check): ShareLimit | undefined {
  const shares = isHistogram(check) ? [slowShare(check)] : [badShare(check), 1 - goodShare(check)];
  const maxBad = clean(Math.min(...shares.filter((share) => !Number.isNaN(share))));
  if (!(maxBad > 0 && maxBad < 1)) return undefined;
  return {
    maxBad,
    minSamples: Math.max(1, check.minSamples ?? enoughSamples(maxBad)),
    words: isHistogram(check) ? `took longer than ${bound(check)}` : 'failed',
  };
}

/** The fewest events at which a single bad one is still within the limit with room to spare:
 * 200 for 1 %, so that one event cannot fail a check. */
export function enoughSamples(maxBad: number): number {
  return Math.ceil(2 / maxBad - 1e-9);
}

function isHistogram(check: Check): boolean {
  return askedOf(check).histogram !== undefined;
}

function badShare(check: Check): number {
  return parseThreshold(check.max)?.value ?? NaN;
}

function goodShare(check: Check): number {
  return parseThreshold(check.min)?.value ?? NaN;
}

function slowShare(check: Check): number {
  return 1 - Number(askedOf(check).quantile ?? NaN);
}

function bound(check: Check): string {
  const max = parseThreshold(check.max);
  return max ? formatMeasure(max.value, max.unit) : String(check.max);
}

/** 1 - 0.9 is 0.09999999999999998: what people write has few digits. */
function clean(share: number): number {
  return Math.round(share * 1e12) / 1e12;
}
