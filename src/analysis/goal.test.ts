/** What a goal counts for both versions, what may be said of it, and that it never fails. */
import { expect, test } from 'vitest';
import type { MeasuredCheck } from '../api/release.ts';
import type { Reading } from '../ports/metric-provider.ts';
import { addSample, startCourse, verdictAt } from './course.ts';

const BEGAN = 1_000_000;
const goal: MeasuredCheck = {
  name: 'orders',
  goal: {},
  scope: 'Version',
  interval: '10s',
  window: '1m',
  minSamples: 100,
  scrape: { address: 'http://g', total: 'visits', good: 'orders' },
};

/** Of a goal the bad ones are those who did not reach it. By a window these are all since the test began. */
const counts = (total: number, reached: number): Reading => ({
  kind: 'Counts',
  counts: { total, bad: total - reached },
});
const counters = (total: number, reached: number): Reading => ({
  kind: 'Counters',
  sources: { gateway: { total, bad: total - reached } },
});
const missing: Reading = { kind: 'Missing', because: 'the page answers 404' };

interface Looked {
  candidate: Reading;
  stable?: Reading;
}

/** The verdict after looks that are ten seconds apart, `laterMs` after the last. */
function verdictOf(
  looks: Looked[],
  { terms = {}, share, laterMs = 0 }: { terms?: object; share?: number; laterMs?: number } = {},
) {
  const course = startCourse({ ...goal, goal: terms }, { sinceMs: BEGAN, alpha: 0.01, share });
  const atMs = (i: number) => BEGAN + 10_000 * (i + 1);
  looks.forEach((look, i) => {
    addSample(course, { atMs: atMs(i), ...look });
  });
  return verdictAt(course, atMs(looks.length - 1) + laterMs);
}

const said = (...looks: Looked[]) => {
  const { verdict, because } = verdictOf(looks);
  return `${verdict}: ${because}`;
};

test('both shares are told, and the worse one does not fail it', () => {
  const { verdict, because, outcome } = verdictOf([
    { candidate: counts(200, 0), stable: counts(1_000, 61) },
  ]);
  expect(`${verdict}: ${because}`).toBe(
    "Pass: b 0 of 200 (0 %), a 61 of 1000 (6.1 %): b is worse (log evidence 3.57 of 3.00), b's share is 0 to 0.8721 times a's",
  );
  expect(outcome).toBe('Worse');
});

test('too few of either version decide nothing', () => {
  expect(said({ candidate: counts(99, 6), stable: counts(1_000, 61) })).toContain(
    'Undecided: b 6 of 99 (6.06 %), a 61 of 1000 (6.1 %): no difference is shown',
  );
  expect(said({ candidate: counts(200, 9), stable: counts(0, 0) })).toContain(
    '100 of each are needed: if there is traffic, the goal does not find one of them',
  );
});

test('counters are counted from where the test found them, over samples that have both', () => {
  expect(
    said(
      { candidate: counters(0, 0), stable: missing },
      { candidate: counters(1_000, 500), stable: counters(9_000, 900) },
      { candidate: counters(1_200, 510), stable: counters(9_400, 928) },
    ),
  ).toContain('Pass: b 10 of 200 (5 %), a 28 of 400 (7 %)');
});

test('a window that reaches back to the beginning is never counted twice', () => {
  const { because } = verdictOf([
    { candidate: counts(200, 10), stable: counts(400, 20) },
    { candidate: counts(300, 15), stable: counts(600, 30) },
    // An estimate may go down a little.
    { candidate: counts(299, 15), stable: counts(601, 30) },
    { candidate: counts(400, 20), stable: counts(800, 40) },
  ]);
  expect(because).toContain('b 20 of 400 (5 %), a 40 of 800 (5 %)');
});

test('a version that cannot be measured is named, and passes nothing', () => {
  expect(said({ candidate: counts(200, 9), stable: missing })).toBe(
    'Undecided: the page answers 404',
  );
  const looks = [
    { candidate: counts(200, 9), stable: counts(400, 9) },
    { candidate: counts(200, 9), stable: missing },
  ];
  const { verdict, because } = verdictOf(looks, { laterMs: 50_000 });
  expect(`${verdict}: ${because}`).toBe(
    'Undecided: the newest measurement is 1m old: the page answers 404',
  );
});

