import { describe, expect, test } from 'vitest';
import { judgeSplit, SPLIT_DEFAULTS } from './split.ts';

const rows = (...counts: [candidate: number, total: number, share: number][]) =>
  counts.map(([candidate, total, share]) => ({ candidate, total, share }));

test('a router that sends too much is found, at weights that change', () => {
  const off = rows(
    [62, 1000, 0.05],
    [65, 1000, 0.05],
    [131, 1000, 0.1],
    [128, 1000, 0.1],
    [127, 1000, 0.1],
  );
  const judged = judgeSplit(off);
  expect(judged.against.map((log) => log.toFixed(6)).slice(0, 4)).toEqual([
    '0.134488',
    '1.930746',
    '4.232482',
    '6.524466',
  ]);
  expect(judged).toMatchObject({ verdict: 'Fail', at: 4 });
  expect(judged.because).toBe(
    'the candidate got 513 of 5000 (10.3 %), 400 were meant (8 %): not what was configured (log evidence 8.80 of 6.91), 28.2 % too many',
  );
});

test('nothing at all where a tenth was meant is the commonest fault', () => {
  const judged = judgeSplit(rows([0, 100, 0.1], [0, 100, 0.1], [0, 100, 0.1], [0, 100, 0.1]));
  expect(judged).toMatchObject({ verdict: 'Fail', off: -1 });
  expect(judged.because).toBe(
    'the candidate got 0 of 400 (0 %), 40 were meant (10 %): not what was configured (log evidence 7.70 of 6.91), 100 % too few',
  );
});

test('a small difference that is certain is told as one', () => {
  const judged = judgeSplit(
    rows(...Array.from({ length: 9 }, () => [5300, 100_000, 0.05] as [number, number, number])),
  );
  expect(judged.verdict).toBe('Fail');
  expect(judged.because).toBe(
    'the candidate got 21200 of 400000 (5.3 %), 20000 were meant (5 %): not what was configured (log evidence 7.42 of 6.91), 6 % too many: of users that bars a verdict, of requests it may be sticky connections',
  );
});

test('as configured, shown on both sides', () => {
  const judged = judgeSplit(rows([500, 5000, 0.1], [1520, 15_000, 0.1]));
  expect(judged).toMatchObject({ verdict: 'Pass', at: 1 });
  expect(judged.because).toBe(
    'the candidate got 2020 of 20000 (10.1 %), 2000 were meant (10 %): within 10 % of it (log evidence 7.47 of 3.00)',
  );
  expect(judgeSplit(rows([9500, 10_000, 0.95])).verdict).toBe('Pass');
  expect(judgeSplit(rows([100, 100, 1])).verdict).toBe('Pass');
});

test('far enough from one end of the tolerance only', () => {
  const [few] = judgeSplit(rows([930, 10_000, 0.1])).inFavour;
  const [many] = judgeSplit(rows([1070, 10_000, 0.1])).inFavour;
  expect(few).toBeLessThan(1);
  expect(many).toBeLessThan(1);
});

describe('undecided', () => {
  test.each([
    ['no intervals', []],
    ['nothing came', rows([0, 0, 0.1])],
    ['nothing was to come, and nothing came', rows([0, 1000, 0])],
    ['a few', rows([9, 100, 0.1])],
  ])('%s', (_, intervals) => {
    expect(judgeSplit(intervals, SPLIT_DEFAULTS).verdict).toBe('Undecided');
  });
});
