import { describe, expect, test } from 'vitest';
import { judgeConversion } from './conversion.ts';
import { judgePlannedConversion } from './planned-conversion.ts';

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
