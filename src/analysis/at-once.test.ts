import { describe, expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import type { Counts, Reading } from '../ports/metric-provider.ts';
import { measuredOf, verdictOfOne } from './at-once.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const ALPHA = 0.01;

const check = (rest: object, asked: object = { total: 'a', bad: 'b' }) =>
  checkSchema.parse({ name: 'errors', prometheus: { address: 'http://p', ...asked }, ...rest });
const counters = (...all: Counts[]): Reading => ({
  kind: 'Counters',
  sources: Object.fromEntries(all.map((counts, i) => [`pod-${i}`, counts])),
});
const counts = (total: number, bad: number): Reading => ({
  kind: 'Counts',
  counts: { total, bad },
});

const of = (rest: object, stable: Reading, candidate: Reading, asked?: object) =>
  verdictOfOne(check(rest, asked), { atMs: NOW, stable, candidate }, ALPHA);

describe.each([
  ['counters', (total: number, bad: number) => counters({ total, bad })],
  [
    'counters of two pods, good ones',
    (total: number, bad: number) =>
      counters({ total: total / 2, bad: bad / 2 }, { total: total / 2, bad: bad / 2 }),
  ],
])('%s since they began', (what, read) => {
  const asked = what.endsWith('good ones') ? { total: 'a', good: 'b' } : undefined;

  test.each<[string, object, bad: number, string]>([
    ['a limit that is kept', { max: '1%' }, 2, 'Pass'],
    ['a limit that is not', { max: '1%' }, 40, 'Fail'],
    ['a candidate that is far worse', { compare: {} }, 400, 'Fail'],
    ['an objective that is missed', { slo: { objective: '99%' } }, 400, 'Fail'],
    ['an objective that is kept', { slo: { objective: '90%' } }, 2, 'Pass'],
    ['a warmup, which is no matter', { max: '1%', warmup: '1h' }, 2, 'Pass'],
  ])('%s', (_case, rest, bad, verdict) => {
    const found = of(rest, read(10_000, 10), read(1_000, bad), asked);
    expect(found).toMatchObject({ verdict });
    expect(found.because).not.toContain('at this traffic');
  });

  test('says all that was counted, not as much as it took to know', () => {
    const { because } = of({ compare: {} }, read(10_000, 10), read(1_000, 400), asked);
    expect(because).toContain('candidate 400 of 1000 bad');
  });
});

test('a window is taken as it is, once', () => {
  const { because, verdict } = of({ compare: {} }, counts(10_000, 10), counts(1_000, 0));
  expect(verdict).toBe('Undecided');
  expect(because).toContain('candidate 0 of 1000 bad');
});

test('a window is judged whatever the warmup is', () => {
  const warm = { max: '1%', warmup: '1h' };
  expect(of(warm, counts(10_000, 10), counts(1_000, 0))).toMatchObject({ verdict: 'Pass' });
});

test('of a histogram the bounds of use are chosen and compared', () => {
  const slow = (total: number, slower: number): Reading =>
    counters({ total, bad: 0, slower: { '0.1': slower, '5': 0 } });
  const asked = { histogram: 'seconds' };
  expect(of({ compare: {} }, slow(5_000, 100), slow(1_000, 500), asked)).toMatchObject({
    verdict: 'Fail',
    because: expect.stringContaining('500 of 1000'),
  });
  expect(of({ compare: {} }, slow(100, 2), slow(1_000, 500), asked)).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringContaining('100 of the 500 requests'),
  });
});

test('nothing measured is told in the words of the source', () => {
  const missing: Reading = { kind: 'Missing', because: 'nobody answers' };
  expect(of({ max: '1%' }, counts(1, 0), missing)).toMatchObject({
    verdict: 'Undecided',
    because: 'nobody answers',
  });
});

test.each<[string, object, Reading | undefined, unknown]>([
  [
    'counters',
    {},
    counters({ total: 3, bad: 1 }, { total: 1, bad: 0 }),
    { total: 4, bad: 1, value: 0.25 },
  ],
  ['counts', {}, counts(0, 0), { total: 0, bad: 0 }],
  ['a number', {}, { kind: 'Value', value: 7 }, { value: 7 }],
  ['no number', {}, { kind: 'Value', value: NaN }, undefined],
  ['nothing', {}, undefined, undefined],
  [
    'a histogram without a bound',
    {},
    counters({ total: 4, bad: 0, slower: { '1': 2 } }),
    { total: 4, slower: { '1': 2 } },
  ],
  [
    'a histogram with one',
    { max: '1s' },
    counters({ total: 4, bad: 2, slower: { '1': 2 } }),
    { total: 4, bad: 2, value: 0.5, slower: { '1': 2 } },
  ],
])('%s by itself', (_what, rest, reading, expected) =>
  expect(measuredOf(rest, reading)).toEqual(expected),
);
