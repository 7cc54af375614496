import { describe, expect, test } from 'vitest';
import { judgeConversion } from './conversion.ts';
import { judgePlannedConversion, lookAtPlanned, plannedLooks } from './planned-conversion.ts';

const times = (n: number, aGoal: number, bGoal: number) =>
  Array.from({ length: n }, () => ({
    a: { total: 1000, goal: aGoal },
    b: { total: 1000, goal: bGoal },
  }));
const OPTIONS = { alpha: 0.05, maxSamples: 10_000 };

describe('an A/B test with a planned end', () => {
  test('bounds are those of the share of the users that came', () => {
    const { bounds } = judgePlannedConversion(times(5, 100, 100), OPTIONS);
    expect(bounds.map((bound) => bound.toFixed(2))).toEqual([
      '4.88',
      '3.36',
      '2.68',
      '2.29',
      '2.03',
    ]);
  });

  test('better, and worse, at the first look that reaches its bound', () => {
    const better = judgePlannedConversion(times(5, 100, 120), OPTIONS);
    expect(better).toMatchObject({ outcome: 'Better', verdict: 'Pass', at: 3 });
    expect(better.because).toBe(
      'b 480 of 4000 (12 %), a 400 of 4000 (10 %): b is better (z 2.86 of 2.29)',
    );
    expect(judgePlannedConversion(times(5, 120, 100), OPTIONS)).toMatchObject({
      outcome: 'Worse',
      verdict: 'Fail',
      at: 3,
    });
  });

  test('worse outranks what was reached before', () => {
    const turned = [...times(2, 100, 200), ...times(3, 200, 50)];
    const judged = judgePlannedConversion(turned, OPTIONS);
    expect(judged.statistics[1]).toBeGreaterThan(judged.bounds[1] ?? NaN);
    expect(judged).toMatchObject({ outcome: 'Worse', verdict: 'Fail', at: 3 });
    expect(judged.because).toBe(
      'b 500 of 4000 (12.5 %), a 600 of 4000 (15 %): b is worse (z -3.25 of 2.29)',
    );
  });

  test('better does not outrank what was reached before', () => {
    const turned = [...times(2, 200, 100), ...times(3, 50, 200)];
    expect(judgePlannedConversion(turned, OPTIONS)).toMatchObject({ outcome: 'Worse', at: 0 });
  });

  test('it finds what a test without an end does not find by then', () => {
    const counted = times(5, 100, 115);
    expect(judgePlannedConversion(counted, OPTIONS).outcome).toBe('Better');
    expect(judgeConversion(counted, { alpha: 0.05, effect: 0.02 }).outcome).toBe('Open');
  });

  test('no difference: until then, and at the end', () => {
    const open = judgePlannedConversion(times(3, 100, 101), OPTIONS);
    expect(open).toMatchObject({ outcome: 'Open', verdict: 'Undecided' });
    expect(open.because).toBe(
      'b 303 of 3000 (10.1 %), a 300 of 3000 (10 %): no difference is shown yet (z 0.13 of 2.68)',
    );
    expect(judgePlannedConversion(times(5, 100, 101), OPTIONS).because).toMatch(
      /no difference was found until the end \(z 0\.17 of 2\.03\)$/,
    );
  });

  test('what comes after the end is not looked at', () => {
    const late = [...times(5, 100, 100), ...times(20, 100, 200)];
    const judged = judgePlannedConversion(late, OPTIONS);
    expect(judged).toMatchObject({ outcome: 'Open' });
    expect(judged.because).toContain('b 500 of 5000 (10 %), a 500 of 5000 (10 %)');
    expect(judged.bounds.slice(5).every((bound) => bound === Infinity)).toBe(true);
  });

  test('users that were not shared out as was meant', () => {
    const odd = Array.from({ length: 5 }, () => ({
      a: { total: 900, goal: 50 },
      b: { total: 1100, goal: 200 },
    }));
    expect(judgePlannedConversion(odd, { ...OPTIONS, split: 0.5 })).toMatchObject({
      outcome: 'Mismatch',
    });
  });

  test('nobody', () => {
    expect(judgePlannedConversion([], OPTIONS)).toMatchObject({
      outcome: 'Open',
      verdict: 'Undecided',
    });
    const none = judgePlannedConversion(
      [{ a: { total: 0, goal: 0 }, b: { total: 0, goal: 0 } }],
      OPTIONS,
    );
    expect(none).toMatchObject({ outcome: 'Open', statistics: [0], bounds: [Infinity] });
  });
});

describe('while the users come', () => {
  const users = (n: number, aGoal: number, bGoal: number) => ({
    a: { total: n / 2, goal: aGoal },
    b: { total: n / 2, goal: bGoal },
  });
  const options = { alpha: 0.05, maxSamples: 1000 };

  test('a look for each twentieth of them', () => {
    const counted = [20, 50, 60, 99, 130, 1040, 2000].map((n) => users(n, 0, 0));
    let looks: readonly number[] = [];
    for (const sums of counted) looks = plannedLooks(looks, sums, options);
    expect(looks).toEqual([0.05, 0.13, 1.04]);
  });

  test('between two looks nothing is told apart', () => {
    const looks = [0.5, 0.6];
    expect(lookAtPlanned(users(600, 10, 200), looks, options).outcome).toBe('Better');
    expect(lookAtPlanned(users(602, 10, 200), looks, options)).toEqual({
      outcome: 'Open',
      isOver: false,
      because:
        'b 200 of 301 (66.4 %), a 10 of 301 (3.32 %): no difference is shown yet, it is looked at next at 650 users',
    });
  });

  test('at the end once, with the bound of the end, and never after it', () => {
    const looks = [0.5, 1.002];
    expect(lookAtPlanned(users(1002, 100, 140), looks, options)).toMatchObject({
      outcome: 'Better',
      because: expect.stringContaining('of 1.97)'),
      isOver: true,
    });
    const later = lookAtPlanned(users(3000, 100, 400), looks, options);
    expect(later).toMatchObject({ outcome: 'Open', isOver: true });
    expect(later.because).toContain('until the end, and nothing after it is looked at');
  });
});
