/** Golden numbers were computed apart from this code, from the formulas of docs/spec/statistics.md. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLikelihoodRatio } from './binomial-bets.ts';
import { cleanRequestsToPass, judgeSlo, SLO_DEFAULTS } from './slo.ts';

const OPTIONS = { maxBad: 0.01, ...SLO_DEFAULTS };
const row = (bad: number, total: number) => ({ total, bad });

test.each([
  [0, 300, -2.923627],
  [3, 100, 0.803552],
  [5, 100, 3.224156],
  [12, 500, 2.571383],
  [40, 2000, 6.430099],
])('golden: %d bad of %d', (bad, total, log) => {
  expect(judgeSlo([row(bad, total)], OPTIONS).against[0]).toBeCloseTo(log, 6);
});

test('evidence adds up over intervals as if they were one', () => {
  const parts = judgeSlo([row(2, 40), row(0, 0), row(3, 60)], OPTIONS).against;
  expect(parts[2]).toBeCloseTo(3.224156, 6);
});

describe('verdicts', () => {
  test('too many fail, with the interval', () => {
    const judged = judgeSlo([row(5, 500), row(40, 2000), row(0, 5000)], OPTIONS);
    expect(judged).toMatchObject({ verdict: 'Fail', at: 1 });
    expect(judged.because).toBe(
      '45 of 2500 bad (1.8 %): more than 1 % (log evidence 5.15 of 4.61)',
    );
  });

  test('few enough pass', () => {
    const judged = judgeSlo([row(1, 500), row(1, 1000)], OPTIONS);
    expect(judged).toMatchObject({ verdict: 'Pass', at: 1 });
    expect(judged.because).toBe(
      '2 of 1500 bad (0.133 %): less than 1 % (log evidence 7.71 of 3.00)',
    );
  });

  test.each([
    ['no intervals', [], 'no requests'],
    ['no traffic', [row(0, 0)], 'no requests'],
    [
      'a few',
      [row(1, 100)],
      '1 of 100 bad (1 %): neither more than 1 % (log evidence -0.86 of 4.61) nor less (log evidence -0.55 of 3.00) is shown',
    ],
  ])('%s: undecided', (_, counts, because) => {
    expect(judgeSlo(counts, OPTIONS)).toMatchObject({ verdict: 'Undecided', because });
  });

  test('a limit of nearly everything leaves something to bet on', () => {
    const judged = judgeSlo([row(100_000, 100_000)], { ...OPTIONS, maxBad: 0.999 });
    expect(judged).toMatchObject({ verdict: 'Fail' });
    const half = judgeSlo([row(900, 1000)], { ...OPTIONS, maxBad: 0.5 });
    expect(half).toMatchObject({ verdict: 'Fail' });
  });

  test('thousands of millions', () => {
    const judged = judgeSlo([row(9e6, 1e9), row(1.1e7, 1e9)], OPTIONS);
    expect([...judged.against, ...judged.inFavour].every(Number.isFinite)).toBe(true);
  });
});

test('how many clean requests show it at a single look, and at any time', () => {
  expect(cleanRequestsToPass(0.01, 0.05)).toBe(299);
  const clean = (total: number) => judgeSlo([row(0, total)], OPTIONS).verdict;
  expect([clean(391), clean(392)]).toEqual(['Undecided', 'Pass']);
});

test('property: within the limit no bet gains by expectation, nor on passing beyond it', () => {
  const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), share, share, share, (total, edge, part, bet) => {
      const expectation = (p: number, alternative: number) => {
        let [sum, probability] = [0, (1 - p) ** total];
        for (let bad = 0; bad <= total; bad += 1) {
          sum += probability * Math.exp(logLikelihoodRatio({ total, bad, edge }, alternative));
          probability *= ((total - bad) / (bad + 1)) * (p / (1 - p));
        }
        return sum;
      };
      expect(expectation(edge * part, edge + bet * (1 - edge))).toBeLessThanOrEqual(1 + 1e-6);
      expect(expectation(edge + part * (1 - edge), edge * bet)).toBeLessThanOrEqual(1 + 1e-6);
    }),
  );
});
