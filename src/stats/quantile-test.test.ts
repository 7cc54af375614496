/** Numbers of the confseq package's tests, which Howard published with the papers, and of the formulas apart from this code. */
import { describe, expect, test } from 'vitest';
import { anytimeShareInterval, betaBinomialLogEvidence } from './beta-binomial.ts';
import { quantilePValue } from './quantile-test.ts';

const UP_TO_1000 = Array.from({ length: 1000 }, (_, i) => i + 1);

describe('the beta-binomial mixture', () => {
  test.each([
    [450, 1000, 0.5, 2.700262],
    [930, 1000, 0.9, 3.312406],
  ])('%d of %d against %d', (hits, total, p, log) => {
    expect(betaBinomialLogEvidence({ hits, total }, p)).toBeCloseTo(log, 6);
  });

  test('as a mixture of sums with steps of -0.2 and 0.8: 10 at variance 100', () => {
    const aim = { events: 625, alpha: 0.05 };
    expect(betaBinomialLogEvidence({ hits: 135, total: 625 }, 0.2, aim)).toBeCloseTo(-0.6941012, 6);
    const atBound = { hits: 125 + 31.4308, total: 625 };
    expect(betaBinomialLogEvidence(atBound, 0.2, aim)).toBeCloseTo(Math.log(20), 4);
  });

  test('the interval of a share', () => {
    const { low, high } = anytimeShareInterval({ hits: 700, total: 1000 }, 0.05);
    expect(low).toBeCloseTo(0.651629, 5);
    expect(high).toBeCloseTo(0.745949, 5);
    expect(anytimeShareInterval({ hits: 0, total: 0 }, 0.05)).toEqual({ low: 0, high: 1 });
    expect(anytimeShareInterval({ hits: 0, total: 50 }, 0.05).low).toBe(0);
    expect(anytimeShareInterval({ hits: 50, total: 50 }, 0.05).high).toBe(1);
    expect(anytimeShareInterval({ hits: 0, total: 1e9 }, 0.05).high).toBeLessThan(1e-6);
  });
});

describe('a quantile of two samples', () => {
  test.each([
    [0.5, 70, 0.814704],
    [0.5, 85, 0.0838055],
    [0.5, 100, 0.0054947],
    [0.9, 55, 0.0340463],
  ])('the quantile at %d, shifted by %d', (p, offset, expected) => {
    const found = quantilePValue({ a: UP_TO_1000, b: UP_TO_1000.map((x) => x + offset) }, p);
    expect(found / expected).toBeCloseTo(1, 5);
  });

  test('nothing is said of the same samples, of equal values, and of none', () => {
    expect(quantilePValue({ a: UP_TO_1000, b: UP_TO_1000.toReversed() }, 0.9)).toBe(1);
    const flat = Array.from({ length: 500 }, () => 7);
    expect(quantilePValue({ a: flat, b: flat }, 0.5)).toBe(1);
    expect(quantilePValue({ a: [], b: UP_TO_1000 }, 0.5)).toBe(1);
  });

  test('two constants are told apart', () => {
    const of = (value: number) => Array.from({ length: 500 }, () => value);
    expect(quantilePValue({ a: of(7), b: of(8) }, 0.5)).toBeLessThan(1e-9);
  });
});
