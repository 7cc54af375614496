import { describe, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn, SECRET, secrets } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { readFlux } from './flux-answer.ts';
import { influxdbProvider } from './index.ts';
import { readInfluxql } from './influxql-answer.ts';

const bearer = { auth: { bearer: { secretRef: { name: 'metrics-access' } } } };
const checkOf = (address: string, asked: object) =>
  checkSchema.parse({ name: 'errors', influxdb: { address, ...asked }, max: '1%' });

const influxql = (...values: unknown[]) =>
  JSON.stringify({
    results: [
      {
        statement_id: 0,
        ...(values.length > 0 && {
          series: [
            {
              name: 'requests',
              columns: ['time', 'sum'],
              values: values.map((value) => ['2026-01-01T00:00:00Z', value]),
            },
          ],
        }),
      },
    ],
  });

metricConformance({
  name: 'influxdb with InfluxQL',
  create: influxdbProvider,
  check: (address) =>
    checkOf(address, {
      database: 'telegraf',
      total: `SELECT sum(n) FROM requests WHERE v = '{{hash}}' AND time > now() - {{window}}`,
      bad: `SELECT sum(n) FROM bad WHERE v = '{{hash}}' AND time > now() - {{window}}`,
      auth: { basic: { secretRef: { name: 'metrics-access' } } },
    }),
  good: ({ body }, counts) => influxql(countIn(body, counts)),
  nan: influxql('many'),
  empty: influxql(),
});

const flux = (value: string) =>
  `,result,table,_start,_stop,_value,version\r\n,_result,0,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z,${value},"a ""b"", c"\r\n\r\n`;

metricConformance({
  name: 'influxdb with Flux',
  create: influxdbProvider,
  check: (address) =>
    checkOf(address, {
      org: 'shop',
      total:
        'from(bucket: "b") |> range(start: -{{window}}) |> filter(fn: (r) => r.v == "{{hash}}")',
      bad: 'from(bucket: "bad") |> range(start: -{{window}}) |> filter(fn: (r) => r.v == "{{hash}}")',
      ...bearer,
    }),
  good: ({ body }, counts) =>
    flux(String(countIn((JSON.parse(body) as { query: string }).query, counts))),
  nan: flux('many'),
  empty: '\r\n',
});

test('tokens go with a word of their own, and Flux to an organisation', async () => {
  const server = new ScriptedServer();
  await server.start();
  server.script = (_request, response) => response.end(flux('2.5'));
  const provider = influxdbProvider({ objects: secrets });
  const check = checkOf(server.url, { org: 'my shop', query: 'from({{hash}})', ...bearer });
  const reading = await provider.measure(check, CANDIDATE, new AbortController().signal);
  expect(reading).toEqual({ kind: 'Value', value: 2.5 });
  expect(server.requests[0]).toMatchObject({
    path: '/api/v2/query?org=my+shop',
    headers: { authorization: `Token ${SECRET}`, accept: 'application/csv' },
    body: expect.stringContaining('"query":"from(bbb222)"'),
  });
  await provider.close();
  await server.stop();
});

describe('InfluxQL', () => {
  test.each([
    ['one value', influxql(12), { value: 12 }],
    ['no value', influxql(null), 'Empty'],
    ['two values', influxql(1, 2), { because: expect.stringContaining('aggregate them') }],
    [
      'a mistake',
      JSON.stringify({ results: [{ statement_id: 0, error: 'database not found: x' }] }),
      { because: 'refused: database not found: x' },
    ],
    ['a refusal', '{"error":"unable to parse"}', { because: expect.stringContaining('InfluxDB') }],
  ])('%s', (_what, text, read) => {
    expect(readInfluxql(text)).toEqual(read);
  });
});

describe('Flux', () => {
  test.each([
    ['one value', flux('12'), { value: 12 }],
    ['a value that is not there', flux(''), 'Empty'],
    ['nothing', '', 'Empty'],
    [
      'annotations',
      `#datatype,string,long,double\n#group,false,false,false\n#default,_result,,\n,result,table,_value\n,,0,3.5\n`,
      { value: 3.5 },
    ],
    ['two tables', flux('1') + flux('2'), { because: expect.stringContaining('2 values') }],
    [
      'an error half way',
      'error,reference\r\n"failed to read, at all",897\r\n',
      { because: 'refused: failed to read, at all' },
    ],
    ['half a record', flux('12').slice(0, -30), { because: 'answered with CSV that breaks off' }],
    ['another table', 'a,b\n1,2\n', { because: expect.stringContaining('_value') }],
  ])('%s', (_what, text, read) => {
    expect(readFlux(text)).toEqual(read);
  });
});
