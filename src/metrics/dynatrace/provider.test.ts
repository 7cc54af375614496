import { expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn, SECRET, secrets } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { dynatraceProvider } from './index.ts';

const checkOf = (address: string, queries: object) =>
  checkSchema.parse({
    name: 'errors',
    dynatrace: { address, secretRef: { name: 'metrics-access' }, ...queries },
    max: '1%',
  });
const answer = (...series: (number | null)[][]) =>
  JSON.stringify({
    totalCount: series.length,
    nextPageKey: null,
    resolution: '1m',
    result: [
      {
        metricId: 'requests',
        data: series.map((values) => ({
          dimensions: [],
          dimensionMap: {},
          timestamps: values.map((_, i) => 1_700_000_000_000 + i * 60_000),
          values,
        })),
      },
    ],
  });

metricConformance({
  name: 'dynatrace',
  create: dynatraceProvider,
  check: (address) =>
    checkOf(address, {
      total: 'requests:filter(eq(version,{{hash}})):splitBy():sum',
      bad: 'requests.bad:filter(eq(version,{{hash}})):splitBy():sum',
    }),
  good: ({ path }, counts) => answer([countIn(path, counts) - 4, null, 4]),
  nan: answer([1], [2]),
  empty: answer(),
});

test('asks for the window, with the token and its word', async () => {
  const server = new ScriptedServer();
  await server.start();
  server.script = (_request, response) => response.end(answer([1, 3]));
  const provider = dynatraceProvider({ objects: secrets });
  const version = { ...CANDIDATE, moment: { atMs: 1_700_000_060_500 } };
  const check = checkOf(server.url, { query: 'latency:filter(eq(v,{{hash}}))', reduce: 'Mean' });
  expect(await provider.measure(check, version, new AbortController().signal)).toEqual({
    kind: 'Value',
    value: 2,
  });
  const { path = '', headers } = server.requests[0] ?? {};
  const { pathname, searchParams } = new URL(path, server.url);
  expect(pathname).toBe('/api/v2/metrics/query');
  expect(Object.fromEntries(searchParams)).toEqual({
    metricSelector: 'latency:filter(eq(v,bbb222))',
    from: '1700000000500',
    to: '1700000060500',
  });
  expect(headers).toMatchObject({ authorization: `Api-Token ${SECRET}` });
  await provider.close();
  await server.stop();
});
