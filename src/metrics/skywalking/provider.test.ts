import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { skywalkingProvider } from './index.ts';

const checkOf = (address: string, asked: object) =>
  checkSchema.parse({
    name: 'errors',
    skywalking: { address, service: 'web-{{hash}}', ...asked },
    max: '1%',
  });
const answer = (...series: (string | null)[][]) =>
  JSON.stringify({
    data: {
      execExpression: {
        type: 'TIME_SERIES_VALUES',
        error: null,
        results: series.map((values) => ({
          values: values.map((value, i) => ({ id: String(i), value })),
        })),
      },
    },
  });

metricConformance({
  name: 'skywalking',
  create: skywalkingProvider,
  check: (address) =>
    checkOf(address, {
      total: 'service_cpm',
      bad: 'service_cpm - service_cpm * service_sla / 10000 /* bad */',
      headers: [{ name: 'X-Key', secretRef: { name: 'metrics-access', key: 'key' } }],
    }),
  good: ({ body }, counts) => answer([String(countIn(body, counts) - 1), null, '1']),
  nan: answer(['many']),
  empty: answer(),
});

const server = new ScriptedServer();
const provider = skywalkingProvider({ retryMs: [] });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (body: string, asked: object = {}) => {
  server.requests.length = 0;
  server.script = (_request, response) => response.end(body);
  const version = {
    ...CANDIDATE,
    window: '5m',
    moment: { atMs: Date.UTC(2026, 0, 31, 14, 5, 59) },
  };
  const check = checkOf(server.url, { query: 'service_resp_time', ...asked });
  return await provider.measure(check, version, new AbortController().signal);
};

test('asks about whole minutes that are over, of the entity', async () => {
  const entity = { instance: '{{hash}}-1', endpoint: '/buy' };
  expect(await measure(answer(['120', '80']), { ...entity, reduce: 'Mean' })).toEqual({
    kind: 'Value',
    value: 100,
  });
  const [request] = server.requests;
  expect(request?.path).toBe('/graphql');
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    variables: {
      expression: 'service_resp_time',
      entity: {
        serviceName: 'web-bbb222',
        serviceInstanceName: 'bbb222-1',
        endpointName: '/buy',
        normal: true,
      },
      duration: { start: '2026-01-31 1400', end: '2026-01-31 1404', step: 'MINUTE' },
    },
  });
});

test.each([
  [
    'a mistake in the expression',
    JSON.stringify({
      data: { execExpression: { type: 'UNKNOWN', error: 'Metric x not found', results: [] } },
    }),
    'refused: Metric x not found',
  ],
  [
    'a mistake in the question',
    JSON.stringify({ errors: [{ message: "Field 'execExpression' is undefined" }] }),
    "refused: Field 'execExpression'",
  ],
  ['several labels', answer(['1'], ['2']), 'choose one label'],
])('%s is missing', async (_what, body, words) => {
  expect(await measure(body)).toMatchObject({ because: expect.stringContaining(words) });
});
