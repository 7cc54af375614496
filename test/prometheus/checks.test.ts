/** The checks of a canary on a real Prometheus: 5 % of the traffic, 15 % of it failing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addSample,
  checkProblems,
  type Sample,
  startCourse,
  verdictAt,
} from '../../src/analysis/index.ts';
import type { Check } from '../../src/api/check.ts';
import { checkSchema } from '../../src/api/check.ts';
import { prometheusProvider } from '../../src/metrics/prometheus/index.ts';
import type { Counts, Reading, VersionContext } from '../../src/ports/metric-provider.ts';
import { type History, type LocalPrometheus, startPrometheus } from './local-prometheus.ts';

const requests = (hash: string, status: number, perSecond: number): History => ({
  series: `http_requests_total{pod="web-${hash}-1",rs="${hash}",status="${status}"}`,
  perSecond,
});
/** Requests of one version by how long they took at most. */
const durations = (hash: string, perSecond: Record<string, number>): History[] =>
  Object.entries(perSecond).map(([le, perSecond]) => ({
    series: `http_request_duration_seconds_bucket{pod="web-${hash}-1",rs="${hash}",le="${le}"}`,
    perSecond,
  }));

const HISTORY = [
  requests('stable', 200, 95),
  requests('bad', 200, 4.25),
  requests('bad', 500, 0.75),
  requests('idle', 200, 0),
  ...durations('stable', { '0.5': 94, '1.0': 95, '2.5': 95, '+Inf': 95 }),
  ...durations('bad', { '0.5': 4, '1.0': 4.5, '2.5': 5, '+Inf': 5 }),
];

const SEED_ERRORS =
  'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))';
const ERRORS =
  'sum(rate(http_requests_total{rs="{{hash}}",status=~"5.."}[{{window}}])) / ' +
  'sum(rate(http_requests_total{rs="{{hash}}"}[{{window}}]))';
const TOTAL = 'sum(increase(http_requests_total{rs="{{hash}}"}[{{window}}]))';
const BAD = 'sum(increase(http_requests_total{rs="{{hash}}",status=~"5.."}[{{window}}]))';
const SEED_P99 = 'histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m]))';
const P99 =
  'histogram_quantile(0.99, sum by (le) ' +
  '(rate(http_request_duration_seconds_bucket{pod=~"{{pods}}"}[{{window}}])))';

let address = '';
let server: LocalPrometheus | undefined;
const provider = prometheusProvider();

beforeAll(async () => {
  server = await startPrometheus(HISTORY);
  address = server.url;
}, 60_000);
afterAll(async () => {
  await provider.close();
  await server?.stop();
});

function judge(check: Check, samples: readonly Sample[], now: number) {
  const course = startCourse(check, { sinceMs: 0, alpha: 0.01 });
  for (const sample of samples) addSample(course, sample);
  return verdictAt(course, now);
}

async function verdictOf(hash: string, queries: object, fields: object) {
  const check = checkSchema.parse({
    name: 'check',
    window: '5m',
    prometheus: { address, ...queries },
    ...fields,
  });
  expect(checkProblems(check, 'check')).toEqual([]);
  const candidate = await provider.measure(check, versionOf(hash), new AbortController().signal);
  return judge(check, [{ atMs: 0, candidate }], 0);
}

function counters(reading: Reading): Record<string, Counts> {
  expect(reading).toMatchObject({ kind: 'Counters' });
  return reading.kind === 'Counters' ? reading.sources : {};
}

function versionOf(hash: string): VersionContext {
  return {
    role: 'Candidate',
    namespace: 'shop',
    service: 'web',
    hash,
    pods: [{ name: `web-${hash}-1`, ip: '10.0.0.1' }],
    window: '5m',
  };
}

test('the error rate of the seed mixes the versions, so that the failing canary passes', async () => {
  const verdict = await verdictOf('bad', { query: SEED_ERRORS }, { max: '1%', scope: 'Service' });
  expect(verdict).toMatchObject({
    verdict: 'Pass',
    because: '0.75 % measured, at most 1 % allowed',
  });
});

test('asked for the version, it fails', async () => {
  const verdict = await verdictOf('bad', { query: ERRORS }, { max: '1%' });
  expect(verdict).toMatchObject({ verdict: 'Fail', because: '15 % measured, at most 1 % allowed' });
});

test('as counts, it fails with the number of requests', async () => {
  const verdict = await verdictOf('bad', { total: TOTAL, bad: BAD }, { max: '1%' });
  expect(verdict.verdict).toBe('Fail');
  expect(verdict.because).toMatch(/^15 % of 1[45]\d\d requests failed, at most 1 % allowed$/);
});

