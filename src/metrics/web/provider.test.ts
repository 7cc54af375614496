import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { webProvider } from './index.ts';

const checkOf = (url: string, asked: object) =>
  checkSchema.parse({ name: 'errors', web: { url, ...asked }, max: '1%' });

metricConformance({
  name: 'web',
  create: webProvider,
  check: (address) =>
    checkOf(`${address}/stats?version={{hash}}`, {
      total: '$.data.requests.total',
      bad: 'data.requests["bad.ones"]',
      headers: [{ name: 'X-Key', secretRef: { name: 'metrics-access', key: 'key' } }],
    }),
  good({ path }, counts) {
    const [, found] = Object.entries(counts).find(([hash]) => path.includes(hash)) ?? [];
    const requests = { total: found?.total, 'bad.ones': String(found?.bad) };
    return JSON.stringify({ data: { requests } });
  },
  nan: '{"data":{"requests":{"total":"many","bad.ones":1}}}',
  empty: '{"data":{"requests":{}}}',
  requests: 1,
});

const server = new ScriptedServer();
const provider = webProvider({ retryMs: [] });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (asked: object, json: unknown) => {
  server.requests.length = 0;
  server.script = (_request, response) => response.end(JSON.stringify(json));
  const check = checkOf(`${server.url}/{{namespace}}/x y`, asked);
  return await provider.measure(check, CANDIDATE, new AbortController().signal);
};

test.each([
  ['a[1].b', { a: [{}, { b: 0.25 }] }, 0.25],
  ['a[-1]', { a: [1, 2, 3] }, 3],
  ['[0]', [7], 7],
  ['["x.y"].z', { 'x.y': { z: '1e3' } }, 1_000],
])('%s is where one number is', async (value, json, found) => {
  expect(await measure({ value }, json)).toEqual({ kind: 'Value', value: found });
});

test.each([
  ['a.b', { a: null }, 'nothing is there'],
  ['a[3]', { a: [1] }, 'nothing is there'],
  ['a', { a: '' }, '"" is there, not a number'],
  ['a.constructor', { a: {} }, 'nothing is there'],
  ['a', { a: true }, 'true is there'],
])('%s of %o is missing', async (value, json, words) => {
  expect(await measure({ value }, json)).toMatchObject({
    kind: 'Missing',
    because: expect.stringContaining(words),
  });
});

test('a body and an address are filled in', async () => {
  await measure({ value: 'a', method: 'POST', body: '{"v":"{{hash}}","s":{{seconds}}}' }, { a: 1 });
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/shop/x%20y',
    body: '{"v":"bbb222","s":60}',
    headers: { 'content-type': 'application/json' },
  });
});
