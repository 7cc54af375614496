import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSchema, type Check } from '../api/check.ts';
import type { Reading } from '../ports/metric-provider.ts';
import { judge } from './judge.ts';
import { enoughSamples } from './limit.ts';
import type { Sample } from './measured.ts';

const NOW = 1_000_000;
const COUNTING = { address: 'http://p:9090', total: 't{{hash}}', bad: 'b{{hash}}' };

function checkOf(fields: object): Check {
  return checkSchema.parse({ name: 'errors', prometheus: COUNTING, ...fields });
}

const counts = (total: number, bad: number): Reading => ({
  kind: 'Counts',
  counts: { total, bad },
});
const counters = (total: number, bad: number): Reading => ({
  kind: 'Counters',
  sources: { gateway: { total, bad } },
});
const value = (value: number): Reading => ({ kind: 'Value', value });
const missing = (because: string): Reading => ({ kind: 'Missing', because });
const sample = (candidate: Reading, ageMs = 0, stable?: Reading): Sample => ({
  atMs: NOW - ageMs,
  candidate,
  stable,
});

function verdictOf(check: Check, ...samples: Sample[]) {
  return judge(check, samples, NOW);
}

describe('a share of bad events', () => {
  const check = checkOf({ max: '1%' });

  test.each([
    [412, 13, 'Fail', '3.16 % of 412 requests failed, at most 1 % allowed'],
    [412, 4, 'Pass', '0.971 % of 412 requests failed, at most 1 % allowed'],
    [200, 2, 'Pass', '1 % of 200 requests failed, at most 1 % allowed'],
    [99_900, 1_000, 'Fail', '1.001 % of 99900 requests failed, at most 1 % allowed'],
    [37, 0, 'Undecided', '37 of 200 requests so far, 0 bad'],
    [37, 2, 'Undecided', '37 of 200 requests so far, 2 bad'],
    [37, 3, 'Fail', '3 of 37 requests failed, too many even among 200: at most 1 % allowed'],
  ])('%d requests, %d bad: %s', (total, bad, verdict, because) => {
    expect(verdictOf(check, sample(counts(total, bad)))).toEqual({
      verdict,
      because,
      candidate: { total, bad, value: bad / total },
    });
  });

  test('no traffic is undecided, also with minSamples 0', () => {
    for (const fields of [{ max: '1%' }, { max: '1%', minSamples: 0 }])
      expect(verdictOf(checkOf(fields), sample(counts(0, 0)))).toMatchObject({
        verdict: 'Undecided',
        because: expect.stringContaining('does not find this version'),
      });
  });

  test('as a least share of good events', () => {
    const good = checkOf({ min: '99%' });
    expect(verdictOf(good, sample(counts(200, 2)))).toMatchObject({ verdict: 'Pass' });
    expect(verdictOf(good, sample(counts(200, 3)))).toMatchObject({ verdict: 'Fail' });
  });

  test('the default sample size lets one bad event pass', () => {
    expect([0.01, 0.05, 0.1, 0.07].map(enoughSamples)).toEqual([200, 40, 20, 29]);
    const tenth = checkOf({ min: 0.9 });
    expect(verdictOf(tenth, sample(counts(20, 1)))).toMatchObject({ verdict: 'Pass' });
  });

  test('the limit itself is good, whatever floating point says', () => {
    const odd = checkOf({ max: 0.29 });
    expect(verdictOf(odd, sample(counts(100, 29)))).toMatchObject({ verdict: 'Pass' });
    expect(verdictOf(odd, sample(counts(100, 30)))).toMatchObject({ verdict: 'Fail' });
  });

  test('the stable version is shown, not judged', () => {
    const verdict = verdictOf(check, sample(counts(400, 0), 0, counts(9_000, 900)));
    expect(verdict).toMatchObject({
      verdict: 'Pass',
      stable: { total: 9_000, bad: 900, value: 0.1 },
    });
    expect(verdictOf(check, sample(counts(400, 9), 0, missing('gone')))).toMatchObject({
      verdict: 'Fail',
    });
  });
});

describe('counters', () => {
  const check = checkOf({ max: '1%' });

  test('what was counted before the first sample does not count', () => {
    const samples = [
      sample(counters(9_000, 900), 20_000),
      sample(counters(9_100, 900), 10_000),
      sample(counters(9_250, 900)),
    ];
    expect(verdictOf(check, ...samples.toReversed())).toMatchObject({
      verdict: 'Pass',
      because: '0 % of 250 requests failed, at most 1 % allowed',
    });
  });

  test('a sample without the candidate is skipped', () => {
    const verdict = verdictOf(
      check,
      sample(counters(0, 0), 20_000),
      sample(missing('connection refused'), 10_000),
      sample(counters(300, 1)),
    );
    expect(verdict).toMatchObject({ verdict: 'Pass', candidate: { total: 300, bad: 1 } });
  });

  test('what failed stays failed when the candidate has died, what passed does not', () => {
    const died = sample(missing('nobody answers'));
    const begun = sample(counters(0, 0), 50_000);
    expect(verdictOf(check, begun, sample(counters(40, 40), 40_000), died).verdict).toBe('Fail');
    expect(verdictOf(check, begun, sample(counters(400, 0), 40_000), died)).toMatchObject({
      verdict: 'Undecided',
      because: 'the newest measurement is 40s old: nobody answers',
    });
  });
});

