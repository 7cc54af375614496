import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn, SECRET, secrets } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { datadogProvider } from './index.ts';

const checkOf = (address: string, queries: object) =>
  checkSchema.parse({
    name: 'errors',
    datadog: { address, secretRef: { name: 'metrics-access' }, ...queries },
    max: '1%',
  });
const TOTAL = 'sum:requests{version:{{hash}}}.as_count()';
const BAD = 'sum:requests{version:{{hash}},class:bad}.as_count()';

/** As documented: seconds of the query become milliseconds of the points. */
const answer = (...series: (number | null)[][]) =>
  JSON.stringify({
    status: 'ok',
    res_type: 'time_series',
    series: series.map((values) => ({
      metric: 'requests',
      interval: 10,
      length: values.length,
      pointlist: values.map((value, i) => [1_700_000_000_000 + i * 10_000, value]),
      scope: 'version:x',
    })),
    from_date: 1_700_000_000_000,
    to_date: 1_700_000_060_000,
  });

metricConformance({
  name: 'datadog',
  create: datadogProvider,
  check: (address) => checkOf(address, { total: TOTAL, bad: BAD }),
  good({ path }, counts) {
    const count = countIn(path, counts);
    return answer([count - 1, null, 1]);
  },
  nan: answer([1], [2]),
  empty: answer(),
});

const server = new ScriptedServer();
const provider = datadogProvider({ objects: secrets, retryMs: [] });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (queries: object, body: string) => {
  server.requests.length = 0;
  server.script = (_request, response) => response.end(body);
  const version = { ...CANDIDATE, moment: { atMs: 1_700_000_060_500 } };
  return await provider.measure(
    checkOf(server.url, queries),
    version,
    new AbortController().signal,
  );
};

test('asks about the window, with both keys', async () => {
  expect(await measure({ query: TOTAL }, answer([3, 7, null]))).toEqual({
    kind: 'Value',
    value: 7,
  });
  const { path = '', headers } = server.requests[0] ?? {};
  expect(Object.fromEntries(new URL(path, server.url).searchParams)).toEqual({
    from: '1700000000',
    to: '1700000060',
    query: 'sum:requests{version:bbb222}.as_count()',
  });
  expect(headers).toMatchObject({ 'dd-api-key': SECRET, 'dd-application-key': SECRET });
});

test.each([
  ['Last', 6],
  ['Mean', 4],
  ['Max', 6],
  ['Min', 1],
  ['Sum', 12],
])('%s of the points is one number', async (reduce, value) => {
  expect(await measure({ query: TOTAL, reduce }, answer([5, null, 1, 6]))).toEqual({
    kind: 'Value',
    value,
  });
});

test.each([
  ['several series', answer([1], [2]), 'answered with 2 series, not with one: leave off `by'],
  ['points without a value', answer([null]), 'found no data'],
  [
    'an error in good words',
    JSON.stringify({ status: 'error', error: 'Rate limit', series: [] }),
    'refused: Rate limit',
  ],
])('%s are missing', async (_what, body, words) => {
  expect(await measure({ query: TOTAL }, body)).toMatchObject({
    kind: 'Missing',
    because: expect.stringContaining(words),
  });
});
