/** Checks by targets on a real Graphite. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkProblems } from '../../src/analysis/index.ts';
import { checkSchema } from '../../src/api/check.ts';
import { graphiteProvider } from '../../src/metrics/graphite/index.ts';
import { type LocalGraphite, startGraphite } from './local-graphite.ts';
import { candidate } from './local-server.ts';

let server: LocalGraphite | undefined;
let address = '';
const provider = graphiteProvider();

beforeAll(async () => {
  const metrics = {
    'shop.stable.ok.count': 20,
    'shop.bad.ok.count': 8,
    'shop.bad.failed.count': 2,
    'shop.bad.p99': 0.25,
  };
  server = await startGraphite(metrics, 600);
  address = server.url;
});
afterAll(async () => {
  await provider.close();
  await server?.stop();
});

async function measure(hash: string, queries: object) {
  const check = checkSchema.parse({ name: 'check', graphite: { address, ...queries }, max: '10%' });
  expect(checkProblems(check, 'check')).toEqual([]);
  // The last seconds are not there yet while the test runs.
  const version = { ...candidate(hash), moment: { atMs: Date.now() - 60_000 } };
  return await provider.measure(check, version, new AbortController().signal);
}

const TOTAL = 'sumSeries(shop.{{hash}}.*.count)';
const BAD = 'sumSeries(shop.{{hash}}.failed.count)';

test('a minute of a second each is added up, of one version', async () => {
  expect(await measure('bad', { total: TOTAL, bad: BAD })).toEqual({
    kind: 'Counts',
    counts: { total: 600, bad: 120 },
  });
});

test('what has not happened yet has no series, and is 0', async () => {
  expect(await measure('stable', { total: TOTAL, bad: BAD })).toEqual({
    kind: 'Counts',
    counts: { total: 1_200, bad: 0 },
  });
});

test('one number is the last one', async () => {
  expect(await measure('bad', { query: 'shop.{{hash}}.p99' })).toEqual({
    kind: 'Value',
    value: 0.25,
  });
});

test.each([
  ['a version that is not there', { query: 'shop.{{hash}}-not.p99' }, /found no data/],
  [
    'several series',
    { query: 'shop.{{hash}}.*.count' },
    /answered with 2 series, not with one: sumSeries\(\) them/,
  ],
  ['a mistake', { query: 'noSuchFunction(shop.{{hash}}.p99)' }, /status 400.*noSuchFunction/],
])('%s is missing, in the words of Graphite', async (_what, queries, because) => {
  expect(await measure('bad', queries)).toMatchObject({
    kind: 'Missing',
    because: expect.stringMatching(because),
  });
});

test('a misspelt path is told from one that is there, and what stands beside it', async () => {
  const query = 'sumSeries(shop.{{hash}}.*.count,shop.{{hash}}.fialed.count)';
  const check = checkSchema.parse({ name: 'check', graphite: { address, query }, max: '10%' });
  const found = await provider.metrics?.(check, candidate('bad'), new AbortController().signal);
  expect(found).toEqual([
    { name: 'shop.bad.*.count', exists: true, others: [] },
    { name: 'shop.bad.fialed', exists: false, others: expect.any(Array) },
  ]);
  expect(found?.[1]?.others.toSorted()).toEqual(['shop.bad.failed', 'shop.bad.ok', 'shop.bad.p99']);
});