test('where the outcome decides nothing passes without one', () => {
  const alike = [{ candidate: counts(1_000, 50), stable: counts(1_000, 50) }];
  expect(verdictOf(alike)).toMatchObject({ verdict: 'Pass', outcome: 'Open' });
  const decides = { terms: { decides: true } };
  expect(verdictOf(alike, decides)).toMatchObject({ verdict: 'Undecided', outcome: 'Open' });
  const better = [{ candidate: counts(1_000, 120), stable: counts(1_000, 50) }];
  expect(verdictOf(better, decides)).toMatchObject({ verdict: 'Pass', outcome: 'Better' });
});

test('with the smallest difference that matters it may be shown that there is none', () => {
  const alike = [{ candidate: counts(80_000, 4_000), stable: counts(80_000, 4_000) }];
  expect(verdictOf(alike, { terms: { effect: 0.01 } })).toMatchObject({
    verdict: 'Pass',
    outcome: 'Equivalent',
  });
});

test('a test of a fixed size ends with it, and tells no difference apart that it did not find', () => {
  const terms = { maxSamples: 2_000, decides: true };
  const half = { candidate: counts(500, 25), stable: counts(500, 25) };
  const all = { candidate: counts(1_000, 52), stable: counts(1_000, 50) };
  expect(verdictOf([half], { terms })).toMatchObject({ verdict: 'Undecided' });
  expect(verdictOf([half, all], { terms })).toMatchObject({
    verdict: 'Pass',
    outcome: 'Open',
    because: expect.stringContaining('no difference was found until the end'),
  });
  const better = { candidate: counts(1_000, 90), stable: counts(1_000, 50) };
  expect(verdictOf([half, better], { terms })).toMatchObject({
    verdict: 'Pass',
    outcome: 'Better',
  });
});

test('a test of a fixed size is looked at where it was planned, and not at every measurement', () => {
  const terms = { maxSamples: 2_000 };
  const half = { candidate: counts(500, 25), stable: counts(500, 25) };
  const soon = { candidate: counts(540, 65), stable: counts(540, 26) };
  expect(verdictOf([half, soon], { terms })).toMatchObject({
    outcome: 'Open',
    because: expect.stringContaining('it is looked at next at 1100 users'),
  });
  const next = { candidate: counts(550, 75), stable: counts(550, 26) };
  expect(verdictOf([half, soon, next], { terms })).toMatchObject({ outcome: 'Better' });
  const end = { candidate: counts(1_050, 50), stable: counts(1_050, 50) };
  const after = { candidate: counts(1_400, 300), stable: counts(1_400, 50) };
  expect(verdictOf([half, end, after], { terms })).toMatchObject({ outcome: 'Open' });
});

test('users who were not shared out as was meant bar every verdict, for good', () => {
  const off = [1, 2, 3, 4].map((n) => ({
    candidate: counts(300 * n, 60 * n),
    stable: counts(700 * n, 35 * n),
  }));
  const terms = { split: true };
  expect(verdictOf(off, { terms, share: 0.2 })).toMatchObject({
    verdict: 'Undecided',
    outcome: 'Mismatch',
    because: expect.stringContaining(
      'the candidate got 1200 of 4000 (30 %), 800 were meant (20 %)',
    ),
  });
  expect(verdictOf(off, { terms, share: 0.3 })).toMatchObject({ outcome: 'Better' });
  // Visits are of users who come again: their share says nothing of how users were shared out.
  expect(verdictOf(off, { share: 0.2 })).toMatchObject({ outcome: 'Better' });
});

test('what it found stays found, and what another test found is not its own', () => {
  const course = startCourse(goal, { sinceMs: BEGAN, alpha: 0.01 });
  addSample(course, {
    atMs: BEGAN + 1_000,
    candidate: counts(1_000, 120),
    stable: counts(1_000, 50),
  });
  const { kept } = verdictAt(course, BEGAN + 1_000);
  const stored: unknown = JSON.parse(JSON.stringify(kept));
  const again = (sinceMs: number) => {
    const next = startCourse(goal, { sinceMs, alpha: 0.01 }, stored);
    addSample(next, {
      atMs: BEGAN + 2_000,
      candidate: counts(1_010, 121),
      stable: counts(1_010, 50),
    });
    return verdictAt(next, BEGAN + 2_000).because;
  };
  expect(again(BEGAN)).toContain('b 120 of 1000 (12 %), a 50 of 1000 (5 %): b is better');
  expect(again(BEGAN + 500)).toContain('b 121 of 1010 (12 %), a 50 of 1010');
});
