/** Kayenta's judge on one metric, a value of every minute, against a baseline of the same size. */
import { rankSumZ, shiftBetween } from '../../src/stats/mann-whitney.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import type { Look } from './judges.ts';

interface KayentaRule {
  firstMinute: number;
  everyMinutes: number;
}

/** One value for every minute; NaN where there is none, which is left out. */
export interface Minutes {
  candidate: readonly number[];
  baseline: readonly number[];
}

/** Of Kayenta's: the interval has to be farther from 0, in the estimated shift. */
const TOLERANCE = 0.25;
/** What is not significant by this much is not looked at closer, which takes most of the time. */
const LEAST = 1.5;
/** Of the largest value: a shift that is nearer to 0 is 0. */
const ROUNDING = 1e-12;

/**
 * The value is the statistic of Mann and Whitney's test at a quarter of the estimated shift, where the candidate's mean is
 * no less. The low end of the interval for the shift is over that quarter, which Kayenta asks for, at every confidence
 * whose quantile the value is over: `limitOfConfidence`. Where it is far from any it is -Infinity.
 */
export function* kayentaLooks(
  { candidate, baseline }: Minutes,
  { firstMinute, everyMinutes }: KayentaRule,
  ticksPerMinute: number,
): Generator<Look> {
  for (let minute = firstMinute; minute <= candidate.length; minute += everyMinutes) {
    const x = candidate.slice(0, minute).filter((value) => !Number.isNaN(value));
    const y = baseline.slice(0, minute).filter((value) => !Number.isNaN(value));
    yield { at: minute * ticksPerMinute, value: precisionOf(x, y) };
  }
}

/** Two-sided, as Kayenta's 0.98. */
export function limitOfConfidence(confidence: number): number {
  return normalQuantile((1 + confidence) / 2);
}

function precisionOf(x: readonly number[], y: readonly number[]): number {
  const z = x.length > 0 && y.length > 0 ? rankSumZ({ x, y }) : NaN;
  if (!(z > LEAST) || total(x) / x.length < total(y) / y.length) return -Infinity;
  const { estimate } = shiftBetween({ x, y }, 0.98);
  const largest = Math.max(...x, ...y);
  // At zero, as where most minutes have no errors, the test itself says whether there is a shift.
  if (estimate <= ROUNDING * largest) return z;
  return rankSumZ({ x: x.map((value) => value - TOLERANCE * estimate), y });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
