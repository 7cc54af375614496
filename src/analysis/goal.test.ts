/** What a goal counts for both versions, and that it never decides between them. */
import { expect, test } from 'vitest';
import type { MeasuredCheck } from '../api/release.ts';
import type { Reading } from '../ports/metric-provider.ts';
import { judge } from './judge.ts';

const NOW = 1_000_000;
const goal: MeasuredCheck = {
  name: 'orders',
  goal: true,
  scope: 'Version',
  interval: '10s',
  window: '1m',
  minSamples: 100,
  scrape: { address: 'http://g', total: 'visits', good: 'orders' },
};

/** Of a goal the bad ones are those who did not reach it. */
const counts = (total: number, reached: number): Reading => ({
  kind: 'Counts',
  counts: { total, bad: total - reached },
});
const counters = (total: number, reached: number): Reading => ({
  kind: 'Counters',
  sources: { gateway: { total, bad: total - reached } },
});
const missing: Reading = { kind: 'Missing', because: 'the page answers 404' };

const verdictOf = (...samples: { candidate: Reading; stable?: Reading; ageMs?: number }[]) => {
  const { verdict, because } = judge(
    goal,
    samples.map(({ ageMs = 0, ...sample }) => ({ atMs: NOW - ageMs, ...sample })),
    NOW,
  );
  return `${verdict}: ${because}`;
};

test('both shares are told, and the worse one does not fail it', () => {
  expect(verdictOf({ candidate: counts(200, 0), stable: counts(1_000, 61) })).toBe(
    'Pass: candidate 0 of 200 (0 %), stable 61 of 1000 (6.1 %)',
  );
});

test('too few of either version decide nothing', () => {
  expect(verdictOf({ candidate: counts(99, 50), stable: counts(1_000, 61) })).toBe(
    'Undecided: candidate 50 of 99 (50.5 %), stable 61 of 1000 (6.1 %); 100 of each are needed',
  );
  expect(verdictOf({ candidate: counts(200, 9), stable: counts(0, 0) })).toBe(
    'Undecided: candidate 9 of 200 (4.5 %), stable 0 of 0; 100 of each are needed: if there is traffic, the goal does not find one of them',
  );
});

test('counters are counted from where the test found them, over samples that have both', () => {
  expect(
    verdictOf(
      { candidate: counters(0, 0), stable: missing, ageMs: 30_000 },
      { candidate: counters(1_000, 500), stable: counters(9_000, 900), ageMs: 20_000 },
      { candidate: counters(1_200, 510), stable: counters(9_400, 928) },
    ),
  ).toBe('Pass: candidate 10 of 200 (5 %), stable 28 of 400 (7 %)');
});

test('a version that cannot be measured is named, and passes nothing', () => {
  expect(verdictOf({ candidate: counts(200, 9), stable: missing })).toBe(
    'Undecided: the page answers 404',
  );
  expect(
    verdictOf(
      { candidate: counts(200, 9), stable: counts(400, 9), ageMs: 60_000 },
      { candidate: counts(200, 9), stable: missing },
    ),
  ).toBe('Undecided: the newest measurement is 1m old: the page answers 404');
});
