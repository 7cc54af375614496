import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSchema, type Check } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, STABLE } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { prometheusProvider } from './index.ts';

const TOTAL = 'sum(increase(http_requests_total{rs="{{hash}}"}[{{window}}]))';
const BAD = 'sum(increase(http_requests_total{rs="{{hash}}",code=~"5.."}[{{window}}]))';

function checkOf(address: string, queries: object, max: unknown = '1%'): Check {
  return checkSchema.parse({ name: 'errors', prometheus: { address, ...queries }, max });
}

type Labelled = [labels: Record<string, string>, value: number];

/** An answer with these series. */
function series(...all: Labelled[]): string {
  const result = all.map(([metric, value]) => ({
    metric,
    value: [1_700_000_000.123, String(value)],
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
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
  check: (address) =>
    checkOf(address, {
      total: TOTAL,
      bad: BAD,
      auth: { basic: { secretRef: { name: 'metrics-access' } } },
    }),
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
  const provider = prometheusProvider({ timeoutMs: 5_000, retryMs: [1, 1] });
  const signal = new AbortController().signal;
  const measure = async (queries: object, answers: string[], max?: unknown) => {
    server.requests.length = 0;
    server.script = (_request, response) => response.end(answers[server.requests.length - 1]);
    return await provider.measure(checkOf(`${server.url}/base/`, queries, max), CANDIDATE, signal);
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
    ['infinity', vector('+Inf'), 'Infinity'],
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

  test('both versions and all their questions are evaluated at one time of the server', async () => {
    const moment = { atMs: Date.now() };
    server.requests.length = 0;
    server.script = (_request, response) => response.end(vector(40));
    const check = checkOf(server.url, { total: TOTAL, bad: BAD });
    await Promise.all(
      [STABLE, CANDIDATE].map((version) => provider.measure(check, { ...version, moment }, signal)),
    );
    expect(asked().map(({ time }) => time)).toEqual([
      undefined,
      ...Array(3).fill('1700000000.123'),
    ]);
  });

  test('a first question that fails does not keep the other version from being asked', async () => {
    const moment = { atMs: Date.now() };
    server.requests.length = 0;
    server.script = ({ body }, response) =>
      body.includes('aaa111') ? response.writeHead(400).end('no') : response.end(vector(40));
    const check = checkOf(server.url, { total: TOTAL, bad: BAD });
    const [stable, candidate] = await Promise.all(
      [STABLE, CANDIDATE].map((version) => provider.measure(check, { ...version, moment }, signal)),
    );
    expect(stable).toMatchObject({ kind: 'Missing' });
    expect(candidate).toMatchObject({ kind: 'Counts' });
  });

  test.each([
    ['names', '{"status":"success","data":["a_total","up",7]}', ['a_total', 'up']],
    ['something else', '{"status":"error"}', undefined],
    ['no JSON', '<html>', undefined],
  ])('lists its metrics where it answers with %s', async (_what, answer, names) => {
    server.requests.length = 0;
    server.script = (_request, response) => response.end(answer);
    const check = checkOf(`${server.url}/base/`, { query: 'up' });
    expect(await provider.names?.(check, CANDIDATE, signal)).toEqual(names);
    expect(server.requests.map(({ path }) => path)).toEqual(['/base/api/v1/label/__name__/values']);
  });

  describe('raw counters', () => {
    const raw = { total: 'requests_total{rs="{{hash}}"}', bad: 'requests_total{code="500"}' };
    const two = series(
      [{ pod: 'a', code: '200' }, 90],
      [{ pod: 'a', code: '500' }, 10],
      [{ instance: '10.0.0.2:80', code: '200' }, 30],
    );

    test('are a source for each process, with everything it counted', async () => {
      const reading = await measure(raw, [two, series([{ pod: 'a', code: '500' }, 10])]);
      expect(reading).toEqual({
        kind: 'Counters',
        sources: { a: { total: 100, bad: 10 }, '10.0.0.2:80': { total: 30, bad: 0 } },
      });
      expect(asked().map(({ time }) => time)).toEqual([undefined, '1700000000.123']);
    });

    test('are good ones where good is asked for', async () => {
      const good = { total: raw.total, good: raw.bad };
      expect(await measure(good, [two, series([{ pod: 'a' }, 98])])).toEqual({
        kind: 'Counters',
        sources: { a: { total: 100, bad: 2 }, '10.0.0.2:80': { total: 30, bad: 30 } },
      });
    });

    test('are asked for by a pattern with brackets too', async () => {
      const patterns = { total: 'a{b=~"[0-9]"}', bad: 'a{b=~"[5]"}' };
      const reading = await measure(patterns, [two, series([{ pod: 'a', code: '500' }, 10])]);
      expect(reading).toMatchObject({ kind: 'Counters' });
    });

    test.each([
      ['without a process', series([{}, 100]), 'keep the label pod or instance'],
      [
        'of two servers that scrape the same',
        series(
          [{ pod: 'a', prometheus_replica: 'p-0' }, 90],
          [{ pod: 'a', prometheus_replica: 'p-1' }, 89],
        ),
        'more than once (label prometheus_replica)',
      ],
      ['that are not there', series(), 'found no data'],
      ['that are no number', series([{ pod: 'a' }, NaN]), 'NaN'],
    ])('%s are missing', async (_what, answer, words) => {
      const reading = await measure(raw, [answer, series()]);
      expect(reading).toMatchObject({ kind: 'Missing', because: expect.stringContaining(words) });
    });
  });

  describe('a histogram', () => {
    const buckets = (name: string, unit = 1) =>
      series(
        ...['a', 'b'].flatMap((pod) =>
          [
            [0.1, 50],
            [0.5, 90],
            [1, 98],
          ]
            .map(([le = 0, n = 0]): Labelled => [{ pod, le: String(le * unit) }, n])
            .concat([[{ pod, le: '+Inf', __name__: name }, 100]]),
        ),
      );

    test.each([
      ['latency_seconds', 1],
      ['latency_milliseconds', 1_000],
      ['envoy_cluster_upstream_rq_time', 1_000],
      ['apisix_http_latency', 1_000],
    ])('%s says how many were slower than each bound, for each pod', async (name, unit) => {
      const histogram = { histogram: `${name}{rs="{{hash}}"}`, quantile: '0.99' };
      const reading = await measure(histogram, [buckets(name, unit)], '500ms');
      const counts = { total: 100, bad: 10, slower: { '0.1': 50, '0.5': 10, '1': 2 } };
      expect(reading).toEqual({ kind: 'Counters', sources: { a: counts, b: counts } });
      expect(asked()[0]?.['query']).toMatch(
        new RegExp(`^sum by \\(le, pod, .*\\(${name}_bucket\\{rs="bbb222"\\}\\)$`),
      );
    });

    test('without the bucket that max names is missing and names others', async () => {
      const histogram = { histogram: 'latency_seconds{rs="{{hash}}"}', quantile: '0.99' };
      expect(await measure(histogram, [buckets('latency_seconds')], '300ms')).toMatchObject({
        kind: 'Missing',
        because: expect.stringContaining('use one of 0.1s, 0.5s'),
      });
    });
  });
});
