/** Whatever is counted, every test answers with numbers, and by them. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeConversion } from './conversion.ts';
import { judgeLatency } from './latency.ts';
import { logThreshold } from './mixture.ts';
import { judgePlannedConversion } from './planned-conversion.ts';
import { judgeRates, RATE_RATIO_DEFAULTS } from './rate-ratio.ts';
import { judgeSlo, SLO_DEFAULTS } from './slo.ts';
import { judgeSplit, SPLIT_DEFAULTS } from './split.ts';

/** None, a few, thousands of millions; estimates that are not whole. */
const total = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 2_000_000_000 }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);
const part = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
const counts = fc.tuple(total, part).map(([all, share]) => ({ total: all, bad: all * share }));
const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
const rates = fc.array(fc.record({ candidate: counts, stable: counts }), { maxLength: 8 });

interface Course {
  verdict: string;
  at?: number;
  because: string;
  against: readonly number[];
  inFavour?: readonly number[];
}

function expectSound(course: Course, alpha: number, beta: number) {
  const { against, inFavour = [], verdict, at } = course;
  expect([...against, ...inFavour].filter((log) => !Number.isFinite(log))).toEqual([]);
  expect(course.because).not.toMatch(/NaN|undefined|Infinity/);
  const failed = against.findIndex((log) => log >= logThreshold(alpha));
  const passed = inFavour.findIndex((log) => log >= logThreshold(beta));
  const expected = failed >= 0 ? 'Fail' : passed >= 0 ? 'Pass' : 'Undecided';
  expect({ verdict, at }).toEqual({
    verdict: expected,
    at: failed >= 0 ? failed : passed >= 0 ? passed : undefined,
  });
}

test('errors', () => {
  fc.assert(
    fc.property(rates, (intervals) => {
      const { alpha, beta } = RATE_RATIO_DEFAULTS;
      expectSound(judgeRates(intervals), alpha, beta);
    }),
  );
});

test('response times', () => {
  fc.assert(
    fc.property(rates, (intervals) => {
      const slower = ({ total, bad }: { total: number; bad: number }) => ({
        total,
        slower: [bad, bad / 2],
      });
      const histograms = intervals.map(({ candidate, stable }) => ({
        candidate: slower(candidate),
        stable: slower(stable),
      }));
      const bounds = [{ index: 0 }, { index: 1, margin: 1.4, before: { total: 10, bad: 1 } }];
      const { alpha, beta } = RATE_RATIO_DEFAULTS;
      expectSound(judgeLatency(histograms, bounds, RATE_RATIO_DEFAULTS), alpha, beta);
    }),
  );
});

test('a share that is allowed', () => {
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 8 }), share, (intervals, maxBad) => {
      const { alpha, beta } = SLO_DEFAULTS;
      expectSound(judgeSlo(intervals, { maxBad, alpha, beta }), alpha, beta);
    }),
  );
});

test('splits', () => {
  const interval = fc.record({
    counted: counts,
    share: fc.oneof(share, fc.constant(0), fc.constant(1)),
  });
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 8 }), (intervals) => {
      const splits = intervals.map(({ counted, share }) => ({
        total: counted.total,
        candidate: counted.bad,
        share,
      }));
      const { alpha, beta } = SPLIT_DEFAULTS;
      expectSound(judgeSplit(splits), alpha, beta);
    }),
  );
});

test('A/B tests', () => {
  fc.assert(
    fc.property(rates, fc.option(share), (intervals, effect) => {
      const goals = intervals.map(({ candidate, stable }) => ({
        a: { total: stable.total, goal: stable.bad },
        b: { total: candidate.total, goal: candidate.bad },
      }));
      const judged = judgeConversion(goals, { alpha: 0.05, effect: effect ?? undefined });
      expect(judged.against.filter((log) => !Number.isFinite(log))).toEqual([]);
      expect(judged.because).not.toMatch(/NaN|undefined|Infinity/);
      const planned = judgePlannedConversion(goals, { alpha: 0.05, maxSamples: 1e6 });
      expect(planned.statistics.filter((z) => !Number.isFinite(z))).toEqual([]);
      expect(planned.bounds.filter((bound) => !(bound > 0))).toEqual([]);
      expect(planned.because).not.toMatch(/NaN|undefined|Infinity/);
    }),
    { numRuns: 60 },
  );
});
