/** Golden numbers were computed apart from this code, from the formulas of docs/spec/statistics.md. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anytimePValue, logMean, logSumExp, logThreshold } from './mixture.ts';
import { courseOf, logFactor, shareAtRatio, type SharedEvents } from './share-test.ts';

const BOTH_WAYS = [0.5, 0.8, 0.9, 1.1, 1.25, 2];
const events = (...rows: [own: number, total: number, share: number][]): SharedEvents[] =>
  rows.map(([own, total, share]) => ({ own, total, share }));
const six = (logs: number[]) => logs.map((log) => Number(log.toFixed(6)));

test('assignments to a version, at weights that change', () => {
  const bets = { lambdas: BOTH_WAYS, cap: 10 };
  const clean = events([52, 1000, 0.05], [48, 1000, 0.05], [101, 1000, 0.1]);
  expect(six(courseOf(clean, bets))).toEqual([-0.981313, -1.433917, -1.995212]);
  const off = events([62, 1000, 0.05], [65, 1000, 0.05], [131, 1000, 0.1], [128, 1000, 0.1]);
  expect(six(courseOf(off, bets))).toEqual([0.134488, 1.930746, 4.232482, 6.524466]);
});

test('conversions, without a cap', () => {
  const conversions = events([55, 100, 0.5], [60, 105, 0.5], [63, 110, 0.5], [70, 118, 0.5]);
  expect(six(courseOf(conversions, { lambdas: BOTH_WAYS, cap: Infinity }))).toEqual([
    -0.442045, 0.211625, 1.138401, 2.697246,
  ]);
});

describe('what says nothing', () => {
  const bets = { lambdas: [0.5, 2, 30], cap: 10 };
  test.each([
    ['no events', 0, 0, 0.3],
    ['all requests went to this version', 7, 7, 1],
    ['none went to it', 0, 7, 0],
    ['nobody knows the share', 3, 7, NaN],
  ])('%s', (_, own, total, share) => {
    const [log] = courseOf(events([own, total, share]), bets);
    expect(log).toBeCloseTo(0, 12);
  });
});

test('thousands of millions of events neither overflow nor lose what matters', () => {
  const huge = events([500_300_000, 1e9, 0.5], [499_700_000, 1e9, 0.5]);
  const logs = courseOf(huge, { lambdas: [1.001, 0.999], cap: Infinity });
  expect(logs.every(Number.isFinite)).toBe(true);
  expect(logs[0]).toBeGreaterThan(100);
  expect(courseOf(events([1e9, 1e9, 0.001]), { lambdas: [30], cap: Infinity })[0]).toBeGreaterThan(
    1e9,
  );
});

/** Probabilities of 0, 1, … events of `n` that are bad with `p` each. */
function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let i = 0; i < n; i += 1)
    row = [...row, 0].map((at, k) => at * (1 - p) + (row[k - 1] ?? 0) * p);
  return row;
}

interface Interval {
  own: number;
  other: number;
  /** The chance of an event. */
  p: { own: number; other: number };
  ratio: number;
}

/** E[min(factor, cap)], summed over all that can happen. */
function expectation({ own, other, p, ratio }: Interval, lambda: number, cap: number): number {
  const share = shareAtRatio({ own, other }, ratio);
  const ofOther = binomial(other, p.other);
  let sum = 0;
  for (const [c, pc] of binomial(own, p.own).entries())
    for (const [b, pb] of ofOther.entries()) {
      const log = logFactor({ own: c, total: c + b, share }, lambda);
      sum += pc * pb * Math.min(cap, Math.exp(log));
    }
  return sum;
}

test('the expectation at the edge of the null hypothesis, by formula', () => {
  const cases: [Interval, number, number][] = [
    [{ own: 100, other: 900, p: { own: 0.0125, other: 0.01 }, ratio: 1.25 }, 2, 0.994728],
    [{ own: 500, other: 500, p: { own: 0.0015, other: 0.001 }, ratio: 1.5 }, 10, 0.999644],
    [{ own: 10, other: 10, p: { own: 0.5, other: 0.5 }, ratio: 1 }, 3, 0.52446],
  ];
  for (const [interval, lambda, expected] of cases)
    expect(expectation(interval, lambda, Infinity)).toBeCloseTo(expected, 6);
});

const requests = fc.integer({ min: 0, max: 25 });
const chance = fc.double({ min: 0, max: 1, noNaN: true });

test('property: while stable is as bad as the margin allows, or worse, no bet gains by expectation', () => {
  fc.assert(
    fc.property(
      fc.record({
        own: requests,
        other: requests,
        ratio: fc.double({ min: 1, max: 3, noNaN: true }),
      }),
      chance,
      chance,
      fc.double({ min: 1.0001, max: 50, noNaN: true }),
      fc.double({ min: 1, max: 20, noNaN: true }),
      (sizes, other, below, lambda, cap) => {
        const own = Math.min(1, sizes.ratio * other) * below;
        const interval = { ...sizes, p: { own, other } };
        expect(expectation(interval, lambda, Infinity)).toBeLessThanOrEqual(1 + 1e-9);
        expect(expectation(interval, lambda, cap)).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
    { numRuns: 300 },
  );
});

test('property: mirrored, while the candidate is at least so many times as bad', () => {
  fc.assert(
    fc.property(
      fc.record({
        own: requests,
        other: requests,
        ratio: fc.double({ min: 1, max: 3, noNaN: true }),
      }),
      chance,
      chance,
      fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
      (sizes, own, below, lambda) => {
        const interval = { ...sizes, p: { own, other: (own / sizes.ratio) * below } };
        expect(expectation(interval, lambda, Infinity)).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
    { numRuns: 300 },
  );
});

test('property: assignments by chance with the share that was meant: no bet gains or loses', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      chance,
      fc.double({ min: 0.01, max: 50, noNaN: true }),
      (total, share, lambda) => {
        let sum = 0;
        for (const [own, probability] of binomial(total, share).entries())
          sum += probability * Math.exp(logFactor({ own, total, share }, lambda));
        expect(sum).toBeCloseTo(1, 6);
      },
    ),
  );
});

test('beyond the margin the bets do gain: the property above can fail', () => {
  const worse = { own: 25, other: 25, p: { own: 0.2, other: 0.05 }, ratio: 1.25 };
  expect(expectation(worse, 2, Infinity)).toBeGreaterThan(1.1);
});

test('a mixture is the average of what its bets have become', () => {
  expect(logMean([])).toBe(0);
  expect(logMean([Math.log(2), Math.log(4)])).toBeCloseTo(Math.log(3), 12);
  expect(logSumExp([])).toBe(-Infinity);
  expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
  expect(logSumExp([5000, 5000])).toBeCloseTo(5000 + Math.log(2), 9);
  expect(logThreshold(0.01)).toBeCloseTo(4.605170186, 9);
  expect(anytimePValue([-1, 3, 1])).toBeCloseTo(Math.exp(-3), 12);
  expect(anytimePValue([-2])).toBe(1);
});
