/** Which tasks run: those that are asked for, each once, and no longer than they are. */
import { expect, test } from 'vitest';
import type { Task } from '../api/release.ts';
import type { TaskAsk } from '../engine/index.ts';
import { recordingLog } from '../kube/recording-log.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { TaskOutcome, TaskRunner, TaskWork } from '../ports/task-runner.ts';
import { releaseSpec } from '../testing/snapshots.ts';
import type { Caches } from './caches.ts';
import { TaskDriver } from './tasks.ts';

interface Run {
  work: TaskWork;
  signal: AbortSignal;
  answer: (outcome: TaskOutcome) => void;
}

function driven() {
  const runs: Run[] = [];
  const ended: string[] = [];
  let changes = 0;
  const runner: TaskRunner = {
    kind: 'Job',
    run: (work, signal) => new Promise((answer) => runs.push({ work, signal, answer })),
    end: (work) => {
      ended.push(work.key);
      return Promise.resolve();
    },
  };
  const driver = new TaskDriver({
    client: {} as KubeClient,
    caches: { services: { byIndex: () => [] } } as unknown as Caches,
    log: recordingLog(),
    runners: new Map([['Job', runner]]),
  });
  const release = { name: 'web-1', uid: 'uid-1', namespace: 'shop', spec: releaseSpec() };
  const ask = (...asks: TaskAsk[]) => driver.ask(release, asks, () => changes++);
  return { driver, runs, ended, ask, changes: () => changes };
}

const job: Task = { name: 'a', kind: 'Job', spec: {}, retries: 0, intervalMs: 1_000 };
const one = (round = 1): TaskAsk => ({ id: 'before/a', round, task: job });

test('one that is asked for again goes on; its answer is told of', async () => {
  const { driver, runs, ask, changes } = driven();
  ask(one());
  ask(one());
  expect(runs).toHaveLength(1);
  runs[0]?.work.say('started');
  runs[0]?.work.say('started');
  expect([changes(), driver.answers('uid-1')]).toEqual([
    1,
    [{ id: 'before/a', round: 1, state: 'Waiting', message: 'started' }],
  ]);
  runs[0]?.answer({ state: 'Passed', message: 'completed' });
  await Promise.resolve();
  await Promise.resolve();
  expect([changes(), driver.answers('uid-1')[0]?.state]).toEqual([2, 'Passed']);
  expect(runs[0]?.work.key).toMatch(/^web-1-before-a-[0-9a-f]{8}$/);
});

test('one that is not asked for any more is stopped and taken away', () => {
  const { driver, runs, ended, ask } = driven();
  ask(one());
  ask();
  expect(runs[0]?.signal.aborted).toBe(true);
  expect(ended).toEqual([runs[0]?.work.key]);
  expect(driver.answers('uid-1')).toEqual([]);
});

test('what a controller that was killed left is taken away by the next, once', () => {
  const { driver, ended, ask } = driven();
  ask(one(2));
  ask();
  const spec = releaseSpec();
  const plan = { ...spec.plan, before: { tasks: [job] } };
  const tasks = [{ id: 'before/a', round: 2, state: 'Passed' as const, at: '' }];
  const after = driven();
  const release = {
    name: 'web-1',
    uid: 'uid-1',
    namespace: 'shop',
    spec: { ...spec, plan },
    tasks,
  };
  after.driver.ask(release, [], () => {});
  after.driver.ask(release, [], () => {});
  expect(after.ended).toHaveLength(2);
  expect(after.ended).toContain(ended[0]);
  driver.stop();
});

test('a later round is another one, under another name', () => {
  const { runs, ended, ask } = driven();
  ask(one());
  ask(one(2));
  expect(runs.map(({ work }) => work.key)).toHaveLength(2);
  expect(runs[0]?.work.key).not.toBe(runs[1]?.work.key);
  expect(ended).toEqual([runs[0]?.work.key]);
});

test('a controller that stops leaves Jobs to the one that goes on; a release that vanished does not', () => {
  const stopped = driven();
  stopped.ask(one());
  stopped.driver.stop();
  expect([stopped.runs[0]?.signal.aborted, stopped.ended]).toEqual([true, []]);
  const vanished = driven();
  vanished.ask(one());
  vanished.driver.forget('uid-1');
  expect(vanished.ended).toHaveLength(1);
});

test('a kind that nobody runs fails and says so', async () => {
  const { driver, ask } = driven();
  ask({ ...one(), task: { ...job, kind: 'Http' } });
  await Promise.resolve();
  expect(driver.answers('uid-1')).toMatchObject([
    { state: 'Failed', message: 'this Segue cannot run a Http' },
  ]);
});
