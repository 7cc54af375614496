/** Whether images can be pulled, from what a kubelet says, on a clock that the test moves. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { compilePull } from '../../engine/pull.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KubeClient, KubeError } from '../../ports/kube.ts';
import type { TaskOutcome, TaskWork } from '../../ports/task-runner.ts';
import { pullRunner } from './runner.ts';

/** What the pod says from this second on. */
type Script = Record<number, object | undefined>;

const waiting = (reason: string, message?: string) => ({
  containerStatuses: [
    { name: 'web', imageID: '', state: { waiting: { reason, ...(message && { message }) } } },
  ],
});
const web = (status: object) => ({ containerStatuses: [{ name: 'web', imageID: '', ...status }] });

interface Cluster {
  script: Script;
  events?: string[];
  job?: object;
  create?: KubeError;
}

async function tried({ script, events = [], job: jobStatus = {}, create }: Cluster) {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
  let job: KubeObject | undefined;
  const calls: string[] = [];
  const said: string[] = [];
  const client: Partial<KubeClient> = {
    get: () => Promise.resolve(job),
    create: (object) => {
      if (create) return Promise.reject(create);
      calls.push('create');
      const metadata = { ...object.metadata, uid: 'uid-job' };
      job = { ...object, metadata, status: jobStatus };
      return Promise.resolve(job);
    },
    delete: () => {
      calls.push('delete');
      return Promise.resolve(undefined);
    },
    list: ({ kind }) => {
      const times = Object.keys(script).map(Number);
      const now = script[Math.max(...times.filter((second) => second * 1_000 <= nowMs))];
      const of = (uid: string) => [{ apiVersion: 'batch/v1', kind: 'Job', name: 'x', uid }];
      const pod = (uid: string, status: object) => ({
        metadata: { name: uid, ownerReferences: of(uid) },
        status,
      });
      const foreign = pod('uid-other', web({ imageID: 'other@sha256:1' }));
      const pods = [foreign, ...(now ? [pod('uid-job', now)] : [])];
      const items = kind === 'Pod' ? pods : events.map((message) => ({ message }));
      return Promise.resolve({ items: items as unknown as KubeObject[], resourceVersion: '1' });
    },
  };
  const work: TaskWork = {
    task: compilePull({ spec: { containers: [{ name: 'web', image: 'web:2' }] } }),
    key: 'web-1-before-images-pull-12345678',
    about: {
      namespace: 'shop',
      policy: 'web',
      release: 'web-1',
      releaseUid: 'uid-1',
      moment: 'before',
      target: 'web',
      stableImages: ['web:1'],
      candidateImages: ['web:2'],
      candidateHash: 'abc',
      candidateService: 'web-candidate',
    },
    candidates: () => Promise.resolve([]),
    say: (message) => said.push(message),
  };
  const runner = pullRunner(client as KubeClient, clock);
  const removed = () => calls.filter((call) => call === 'delete').length;
  const outcome: TaskOutcome = await runner.run(work, new AbortController().signal);
  // Before anybody has the answer.
  if (job) expect(removed()).toBe(1);
  return { outcome, seconds: nowMs / 1_000, calls, job, said };
}

describe('an image that was pulled passes, whatever became of the container', () => {
  test.each([
    ['it runs', web({ state: { running: {} } })],
    ['it has ended', web({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })],
    ['it crashed', web({ state: { terminated: { exitCode: 1, reason: 'Error' } } })],
    ['there is no such command', web({ state: { terminated: { reason: 'StartError' } } })],
    ['its id is known', web({ imageID: 'web@sha256:1', state: {} })],
    ['it may not run as root', waiting('CreateContainerConfigError')],
    ['it could not be made', waiting('CreateContainerError')],
    ['it could not be run', waiting('RunContainerError')],
  ])('%s', async (_, status) => {
    const { outcome, calls } = await tried({ script: { 0: undefined, 1: status } });
    expect(outcome).toEqual({ state: 'Passed', message: 'a node has them' });
    expect(calls).toEqual(['create', 'delete']);
  });

  test('also when the first try failed', async () => {
    const back = waiting('ImagePullBackOff', 'Back-off pulling image "web:2"');
    const script = {
      1: waiting('ErrImagePull', 'i/o timeout'),
      3: back,
      12: web({ imageID: 'x' }),
    };
    expect((await tried({ script })).outcome.state).toBe('Passed');
  });

  test('and a Job that has completed', async () => {
    const job = { conditions: [{ type: 'Complete', status: 'True' }] };
    expect((await tried({ script: { 0: undefined }, job })).outcome.state).toBe('Passed');
  });
});

