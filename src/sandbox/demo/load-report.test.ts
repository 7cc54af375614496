import { expect, test } from 'vitest';
import { emptyReport, failedOutside, rates, tally, type LoadReport } from './load-report.ts';

const before: LoadReport = {
  atMs: 10_000,
  answers: { v1: { 200: 100 } },
  lost: { ECONNRESET: 1 },
  heldBack: 0,
};
const after: LoadReport = {
  atMs: 12_000,
  answers: { v1: { 200: 190, 500: 2 }, v2: { 200: 8, 500: 2 }, '': { 503: 1 } },
  lost: { ECONNRESET: 1, TIMEOUT: 3 },
  heldBack: 5,
};

test('a window counts what happened in it, whoever answered', () => {
  expect(tally(before, after)).toEqual({
    requests: 90 + 2 + 10 + 1 + 3,
    failed: 2 + 2 + 1 + 3,
    shares: [
      { version: 'v1', requests: 92, failed: 2 },
      { version: 'v2', requests: 10, failed: 2 },
      { version: '', requests: 1, failed: 1 },
    ],
    lost: { TIMEOUT: 3 },
    heldBack: 5,
  });
});

test('what the candidate answered badly is its own; all else is held against the rest', () => {
  expect(failedOutside('v2', tally(before, after))).toBe(2 + 1 + 3);
  expect(failedOutside('v9', tally(before, after))).toBe(8);
});

test('rates are per second over the time the reports span', () => {
  expect(rates([before, after]).get('v1')).toEqual({ perSecond: 46, failedShare: 2 / 92 });
  expect(rates([before, after]).get('v2')).toEqual({ perSecond: 5, failedShare: 0.2 });
  expect(rates([after]).size).toBe(0);
  expect(rates([emptyReport(0), emptyReport(1_000)]).size).toBe(0);
});
