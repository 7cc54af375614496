import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('of measurements that queries name', () => {
  const server = new ScriptedServer();
  const provider = influxdbProvider();
  beforeAll(async () => await server.start());
  afterAll(async () => {
    await provider.close();
    await server.stop();
  });
  const metricsOf = async (asked: object) => {
    const check = checkSchema.parse({
      name: 'errors',
      influxdb: { address: server.url, ...asked },
      max: '1%',
    });
    return await provider.metrics?.(check, CANDIDATE, new AbortController().signal);
  };

  test('by InfluxQL, with their policies and databases', async () => {
    const values = [['requests'], ['cpu load']];
    server.script = ({ body }, response) =>
      response.end(
        JSON.stringify(
          new URLSearchParams(body).get('q') === 'SHOW MEASUREMENTS'
            ? { results: [{ series: [{ name: 'measurements', columns: ['name'], values }] }] }
            : {},
        ),
      );
    const found = await metricsOf({
      database: 'shop',
      total: `SELECT count(v) FROM "shop"."autogen"."cpu load" WHERE v = '{{hash}}'`,
      bad: `select sum(n) from (select n from shop..request where v = '{{hash}}')`,
    });
    const others = ['requests', 'cpu load'];
    expect(found).toEqual([
      { name: 'cpu load', exists: true, others },
      { name: 'request', exists: false, others },
    ]);
  });

  test('by Flux, of the bucket that is read', async () => {
    server.script = ({ body }, response) =>
      response.end(
        (JSON.parse(body) as { query: string }).query.includes(
          'schema.measurements(bucket: "shop")',
        )
          ? ',result,table,_value\r\n,_result,0,requests\r\n,_result,0,errors\r\n\r\n'
          : '',
      );
    const query = 'from(bucket: "shop") |> filter(fn: (r) => r._measurement == "request")';
    expect(await metricsOf({ org: 'shop', query })).toEqual([
      { name: 'request', exists: false, others: ['requests', 'errors'] },
    ]);
  });

  test('nothing is said where none is named, or it cannot be asked', async () => {
    expect(await metricsOf({ org: 'shop', query: 'buckets()' })).toBeUndefined();
    expect(await metricsOf({ database: 'shop', query: 'SELECT v FROM /cpu.*/' })).toBeUndefined();
    server.script = (_request, response) => response.writeHead(403).end('{"error": "no"}');
    expect(await metricsOf({ database: 'shop', query: 'SELECT v FROM cpu' })).toBeUndefined();
  });
});