describe('an image that cannot be pulled fails', () => {
  test('when it is still so after the kubelet has tried again, with the better of its words', async () => {
    const script = {
      1: waiting('ErrImagePull', 'web:2: not found'),
      3: waiting('ImagePullBackOff', 'Back-off pulling image "web:2"'),
    };
    const { outcome, seconds, said } = await tried({ script });
    const message = 'image web:2 of container web: ErrImagePull: web:2: not found';
    expect(outcome).toEqual({ state: 'Failed', message });
    expect(seconds).toBe(16);
    expect(said.at(-1)).toBe(message);
  });

  test.each(['InvalidImageName', 'ErrImageNeverPull'])('at once by %s', async (reason) => {
    const { outcome, seconds } = await tried({ script: { 1: waiting(reason) } });
    expect(outcome).toEqual({
      state: 'Failed',
      message: `image web:2 of container web: ${reason}`,
    });
    expect(seconds).toBe(1);
  });
});

describe('what cannot be known keeps nobody waiting for long', () => {
  const unschedulable = (message: string) => ({
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  });
  test.each<[string, Cluster, RegExp, number]>([
    ['no room', { script: { 1: unschedulable('0/3 nodes') } }, /^Unschedulable: 0\/3 nodes$/, 16],
    [
      'a quota',
      { script: { 0: undefined }, events: ['exceeded quota: pods'] },
      /^its pod was not let in: exceeded quota: pods$/,
      3,
    ],
    [
      'put out by its node',
      { script: { 1: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } } },
      /^Evicted: low on memory$/,
      16,
    ],
    [
      'a node that says nothing',
      { script: { 1: waiting('ContainerCreating') } },
      /^no answer within 2m, image web:2 is being pulled$/,
      120,
    ],
    ['a pod that is never made', { script: { 0: undefined } }, /^no answer within 2m/, 120],
    [
      'its Job was ended meanwhile',
      {
        script: { 0: undefined },
        job: { conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] },
      },
      /^its Job ended before a node had said: DeadlineExceeded/,
      1,
    ],
    [
      'Jobs are not allowed',
      {
        script: { 0: undefined },
        create: new KubeError('jobs is forbidden', { code: 403, reason: 'Forbidden' }),
      },
      /^jobs is forbidden$/,
      0,
    ],
    [
      'the API server does not answer',
      {
        script: { 0: undefined },
        create: new KubeError('refused', { code: 0, reason: 'Unreachable' }),
      },
      /^no answer within 2m, refused$/,
      120,
    ],
    [
      'a container that the node has lost',
      { script: { 1: web({ state: { terminated: { reason: 'ContainerStatusUnknown' } } }) } },
      /^no answer within 2m/,
      120,
    ],
  ])('%s', async (_, cluster, message, atSeconds) => {
    const { outcome, seconds } = await tried(cluster);
    expect(outcome).toEqual({ state: 'Unknown', message: expect.stringMatching(message) });
    expect(seconds).toBe(atSeconds);
  });
});

test('its pod is nobody behind a Service, has no sidecar, and ends by itself', async () => {
  const { job } = await tried({ script: { 0: undefined, 1: web({ imageID: 'x' }) } });
  expect(job).toMatchObject({
    metadata: {
      name: 'web-1-before-images-pull-12345678',
      ownerReferences: [{ kind: 'Release', name: 'web-1', uid: 'uid-1', controller: true }],
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 150,
      template: {
        metadata: {
          labels: { 'segue.dev/policy': 'web', 'sidecar.istio.io/inject': 'false' },
          annotations: { 'linkerd.io/inject': 'disabled' },
        },
      },
    },
  });
});
