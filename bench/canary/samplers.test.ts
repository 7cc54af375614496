/** Exact probabilities are computed apart from the samplers, by ln of the gamma function. */
import { describe, expect, test } from 'vitest';
import { logGamma } from '../../src/stats/gamma.ts';
import { expOf, lnOf, normalCdf } from './arithmetic.ts';
import { seedOf, uniform, xoshiro128, type Next } from './generator.ts';
import {
  binomial,
  hypergeometric,
  multinomial,
  normal,
  poisson,
  poissonTable,
} from './samplers.ts';

const DRAWS = 40_000;
/** A right sampler is beyond it once in a thousand million times; seeds are fixed. */
const SIGMAS = 6;

const choose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

interface Exact {
  name: string;
  draw: (next: Next) => number;
  /** The probability of k, of which `most` is the largest that is looked at. */
  probability: (k: number) => number;
  most: number;
}

const binomialOf = (trials: number, chance: number): Exact => ({
  name: `binomial ${trials} ${chance}`,
  draw: (next) => binomial({ trials, chance }, next),
  probability: (k) =>
    Math.exp(choose(trials, k) + k * Math.log(chance) + (trials - k) * Math.log1p(-chance)),
  most: trials,
});
const poissonLog = (mean: number, k: number) => k * Math.log(mean) - mean - logGamma(k + 1);
const poissonOf = (mean: number): Exact => ({
  name: `poisson ${mean}`,
  draw: (next) => poisson(mean, next),
  probability: (k) => Math.exp(poissonLog(mean, k)),
  most: Math.ceil(mean + 12 * Math.sqrt(mean) + 12),
});
const hypergeometricOf = (total: number, bad: number, drawn: number): Exact => ({
  name: `hypergeometric ${total} ${bad} ${drawn}`,
  draw: (next) => hypergeometric({ total, bad, drawn }, next),
  probability: (k) =>
    k > drawn || k > bad || drawn - k > total - bad
      ? 0
      : Math.exp(choose(bad, k) + choose(total - bad, drawn - k) - choose(total, drawn)),
  most: drawn,
});

const SAMPLERS: Exact[] = [
  binomialOf(3, 0.1),
  binomialOf(30, 0.01),
  binomialOf(300, 0.3),
  binomialOf(3000, 0.1),
  binomialOf(3000, 0.0001),
  binomialOf(40, 0.999),
  poissonOf(0.3),
  poissonOf(3),
  poissonOf(30.5),
  poissonOf(3000),
  { ...poissonOf(3), name: 'table 3', draw: poissonTable(3) },
  { ...poissonOf(0.3), name: 'table 0.3', draw: poissonTable(0.3) },
  { ...poissonOf(3000), name: 'table 3000', draw: poissonTable(3000) },
  hypergeometricOf(2700, 27, 300),
  hypergeometricOf(20, 15, 12),
  hypergeometricOf(1000, 500, 400),
];

/** How many standard deviations chi-square is from its mean; classes of fewer than 10 are one. */
function chiSquareOff(counts: readonly number[], probability: (k: number) => number): number {
  let [chi2, classes, restSeen, restMeant] = [0, 0, DRAWS, DRAWS];
  counts.forEach((seen, k) => {
    const meant = DRAWS * probability(k);
    if (meant < 10) return;
    chi2 += (seen - meant) ** 2 / meant;
    classes += 1;
    restSeen -= seen;
    restMeant -= meant;
  });
  if (restMeant > 1) {
    chi2 += (restSeen - restMeant) ** 2 / restMeant;
    classes += 1;
  }
  return (chi2 - (classes - 1)) / Math.sqrt(2 * Math.max(1, classes - 1));
}

describe('the generator', () => {
  test('the reference implementation says the same', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });

  test('one name, one stream', () => {
    const stream = (name: string) => Array.from({ length: 4 }, uniform(seedOf(name)));
    expect(stream('a')).toEqual(stream('a'));
    expect(stream('a')).not.toEqual(stream('b'));
    expect(stream('')).toMatchInlineSnapshot(`
      [
        0.15807762443499696,
        0.33205374979201907,
        0.6575524251708795,
        0.5429649709146965,
      ]
    `);
  });

  test('uniform numbers fill [0, 1) evenly', () => {
    const next = uniform(seedOf('uniform'));
    const counts = Array.from({ length: 100 }, () => 0);
    for (let i = 0; i < DRAWS; i += 1) {
      const at = Math.floor(next() * 100);
      counts[at] = (counts[at] ?? NaN) + 1;
    }
    expect(Math.abs(chiSquareOff(counts, () => 0.01))).toBeLessThan(SIGMAS);
  });
});

