/** Golden numbers are those of src/stats, through the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FakeCluster } from './testing/fake-cluster.ts';

const dir = mkdtempSync(join(tmpdir(), 'segue-judge-'));
afterAll(() => rmSync(dir, { recursive: true }));

const RATES = 'candidate_total,candidate_bad,stable_total,stable_bad\n';
const BAD =
  '500,1,9500,19\n500,4,9500,20\n500,3,9500,18\n1000,9,9000,17\n1000,8,9000,19\n1000,30,9000,18\n';
const GOOD = '1000,10,9000,90\n1000,9,9000,88\n1000,11,9000,95\n';

async function judge(text: string, ...args: string[]) {
  const cluster = new FakeCluster();
  cluster.stdin = text;
  return cluster.run('judge', '--counts', '-', ...args);
}

interface Data {
  verdict: string;
  row: number | null;
  because: string;
  log_evidence: (number | null)[];
  [more: string]: unknown;
}

async function dataOf(text: string, ...args: string[]): Promise<Data> {
  const { code, out, err } = await judge(text, '-o', 'json', ...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Data;
}
const six = (logs: (number | null)[]) => logs.map((log) => Number(log?.toFixed(6)));

test('errors of two versions, for people', async () => {
  const { code, out } = await judge(RATES + BAD);
  expect(code).toBe(0);
  expect(out).toBe(
    `ROW   LOG EVIDENCE   TO PASS
1     -0.954523      0.103760
2     0.066603       -1.267256
3     0.734946       -1.852559
4     2.884389       -3.590771
5     5.013252       -4.722330
6     7.315837       -11.166862

fail at row 5: candidate 25 of 3500 bad (0.714 %), stable 93 of 46500 bad (0.2 %), 7 of the candidate's would be bad at stable's rate: more than 1.25 times stable's rate (log evidence 5.01 of 4.61)
`,
  );
});

test('for scripts: evidence for every row, also after the verdict', async () => {
  const data = await dataOf(RATES + BAD);
  expect(data).toMatchObject({ verdict: 'fail', row: 5 });
  expect(six(data.log_evidence)).toEqual([
    -0.954523, 0.066603, 0.734946, 2.884389, 5.013252, 7.315837,
  ]);
  expect(data['log_evidence_needed']).toBeCloseTo(Math.log(100), 9);
  const yaml = await judge(RATES + BAD, '-o', 'yaml');
  expect(yaml.out).toContain('verdict: fail\nrow: 5\n');
});

test('margin, cap and alpha are those that were asked for', async () => {
  const one = await dataOf(RATES + BAD, '--margin', '1');
  expect(six(one.log_evidence).slice(-1)).toEqual([8.387999]);
  const uncapped = await dataOf(RATES + BAD, '--margin', '1', '--cap', 'none');
  expect(six(uncapped.log_evidence).slice(-1)).toEqual([40.746184]);
  expect(await dataOf(RATES + BAD, '--alpha', '0.1%')).toMatchObject({ verdict: 'fail', row: 6 });
  expect(await dataOf(RATES + BAD, '--alpha', '0.0001')).toMatchObject({
    verdict: 'undecided',
    row: null,
  });
});

test('evidence of failure outranks an earlier pass', async () => {
  expect(await dataOf(RATES + GOOD)).toMatchObject({ verdict: 'pass', row: 2 });
  const data = await dataOf(RATES + GOOD + BAD + BAD);
  expect(data).toMatchObject({ verdict: 'fail' });
  expect(data.row).toBeGreaterThan(3);
  expect(data.log_evidence).toHaveLength(15);
});

test('a wide margin passes nobody who is worse than it', async () => {
  const twice = `${RATES}${'1000,30,9000,90\n'.repeat(30)}`;
  expect(await dataOf(twice, '--margin', '4')).toMatchObject({ verdict: 'pass' });
  expect((await dataOf(twice, '--margin', '4')).because).toContain('less than 6.4 times');
});

describe('without evidence it is undecided', () => {
  test.each([
    ['a header only', RATES, []],
    ['no traffic', `${RATES}0,0,0,0\n0,0,0,0\n`, [0, 0]],
    ['none for the candidate', `${RATES}0,0,100,9\n`, [0]],
  ])('%s', async (_, text, logs) => {
    expect(await dataOf(text)).toMatchObject({
      verdict: 'undecided',
      row: null,
      log_evidence: logs,
    });
  });

  test('and says how long a doubling takes to notice', async () => {
    const { because } = await dataOf(`${RATES}100,1,900,9\n`);
    expect(because).toMatch(
      /; at this traffic a doubling would be noticed in about 41 rows like these$/,
    );
  });
});

test('a share that is allowed', async () => {
  const data = await dataOf('total,bad\n500,5\n2000,40\n0,0\n', '--slo', '1%');
  expect(data).toMatchObject({ verdict: 'fail', row: 2 });
  expect(data.because).toContain('45 of 2500 bad (1.8 %): more than 1 %');
  expect(data.log_evidence).toHaveLength(3);
  expect(await dataOf('total,bad\n1500,2\n', '--slo', '0.01')).toMatchObject({
    verdict: 'pass',
    row: 1,
  });
});

test('the split', async () => {
  const off = 'candidate,total\n62,1000\n65,1000\n61,1000\n70,1000\n66,1000\n64,1000\n68,1000\n';
  const data = await dataOf(off, '--split', '0.05');
  expect(data).toMatchObject({ verdict: 'fail', off: expect.closeTo(0.3, 1) });
  expect(six(data.log_evidence).slice(0, 2)).toEqual([0.134488, 1.930746]);
});

describe('an A/B test', () => {
  const GOAL = 'a_total,a_goal,b_total,b_goal\n';
  test('better, and worse', async () => {
    const better = await dataOf(
      `${GOAL}1000,50,1000,75\n`.concat('1000,50,1000,75\n'.repeat(4)),
      '--goal',
    );
    expect(better).toMatchObject({ verdict: 'pass', outcome: 'better', row: 3 });
    const worse = await dataOf(`${GOAL}${'1000,75,1000,50\n'.repeat(5)}`, '--goal');
    expect(worse).toMatchObject({ verdict: 'fail', outcome: 'worse', row: 3, interval: null });
    expect(worse['ratio']).toEqual([expect.closeTo(0.518, 3), expect.closeTo(0.853, 3)]);
    expect(worse.because).toMatch(
      /: b is worse \(.*\), b's share is 0\.4691 to 0\.9348 times a's$/,
    );
  });

  test('by the difference that matters, with its interval', async () => {
    const data = await dataOf(`${GOAL}10000,1000,10000,1100\n`, '--goal', '--effect', '0.01');
    expect(data).toMatchObject({
      verdict: 'undecided',
      outcome: 'open',
      difference: expect.closeTo(0.01, 9),
    });
    expect(six(data.log_evidence)).toEqual([1.318063]);
    expect(six(data['interval'] as number[])).toEqual([-0.003225, 0.023225]);
    expect(data['ratio']).toBeNull();
  });

  test('with a planned end', async () => {
    const text = `${GOAL}${'1000,100,1000,120\n'.repeat(5)}`;
    const data = await dataOf(text, '--goal', '--max-samples', '10000');
    expect(data).toMatchObject({ verdict: 'pass', row: 4, outcome: 'better' });
    expect(data.log_evidence).toEqual([null, null, null, null, null]);
    expect(data['z_needed']).toHaveLength(5);
  });

  test('with a planned end too, worse outranks an earlier pass', async () => {
    const planned = ['--goal', '--max-samples', '60000'];
    const first = `${GOAL}10000,1000,10000,1300\n`;
    expect(await dataOf(first, ...planned)).toMatchObject({ verdict: 'pass', row: 1 });
    const turned = `${first}10000,1300,10000,500\n10000,1000,10000,500\n`;
    const data = await dataOf(turned, ...planned);
    expect(data).toMatchObject({ verdict: 'fail', outcome: 'worse', row: 2 });
  });

  test('users that were not shared out as was meant', async () => {
    const text = `${GOAL}${'1000,50,1300,170\n'.repeat(9)}`;
    expect(await dataOf(text, '--goal', '--split', '50%')).toMatchObject({
      verdict: 'undecided',
      outcome: 'mismatch',
      row: null,
    });
  });
});

test("Kayenta's judge", async () => {
  const values = Array.from({ length: 60 }, (_, i) => `${150 + (i % 7)},${100 + (i % 9)}`).join(
    '\n',
  );
  const data = await dataOf(`candidate,baseline\n${values}\n`, '--judge', 'kayenta');
  expect(data).toMatchObject({ verdict: 'fail', row: 60, classification: 'High' });
  expect(data.log_evidence).toEqual(Array.from({ length: 60 }, () => null));
  expect(await dataOf('candidate,baseline\n,3\n', '--judge', 'kayenta')).toMatchObject({
    verdict: 'undecided',
    classification: 'Nodata',
  });
  const { out } = await judge('candidate,baseline\n5,3\n6,3\n5,4\n', '--judge', 'kayenta');
  expect(out).toBe(
    'fail at row 3: Kayenta: High, 3 values of the candidate, 3 of the baseline, 50 of each are asked for: shifted by 2, 1 to 3 with 98 %\n',
  );
});

describe('of Kayenta', () => {
  const lower = Array.from({ length: 60 }, (_, i) => `${100 + (i % 9)},${150 + (i % 7)}`);
  const text = `candidate,baseline\n${lower.join('\n')}\n`;
  test('what is a fault is said by the direction', async () => {
    const said = async (...direction: string[]) => {
      const { verdict, classification } = await dataOf(text, '--judge', 'kayenta', ...direction);
      return `${verdict} ${String(classification)}`;
    };
    expect(await said()).toBe('fail Low');
    expect(await said('--direction', 'either')).toBe('fail Low');
    expect(await said('--direction', 'decrease')).toBe('fail Low');
    expect(await said('--direction', 'increase')).toBe('pass Pass');
  });

  test('missing values, and those far off', async () => {
    const none = 'candidate,baseline\n,3\n,4\n';
    expect(await dataOf(none, '--judge', 'kayenta', '--nan-strategy', 'replace')).toMatchObject({
      because: expect.stringContaining('2 values of the candidate'),
    });
    const far = `${text}9999,150\n`;
    const kept = await dataOf(far, '--judge', 'kayenta');
    expect(kept.because).toContain('61 values of the candidate');
    const removed = await dataOf(far, '--judge', 'kayenta', '--outliers', 'remove');
    expect(removed.because).toContain('60 values of the candidate');
  });
});

test('a bad file is refused, every line of it, and a large one after twenty', async () => {
  const { code, out, err } = await judge(`${RATES}10,11,5,1\n10,-1,x,1\n`);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toBe(
    'stdin:2: candidate_bad 11 is more than candidate_total 10\n' +
      'stdin:3: candidate_bad: -1 is negative; a count is 0 or more\n' +
      'stdin:3: stable_total: "x" is not a number\n',
  );
  const many = await judge(RATES + '1,2,3,4\n'.repeat(30));
  expect(many.err).toMatch(/^stdin:21: .*\nand 10 more like these\n$/m);
});

test('as many rows as years have minutes', async () => {
  const { code, out } = await judge(RATES + '10,0,90,0\n'.repeat(150_000));
  expect(code).toBe(0);
  expect(out.split('\n')).toHaveLength(150_000 + 4);
});

test('a file by its name', async () => {
  const file = join(dir, 'counts.csv');
  writeFileSync(file, RATES + BAD);
  expect((await new FakeCluster().run('judge', '--counts', file)).out).toContain('fail at row 5: ');
  const missing = await new FakeCluster().run('judge', '--counts', join(dir, 'none.csv'));
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.err).toContain('none.csv: cannot be read: there is no such file');
});

test.each([
  [['--slo', '0'], 'Write a share between 0 and 1: 0.01, 1%.'],
  [['--slo', '1.5'], 'Write a share between 0 and 1'],
  [['--margin', '0.9'], 'Write a number, 1 or more: 1.25.'],
  [['--cap', '0.5'], 'Write a number, 1 or more, or none.'],
  [['--judge', 'argo'], 'Allowed choices are kayenta.'],
  [['--slo', '0.1', '--margin', '2'], '--margin does not go with --slo; leave one of them out'],
  [['--goal', '--cap', '2'], '--cap does not go with --goal'],
  [['--slo', '0.1', '--split', '0.1'], '--split does not go with --slo'],
  [['--goal', '--effect', '0.1', '--max-samples', '9'], '--effect does not go with --max-samples'],
  [['--max-samples', '9'], '--max-samples goes with --goal; add it, or leave --max-samples out'],
  [['--direction', 'increase'], '--direction goes with --judge kayenta; add it'],
  [['--judge', 'kayenta', '--direction', 'up'], 'Allowed choices are increase, decrease, either.'],
  [['--goal', '--nan-strategy', 'replace'], '--nan-strategy does not go with --goal'],
  [['--effect', '0.1'], '--effect goes with --goal; add it, or leave --effect out'],
])('%j is a usage error', async (args, text) => {
  const { code, out, err } = await judge(RATES, ...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(text);
});
