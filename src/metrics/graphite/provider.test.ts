import { expect, test } from 'vitest';
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
