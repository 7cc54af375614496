/** Reads what a person wrote as `max` or `min` of a check. */

export interface Threshold {
  /** In the unit's base: a ratio of 1 (`1%` is 0.01), seconds (`250ms` is 0.25), or as written. */
  value: number;
  unit: 'ratio' | 'seconds' | 'number';
}

const NUMBER = /^-?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i;
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/** Divided or multiplied so that `250ms` is exactly 0.25. */
const SECONDS = {
  ms: (n: number) => n / 1_000,
  s: (n: number) => n,
  m: (n: number) => n * 60,
  h: (n: number) => n * 3_600,
} as const;

/** `0.01`, `"0.01"`, `"1%"`, `"1s"`, `"250ms"`, `5`; undefined for anything else. A duration keeps
 * its fractions (`2.5ms`), which `parseDuration` rounds away. */
export function parseThreshold(value: unknown): Threshold | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? { value, unit: 'number' } : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (NUMBER.test(text)) return finite(Number(text), 'number');
  if (text.endsWith('%')) {
    const percent = text.slice(0, -1).trimEnd();
    return NUMBER.test(percent) ? finite(Number(percent) / 100, 'ratio') : undefined;
  }
  return DURATION.test(text) ? finite(seconds(text), 'seconds') : undefined;
}

/** A measured number as a person reads it, in the unit of the threshold it is held against. */
export function formatMeasure(value: number, unit: Threshold['unit'], digits = 3): string {
  if (unit === 'ratio') return `${rounded(value * 100, digits)} %`;
  if (unit === 'number') return rounded(value, digits);
  return Math.abs(value) < 1
    ? `${rounded(value * 1_000, digits)} ms`
    : `${rounded(value, digits)} s`;
}

function seconds(text: string): number {
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    sum += SECONDS[unit as keyof typeof SECONDS](Number(amount));
  return sum;
}

function finite(value: number, unit: Threshold['unit']): Threshold | undefined {
  return Number.isFinite(value) ? { value, unit } : undefined;
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}
