/** Checks by InfluxQL on a real InfluxDB that asks for a password. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkProblems, sourceProblems } from '../../src/analysis/index.ts';
import { checkSchema } from '../../src/api/check.ts';
import { influxdbProvider } from '../../src/metrics/influxdb/index.ts';
import { DATABASE, type LocalInfluxdb, PASSWORD, startInfluxdb, USER } from './local-influxdb.ts';
import { candidate } from './local-server.ts';

const NOW_S = Math.floor(Date.now() / 1_000);
/** One point a second of the last two minutes. */
const points = (hash: string, requests: number, failed: number): string[] =>
  Array.from(
    { length: 120 },
    (_, i) => `http,hash=${hash} requests=${requests}i,failed=${failed}i,ms=${i}i ${NOW_S - i}`,
  );

let server: LocalInfluxdb | undefined;
let address = '';
const encoded = (text: string) => Buffer.from(text).toString('base64');
const login = { username: encoded(USER), password: encoded(PASSWORD), wrong: encoded('wrong') };
const provider = influxdbProvider({
  objects: {
    get: ({ name }) =>
      Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: login }),
  },
});

beforeAll(async () => {
  server = await startInfluxdb([...points('stable', 20, 0), ...points('bad', 10, 2)]);
  address = server.url;
});
afterAll(async () => {
  await provider.close();
  await server?.stop();
});

const of = (field: string) =>
  `SELECT sum("${field}") FROM "http" WHERE "hash" = '{{hash}}' AND time > now() - {{window}}`;

async function measure(hash: string, queries: object, passwordKey = 'password') {
  const secretRef = { name: 'login', passwordKey };
  const check = checkSchema.parse({
    name: 'check',
    influxdb: { address, database: DATABASE, auth: { basic: { secretRef } }, ...queries },
    max: '10%',
  });
  expect([...checkProblems(check, 'check'), ...sourceProblems(check, 'check')]).toEqual([]);
  return await provider.measure(check, candidate(hash), new AbortController().signal);
}

test.each([
  ['stable', 20, 0],
  ['bad', 10, 0.2],
])('%s is counted by itself', async (hash, perSecond, share) => {
  const reading = await measure(hash, { total: of('requests'), bad: of('failed') });
  const { total, bad } = reading.kind === 'Counts' ? reading.counts : { total: NaN, bad: NaN };
  // The minute before now has begun before the points end.
  expect(total).toBeGreaterThan(40 * perSecond);
  expect(total).toBeLessThanOrEqual(61 * perSecond);
  expect(bad / total).toBeCloseTo(share, 10);
});

test('one number is one value', async () => {
  const query = `SELECT percentile("ms", 95) FROM "http" WHERE "hash" = '{{hash}}'`;
  expect(await measure('bad', { query })).toEqual({ kind: 'Value', value: 113 });
});

test.each([
  ['a version that is not there', 'none', { query: of('requests') }, /found no data/],
  [
    'a question about several',
    'bad',
    { query: `SELECT "ms" FROM "http" WHERE "hash" = '{{hash}}'` },
    /answered with 120 values, not with one: aggregate them/,
  ],
  [
    'a mistake',
    'bad',
    { query: 'SELECT sum( FROM "{{hash}}"' },
    /status 400.*error parsing query: found FROM/,
  ],
  [
    'a database that is not there',
    'bad',
    { query: of('requests'), database: 'other' },
    /refused: database not found: other/,
  ],
])('%s is missing, in the words of InfluxDB', async (_what, hash, queries, because) => {
  expect(await measure(hash, queries)).toMatchObject({
    kind: 'Missing',
    because: expect.stringMatching(because),
  });
});

test('a wrong password is told of, and not which', async () => {
  const reading = await measure('bad', { query: of('requests') }, 'wrong');
  expect(reading).toMatchObject({
    because: expect.stringMatching(/status 401, credentials are missing or not valid: auth/),
  });
  expect(JSON.stringify(reading)).not.toContain(PASSWORD);
});

test('a misspelt measurement is told from one that is there', async () => {
  const secretRef = { name: 'login', passwordKey: 'password' };
  const influxdb = { address, database: DATABASE, auth: { basic: { secretRef } } };
  const queries = { total: of('requests'), bad: of('failed').replace('"http"', '"htpt"') };
  const check = checkSchema.parse({ name: 'check', influxdb: { ...influxdb, ...queries }, max: 1 });
  const { signal } = new AbortController();
  expect(await provider.metrics?.(check, candidate('bad'), signal)).toEqual([
    { name: 'http', exists: true, others: ['http'] },
    { name: 'htpt', exists: false, others: ['http'] },
  ]);
});
