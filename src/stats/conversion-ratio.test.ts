/** The interval of the ratio says what the share test says: of "both alike", and of every other ratio. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addConversion,
  CONVERSION_START,
  conversionText,
  type GoalInterval,
} from './conversion.ts';
import { lookAtConversion } from './conversion.ts';
import { ratioInterval } from './conversion-ratio.ts';
import { logThreshold } from './mixture.ts';
import { courseOf, shareAtRatio } from './share-test.ts';
import { BOTH_WAYS } from './split.ts';

const ALPHA = 0.05;
const stateOf = (intervals: readonly GoalInterval[]) =>
  intervals.reduce(addConversion, CONVERSION_START);
const counts = fc
  .tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 100 }))
  .map(([total, percent]) => ({ total, goal: Math.floor((total * percent) / 100) }));

test('a ratio is left out where the share test would have rejected it', () => {
  const counted = Array.from({ length: 6 }, () => ({
    a: { total: 900, goal: 45 },
    b: { total: 300, goal: 27 },
  }));
  const { low, high } = ratioInterval(stateOf(counted), ALPHA) ?? { low: NaN, high: NaN };
  const evidence = (ratio: number) => {
    const events = counted.map(({ a, b }) => ({
      total: a.goal + b.goal,
      own: b.goal,
      share: shareAtRatio({ own: b.total, other: a.total }, ratio),
    }));
    return courseOf(events, { lambdas: BOTH_WAYS, cap: Infinity }).at(-1);
  };
  expect(evidence(low)).toBeCloseTo(logThreshold(ALPHA), 9);
  expect(evidence(high)).toBeCloseTo(logThreshold(ALPHA), 9);
  expect([low, high].map((ratio) => ratio.toFixed(2))).toEqual(['1.30', '2.46']);
});

test('where the shares of the users move, the true ratio stays in it', () => {
  // Of b 5 and 45 % of the users in turn, and twice as many of them reach the goal.
  const counted = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 20 : 180)).map((users) => ({
    a: { total: 400 - users, goal: (400 - users) / 20 },
    b: { total: users, goal: users / 10 },
  }));
  const { low, high } = ratioInterval(stateOf(counted), ALPHA) ?? { low: NaN, high: NaN };
  expect([low, high].map((ratio) => ratio.toFixed(2))).toEqual(['1.65', '2.40']);
});

test('the words never contradict themselves: 1 is left out where a difference is shown', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ a: counts, b: counts }), { maxLength: 8 }), (counted) => {
      const state = stateOf(counted);
      const interval = ratioInterval(state, ALPHA);
      if (!interval) return;
      const { outcome } = lookAtConversion(state, { alpha: ALPHA });
      const where = interval.low > 1 ? 'Better' : interval.high < 1 ? 'Worse' : 'Open';
      expect(where).toBe(outcome);
    }),
  );
});

describe('what is open', () => {
  const state = (aGoal: number, bGoal: number) =>
    stateOf([{ a: { total: 1000, goal: aGoal }, b: { total: 1000, goal: bGoal } }]);

  test('nobody of a reached the goal', () => {
    expect(ratioInterval(state(0, 50), ALPHA)?.high).toBe(Infinity);
    expect(conversionText(state(0, 50), { alpha: ALPHA })).toMatch(
      /: b is better \(.*\), b's share is at least 4\.562 times a's$/,
    );
  });

  test('nobody, or one', () => {
    expect(ratioInterval(state(0, 0), ALPHA)).toBeUndefined();
    expect(ratioInterval(state(1, 0), ALPHA)).toEqual({ low: 0, high: Infinity });
    expect(conversionText(state(1, 0), { alpha: ALPHA })).toMatch(/is shown \(log [^)]*\)$/);
  });
});
