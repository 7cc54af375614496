/** Intervals as R's wilcox.test(conf.int = TRUE, exact = FALSE) defines them, computed apart from this code. */
import { describe, expect, test } from 'vitest';
import { commonLanguageEffect, shiftBetween } from './mann-whitney.ts';

const LONG = [3.1, 2.7, 4.4, 5, 3.9, 4.1, 2.2, 6.3, 5.5, 4.8];
const SHORT = [2.9, 3.3, 2.5, 3.1, 4, 2.8, 3.6, 2.1];
const MANY_TIES = [0, 0, 0, 1, 0, 2, 0, 0, 3, 0, 5, 1];
const FEW = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];

describe('the shift with its interval', () => {
  test('as published', () => {
    const shift = shiftBetween({ x: [40, 10, 30, 20], y: [1, 3, 2, 4] }, 0.95);
    expect(shift.estimate).toBeCloseTo(22.5, 9);
    expect(shift.low).toBeCloseTo(6, 9);
    expect(shift.high).toBeCloseTo(39, 9);
  });

  test('turned round it is the same with the other sign', () => {
    const shift = shiftBetween({ x: [1, 2, 3, 4], y: [10, 20, 30, 40] }, 0.95);
    expect(shift).toEqual({
      estimate: expect.closeTo(-22.5, 9),
      low: expect.closeTo(-39, 9),
      high: expect.closeTo(-6, 9),
    });
  });

  test.each([
    [LONG, SHORT, 0.98, -0.2, 2.5],
    [LONG, SHORT, 0.95, 0, 2.3],
    [MANY_TIES, FEW, 0.98, 0, 2],
    [MANY_TIES, FEW, 0.9, 0, 1],
    [[0, 1, 3, 1, 3, 2, 0, 1], [1, 2, 1, 0, 0, 2, 0, 0], 0.9, 0, 1],
  ])('%j against %j at %d', (x, y, level, low, high) => {
    const shift = shiftBetween({ x, y }, level);
    expect(shift.low).toBeCloseTo(low, 9);
    expect(shift.high).toBeCloseTo(high, 9);
  });

  test('without ties the estimate is the median of all differences', () => {
    expect(shiftBetween({ x: LONG, y: SHORT }, 0.95).estimate).toBeCloseTo(1.2, 9);
  });

  test('two constants differ by what they differ', () => {
    expect(shiftBetween({ x: [5, 5], y: [3, 3, 3] }, 0.98)).toEqual({
      estimate: 2,
      low: 2,
      high: 2,
    });
  });
});

test('the common language effect', () => {
  const y = [1, 2, 3, 4];
  expect(commonLanguageEffect({ x: y, y })).toBe(0.5);
  expect(commonLanguageEffect({ x: [10, 20], y })).toBe(1);
  expect(commonLanguageEffect({ x: [-1, 0, 0], y })).toBe(0);
  expect(commonLanguageEffect({ x: [2, 9], y: [2, 1] })).toBe(0.875);
});
