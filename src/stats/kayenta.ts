/**
 * Kayenta's judge as a compatible mode: Mann and Whitney's test of two samples, one value an interval. It
 * knows neither how many requests a value stands for nor how often it was asked before.
 * Source: Kayenta's docs/canary-config.md, and what its NetflixACAJudge computes.
 */
import { commonLanguageEffect, rankSumZ, type Shift, shiftBetween } from './mann-whitney.ts';
import { normalQuantile } from './normal.ts';

export interface KayentaOptions {
  /** In which direction a difference is a fault. */
  direction: 'Increase' | 'Decrease' | 'Either';
  /** What NaN becomes. Replace: 0, and a metric without any value passes. */
  nanStrategy: 'Remove' | 'Replace';
  /** Remove: what lies 3 times the distance of the quartiles beyond them, and beyond the 1st or 99th percentile. */
  outliers: 'Keep' | 'Remove';
  /** A difference is a fault only from this size on: the ratio of the means, or the probability that a value of
   * the candidate is more than one of the baseline. */
  effectSize: { measure: 'MeanRatio' | 'Cles'; allowedIncrease: number; allowedDecrease: number };
}

export const KAYENTA_DEFAULTS: KayentaOptions = {
  direction: 'Either',
  nanStrategy: 'Remove',
  outliers: 'Keep',
  effectSize: { measure: 'MeanRatio', allowedIncrease: 1, allowedDecrease: 1 },
};

const CONFIDENCE = 0.98;
/** Of the estimated shift: the interval has to be farther from 0. */
const TOLERANCE = 0.25;
const OUTLIER_FACTOR = 3;
/** Of the largest value: what is nearer to 0 is 0. */
const ROUNDING = 1e-12;
/** Of z, at the same confidence. */
const SIGNIFICANT = normalQuantile(1 - (1 - CONFIDENCE) / 2);

export interface KayentaResult {
  classification: 'Pass' | 'High' | 'Low' | 'Nodata';
  /** Numbers of each that were compared. */
  sizes: { candidate: number; baseline: number };
  /** By how much the candidate is more; undefined where nothing was compared. */
  shift?: { estimate: number; low: number; high: number };
  /** In the measure that was asked for; NaN where it cannot be told, and then it does not count. */
  effectSize?: number;
}

/** The two samples of one metric, NaN where a value is missing. */
export interface KayentaSamples {
  candidate: readonly number[];
  baseline: readonly number[];
}

export function classifyMetric(
  samples: KayentaSamples,
  options: KayentaOptions = KAYENTA_DEFAULTS,
): KayentaResult {
  const x = prepare(samples.candidate, options);
  const y = prepare(samples.baseline, options);
  const sizes = { candidate: x.length, baseline: y.length };
  if (x.length === 0 || y.length === 0)
    return { classification: options.nanStrategy === 'Replace' ? 'Pass' : 'Nodata', sizes };
  if (areAlike(x, y)) return { classification: 'Pass', sizes };
  const shift = shiftBetween({ x, y }, CONFIDENCE);
  const effectSize = effectOf(x, y, options.effectSize.measure);
  const [isMore, isLess] = sidesOf([x, y], shift);
  const { direction } = options;
  const { allowedIncrease, allowedDecrease } = options.effectSize;
  const isHigh = direction !== 'Decrease' && isMore && !(effectSize < allowedIncrease);
  const isLow = direction !== 'Increase' && isLess && !(effectSize > allowedDecrease);
  const classification = isHigh ? 'High' : isLow ? 'Low' : 'Pass';
  return { classification, sizes, shift, effectSize };
}

/** Whether x is more than y, and whether it is less. */
function sidesOf([x, y]: [number[], number[]], shift: Shift): [boolean, boolean] {
  const needed = TOLERANCE * Math.abs(shift.estimate);
  if (!areAtZero([x, y], shift)) return [shift.low > needed, shift.high < -needed];
  const z = rankSumZ({ x, y });
  return [z > SIGNIFICANT, z < -SIGNIFICANT];
}

/**
 * Where most values are the same, as the error rates of quiet minutes are, the shift and its interval are at 0 but for
 * rounding: there the test itself says whether there is one.
 */
function areAtZero([x, y]: [number[], number[]], { estimate, low, high }: Shift): boolean {
  const largest = Math.max(...[...x, ...y].map(Math.abs));
  const isZero = (end: number) => Math.abs(end) <= ROUNDING * largest;
  return isZero(estimate) && (isZero(low) || isZero(high));
}

function prepare(values: readonly number[], options: KayentaOptions): number[] {
  const numbers =
    options.nanStrategy === 'Remove'
      ? values.filter((value) => !Number.isNaN(value))
      : values.map((value) => (Number.isNaN(value) ? 0 : value));
  return options.outliers === 'Remove' ? withoutOutliers(numbers) : numbers;
}

function withoutOutliers(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const [p1, p25, p75, p99] = [0.01, 0.25, 0.75, 0.99].map((p) => quantile(sorted, p));
  if (p1 === undefined || p25 === undefined || p75 === undefined || p99 === undefined) return [];
  const fence = OUTLIER_FACTOR * (p75 - p25);
  const [low, high] = [Math.min(p1, p25 - fence), Math.max(p99, p75 + fence)];
  return values.filter((value) => value >= low && value <= high);
}

/** Between the two nearest, in proportion (R's type 7); NaN of none. */
function quantile(sorted: readonly number[], p: number): number {
  const at = p * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (at - Math.floor(at)) * (above - below);
}

/** The same values, or one value alone: there is nothing to compare. */
function areAlike(x: readonly number[], y: readonly number[]): boolean {
  if (new Set([...x, ...y]).size === 1) return true;
  const [a, b] = [x.toSorted((p, q) => p - q), y.toSorted((p, q) => p - q)];
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function effectOf(
  x: readonly number[],
  y: readonly number[],
  measure: KayentaOptions['effectSize']['measure'],
): number {
  if (measure === 'Cles') return commonLanguageEffect({ x, y });
  const [candidate, baseline] = [mean(x), mean(y)];
  return candidate === 0 || baseline === 0 ? NaN : candidate / baseline;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
