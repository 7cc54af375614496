/** Numbers of the confseq package's tests, which Howard published with the papers. */
import { expect, test } from 'vitest';
import {
  bestRho,
  normalLogMixture,
  normalMixtureBound,
  oneSidedNormalLogMixture,
} from './normal-mixture.ts';

const SUM = { sum: 10, variance: 100 };

test('where the bound is tightest', () => {
  expect(bestRho(100, 0.05)).toBeCloseTo(12.60056, 5);
});

test('two sides', () => {
  const rho = bestRho(100, 0.05);
  expect(normalLogMixture({ ...SUM, rho })).toBeCloseTo(-0.6510052, 7);
  expect(normalMixtureBound({ variance: 100, rho }, 0.05)).toBeCloseTo(30.35209, 5);
  const atBound = { sum: 30.35209, variance: 100, rho };
  expect(normalLogMixture(atBound)).toBeCloseTo(Math.log(20), 5);
});

test('one side', () => {
  const rho = bestRho(100, 0.1);
  expect(oneSidedNormalLogMixture({ ...SUM, rho })).toBeCloseTo(-0.06502391, 7);
  expect(oneSidedNormalLogMixture({ sum: 27.66071, variance: 100, rho })).toBeCloseTo(
    Math.log(20),
    5,
  );
});
