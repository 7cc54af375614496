/** What people are told of pods that do not become ready, a row for each trouble. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { podTrouble, setTrouble } from './pod-trouble.ts';

const pod = (status: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  status,
});
const waiting = (reason: string, rest: object = {}, message?: string) => ({
  name: 'web',
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
  ...rest,
});
const ready = { containerStatuses: [{ name: 'web', ready: true, state: { running: {} } }] };

test.each<[string, Record<string, unknown>, string]>([
  ['nothing known yet', {}, ''],
  ['running', ready, ''],
  ['being made', { containerStatuses: [waiting('ContainerCreating')] }, ''],
  ['initialising', { containerStatuses: [waiting('PodInitializing')] }, ''],
  [
    'an image that is not there',
    { containerStatuses: [waiting('ImagePullBackOff', {}, 'no such image')] },
    'container web: ImagePullBackOff: no such image',
  ],
  [
    'a crash, with what it left behind',
    {
      containerStatuses: [
        waiting('CrashLoopBackOff', {
          restartCount: 3,
          lastState: { terminated: { exitCode: 2 } },
        }),
      ],
    },
    'container web: CrashLoopBackOff, last exit code 2, 3 restarts',
  ],
  [
    'an init container before the others',
    {
      initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: 'migrate' }],
      containerStatuses: [waiting('PodInitializing')],
    },
    'container migrate: CrashLoopBackOff',
  ],
  [
    'no node',
    {
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' },
      ],
    },
    'Unschedulable: 0/3 nodes',
  ],
])('%s', (_, status, trouble) => expect(podTrouble([pod(status)])).toBe(trouble));

test('of several troubles the commonest, and how common', () => {
  const crash = pod({ containerStatuses: [waiting('CrashLoopBackOff')] });
  const image = pod({ containerStatuses: [waiting('ErrImagePull')] });
  expect(podTrouble([image, crash, crash, pod(ready)])).toBe(
    'container web: CrashLoopBackOff (2 of 4 pods)',
  );
  expect(podTrouble([])).toBe('');
});

test('a set that may not make pods says why', () => {
  const set = (status: string) => ({
    ...pod({
      conditions: [
        { type: 'ReplicaFailure', status, reason: 'FailedCreate', message: 'exceeded quota' },
      ],
    }),
    kind: 'ReplicaSet',
  });
  expect(setTrouble(set('True'))).toBe('FailedCreate: exceeded quota');
  expect(setTrouble(set('False'))).toBe('');
  expect(setTrouble(undefined)).toBe('');
});
