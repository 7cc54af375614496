/** What a check is held to by statistics: its margins and how sure it wants to be. */
import { asksFresh } from '../api/check.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { parseThreshold } from '../api/threshold.ts';
import { askedOf } from '../api/check-sources/index.ts';
import {
  LONGER,
  PASS_MARGIN_PER_MARGIN,
  RATE_RATIO_DEFAULTS,
  type RateRatioOptions,
  SLO_DEFAULTS,
  WHOLE_AFTER,
} from '../stats/index.ts';

const FALSE_ALARMS = 0.01;

/** Whether what it says is found out by a sequential test, which shares the false alarms with the others. */
export function isTested({ compare, slo }: Pick<MeasuredCheck, 'compare' | 'slo'>): boolean {
  return compare !== undefined || slo !== undefined;
}

/**
 * The probability with which this check may fail a release that it should not: its part of `falseAlarms`. However the
 * checks depend on each other, together they are wrong with that probability at most (Bonferroni). A check that nothing hangs on takes
 * no part, and is told as if it were alone.
 */
export function alphaOf(
  check: MeasuredCheck,
  checks: readonly MeasuredCheck[],
  falseAlarms = FALSE_ALARMS,
): number {
  const parts = checks
    .filter((one) => isTested(one) && one.dryRun !== true)
    .map(({ budget = 1 }) => budget);
  const all = parts.reduce((sum, part) => sum + part, 0);
  return check.dryRun === true || all === 0
    ? falseAlarms
    : (falseAlarms * (check.budget ?? 1)) / all;
}

export interface ComparisonTerms extends RateRatioOptions {
  /** Where response times are compared, and not the share of those slower than a bound: so many times as long are as good. */
  longer?: number;
}

/** A margin that somebody wrote is a promise from the first event on; without one it grows (docs/adr/0023-what-checks-compare-by.md). */
export function comparisonTerms(check: MeasuredCheck, alpha: number): ComparisonTerms {
  const { margin: written, passMargin, within, longer = LONGER } = check.compare ?? {};
  const margin = written ?? RATE_RATIO_DEFAULTS.margin;
  const isOfTimes =
    askedOf(check).histogram !== undefined && written === undefined && within === undefined;
  return {
    ...RATE_RATIO_DEFAULTS,
    alpha,
    margin,
    passMargin: passMargin ?? margin * PASS_MARGIN_PER_MARGIN,
    ...(written === undefined && { wholeAfter: WHOLE_AFTER }),
    ...(isOfTimes && { longer }),
  };
}

/** The tests speak of stable; what is compared with may be the fresh pods of it only. */
export function saidOf(check: Pick<MeasuredCheck, 'compare'>, text: string): string {
  return asksFresh(check) ? text.replaceAll(/\bstable\b/g, 'fresh stable') : text;
}

/** `maxBad` NaN where the objective is none; `checkProblems` has said so. */
export function sloTerms({ slo }: Pick<MeasuredCheck, 'slo'>, alpha: number) {
  const objective = parseThreshold(slo?.objective)?.value ?? NaN;
  return { ...SLO_DEFAULTS, alpha, maxBad: Math.round((1 - objective) * 1e12) / 1e12 };
}