test('a version without an error has no series of errors, and passes', async () => {
  const verdict = await verdictOf('stable', { total: TOTAL, bad: BAD }, { max: '1%' });
  expect(verdict).toMatchObject({ verdict: 'Pass', candidate: { bad: 0 } });
});

test.each([
  ['counts', { total: TOTAL, bad: BAD }, '0 of 200 requests so far'],
  ['a ratio', { query: `sum(rate(http_requests_total{rs="{{hash}}"}[5m])) / 0` }, 'answered NaN'],
])('a version without traffic is undecided by %s', async (_what, queries, because) => {
  const verdict = await verdictOf('idle', queries, { max: '1%' });
  expect(verdict).toMatchObject({ verdict: 'Undecided' });
  expect(verdict.because).toContain(because);
});

test('a version that is not there is undecided', async () => {
  const verdict = await verdictOf('none', { total: TOTAL, bad: BAD }, { max: '1%' });
  expect(verdict).toMatchObject({ verdict: 'Undecided' });
  expect(verdict.because).toContain(`Prometheus at ${address} found no data`);
});

test('the p99 of the seed is several numbers, and is told to be summed', async () => {
  const verdict = await verdictOf('bad', { query: SEED_P99 }, { max: '1s', scope: 'Service' });
  expect(verdict).toMatchObject({ verdict: 'Undecided' });
  expect(verdict.because).toContain('2 series');
});

test.each([
  ['stable', 'Pass'],
  ['bad', 'Fail'],
])('the p99 of %s, by its pods: %s', async (hash, expected) => {
  expect(await verdictOf(hash, { query: P99 }, { max: '1s' })).toMatchObject({ verdict: expected });
});

test('counters without a range are what each pod has counted', async () => {
  const raw = 'http_requests_total{rs="{{hash}}"}';
  const check = checkSchema.parse({
    name: 'check',
    prometheus: { address, total: raw, bad: 'http_requests_total{rs="{{hash}}",status=~"5.."}' },
    max: '1%',
  });
  expect(checkProblems(check, 'check')).toEqual([]);
  const { signal } = new AbortController();
  const reading = await provider.measure(check, versionOf('bad'), signal);
  const { total = 0, bad = 0 } = counters(reading)['web-bad-1'] ?? {};
  // An hour of history at 5 a second.
  expect(total).toBeGreaterThan(17_000);
  expect(bad / total).toBeCloseTo(0.15, 2);
});

test('a histogram is read at all bounds, for each pod', async () => {
  const check = checkSchema.parse({
    name: 'check',
    prometheus: {
      address,
      histogram: 'http_request_duration_seconds{rs="{{hash}}"}',
      quantile: '0.99',
    },
    max: '1s',
  });
  expect(checkProblems(check, 'check')).toEqual([]);
  const { signal } = new AbortController();
  const reading = await provider.measure(check, versionOf('bad'), signal);
  const { total = 0, bad = 0, slower = {} } = counters(reading)['web-bad-1'] ?? {};
  expect(bad / total).toBeCloseTo(0.1, 2);
  expect(Object.keys(slower).toSorted()).toEqual(['0.5', '1', '2.5']);
  expect(slower).toMatchObject({ '1': bad, '2.5': 0 });
  expect((slower['0.5'] ?? 0) / total).toBeCloseTo(0.2, 2);
});

test('a mistake in PromQL is told in the words of Prometheus', async () => {
  const verdict = await verdictOf('bad', { query: 'sum(up{rs="{{hash}}"' }, { max: 1 });
  expect(verdict).toMatchObject({ verdict: 'Undecided' });
  expect(verdict.because).toContain('bad_data: invalid parameter "query"');
});

test('one that stands still turns a pass into undecided, and a pass again when it goes on', async () => {
  const patient = prometheusProvider({ timeoutMs: 1_000 });
  const check = checkSchema.parse({
    name: 'check',
    window: '5m',
    max: '1%',
    prometheus: { address, total: TOTAL, bad: BAD },
  });
  const samples: Sample[] = [];
  // Every 20 seconds, as far as the judge can tell.
  const verdict = async () => {
    const atMs = samples.length * 20_000;
    const { signal } = new AbortController();
    const candidate = await patient.measure(check, versionOf('stable'), signal);
    samples.push({ atMs, candidate });
    return judge(check, samples, atMs);
  };
  try {
    expect(await verdict()).toMatchObject({ verdict: 'Pass' });
    await server?.freeze();
    await verdict();
    const frozen = await verdict();
    expect(frozen.verdict).toBe('Undecided');
    expect(frozen.because).toContain(
      `the newest measurement is 40s old: Prometheus at ${address} did not answer within 1 s`,
    );
    server?.thaw();
    expect(await verdict()).toMatchObject({ verdict: 'Pass' });
  } finally {
    server?.thaw();
    await patient.close();
  }
});
