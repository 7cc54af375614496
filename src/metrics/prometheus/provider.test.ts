import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSchema, type Check } from '../../api/check.ts';
import { CANDIDATE, ScriptedServer, metricConformance } from '../../testing/metric-conformance.ts';
import { prometheusProvider } from './index.ts';

const TOTAL = 'sum(increase(http_requests_total{rs="{{hash}}"}[{{window}}]))';
const BAD = 'sum(increase(http_requests_total{rs="{{hash}}",code=~"5.."}[{{window}}]))';

function checkOf(address: string, queries: Partial<NonNullable<Check['prometheus']>>): Check {
  return checkSchema.parse({ name: 'errors', prometheus: { address, ...queries }, max: '1%' });
}

function vector(...values: (string | number)[]): string {
  const result = values.map((value, at) => ({
    metric: { at: String(at) },
    value: [1_700_000_000.123, String(value)],
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

metricConformance({
  name: 'prometheus',
  create: prometheusProvider,
  check: (address) => checkOf(address, { total: TOTAL, bad: BAD }),
  good({ body }, counts) {
    const query = new URLSearchParams(body).get('query') ?? '';
    const [, found] = Object.entries(counts).find(([hash]) => query.includes(`"${hash}"`)) ?? [];
    return vector(query.includes('code=~') ? (found?.bad ?? NaN) : (found?.total ?? NaN));
  },
  nan: vector('NaN'),
  empty: vector(),
});

describe('the Prometheus provider', () => {
  const server = new ScriptedServer();
  const provider = prometheusProvider({ timeoutMs: 5_000 });
  const signal = new AbortController().signal;
  const measure = async (queries: Partial<NonNullable<Check['prometheus']>>, answers: string[]) => {
    server.requests.length = 0;
    server.script = (_request, response) => response.end(answers[server.requests.length - 1]);
    return await provider.measure(checkOf(`${server.url}/base/`, queries), CANDIDATE, signal);
  };
  const asked = () =>
    server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

  beforeAll(async () => await server.start());
  afterAll(async () => {
    await provider.close();
    await server.stop();
  });

  test('total and bad are evaluated at one time, of one version', async () => {
    const reading = await measure({ total: TOTAL, bad: BAD }, [vector(412), vector(13)]);
    expect(reading).toEqual({ kind: 'Counts', counts: { total: 412, bad: 13 } });
    expect(server.requests.map(({ path }) => path)).toEqual(Array(2).fill('/base/api/v1/query'));
    expect(asked()).toEqual([
      { query: 'sum(increase(http_requests_total{rs="bbb222"}[1m]))' },
      {
        query: 'sum(increase(http_requests_total{rs="bbb222",code=~"5.."}[1m]))',
        time: '1700000000.123',
      },
    ]);
  });

  test('good is turned into bad', async () => {
    const reading = await measure({ total: TOTAL, good: BAD }, [vector(412), vector(400)]);
    expect(reading).toEqual({ kind: 'Counts', counts: { total: 412, bad: 12 } });
  });

  test.each([
    ['bad', 0],
    ['good', 412],
  ])('%s without series is 0 beside a total that has one', async (part, bad) => {
    const reading = await measure({ total: TOTAL, [part]: BAD }, [vector(412), vector()]);
    expect(reading).toEqual({ kind: 'Counts', counts: { total: 412, bad } });
  });

  test('more bad events than events are missing, with the query', async () => {
    const reading = await measure({ total: TOTAL, bad: BAD }, [vector(10), vector(11)]);
    expect(reading).toMatchObject({
      kind: 'Missing',
      because: expect.stringContaining('11 of 10'),
    });
    expect(reading).toMatchObject({ because: expect.stringContaining('code=~"5.."') });
  });

  test('a query gives its one value, from a vector or a scalar', async () => {
    expect(await measure({ query: TOTAL }, [vector('0.031')])).toEqual({
      kind: 'Value',
      value: 0.031,
    });
    const scalar = { status: 'success', data: { resultType: 'scalar', result: [1.5, '2'] } };
    expect(await measure({ query: TOTAL }, [JSON.stringify(scalar)])).toEqual({
      kind: 'Value',
      value: 2,
    });
  });

  test.each([
    ['several series', vector(1, 2), '2 series'],
    ['infinity', vector('+Inf'), '+Inf'],
    [
      'a matrix',
      JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } }),
      'matrix',
    ],
    [
      'a native histogram',
      JSON.stringify({
        status: 'success',
        data: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] },
      }),
      'native histogram',
    ],
    [
      'an error',
      JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error at char 3' }),
      'bad_data: parse error at char 3',
    ],
    ['JSON of something else', '{"ok":true}', 'Prometheus HTTP API'],
  ])('%s is missing and says so, with the query', async (_what, answer, words) => {
    const reading = await measure({ query: TOTAL }, [answer]);
    expect(reading).toMatchObject({ kind: 'Missing', because: expect.stringContaining(words) });
    expect(reading).toMatchObject({ because: expect.stringContaining('rs="bbb222"') });
  });
});
