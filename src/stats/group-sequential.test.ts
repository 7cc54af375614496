import { describe, expect, test } from 'vitest';
import { alphaSpent, crossingProbabilities, groupSequentialBounds } from './group-sequential.ts';

const FIFTHS = [0.2, 0.4, 0.6, 0.8, 1];

describe('bounds at five looks, as Lan and DeMets published them', () => {
  test.each([
    ['OBrienFleming', [4.8769, 3.3569, 2.6803, 2.2898, 2.031]],
    ['Pocock', [2.438, 2.4268, 2.4101, 2.3966, 2.3859]],
  ] as const)('%s', (spending, expected) => {
    const bounds = groupSequentialBounds(FIFTHS, 0.05, spending);
    for (const [k, bound] of bounds.entries())
      expect(Math.abs(bound - (expected[k] ?? NaN))).toBeLessThan(1.5e-4);
  });
});

test("O'Brien and Fleming's own five bounds spend 5 %", () => {
  const bounds = FIFTHS.map((time) => 2.04 / Math.sqrt(time));
  expect(bounds.map((bound) => bound.toFixed(2))).toEqual(['4.56', '3.23', '2.63', '2.28', '2.04']);
  expect(crossingProbabilities(FIFTHS, bounds).at(-1)).toBeCloseTo(0.05, 3);
});

test('what repeated tests at 5 % cost, as Armitage, McPherson and Rowe published it', () => {
  const times = Array.from({ length: 50 }, (_, k) => (k + 1) / 50);
  const found = crossingProbabilities(
    times,
    times.map(() => 1.959964),
  );
  const published = {
    1: 0.05,
    2: 0.083,
    3: 0.107,
    4: 0.126,
    5: 0.142,
    10: 0.193,
    20: 0.248,
    50: 0.32,
  };
  for (const [looks, probability] of Object.entries(published))
    expect(found[Number(looks) - 1]).toBeCloseTo(probability, 3);
});

test('all of alpha is spent at the end, however many looks, and none twice', () => {
  const looks = Array.from({ length: 40 }, (_, k) => 0.05 + 0.95 * ((k + 1) / 40) ** 2);
  const bounds = groupSequentialBounds(looks, 0.05);
  expect(crossingProbabilities(looks, bounds).at(-1)).toBeCloseTo(0.05, 6);
  expect(alphaSpent(1, 0.05, 'OBrienFleming')).toBeCloseTo(0.05, 12);
  expect(alphaSpent(1, 0.05, 'Pocock')).toBeCloseTo(0.05, 12);
  expect(alphaSpent(0, 0.05, 'Pocock')).toBe(0);
});

test('a look at nothing new, and one that is far too early, find nothing', () => {
  const bounds = groupSequentialBounds([0.001, 0.5, 0.5, 1], 0.05);
  expect(bounds[0]).toBe(Infinity);
  expect(bounds[2]).toBe(Infinity);
  const without = groupSequentialBounds([0.5, 1], 0.05);
  expect(bounds[1]).toBeCloseTo(without[0] ?? NaN, 6);
  expect(bounds[3]).toBeCloseTo(without[1] ?? NaN, 6);
});

test('a hundred thousand looks take no longer than some hundred', () => {
  const many = Array.from({ length: 100_000 }, (_, k) => (k + 1) / 100_000);
  const bounds = groupSequentialBounds(many, 0.05);
  const taken = many.filter((_, k) => bounds[k] !== Infinity);
  expect(taken.length).toBeLessThan(501);
  // By reflection, who looks without a pause needs the quantile of alpha/4, 2.2414, at the end.
  expect(bounds.at(-1)).toBeGreaterThan(2.2);
  expect(bounds.at(-1)).toBeLessThan(2.2414);
});
