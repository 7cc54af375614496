/** The test of two shares: what it promises, by counting all that can happen, and numbers that were computed apart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logMean } from './mixture.ts';
import { RATE_RATIO_DEFAULTS, WHOLE_AFTER } from './rate-ratio.ts';
import { logFactor, shareAtRatio } from './share-test.ts';
import {
  addShares,
  logChanceRatio,
  passMarginOf,
  type SharesStart,
  startShares,
} from './two-shares.ts';

describe('the test of two shares', () => {
  const counts = fc.record({
    own: fc.integer({ min: 1, max: 9 }),
    other: fc.integer({ min: 1, max: 9 }),
  });
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const bets = fc
    .record({ margin: between(1, 3), at: between(0.001, 0.999), lambda: between(1.01, 30) })
    .map(({ margin, at, lambda }) => ({ margin, share: at / margin, lambda }));

  /** The expectation, with every request of a version alike: over all counts. */
  function expectation(
    { own, other }: { own: number; other: number },
    bet: { margin: number; share: number; lambda: number },
    rates: { candidate: number; stable: number },
  ): number {
    let mean = 0;
    for (let i = 0; i <= own; i += 1)
      for (let k = 0; k <= other; k += 1) {
        const interval = {
          candidate: { total: own, bad: i },
          stable: { total: other, bad: k },
        };
        mean +=
          chanceOf(own, i, rates.candidate) *
          chanceOf(other, k, rates.stable) *
          Math.exp(logChanceRatio(interval, bet));
      }
    return mean;
  }
  function chanceOf(total: number, bad: number, rate: number): number {
    let ways = 1;
    for (let i = 0; i < bad; i += 1) ways = (ways * (total - i)) / (i + 1);
    return ways * rate ** bad * (1 - rate) ** (total - bad);
  }

  test('is 1 at most by expectation, up to the margin', () => {
    fc.assert(
      fc.property(counts, bets, between(0, 1), between(0, 1), (sizes, bet, at, part) => {
        const stable = at / bet.margin;
        const candidate = part * bet.margin * stable;
        expect(expectation(sizes, bet, { candidate, stable })).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test('nor at the margin next to what is bet on, where the nearest is', () => {
    fc.assert(
      fc.property(counts, bets, between(0.9, 1.6), (sizes, bet, times) => {
        const stable = Math.min(bet.share * times, 1 / bet.margin);
        const rates = { candidate: bet.margin * stable, stable };
        expect(expectation(sizes, bet, rates)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test('is over 1 where the bet is right', () => {
    const bet = { margin: 1.2, share: 0.2, lambda: 3 };
    const odds = (3 * 0.24) / 0.76;
    const rates = { candidate: odds / (1 + odds), stable: 0.2 };
    expect(expectation({ own: 5, other: 9 }, bet, rates)).toBeGreaterThan(1.1);
  });

  test('is the share test where events are rare', () => {
    const interval = { candidate: { total: 300, bad: 4 }, stable: { total: 2700, bad: 9 } };
    const bet = { margin: 1.25, share: 1e-9, lambda: 3 };
    const share = shareAtRatio({ own: 300, other: 2700 }, 1.25);
    expect(logChanceRatio(interval, bet)).toBeCloseTo(
      logFactor({ own: 4, total: 13, share }, 3),
      5,
    );
  });
});

describe('over intervals', () => {
  type Row = [candidate: number, stable: number, slow: number, stableSlow: number];
  const ROWS: Row[] = [
    [200, 1800, 84, 540],
    [200, 1800, 80, 530],
    [200, 1800, 95, 560],
    [0, 1800, 0, 540],
    [200, 1800, 88, 538],
  ];
  function course(start: SharesStart, rule: { wholeAfter?: number } = {}): number[] {
    let state = startShares(start, RATE_RATIO_DEFAULTS);
    return ROWS.map(([own, other, slow, stableSlow]) => {
      const interval = {
        candidate: { total: own, bad: slow },
        stable: { total: other, bad: stableSlow },
      };
      // As it is kept and gone on from.
      const kept = JSON.parse(JSON.stringify(state)) as typeof state;
      state = addShares(kept, interval, { ...RATE_RATIO_DEFAULTS, ...rule });
      return Number(logMean(state.against).toFixed(6));
    });
  }

  test('golden: with a margin of its own, and what stable had before', () => {
    const start = { margin: 1.2, before: { total: 6000, bad: 1800 } };
    expect(course(start)).toEqual([-0.140582, 0.397905, 2.700476, 2.700476, 4.877307]);
  });

  test('golden: with the margin that grows, and nothing before, so that nothing is bet at first', () => {
    expect(course({}, { wholeAfter: WHOLE_AFTER })).toEqual([
      0, -1.503717, 0.777868, 0.777868, 2.256525,
    ]);
  });

  test('what passes is under more than the margin, also where that is wide', () => {
    expect(passMarginOf({}, { passMargin: 2 })).toBe(2);
    expect(passMarginOf({ margin: 1.2 }, { passMargin: 2 })).toBe(2);
    expect(passMarginOf({ margin: 3 }, { passMargin: 2 })).toBeCloseTo(4.8, 12);
  });

  test('no share is too large to bet on', () => {
    const all = { margin: 1.25, before: { total: 1000, bad: 1000 } };
    expect(course(all).every(Number.isFinite)).toBe(true);
  });
});
