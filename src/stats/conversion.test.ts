import { describe, expect, test } from 'vitest';
import { estimateDifference, judgeConversion, type GoalInterval } from './conversion.ts';

type Row = [aTotal: number, aGoal: number, bTotal: number, bGoal: number];
const rows = (...counts: Row[]): GoalInterval[] =>
  counts.map(([aTotal, aGoal, bTotal, bGoal]) => ({
    a: { total: aTotal, goal: aGoal },
    b: { total: bTotal, goal: bGoal },
  }));
const times = (n: number, row: Row) => rows(...Array.from({ length: n }, () => row));

test('the difference with an interval that may be looked at any time', () => {
  const [a, b] = [
    { total: 10_000, goal: 1000 },
    { total: 10_000, goal: 1100 },
  ];
  const { difference, logEvidence, interval } = estimateDifference(a, b, {
    effect: 0.01,
    alpha: 0.05,
  });
  expect(difference).toBeCloseTo(0.01, 12);
  expect(logEvidence).toBeCloseTo(1.318063, 6);
  expect(Math.exp(-logEvidence)).toBeCloseTo(0.267653, 6);
  expect(interval?.low).toBeCloseTo(-0.003225, 6);
  expect(interval?.high).toBeCloseTo(0.023225, 6);
});

test('it does not hold before 100 of each reached the goal', () => {
  const options = { effect: 0.01, alpha: 0.05 };
  const few = estimateDifference({ total: 1e4, goal: 99 }, { total: 1e4, goal: 900 }, options);
  expect(few).toEqual({ difference: expect.closeTo(0.0801, 9), logEvidence: 0 });
  expect(
    estimateDifference({ total: 0, goal: 0 }, { total: 5, goal: 1 }, options).logEvidence,
  ).toBe(0);
  const all = { total: 500, goal: 500 };
  expect(estimateDifference(all, all, options).logEvidence).toBe(0);
});

describe('without a difference that matters: the share test', () => {
  test('golden', () => {
    const { against } = judgeConversion(
      rows([900, 45, 900, 55], [900, 45, 900, 60], [900, 47, 900, 63], [900, 48, 900, 70]),
      { alpha: 0.05 },
    );
    expect(against.map((log) => log.toFixed(6))).toEqual([
      '-0.442045',
      '0.211625',
      '1.138401',
      '2.697246',
    ]);
  });

  test('better, worse, and open', () => {
    expect(judgeConversion(times(9, [1000, 50, 1000, 75]), { alpha: 0.05 })).toMatchObject({
      outcome: 'Better',
      verdict: 'Pass',
      at: 2,
    });
    expect(judgeConversion(times(9, [1000, 75, 1000, 50]), { alpha: 0.05 })).toMatchObject({
      outcome: 'Worse',
      verdict: 'Fail',
      at: 2,
    });
    const open = judgeConversion(times(3, [1000, 60, 1000, 60]), { alpha: 0.05 });
    expect(open).toMatchObject({ outcome: 'Open', verdict: 'Undecided', difference: 0 });
    expect(open.because).toBe(
      "b 180 of 3000 (6 %), a 180 of 3000 (6 %): no difference is shown (log evidence -1.40 of 3.00), b's share is 0.708 to 1.41 times a's",
    );
  });
});

test('b is better though it had most of its users when few reached the goal', () => {
  const counted = rows([1000, 100, 9000, 1080], [9000, 4500, 1000, 600]);
  const judged = judgeConversion(counted, { alpha: 0.05 });
  expect(judged).toMatchObject({ outcome: 'Better', verdict: 'Pass' });
  expect(judged.difference).toBeLessThan(0);
  expect(judged.because).toContain('b is better in each interval by itself (log evidence ');
});

describe('with one: the interval', () => {
  const options = { alpha: 0.05, effect: 0.02 };
  test('a small difference is found that the share test cannot see', () => {
    const small = times(60, [10_000, 1000, 10_000, 1040]);
    expect(judgeConversion(small, { alpha: 0.05 }).outcome).toBe('Open');
    expect(judgeConversion(small, { alpha: 0.05, effect: 0.004 }).outcome).toBe('Better');
  });

  test('none that matters is shown', () => {
    const judged = judgeConversion(times(9, [10_000, 1000, 10_000, 1003]), options);
    expect(judged).toMatchObject({ outcome: 'Equivalent', verdict: 'Pass', at: 0 });
    expect(judged.because).toBe(
      'b 1003 of 10000 (10 %), a 1000 of 10000 (10 %): no difference of 2 points or more, the difference is in -1.28 to 1.34 points',
    );
  });

  test('not before both ends are small', () => {
    const [lower, higher] = [times(1, [1e4, 1000, 1e4, 960]), times(1, [1e4, 1000, 1e4, 1040])];
    for (const counted of [lower, higher]) {
      const { outcome, interval } = judgeConversion(counted, { alpha: 0.05, effect: 0.014 });
      expect(outcome).toBe('Open');
      expect(Math.min(Math.abs(interval?.low ?? 1), Math.abs(interval?.high ?? 1))).toBeLessThan(
        0.014,
      );
    }
  });

  test('worse outranks what was reached before', () => {
    const turned = [
      ...times(1, [10_000, 1000, 10_000, 1003]),
      ...times(5, [10_000, 1000, 10_000, 500]),
    ];
    const judged = judgeConversion(turned, options);
    expect(judged).toMatchObject({ outcome: 'Worse', verdict: 'Fail', at: 1 });
    expect(judged.because).toBe(
      'b 1503 of 20000 (7.51 %), a 2000 of 20000 (10 %): b is worse (log evidence 35.99 of 3.00), the difference is in -3.38 to -1.59 points',
    );
  });
});

test('users that were not shared out as was meant bar every verdict', () => {
  const counted = times(9, [1000, 50, 1300, 170]);
  expect(judgeConversion(counted, { alpha: 0.05 }).outcome).toBe('Better');
  const judged = judgeConversion(counted, { alpha: 0.05, split: 0.5 });
  expect(judged).toMatchObject({ outcome: 'Mismatch', verdict: 'Undecided' });
  expect(judged.because).toContain(
    'who sees which version is not left to chance: the candidate got ',
  );
});

test.each([
  ['no intervals', []],
  ['nobody', rows([0, 0, 0, 0])],
  ['nobody for b', rows([1000, 500, 0, 0])],
  ['nobody reached the goal', times(9, [1000, 0, 1000, 0])],
])('%s: undecided', (_, counted) => {
  for (const effect of [undefined, 0.01])
    expect(judgeConversion(counted, { alpha: 0.05, effect })).toMatchObject({
      outcome: 'Open',
      verdict: 'Undecided',
    });
});
