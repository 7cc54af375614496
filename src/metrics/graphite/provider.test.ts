import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { graphiteProvider } from './index.ts';

const checkOf = (address: string, queries: object) =>
  checkSchema.parse({ name: 'errors', graphite: { address, ...queries }, max: '1%' });

const answer = (...series: (number | null)[][]) =>
  JSON.stringify(
    series.map((values) => ({
      target: 'sumSeries(a.*)',
      tags: { name: 'a' },
      datapoints: values.map((value, i) => [value, 1_700_000_000 + i * 10]),
    })),
  );

metricConformance({
  name: 'graphite',
  create: graphiteProvider,
  check: (address) =>
    checkOf(address, {
      total: 'sumSeries(stats.{{hash}}.*.count)',
      bad: 'sumSeries(stats.{{hash}}.bad.count)',
      auth: { bearer: { secretRef: { name: 'metrics-access' } } },
    }),
  good({ body }, counts) {
    return answer([countIn(body, counts) - 2, 2, null]);
  },
  nan: answer([1], [2]),
  empty: '[]',
});

test('asks for the window by the time of the measurement', async () => {
  const server = new ScriptedServer();
  await server.start();
  server.script = (_request, response) => response.end(answer([0.5, 0.25, null]));
  const provider = graphiteProvider();
  const version = { ...CANDIDATE, moment: { atMs: 1_700_000_060_500 } };
  const check = checkOf(`${server.url}/graphite/`, { query: 'a.{{hash}}' });
  expect(await provider.measure(check, version, new AbortController().signal)).toEqual({
    kind: 'Value',
    value: 0.25,
  });
  const [request] = server.requests;
  expect(request?.path).toBe('/graphite/render');
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    target: 'a.bbb222',
    from: '1700000000',
    until: '1700000060',
    format: 'json',
  });
  await provider.close();
  await server.stop();
});

describe('of paths that targets name', () => {
  const TREE = [
    'stats.shop.requests.count',
    'stats.shop.errors.count',
    'stats.bank.requests.count',
  ];
  const server = new ScriptedServer();
  const provider = graphiteProvider();
  const signal = new AbortController().signal;
  beforeAll(async () => {
    await server.start();
    server.script = ({ path }, response) => {
      const query = new URL(path, server.url).searchParams.get('query') ?? '';
      const wanted = query.split('.');
      const ids = TREE.map((one) => one.split('.').slice(0, wanted.length)).filter((nodes) =>
        wanted.every((node, i) => node === '*' || node === nodes[i]),
      );
      const nodes = [...new Set(ids.map((id) => id.join('.')))];
      const said = nodes.map((id) => ({ text: id.split('.').at(-1), id, leaf: 0 }));
      response.end(JSON.stringify(path.startsWith('/metrics/find') ? said : []));
    };
  });
  afterAll(async () => {
    await provider.close();
    await server.stop();
  });
  const metricsOf = async (queries: object) =>
    await provider.metrics?.(checkOf(server.url, queries), CANDIDATE, signal);

  test('those that are there, and what stands beside the first node that is not', async () => {
    expect(
      await metricsOf({
        total: 'sumSeries(stats.shop.*.count)',
        bad: 'summarize(stats.shop.erors.count,"1min",0.5)',
      }),
    ).toEqual([
      { name: 'stats.shop.*.count', exists: true, others: [] },
      {
        name: 'stats.shop.erors',
        exists: false,
        others: ['stats.shop.requests', 'stats.shop.errors'],
      },
    ]);
  });

  test('the last node, and the first', async () => {
    const missing = async (query: string) => (await metricsOf({ query }))?.[0];
    expect(await missing('stats.shop.requests.cont')).toEqual({
      name: 'stats.shop.requests.cont',
      exists: false,
      others: ['stats.shop.requests.count'],
    });
    expect(await missing('stat.shop.requests.count')).toMatchObject({
      name: 'stat',
      others: ['stats'],
    });
  });

  test('nothing is said of targets without one, and where it cannot be asked', async () => {
    expect(await metricsOf({ query: `seriesByTag('name=a.b')` })).toBeUndefined();
    server.script = (_request, response) => response.writeHead(404).end('not here');
    expect(await metricsOf({ query: 'a.b' })).toBeUndefined();
    server.script = (_request, response) => response.end('<html>');
    expect(await metricsOf({ query: 'a.b' })).toBeUndefined();
  });
});
