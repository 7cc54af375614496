/** Data that are old, torn or there twice: what is made of them, each by its name. The servers are scripted, the
 * provider and the judge are the real ones. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkProblems } from '../analysis/index.ts';
import { judge } from '../analysis/judge.ts';
import type { Sample } from '../analysis/measured.ts';
import { checkSchema } from '../api/check.ts';
import { CANDIDATE, STABLE } from '../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { prometheusProvider } from './prometheus/index.ts';

const server = new ScriptedServer();
const provider = prometheusProvider({ retryMs: [] });
const signal = new AbortController().signal;
const INTERVAL_MS = 10_000;

beforeAll(async () => await server.start());
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(async () => {
  await provider.close();
  await server.stop();
});

type Labels = Record<string, string>;
type Counter = [labels: Labels, total: number, bad: number];

function vector(atSeconds: number, rows: [Labels, number][]): string {
  const result = rows.map(([metric, value]) => ({ metric, value: [atSeconds, String(value)] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

const checkOf = (total: string, bad: string) =>
  checkSchema.parse({
    name: 'errors',
    prometheus: { address: server.url, total, bad },
    max: '10%',
    minSamples: 100,
    interval: '10s',
  });
const RAW = () => checkOf('requests{pod=~"{{pods}}"}', 'bad{pod=~"{{pods}}"}');

/** What is concluded when these are what the counters show, interval after interval; undefined: no answer. */
async function concluded(...shown: (Counter[] | undefined)[]) {
  const check = RAW();
  expect(checkProblems(check, 'check')).toEqual([]);
  const samples: Sample[] = [];
  for (const [i, counters] of shown.entries()) {
    server.script = ({ body }, response) => {
      const part = new URLSearchParams(body).get('query')?.startsWith('bad') ?? false;
      const rows = counters?.map(([labels, total, bad]): [Labels, number] => [
        labels,
        part ? bad : total,
      ]);
      return rows
        ? response.end(vector(1_700_000_000 + i * 10, rows))
        : response.writeHead(400).end('gap');
    };
    const candidate = await provider.measure(check, CANDIDATE, signal);
    samples.push({ atMs: i * INTERVAL_MS, candidate });
  }
  return judge(check, samples, (shown.length - 1) * INTERVAL_MS);
}

const a = { pod: 'a' };
const b = { pod: 'b' };

test('counters that stand still, because nobody scrapes any more, are no evidence', async () => {
  const old: Counter[] = [[a, 5_000, 0]];
  expect(await concluded(old, old, old)).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringContaining('0 of 100 requests so far'),
  });
});

test('what was counted before the check began is no evidence', async () => {
  expect(await concluded([[a, 5_000, 4_000]], [[a, 5_200, 4_000]])).toMatchObject({
    verdict: 'Pass',
    candidate: { total: 200, bad: 0 },
  });
});

test('a pod that restarts counts anew, and loses nothing', async () => {
  const shown = [[[a, 1_000, 900]], [[a, 1_100, 900]], [[a, 60, 3]]] as Counter[][];
  expect(await concluded(...shown)).toMatchObject({
    verdict: 'Pass',
    candidate: { total: 160, bad: 3 },
  });
});

test('a gap in the answers is bridged by the counters', async () => {
  expect(await concluded([[a, 0, 0]], undefined, undefined, [[a, 200, 1]])).toMatchObject({
    verdict: 'Pass',
    candidate: { total: 200, bad: 1 },
  });
});

test('a pod that one scrape has missed is compared with where it was seen last', async () => {
  const shown = [
    [
      [a, 0, 0],
      [b, 0, 0],
    ],
    [[a, 100, 0]],
    [
      [a, 150, 0],
      [b, 80, 40],
    ],
  ] as Counter[][];
  expect(await concluded(...shown)).toMatchObject({
    verdict: 'Fail',
    candidate: { total: 230, bad: 40 },
  });
});

test('answers that stay away turn a pass into undecided', async () => {
  const shown = [[[a, 0, 0]], [[a, 200, 0]]] as Counter[][];
  expect(await concluded(...shown)).toMatchObject({ verdict: 'Pass' });
  expect(await concluded(...shown, ...Array<undefined>(4).fill(undefined))).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringMatching(/40s old.*status 400/),
  });
});

test('a version without series is undecided, and says so', async () => {
  expect(await concluded([], [])).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringContaining('found no data'),
  });
});

test('series that two servers scrape are not counted twice', async () => {
  const twice: Counter[] = [
    [{ ...a, prometheus_replica: '0' }, 100, 0],
    [{ ...a, prometheus_replica: '1' }, 99, 0],
  ];
  expect(await concluded(twice, twice)).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringContaining('more than once (label prometheus_replica)'),
  });
});

test('a clock that differs does not tear the versions apart', async () => {
  // An hour behind ours, and it moves on with every answer.
  let seconds = 1_700_000_000 - 3_600;
  server.script = ({ body }, response) => {
    const time = new URLSearchParams(body).get('time');
    seconds += 7;
    response.end(vector(time === null ? seconds : Number(time), [[a, 10]]));
  };
  const moment = { atMs: 1_700_000_000_000 };
  await Promise.all(
    [CANDIDATE, STABLE].map((version) => provider.measure(RAW(), { ...version, moment }, signal)),
  );
  const times = server.requests.map(({ body }) => new URLSearchParams(body).get('time'));
  expect(times).toEqual([null, ...Array<string>(3).fill(String(1_700_000_000 - 3_600 + 7))]);
});
