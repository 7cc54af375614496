/** What is told of a check before a release, from the traffic that is to be expected. */
import { expect, test } from 'vitest';
import type { MeasuredCheck } from '../api/release.ts';
import { eventsToNotice, RATE_RATIO_DEFAULTS, WHOLE_AFTER } from '../stats/index.ts';
import { noticingOf, type SharedTime } from './noticing.ts';

const ALPHA = 0.01;
const check = {
  name: 'errors',
  scope: 'Version',
  interval: '10s',
  window: '1m',
  scrape: { pods: { port: 8080 }, total: 'requests_total', bad: 'errors_total' },
  compare: {},
} as MeasuredCheck;
const stage = (
  sharePercent: number,
  minutes: number,
  { isLookedAt = true, isCold = true } = {},
): SharedTime => ({ sharePercent, ms: minutes * 60_000, isLookedAt, isCold });
const requests = { perSecond: 10, badShare: 0.01 };
const doubling = (times: SharedTime[], of = check) => noticingOf(of, ALPHA, times, requests)[0];

const TERMS = { ...RATE_RATIO_DEFAULTS, wholeAfter: WHOLE_AFTER };
/** Of bad events a minute at stable's rate. */
const minutes = (sharePercent: number) =>
  eventsToNotice(2, TERMS, sharePercent / 100) / (6 * (sharePercent / 100));

test('in one stage as long as it takes, and not sooner than the intervals that a verdict takes', () => {
  const [twice] = noticingOf(check, ALPHA, [stage(10, 600)], requests);
  expect(twice).toMatchObject({ ratio: 2, at: 0 });
  expect((twice?.afterMs ?? 0) / 60_000).toBeCloseTo(minutes(10), 6);
  const busy = { ...requests, perSecond: 10_000 };
  const [, , twenty] = noticingOf(check, ALPHA, [stage(10, 600)], busy);
  // The cap lets each say ln 10 only.
  expect(twenty).toEqual({ ratio: 20, afterMs: 20_000, at: 0 });
});

test('what the stages give is summed up', () => {
  const times = [stage(10, minutes(10) / 2), stage(50, 600)];
  const found = doubling(times);
  expect(found?.at).toBe(1);
  expect((found?.afterMs ?? 0) / 60_000).toBeCloseTo(minutes(10) / 2 + minutes(50) / 2, 6);
});

test('stages that it does not look at and those without stable give nothing, and take their time', () => {
  const found = doubling([stage(10, 5, { isLookedAt: false }), stage(100, 5), stage(10, 600)]);
  expect(found?.at).toBe(2);
  expect((found?.afterMs ?? 0) / 60_000).toBeCloseTo(10 + minutes(10), 6);
});

test('a warm-up is left out of each stage for which pods come', () => {
  const warm = { ...check, warmup: '3m' };
  const after = (...times: SharedTime[]) => (doubling(times, warm)?.afterMs ?? 0) / 60_000;
  expect(after(stage(10, 600))).toBeCloseTo(3 + minutes(10), 6);
  expect(after(stage(10, 5), stage(10, 600))).toBeCloseTo(6 + minutes(10), 6);
  expect(after(stage(10, 2), stage(10, 600))).toBeCloseTo(5 + minutes(10), 6);
  const same = stage(10, 600, { isCold: false });
  expect(after(stage(10, 5), same)).toBeCloseTo(3 + minutes(10), 6);
  const never = doubling([stage(10, 1)], warm);
  expect((never?.missingMs ?? 0) / 60_000).toBeCloseTo(2 + minutes(10), 6);
});

test('not before the end: how much longer the last stage that is looked at would have to take', () => {
  const found = doubling([stage(10, minutes(10) / 4), stage(100, 600)]);
  expect(found).toMatchObject({ ratio: 2 });
  expect(found).not.toHaveProperty('at');
  expect((found?.missingMs ?? 0) / 60_000).toBeCloseTo((minutes(10) * 3) / 4, 6);
  expect(doubling([stage(100, 600)])).toEqual({ ratio: 2 });
});

test('nothing of other checks, and of no more than all', () => {
  expect(noticingOf({ ...check, compare: undefined, max: '1%' }, ALPHA, [], requests)).toEqual([]);
  const scrape = { pods: { port: 8080 }, histogram: 'seconds' };
  expect(noticingOf({ ...check, scrape } as never, ALPHA, [], requests)).toEqual([]);
  const most = noticingOf(check, ALPHA, [stage(10, 60)], { perSecond: 10, badShare: 0.3 });
  expect(most.map(({ ratio }) => ratio)).toEqual([2]);
});
