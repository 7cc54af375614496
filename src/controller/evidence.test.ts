/** When checks are measured, and whose samples a verdict speaks of; time is a fake clock's. */
import { afterEach, expect, test } from 'vitest';
import type { Check } from '../api/check.ts';
import type { Reading, VersionContext } from '../ports/metric-provider.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { recordingLog } from '../kube/recording-log.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { releaseSpec } from '../testing/snapshots.ts';
import { EvidenceCollector, type MeasuredRelease } from './evidence.ts';

const check = (name: string): Check => ({
  name,
  scope: 'Version',
  interval: '10s',
  window: '1m',
  max: 0.1,
  scrape: { pods: { port: 80, path: '/metrics' }, total: 'total', bad: 'bad' },
});

class Lab {
  readonly clock = new FakeClock();
  readonly api = new MemoryApi();
  readonly asked: VersionContext[] = [];
  changes = 0;
  reading: Reading = { kind: 'Counts', counts: { total: 1_000, bad: 0 } };
  readonly collector = new EvidenceCollector({
    client: this.api,
    clock: this.clock,
    log: recordingLog(),
    providers: new Map([
      [
        'scrape',
        {
          name: 'scrape',
          measure: (_: Check, version: VersionContext) => {
            this.asked.push(version);
            return Promise.resolve(this.reading);
          },
        },
      ],
    ]),
  });
  readonly release: MeasuredRelease = {
    uid: 'r',
    namespace: 'shop',
    spec: { ...releaseSpec(), checks: [check('errors'), check('p99')] },
  };

  ask(sinceMs?: number, checks = ['errors']): void {
    const measure = sinceMs === undefined ? undefined : { sinceMs, checks };
    this.collector.ask(this.release, measure, () => this.changes++);
  }

  get verdicts(): string[] {
    return this.collector.verdicts(this.release).map((v) => `${v.check} ${v.verdict}`);
  }
}

let lab = new Lab();
afterEach(() => {
  lab.collector.stop();
  lab = new Lab();
});

test('both versions are measured at once and then at each interval', async () => {
  lab.ask(1);
  expect(lab.verdicts).toEqual([]);
  await lab.clock.advance(0);
  expect(lab.asked.map(({ role, hash }) => `${role} ${hash}`)).toEqual([
    'Candidate v2',
    'Stable v1',
  ]);
  expect(lab.verdicts).toEqual(['errors Pass']);
  await lab.clock.advance(30_000);
  expect(lab.asked).toHaveLength(8);
});

test('asking for the same again changes nothing', async () => {
  lab.ask(1);
  await lab.clock.advance(5_000);
  lab.ask(1);
  await lab.clock.advance(1_000);
  expect(lab.asked).toHaveLength(2);
});

test.each<[string, () => void]>([
  ['a later beginning', () => lab.ask(2)],
  ['other checks', () => lab.ask(1, ['errors', 'p99'])],
])('%s begins anew: nothing of before counts', async (_, again) => {
  lab.ask(1);
  await lab.clock.advance(0);
  expect(lab.verdicts).toEqual(['errors Pass']);
  again();
  expect(lab.verdicts).toEqual([]);
});

test('a measurement under way when a new beginning is asked for does not count', async () => {
  let answer: (reading: Reading) => void = () => {};
  const slow = new Promise<Reading>((resolve) => {
    answer = resolve;
  });
  lab.reading = slow as unknown as Reading;
  lab.ask(1);
  await lab.clock.advance(0);
  lab.reading = { kind: 'Missing', because: 'nothing yet' };
  lab.ask(2);
  await lab.clock.advance(0);
  answer({ kind: 'Counts', counts: { total: 1_000, bad: 1_000 } });
  await lab.clock.advance(0);
  expect(lab.verdicts).toEqual(['errors Undecided']);
});

test('what comes while pods warm up does not count, and where none came all of it does', async () => {
  lab.release.spec = { ...releaseSpec(), checks: [{ ...check('errors'), warmup: '1h' }] };
  const ask = (isWarm?: true) => {
    const measure = { sinceMs: 1, checks: ['errors'], ...(isWarm && { isWarm }) };
    lab.collector.ask(lab.release, measure, () => {});
  };
  ask();
  await lab.clock.advance(0);
  expect(lab.verdicts).toEqual(['errors Undecided']);
  ask(true);
  await lab.clock.advance(0);
  expect(lab.verdicts).toEqual(['errors Pass']);
});

test('nothing asked for is not measured, and nothing of it is left running', async () => {
  lab.ask(1);
  await lab.clock.advance(0);
  lab.ask(undefined);
  expect(lab.verdicts).toEqual([]);
  expect(lab.clock.sleeping).toBe(0);
  await lab.clock.advance(60_000);
  expect(lab.asked).toHaveLength(2);
});

