/** Judges a check with max or min by its samples: pass, fail, or undecided and what is missing. */
import { formatDuration, parseDuration } from '../api/duration.ts';
import type { Check } from '../api/check.ts';
import type { MeasuredCheck } from '../api/release.ts';
import type { Reading } from '../ports/metric-provider.ts';
import { growthOf } from './counters.ts';
import type { Finding } from './finding.ts';
import { shareLimit, type ShareLimit } from './limit.ts';
import { measured, measurement, type Measured, type Measurement, type Sample } from './measured.ts';
import { formatMeasure, parseThreshold } from '../api/threshold.ts';

export interface Judged extends Finding {
  candidate?: Measured;
  /** For information: a threshold judges the candidate alone. */
  stable?: Measured;
}

/** How long one measurement may take at most, see the providers' deadline. */
const MEASURING_MS = 10_000;
const DEFAULT_INTERVAL_MS = 10_000;

/**
 * The verdict at `now` (milliseconds since the epoch) of the samples given: those since the traffic
 * of this stage was read back, in any order.
 *
 * - Counters are differenced per source (`countedBetween`), Counts and Values are taken from the
 *   newest sample.
 * - Counts fail as soon as bad > maxBad * max(total, minSamples), which is certain even when few
 *   events were seen; they pass when total >= minSamples and bad <= maxBad * total.
 * - A sample without a measurement of the candidate counts for neither version. Without any, or
 *   with none newer than two intervals and the time a measurement may take, nothing passes. What
 *   counters have shown to fail stays failed: a candidate that has died cannot be measured.
 * - A sample without the stable version still judges the candidate, since a threshold compares with
 *   a number: a stable version that cannot be measured must not hide a candidate that fails.
 */
export function judge(check: MeasuredCheck, samples: readonly Sample[], now: number): Judged {
  const ordered = samples.toSorted((a, b) => a.atMs - b.atMs);
  const last = ordered.at(-1)?.candidate;
  const usable = ordered.filter((sample) => measurement(sample.candidate));
  const [newest] = usable.slice(-1);
  if (!newest) return { verdict: 'Undecided', because: whyNothing(last) };
  const kind = measurement(newest.candidate)?.kind ?? 'Counts';
  const candidate = measured(readingsOf(usable, 'candidate'), kind, growthOf(check)) ?? {};
  const stable = measured(readingsOf(usable, 'stable'), kind, growthOf(check));
  const finding = told(decide(check, kind, candidate), newest.candidate);
  const stands = kind === 'Counters' && finding.verdict === 'Fail';
  const ageMs = now - newest.atMs;
  const isFresh = stands || ageMs <= freshForMs(check);
  return {
    ...(isFresh ? finding : { verdict: 'Undecided', because: staleText(ageMs, last) }),
    candidate,
    ...(stable && { stable }),
  };
}

/** With the words that the measurement came with. */
function told(finding: Finding, reading: Reading | undefined): Finding {
  if (reading?.kind !== 'Value' || reading.told === undefined) return finding;
  return { ...finding, because: `${reading.told}: ${finding.because}` };
}

function decide(check: Check, kind: Measurement['kind'], candidate: Measured): Finding {
  return kind === 'Value' ? judgeValue(check, candidate) : judgeShare(shareLimit(check), candidate);
}

function readingsOf(samples: readonly Sample[], arm: 'stable' | 'candidate'): Measurement[] {
  return samples
    .map((sample) => measurement(sample[arm]))
    .filter((reading) => reading !== undefined);
}

/** What was measured longer ago says nothing of now: two intervals and the time a measurement may take. */
export function freshForMs(check: Check): number {
  return 2 * (parseDuration(check.interval) ?? DEFAULT_INTERVAL_MS) + MEASURING_MS;
}

export function whyNothing(last: Reading | undefined): string {
  if (!last) return 'nothing was measured yet';
  return last.kind === 'Missing' ? last.because : 'what was measured is not a number';
}

export function staleText(ageMs: number, last: Reading | undefined): string {
  const old = `the newest measurement is ${formatDuration(ageMs)} old`;
  return last?.kind === 'Missing' ? `${old}: ${last.because}` : old;
}

function judgeShare(limit: ShareLimit | undefined, { total = 0, bad = 0 }: Measured): Finding {
  if (!limit) return { verdict: 'Undecided', because: 'the check allows no share of bad events' };
  const { maxBad, minSamples, words } = limit;
  const allowed = `at most ${formatMeasure(maxBad, 'ratio')} allowed`;
  const exceeds = isMore(bad, maxBad * Math.max(total, minSamples));
  if (total >= minSamples) {
    const share = shareText(bad / total, maxBad);
    const because = `${share} of ${count(total)} requests ${words}, ${allowed}`;
    return { verdict: exceeds ? 'Fail' : 'Pass', because };
  }
  if (exceeds) {
    const seen = `${count(bad)} of ${count(total)} requests ${words}`;
    return { verdict: 'Fail', because: `${seen}, too many even among ${minSamples}: ${allowed}` };
  }
  const soFar = `${count(total)} of ${minSamples} requests so far, ${count(bad)} bad`;
  const why = total > 0 ? '' : ': if there is traffic, the check does not find this version';
  return { verdict: 'Undecided', because: soFar + why };
}

function judgeValue(check: Check, { value = NaN }: Measured): Finding {
  const max = parseThreshold(check.max);
  const min = parseThreshold(check.min);
  const unit = (max ?? min)?.unit ?? 'number';
  const bounds = [
    max && `at most ${formatMeasure(max.value, max.unit, 6)}`,
    min && `at least ${formatMeasure(min.value, min.unit, 6)}`,
  ].filter((text) => text !== undefined);
  if (bounds.length === 0)
    return { verdict: 'Undecided', because: 'the check says neither max nor min' };
  const good = !(max && value > max.value) && !(min && value < min.value);
  return {
    verdict: good ? 'Pass' : 'Fail',
    because: `${formatMeasure(value, unit, 6)} measured, ${bounds.join(' and ')} allowed`,
  };
}

/** More than, to the last digits: 29 is not more than 0.29 * 100. */
function isMore(a: number, b: number): boolean {
  return a > b * (1 + 1e-9);
}

/** With as many digits as it takes to tell it from the limit. */
function shareText(share: number, limit: number): string {
  const short = formatMeasure(share, 'ratio');
  const reads = short === formatMeasure(limit, 'ratio') && share !== limit;
  return reads ? formatMeasure(share, 'ratio', 6) : short;
}

/** Estimated counts (Prometheus' `increase`) are seldom whole. */
function count(events: number): string {
  return String(events < 10 ? Number(events.toFixed(1)) : Math.round(events));
}
