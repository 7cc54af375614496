/** Against values that mpmath gives with 40 digits. */
import { describe, expect, test } from 'vitest';
import { betaBelow, betaQuantile } from './beta-distribution.ts';
import { clopperPearson, wilson } from './binomial-interval.ts';
import { logBeta, logGamma } from './gamma.ts';
import { normalAbove, normalBelow, normalQuantile } from './normal.ts';

/** To so many parts of the value, or of 1 where it is smaller. */
function expectClose(value: number, expected: number, tolerance = 1e-13) {
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  );
}

test.each([
  [1e-10, 23.025850929882736],
  [0.001, 6.907178885383853],
  [0.5, 0.5723649429247001],
  [1, 0],
  [1.5, -0.12078223763524522],
  [2, 0],
  [2.5, 0.2846828704729192],
  [3.3, 0.9870985778947345],
  [9.99, 12.779315214350193],
  [10, 12.80182748008147],
  [12.5, 18.734347511936445],
  [100, 359.1342053695754],
  [1e6, 12815504.56914761],
  [1e9, 19723265827.503716],
  [1e15, 3.353877639491067e16],
])('ln Γ(%d)', (x, expected) => {
  expectClose(logGamma(x), expected);
});

test.each([
  [0.5, 0.5, 1.1447298858494002],
  [1, 1, 0],
  [3, 7, -5.529429087511423],
  [0.1, 1e6, 0.8711616409377846],
  [5, 1e9, -100.43827536438411],
  [12, 30, -25.27486496841981],
  [1000, 1e9, -14818.045913237063],
  [5e8, 5e8, -693147189.3094925],
  [1e9, 3, -61.47665033327929],
])('ln B(%d, %d)', (a, b, expected) => {
  expectClose(logBeta(a, b), expected);
});

test('what they are not defined for is not a number', () => {
  for (const value of [
    logGamma(0),
    logGamma(-1),
    logBeta(0, 1),
    logBeta(1, -1),
    betaBelow({ a: 0, b: 1 }, 0.5),
  ])
    expect(value).toBeNaN();
  for (const value of [normalQuantile(-0.1), normalQuantile(1.1), normalAbove(NaN)])
    expect(value).toBeNaN();
});

test.each([
  [-8, 0.9999999999999993],
  [-3.1, 0.9990323967867817],
  [-1, 0.8413447460685429],
  [0, 0.5],
  [0.1, 0.460172162722971],
  [1, 0.15865525393145705],
  [1.96, 0.024997895148220435],
  [2.9999, 0.001350341282954924],
  [3.0001, 0.001349454913260718],
  [5, 2.866515718791939e-7],
  [10, 7.619853024160525e-24],
  [37, 5.725571222524577e-300],
])('the normal distribution above %d, with its digits also far out', (z, expected) => {
  expect(Math.abs(normalAbove(z) / expected - 1)).toBeLessThan(1e-12);
  expect(normalBelow(-z)).toBe(normalAbove(z));
});

test.each([
  [1e-20, -9.262340089798407],
  [1e-8, -5.612001244174789],
  [0.001, -3.0902323061678136],
  [0.01, -2.326347874040841],
  [0.025, -1.9599639845400543],
  [0.2, -0.8416212335729142],
  [0.4999, -0.0002506628300880351],
  [0.5, 0],
  [0.7, 0.5244005127080408],
  [0.99, 2.326347874040841],
  [0.999999, 4.753424308822899],
  [0, -Infinity],
  [1, Infinity],
])('the normal quantile of %d', (p, expected) => {
  if (Number.isFinite(expected)) expectClose(normalQuantile(p), expected, 1e-10);
  else expect(normalQuantile(p)).toBe(expected);
});

test.each([
  [1, 11, 0.3, 0.98022673257],
  [4, 97, 0.05, 0.7421613408839836],
  [0.5, 0.5, 0.2, 0.2951672353008665],
  [50, 60, 0.45, 0.46423529143060355],
  [1000, 100000, 0.0105, 0.9710176969678084],
  [3, 2, 0.99, 0.99940797],
  [0.001, 5, 0.3, 0.9999152891767765],
])('Beta(%d, %d) below %d, and back', (a, b, x, expected) => {
  expectClose(betaBelow({ a, b }, x), expected, 1e-11);
  expectClose(betaQuantile({ a, b }, expected), x, 1e-8);
});

describe('intervals of a share that was counted once', () => {
  const digits = ({ low, high }: { low: number; high: number }) => [
    low.toFixed(6),
    high.toFixed(6),
  ];
  test('Clopper and Pearson', () => {
    expect(clopperPearson({ total: 10, bad: 0 }, 0.95).low).toBe(0);
    expect(clopperPearson({ total: 10, bad: 0 }, 0.95).high).toBeCloseTo(0.3085, 4);
    expect(digits(clopperPearson({ total: 100, bad: 3 }, 0.95))).toEqual(['0.006230', '0.085176']);
    expect(clopperPearson({ total: 5, bad: 5 }, 0.95).high).toBe(1);
  });

  test('Wilson', () => {
    expect(digits(wilson({ total: 100, bad: 3 }, 0.95))).toEqual(['0.010255', '0.084519']);
    expect(digits(wilson({ total: 10, bad: 0 }, 0.95))).toEqual(['0.000000', '0.277533']);
  });
});
