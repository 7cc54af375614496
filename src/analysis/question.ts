/** What a check asks, in words: told before a release, by its plan. */
import { askedOf } from '../api/check-sources/index.ts';
import { formatDuration, parseDuration } from '../api/duration.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { formatMeasure, parseThreshold } from '../api/threshold.ts';
import { shareLimit } from './limit.ts';
import { alphaOf, comparisonTerms, isTested, saidOf, sloTerms } from './terms.ts';

export interface Question {
  name: string;
  /** What is good, without a full stop. */
  asks: string;
  /** What becomes of a release that it does not pass. */
  otherwise: string;
}

/** @param falseAlarms of the policy, in (0, 1); default 1 % */
export function questionOf(
  check: MeasuredCheck,
  checks: readonly MeasuredCheck[],
  falseAlarms?: number,
): Question {
  const warmup = parseDuration(check.warmup ?? '0s') ?? 0;
  const later = warmup > 0 ? `, after a warm-up of ${formatDuration(warmup)}` : '';
  return {
    name: check.name,
    asks: `${asksOf(check)}${later}`,
    otherwise: otherwiseOf(check, checks, falseAlarms),
  };
}

function asksOf(check: MeasuredCheck): string {
  if (check.goal) return 'counted for both versions';
  if (check.compare) return saidOf(check, comparedText(check));
  if (check.slo) return sloText(check);
  return limitText(check);
}

function comparedText(check: MeasuredCheck): string {
  const { margin, wholeAfter, longer } = comparisonTerms(check, 0.01);
  if (longer !== undefined) return `at most ${longer} times stable's response times`;
  const what = `stable's share of ${eventsText(check, check.compare?.within)}`;
  return wholeAfter === undefined
    ? `at most ${margin} times ${what}`
    : `at most ${what}, with a margin that grows to ${margin}`;
}

function eventsText(check: MeasuredCheck, within: unknown): string {
  if (askedOf(check).histogram === undefined) return 'bad events';
  if (within === undefined) return 'slow requests, at every bound of use';
  return `requests slower than ${measureText(within)}`;
}

function sloText(check: MeasuredCheck): string {
  const { maxBad } = sloTerms(check, 0.01);
  const within = check.slo?.within;
  const good = within === undefined ? 'good' : `within ${measureText(within)}`;
  return `at least ${formatMeasure(1 - maxBad, 'ratio', 6)} ${good}`;
}

function limitText(check: MeasuredCheck): string {
  const limit = askedOf(check).query === undefined ? shareLimit(check) : undefined;
  if (limit) {
    const { maxBad, minSamples, words } = limit;
    return `at most ${formatMeasure(maxBad, 'ratio', 6)} ${words}, of ${minSamples} and more`;
  }
  const bounds = [
    ...(check.max === undefined ? [] : [`at most ${measureText(check.max)}`]),
    ...(check.min === undefined ? [] : [`at least ${measureText(check.min)}`]),
  ];
  return bounds.join(' and ');
}

function measureText(written: unknown): string {
  const { value, unit } = parseThreshold(written) ?? { value: NaN, unit: 'number' as const };
  return formatMeasure(value, unit, 6);
}

function otherwiseOf(
  check: MeasuredCheck,
  checks: readonly MeasuredCheck[],
  falseAlarms?: number,
): string {
  if (check.dryRun) return 'nothing, a dry run';
  if (check.goal) return 'nothing by itself';
  const { compare, onUndecided = compare ? 'Pass' : 'Pause' } = check;
  const alpha = alphaOf(check, checks, falseAlarms);
  const wrongly = isTested(check)
    ? ` (wrongly in ${formatMeasure(alpha, 'ratio')} of releases)`
    : '';
  const failed = check.critical === false ? 'failed: asks' : 'failed: as onFailure says';
  return `${failed}${wrongly}; undecided: ${UNDECIDED[onUndecided]}`;
}

const UNDECIDED = {
  Pause: 'asks after the timeout',
  Pass: 'goes on after the hold',
  Fail: 'fails after the timeout',
};
