import { describe, expect, test } from 'vitest';
import { kayentaScore } from './kayenta-score.ts';
import { classifyMetric, KAYENTA_DEFAULTS } from './kayenta.ts';

const BASELINE = Array.from({ length: 60 }, (_, i) => 100 + ((i * 37) % 20));
const HIGH = BASELINE.map((value) => value * 1.5);
const classOf = (
  candidate: readonly number[],
  baseline: readonly number[],
  options: Partial<typeof KAYENTA_DEFAULTS> = {},
) => classifyMetric({ candidate, baseline }, { ...KAYENTA_DEFAULTS, ...options }).classification;

describe('the class of a metric', () => {
  test('high, low, and the direction that is a fault', () => {
    expect(classOf(HIGH, BASELINE)).toBe('High');
    expect(classOf(BASELINE, HIGH)).toBe('Low');
    expect(classOf(HIGH, BASELINE, { direction: 'Decrease' })).toBe('Pass');
    expect(classOf(BASELINE, HIGH, { direction: 'Increase' })).toBe('Pass');
  });

  test('alike', () => {
    expect(classOf(BASELINE, BASELINE.toReversed())).toBe('Pass');
    expect(
      classOf(
        BASELINE.map((value, i) => value + ((i % 3) - 1)),
        BASELINE,
      ),
    ).toBe('Pass');
    expect(classOf([0, 0, 0], [0, 0])).toBe('Pass');
  });

  test('two constants are told apart', () => {
    expect(classOf([2, 2, 2], [1, 1, 1])).toBe('High');
  });

  test('mostly zeros: alike unless the test itself says otherwise', () => {
    const withErrors = (minutes: number) =>
      Array.from({ length: 60 }, (_, i) =>
        i % Math.floor(60 / minutes) === 0 ? 0.01 + i / 1e4 : 0,
      );
    expect(classOf(withErrors(10), withErrors(6))).toBe('Pass');
    expect(classOf(withErrors(6), withErrors(10))).toBe('Pass');
    expect(classOf(withErrors(30), withErrors(3))).toBe('High');
    expect(classOf(withErrors(3), withErrors(30))).toBe('Low');
  });

  test('the interval has to be a quarter of the estimate away from 0', () => {
    const candidate = [8.6, -6.1, 18.7, 9.7, 12.7, 0.5, 6.4, 3.8, 6.9, 10.5, 14, -0.6, 11.4, 12.4];
    const baseline = [-0.7, -1.5, 3.3, -1.5, 3.7, 1.1, 9, 5.8, 3.5, 3.2, 1.4, -0.8, -9.3, 2.9];
    const result = classifyMetric({ candidate, baseline });
    expect(result.shift?.estimate).toBeCloseTo(7.2, 9);
    expect(result.shift?.low).toBeCloseTo(0.9, 9);
    expect(result.classification).toBe('Pass');
  });

  test('an effect that is allowed', () => {
    const effectSize = {
      measure: 'MeanRatio',
      allowedIncrease: 1.6,
      allowedDecrease: 0.5,
    } as const;
    expect(classOf(HIGH, BASELINE, { effectSize })).toBe('Pass');
    expect(classOf(BASELINE, HIGH, { effectSize })).toBe('Pass');
    const cles = { measure: 'Cles', allowedIncrease: 0.9, allowedDecrease: 0.5 } as const;
    expect(classOf(HIGH, BASELINE, { effectSize: cles })).toBe('High');
    const zeros = HIGH.map(() => 0);
    expect(classOf(HIGH, zeros, { effectSize })).toBe('High');
  });

  test('missing values', () => {
    expect(classOf([...HIGH, NaN, NaN], BASELINE)).toBe('High');
    expect(classOf([NaN], BASELINE)).toBe('Nodata');
    expect(classOf([], BASELINE)).toBe('Nodata');
    expect(classOf([], BASELINE, { nanStrategy: 'Replace' })).toBe('Pass');
    expect(
      classOf(
        HIGH.map(() => NaN),
        BASELINE,
        { nanStrategy: 'Replace' },
      ),
    ).toBe('Low');
  });

  test('outliers', () => {
    const some = [...BASELINE, 1e6];
    const kept = classifyMetric({ candidate: some, baseline: BASELINE });
    expect(kept.sizes).toEqual({ candidate: 61, baseline: 60 });
    const removed = classifyMetric(
      { candidate: some, baseline: BASELINE },
      { ...KAYENTA_DEFAULTS, outliers: 'Remove' },
    );
    expect(removed.sizes).toEqual({ candidate: 60, baseline: 60 });
  });
});

describe('the score of a canary', () => {
  const metric = (classification: 'Pass' | 'High' | 'Low' | 'Nodata', group = 'errors') => ({
    classification,
    groups: [group],
  });

  test('groups, weighted', () => {
    const metrics = [
      metric('Pass'),
      metric('High'),
      metric('Pass', 'latency'),
      metric('Pass', 'cpu'),
    ];
    expect(kayentaScore(metrics, { errors: 60 })).toBe(70);
    expect(kayentaScore(metrics)).toBe(83.33);
  });

  test('a critical metric that does not pass fails all', () => {
    expect(
      kayentaScore([metric('Pass'), metric('Pass'), { ...metric('Low'), critical: true }]),
    ).toBe(0);
    expect(
      kayentaScore([metric('Pass'), metric('Pass'), { ...metric('Pass'), critical: true }]),
    ).toBe(100);
  });

  test('without data', () => {
    expect(kayentaScore([])).toBe(0);
    expect(kayentaScore([metric('Nodata'), metric('Pass')])).toBe(0);
    expect(kayentaScore([metric('Nodata'), metric('Pass'), metric('Pass')])).toBe(100);
    expect(kayentaScore([metric('Nodata', 'a'), metric('Pass', 'b'), metric('Pass', 'b')])).toBe(
      100,
    );
    const needed = { ...metric('Nodata'), mustHaveData: true };
    expect(kayentaScore([needed, metric('Pass'), metric('Pass'), metric('Pass')])).toBe(75);
  });
});