describe('a histogram', () => {
  const check = checkOf({
    prometheus: undefined,
    scrape: { address: 'http://g', histogram: 's{v="{{hash}}"}', quantile: '0.99' },
    max: '250ms',
  });

  test('is judged by the share of slow requests', () => {
    const begun = sample(counters(0, 0), 10_000);
    expect(verdictOf(check, begun, sample(counters(412, 13)))).toMatchObject({
      verdict: 'Fail',
      because: '3.16 % of 412 requests took longer than 250 ms, at most 1 % allowed',
    });
    expect(verdictOf(check, begun, sample(counters(412, 4)))).toMatchObject({ verdict: 'Pass' });
    expect(verdictOf(check, begun, sample(counters(150, 1)))).toMatchObject({
      verdict: 'Undecided',
    });
  });
});

describe('one value', () => {
  const query = { address: 'http://p:9090', query: 'q{{hash}}' };

  test.each([
    [{ max: '1s' }, 0.84, 'Pass', '840 ms measured, at most 1 s allowed'],
    [{ max: '1s' }, 1.2, 'Fail', '1.2 s measured, at most 1 s allowed'],
    [{ max: '1%' }, 0.031, 'Fail', '3.1 % measured, at most 1 % allowed'],
    [{ max: 0.01 }, 0.01, 'Pass', '0.01 measured, at most 0.01 allowed'],
    [{ min: 5 }, 4, 'Fail', '4 measured, at least 5 allowed'],
    [{ min: 5, max: 9 }, 7, 'Pass', '7 measured, at most 9 and at least 5 allowed'],
  ])('%j and %d: %s', (bounds, measured, verdict, because) => {
    const check = checkOf({ prometheus: query, ...bounds });
    expect(verdictOf(check, sample(value(99), 10_000), sample(value(measured)))).toEqual({
      verdict,
      because,
      candidate: { value: measured },
    });
  });

  test('an old one decides nothing', () => {
    const check = checkOf({ prometheus: query, max: 1, interval: '10s' });
    expect(verdictOf(check, sample(value(9), 30_000)).verdict).toBe('Fail');
    for (const old of [0, 9])
      expect(verdictOf(check, sample(value(old), 31_000)).verdict).toBe('Undecided');
  });
});

describe('without evidence', () => {
  const check = checkOf({ max: '1%' });

  test.each<[string, Sample[], string]>([
    ['nothing', [], 'nothing was measured yet'],
    ['neither version', [{ atMs: NOW }], 'nothing was measured yet'],
    ['Missing', [sample(missing('http://p:9090 cannot be reached'))], 'cannot be reached'],
    ['NaN', [sample(value(NaN))], 'not a number'],
    ['NaN counts', [sample(counts(NaN, 0))], 'not a number'],
  ])('%s is undecided and says why', (_what, samples, because) => {
    const verdict = judge(check, samples, NOW);
    expect(verdict).toMatchObject({ verdict: 'Undecided' });
    expect(verdict.because).toContain(because);
  });
});

describe('whatever is measured', () => {
  const reading = fc.oneof(
    fc.tuple(fc.nat(600), fc.nat(30)).map(([total, bad]) => counts(total, bad)),
    fc
      .dictionary(
        fc.constantFrom('a', 'b'),
        fc.tuple(fc.nat(600), fc.nat(30)).map(([good, bad]) => ({ total: good + bad, bad })),
      )
      .map((sources): Reading => ({ kind: 'Counters', sources })),
    fc.constant(missing('no data')),
  );
  const samples = fc.array(
    fc.record({ atMs: fc.integer({ min: NOW - 60_000, max: NOW }), candidate: reading }),
  );
  const limits = fc.record({
    max: fc.constantFrom('1%', '5%', 0.2),
    minSamples: fc.option(fc.nat(500), { nil: undefined }),
  });

  test('nothing passes with fewer than minSamples, nor with a measurement too old', () => {
    fc.assert(
      fc.property(limits, samples, ({ max, minSamples }, samples) => {
        const check = checkOf({ max, minSamples });
        const verdict = judge(check, samples, NOW);
        if (verdict.verdict !== 'Pass') return;
        const least =
          minSamples ?? enoughSamples(Number.parseFloat(String(max)) / (max === 0.2 ? 1 : 100));
        expect(verdict.candidate?.total).toBeGreaterThanOrEqual(Math.max(1, least));
        const fresh = samples.filter(
          (s) => s.candidate.kind !== 'Missing' && s.atMs >= NOW - 30_000,
        );
        expect(fresh.length).toBeGreaterThan(0);
      }),
    );
  });

  test('more bad events never make it better', () => {
    const rank = { Fail: 0, Undecided: 1, Pass: 2 };
    fc.assert(
      fc.property(limits, fc.nat(2_000), fc.nat(60), fc.nat(60), (fields, total, bad, more) => {
        const check = checkOf(fields);
        const before = verdictOf(check, sample(counts(total, bad))).verdict;
        const after = verdictOf(check, sample(counts(total, bad + more))).verdict;
        expect(rank[after]).toBeLessThanOrEqual(rank[before]);
      }),
    );
  });

  test('a failure on few requests would be one on enough requests, all the others good', () => {
    fc.assert(
      fc.property(fc.nat(199), fc.nat(50), (total, bad) => {
        const check = checkOf({ max: '1%' });
        if (verdictOf(check, sample(counts(total, bad))).verdict !== 'Fail') return;
        expect(verdictOf(check, sample(counts(200, bad))).verdict).toBe('Fail');
      }),
    );
  });

  test('the order of the samples does not matter', () => {
    const distinct = fc.uniqueArray(
      fc.record({ atMs: fc.integer({ min: NOW - 60_000, max: NOW }), candidate: reading }),
      { selector: (s) => s.atMs },
    );
    fc.assert(
      fc.property(distinct, (samples) => {
        const check = checkOf({ max: '1%' });
        expect(judge(check, samples.toReversed(), NOW)).toEqual(judge(check, samples, NOW));
      }),
    );
  });
});