describe('samplers', () => {
  test.each(SAMPLERS)('$name', ({ name, draw, probability, most }) => {
    const next = uniform(seedOf(name));
    const counts = Array.from({ length: most + 1 }, () => 0);
    for (let i = 0; i < DRAWS; i += 1) {
      const k = draw(next);
      counts[k] = (counts[k] ?? NaN) + 1;
    }
    const moment = (power: number, around: number) =>
      counts.reduce((sum, _, k) => sum + probability(k) * (k - around) ** power, 0);
    const seen = (power: number, around: number) =>
      counts.reduce((sum, count, k) => sum + (count / DRAWS) * (k - around) ** power, 0);
    const mean = moment(1, 0);
    const variance = moment(2, mean);
    const spread = Math.sqrt((moment(4, mean) - variance ** 2) / DRAWS);
    expect(moment(0, 0)).toBeCloseTo(1, 9);
    expect(Math.abs(seen(1, 0) - mean) / Math.sqrt(variance / DRAWS)).toBeLessThan(SIGMAS);
    expect(Math.abs(seen(2, mean) - variance) / spread).toBeLessThan(SIGMAS);
    expect(Math.abs(chiSquareOff(counts, probability))).toBeLessThan(SIGMAS);
  });

  test('what cannot be otherwise', () => {
    const next = uniform(seedOf('certain'));
    expect(binomial({ trials: 0, chance: 0.5 }, next)).toBe(0);
    expect(binomial({ trials: 9, chance: 0 }, next)).toBe(0);
    expect(binomial({ trials: 9, chance: 1 }, next)).toBe(9);
    expect(poisson(0, next)).toBe(0);
    expect(poissonTable(0)(next)).toBe(0);
    expect(hypergeometric({ total: 9, bad: 0, drawn: 4 }, next)).toBe(0);
    expect(hypergeometric({ total: 9, bad: 4, drawn: 9 }, next)).toBe(4);
    expect(hypergeometric({ total: 9, bad: 9, drawn: 3 }, next)).toBe(3);
  });

  test('multinomial: every class like a binomial, and all of them together', () => {
    const next = uniform(seedOf('multinomial'));
    const chances = [0.5, 0.2, 0.001, 0.299];
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < 2_000; i += 1) {
      const counts = multinomial(50, chances, next);
      expect(counts.reduce((a, b) => a + b)).toBe(50);
      counts.forEach((count, j) => (sums[j] = (sums[j] ?? 0) + count));
    }
    chances.forEach((chance, j) => {
      const off = (sums[j] ?? NaN) - 100_000 * chance;
      expect(Math.abs(off) / Math.sqrt(100_000 * chance * (1 - chance))).toBeLessThan(SIGMAS);
    });
  });

  test('normal numbers, in bins of equal width', () => {
    const next = uniform(seedOf('normal'));
    const counts = Array.from({ length: 80 }, () => 0);
    for (let i = 0; i < DRAWS; i += 1) {
      const at = Math.min(79, Math.max(0, Math.floor((normal(next) + 4) * 10)));
      counts[at] = (counts[at] ?? NaN) + 1;
    }
    const below = (j: number) => (j <= 0 ? 0 : j >= 80 ? 1 : normalCdf(j / 10 - 4));
    expect(Math.abs(chiSquareOff(counts, (j) => below(j + 1) - below(j)))).toBeLessThan(SIGMAS);
  });
});

test('exp, ln and the normal distribution are those of the books', () => {
  for (const x of [-40, -3.7, -1, -0.5, 0, 1e-9, 0.1, 0.5, 1, 2.5, 37.2])
    expect(expOf(x) / Math.exp(x)).toBeCloseTo(1, 12);
  for (const x of [1e-9, 0.01, 0.5, 0.75, 1, 1.5, 2, 50, 1e6])
    expect(lnOf(x)).toBeCloseTo(Math.log(x), 13);
  // Abramowitz and Stegun, table 26.1.
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
  expect(normalCdf(-2)).toBeCloseTo(0.022750131948179, 14);
  expect(normalCdf(3)).toBeCloseTo(0.99865010196837, 14);
});