test('the controller is told of a verdict that changed, and not of one that stands', async () => {
  lab.ask(1);
  await lab.clock.advance(0);
  expect(lab.changes).toBe(1);
  await lab.clock.advance(30_000);
  expect(lab.changes).toBe(1);
  lab.reading = { kind: 'Counts', counts: { total: 1_000, bad: 500 } };
  await lab.clock.advance(10_000);
  expect(lab.changes).toBe(2);
  expect(lab.verdicts).toEqual(['errors Fail']);
});

test('a pass becomes undecided when nothing new is measured', async () => {
  lab.ask(1);
  await lab.clock.advance(0);
  lab.reading = { kind: 'Missing', because: 'connection refused' };
  await lab.clock.advance(60_000);
  expect(lab.verdicts).toEqual(['errors Undecided']);
});

test('only ready pods of the version are named to the provider', async () => {
  const pod = (name: string, hash: string, ready: 'True' | 'False') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { 'pod-template-hash': hash } },
    status: { podIP: `10.0.0.${name}`, conditions: [{ type: 'Ready', status: ready }] },
  });
  lab.api.put(pod('1', 'v2', 'True'), pod('2', 'v2', 'False'), pod('3', 'v1', 'True'));
  lab.ask(1);
  await lab.clock.advance(0);
  expect(lab.asked.map(({ pods }) => pods.map(({ ip }) => ip))).toEqual([
    ['10.0.0.1'],
    ['10.0.0.3'],
  ]);
});

test('pods that cannot be listed are missing evidence, and measuring goes on', async () => {
  lab.api.onList = () => {
    throw new Error('not allowed');
  };
  lab.ask(1);
  await lab.clock.advance(0);
  expect(lab.collector.verdicts(lab.release)[0]).toMatchObject({
    verdict: 'Undecided',
    because: expect.stringContaining('not allowed'),
  });
  lab.api.onList = () => {};
  await lab.clock.advance(10_000);
  expect(lab.verdicts).toEqual(['errors Pass']);
});

test('the time nobody looked at the checks is told from the time they were undecided', async () => {
  expect(lab.collector.since(lab.release)).toBeUndefined();
  await lab.clock.advance(5_000);
  lab.ask(1);
  const begun = lab.clock.now();
  await lab.clock.advance(3_600_000);
  expect(lab.collector.since(lab.release)).toBe(begun);
  // The process stood still for an hour, as in a SIGSTOP: no timer of it fired.
  lab.clock.jump(3_600_000);
  expect(lab.collector.since(lab.release)).toBe(lab.clock.now());
});

test('a goal is asked for all the time since the test began, a check for its window', async () => {
  const began = lab.clock.now();
  lab.release.spec.checks = [check('errors'), { ...check('orders'), goal: {} }];
  lab.ask(began, ['errors', 'orders']);
  await lab.clock.advance(90_000);
  const asked = lab.asked.slice(-4).map(({ window }) => window);
  expect(asked.toSorted((a, b) => a.localeCompare(b))).toEqual(['1m', '1m', '90s', '90s']);
});

test('with a fresh baseline stable is its pods, all of them and as many as the candidate has', async () => {
  const pod = (name: string, hash: string, { ready = true, fresh = '' } = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      labels: { 'pod-template-hash': hash, ...(fresh !== '' && { 'segue.dev/fresh': fresh }) },
    },
    status: {
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'app', ready, state: { waiting: { reason: 'ErrImagePull' } } }],
    },
  });
  lab.release.spec.checks = [
    { ...check('young'), max: undefined, compare: { baseline: 'Fresh' } },
    { ...check('all'), max: undefined, compare: {} },
  ];
  lab.api.put(pod('new-1', 'v2'), pod('new-2', 'v2'));
  lab.api.put(pod('old', 'v1'), pod('young-1', 'v1', { fresh: 'r' }));
  lab.api.put(pod('young-2', 'v1', { ready: false, fresh: 'r' }));
  lab.api.put(pod('of-another', 'v1', { fresh: 'of another release' }));
  lab.ask(1, ['young', 'all']);
  await lab.clock.advance(0);
  const asked = (from: number) =>
    lab.asked
      .slice(from)
      .map(({ role, hash, pods }) => `${role} ${hash} ${pods.map(({ name }) => name).join(' ')}`)
      .toSorted((a, b) => a.localeCompare(b));
  const all = ['Candidate v2 new-1 new-2', 'Candidate v2 new-1 new-2'];
  expect(asked(0)).toEqual([...all, 'Stable v1 old young-1 of-another']);
  const said = () => lab.collector.verdicts(lab.release)[0];
  expect(said()?.verdict).toBe('Undecided');
  expect(said()?.because).toMatch(
    /^1 of 2 fresh pods of the old version are ready, to be compared with: pod young-2: container app: ErrImagePull/,
  );
  lab.api.drop('Pod', 'young-2');
  lab.api.put(pod('young-2', 'v1', { fresh: 'r' }));
  const before = lab.asked.length;
  await lab.clock.advance(10_000);
  expect(asked(before)).toEqual([
    ...all,
    'Stable v1 old young-1 of-another young-2',
    'Stable v1 young-1 young-2',
  ]);
});
