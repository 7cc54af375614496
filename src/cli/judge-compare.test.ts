/** `segue judge --compare` says of recorded counts what a check with `compare` says of them. */
import { describe, expect, test } from 'vitest';
import { addSample, startCourse, verdictAt } from '../analysis/index.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { checkSchema } from '../api/check.ts';
import type { Counts } from '../ports/metric-provider.ts';
import { FakeCluster } from './testing/fake-cluster.ts';

interface Data {
  verdict: string;
  row: number | null;
  because: string;
  log_evidence: number[];
}

async function judge(text: string, ...args: string[]) {
  const cluster = new FakeCluster();
  cluster.stdin = text;
  return cluster.run('judge', '--counts', '-', ...args);
}

async function dataOf(text: string, ...args: string[]): Promise<Data> {
  const { code, out, err } = await judge(text, '-o', 'json', ...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Data;
}

const BOUNDS = ['0.1', '0.5', '2.5'] as const;
interface Interval {
  total: number;
  bad: number;
  slower: readonly number[];
}
/** In each interval but the first, which is what stable had before, the candidate's share of slow requests rises. */
const STABLE: Interval[] = [9_000, 1_800, 1_800, 1_800, 1_800].map((total) => ({
  total,
  bad: total / 100,
  slower: [total * 0.3, total * 0.02, 0],
}));
const CANDIDATE: Interval[] = [0, 200, 200, 200, 200].map((total, i) => ({
  total,
  bad: i * 2,
  slower: [total * 0.36, i * 3, 0],
}));

/** What the check says after each interval but the first. */
function course(fields: object) {
  const check: MeasuredCheck = checkSchema.parse({ name: 'it', interval: '15s', ...fields });
  const began = startCourse(check, { sinceMs: 0, alpha: 0.01 });
  const sums: Record<'candidate' | 'stable', Interval> = {
    candidate: { total: 0, bad: 0, slower: [0, 0, 0] },
    stable: { total: 0, bad: 0, slower: [0, 0, 0] },
  };
  const counts = ({ total, bad, slower }: Interval): Counts => ({
    total,
    bad,
    ...('histogram' in Object(check.scrape) && {
      slower: Object.fromEntries(BOUNDS.map((bound, j) => [bound, slower[j] ?? 0])),
    }),
  });
  return STABLE.map((stable, i) => {
    sums.stable = plus(sums.stable, stable);
    sums.candidate = plus(sums.candidate, CANDIDATE[i] ?? sums.candidate);
    addSample(began, {
      atMs: i * 15_000,
      candidate: { kind: 'Counters', sources: { new: counts(sums.candidate) } },
      stable: { kind: 'Counters', sources: { old: counts(sums.stable) } },
    });
    return verdictAt(began, i * 15_000);
  }).slice(1);
}

function plus(a: Interval, b: Interval): Interval {
  return {
    total: a.total + b.total,
    bad: a.bad + b.bad,
    slower: a.slower.map((n, j) => n + (b.slower[j] ?? 0)),
  };
}

const csv = (header: string, row: (candidate: Interval, stable: Interval) => number[]) =>
  [header, ...STABLE.map((stable, i) => row(CANDIDATE[i] ?? stable, stable).join(','))].join('\n');
const RATES = 'candidate_total,candidate_bad,stable_total,stable_bad';
const ERRORS = csv(RATES, (own, other) => [own.total, own.bad, other.total, other.bad]);
const SLOWER = csv(RATES, (own, other) => [
  own.total,
  own.slower[1] ?? 0,
  other.total,
  other.slower[1] ?? 0,
]);
const columns = ['candidate', 'stable'].map((arm) =>
  [`${arm}_total`, ...BOUNDS.map((bound) => `${arm}_slower_${bound}`)].join(','),
);
const TIMES = csv(columns.join(','), (own, other) =>
  [own, other].flatMap(({ total, slower }) => [total, ...slower]),
);
const COUNTS = { scrape: { pods: { port: 1 }, total: 'all', bad: 'failed' } };
const HISTOGRAM = { scrape: { pods: { port: 1 }, histogram: 'seconds' } };

describe('as a check does', () => {
  test.each([
    ['errors', ERRORS, ['errors'], { ...COUNTS, compare: {} }],
    [
      'errors, by a margin',
      ERRORS,
      ['errors', '--margin', '1.5'],
      { ...COUNTS, compare: { margin: 1.5 } },
    ],
    ['one bound', SLOWER, ['within'], { ...HISTOGRAM, compare: { within: '500ms' } }],
    ['response times', TIMES, ['histogram'], { ...HISTOGRAM, compare: {} }],
    [
      'longer ones',
      TIMES,
      ['histogram', '--longer', '1.3'],
      { ...HISTOGRAM, compare: { longer: 1.3 } },
    ],
    ['shares', TIMES, ['histogram', '--margin', '1.5'], { ...HISTOGRAM, compare: { margin: 1.5 } }],
  ])('%s', async (_, text, [what = '', ...more], fields) => {
    const data = await dataOf(text, '--compare', what, ...more);
    const verdicts = course(fields);
    expect(data.log_evidence).toHaveLength(5);
    expect(data.log_evidence[0]).toBeCloseTo(0, 9);
    for (const [i, { log }] of verdicts.entries())
      expect(data.log_evidence[i + 1]).toBeCloseTo(log?.against ?? NaN, 4);
    // It is evidence, and another for each.
    expect(Math.abs(verdicts.at(-1)?.log?.against ?? 0)).toBeGreaterThan(0.3);
  });
});

test('the words are those of the check', async () => {
  expect((await dataOf(ERRORS, '--compare', 'errors')).because).toMatch(
    /neither worse than stable with 1\.13 times its rate allowed by now .*; at this traffic a doubling would be noticed in about \d+ rows/,
  );
  expect((await dataOf(TIMES, '--compare', 'histogram')).because).toMatch(
    /^candidate \d+ of \d+ \(.* slower than 0\.\d s, stable .* times it allowed\): .*slower than 1\.1 times stable's response times/,
  );
  expect((await dataOf(SLOWER, '--compare', 'within')).because).toMatch(
    /^candidate 30 of 800 \(3\.75 %\) slower than the bound, stable 324 of 16200 \(2 %\): /,
  );
  const first = TIMES.split('\n').slice(0, 1).concat(TIMES.split('\n').slice(2)).join('\n');
  expect(await dataOf(first, '--compare', 'histogram')).toMatchObject({
    verdict: 'undecided',
    because: expect.stringContaining('stable had 0 of the 500 requests'),
  });
});

test.each([
  [['--longer', '1.2'], '--longer goes with --compare histogram'],
  [['--compare', 'errors', '--longer', '1.2'], '--longer does not go with --compare errors'],
  [
    ['--compare', 'histogram', '--longer', '1.2', '--margin', '2'],
    '--longer does not go with --margin',
  ],
  [['--compare', 'errors', '--goal'], '--goal does not go with --compare'],
])('%j is refused', async (args, message) => {
  const { code, err } = await judge(ERRORS, ...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('a file without bounds, or with a bound of one version only, says which columns it needs', async () => {
  expect((await judge(ERRORS, '--compare', 'histogram')).err).toContain('candidate_slower_SECONDS');
  const half = 'candidate_total,stable_total,candidate_slower_0.5\n1,1,1\n';
  expect((await judge(half, '--compare', 'histogram')).err).toContain(
    'the column stable_slower_0.5 is missing',
  );
});
