import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { elasticsearchProvider } from './index.ts';

const asked = {
  index: 'logs-*',
  total: 'labels.version:{{hash}}',
  bad: 'labels.version:{{hash}} AND level:bad',
};
const checkOf = (address: string, more: object = {}) =>
  checkSchema.parse({ name: 'errors', elasticsearch: { address, ...asked, ...more }, max: '1%' });
const answer = (count: unknown, shards: object = {}) =>
  JSON.stringify({ count, _shards: { total: 5, successful: 5, skipped: 0, failed: 0, ...shards } });

metricConformance({
  name: 'elasticsearch',
  create: elasticsearchProvider,
  check: (address) =>
    checkOf(address, { auth: { basic: { secretRef: { name: 'metrics-access' } } } }),
  good: ({ body }, counts) => answer(countIn(body, counts)),
  nan: answer('many'),
  empty: answer(0, { total: 0 }),
});

const server = new ScriptedServer();
const provider = elasticsearchProvider({ retryMs: [] });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (script: ScriptedServer['script']) => {
  server.requests.length = 0;
  server.script = script;
  const version = { ...CANDIDATE, moment: { atMs: 1_700_000_060_500 } };
  return await provider.measure(
    checkOf(server.url, { timeField: 'at' }),
    version,
    new AbortController().signal,
  );
};

test('counts the documents of the window', async () => {
  const reading = await measure((_request, response) => response.end(answer(10)));
  expect(reading).toEqual({ kind: 'Counts', counts: { total: 10, bad: 10 } });
  const [request] = server.requests;
  expect(request?.path).toBe('/logs-*/_count');
  expect(JSON.parse(request?.body ?? '')).toEqual({
    query: {
      bool: {
        filter: [
          { query_string: { query: 'labels.version:bbb222' } },
          {
            range: {
              at: { gte: 1_700_000_000_500, lt: 1_700_000_060_500, format: 'epoch_millis' },
            },
          },
        ],
      },
    },
  });
});

test('a count without some shards is missing', async () => {
  const reading = await measure((_request, response) => response.end(answer(10, { failed: 2 })));
  expect(reading).toMatchObject({
    because: expect.stringContaining('counted without 2 of 5 shards'),
  });
});

test('a refusal is told in its words', async () => {
  const error = { type: 'parsing_exception', reason: 'Failed to parse query [a:]' };
  const reading = await measure((_request, response) =>
    response.writeHead(400).end(JSON.stringify({ error, status: 400 })),
  );
  expect(reading).toMatchObject({
    because: expect.stringMatching(/status 400.*: Failed to parse query \[a:\]/),
  });
});
