/** What people are told of pods that do not become ready, a row for each trouble. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { podTrouble, setTrouble } from './pod-trouble.ts';

const pod = (status: Record<string, unknown>, name = 'web-1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: { containers: [{ name: 'web', resources: { limits: { memory: '64Mi' } } }] },
  status,
});
const waiting = (reason: string, rest: object = {}, message?: string) => ({
  name: 'web',
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
  ...rest,
});
const running = { state: { running: {} } };
const ready = {
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ name: 'web', ready: true, ...running }],
};
const ended = (end: object) => ({ lastState: { terminated: end } });
const only = (container: object, rest: object = {}) => ({
  containerStatuses: [container],
  ...rest,
});
const LOGS = 'see kubectl logs -n shop web-1 -c';

test.each<[string, Record<string, unknown>, string, string]>([
  ['nothing known yet', {}, '', ''],
  ['ready', ready, '', ''],
  [
    'an image that is not there',
    only(waiting('ErrImagePull', {}, 'no such image')),
    'ImagePullBackOff',
    'pod web-1: container web: ErrImagePull: no such image; correct the image, or let the nodes pull it (imagePullSecrets)',
  ],
  [
    'an image that is no image',
    only(waiting('InvalidImageName', {}, 'couldn\'t parse image reference "a b"')),
    'InvalidImageName',
    'pod web-1: container web: InvalidImageName: couldn\'t parse image reference "a b"; write the image as registry/name:tag',
  ],
  [
    'a Secret that is missing',
    only(waiting('CreateContainerConfigError', {}, 'secret "keys" not found')),
    'CreateContainerConfigError',
    'pod web-1: container web: CreateContainerConfigError: secret "keys" not found; make the ConfigMap or Secret it names, or correct the name',
  ],
  [
    'a crash, with what it left behind',
    only(waiting('CrashLoopBackOff', { restartCount: 3, ...ended({ exitCode: 2 }) })),
    'CrashLoopBackOff',
    `pod web-1: container web: CrashLoopBackOff, last exit code 2, 3 restarts; ${LOGS} web --previous`,
  ],
  [
    'a crash, started again and not ready',
    only({ name: 'web', ...running, restartCount: 1, ...ended({ exitCode: 1 }) }),
    'CrashLoopBackOff',
    `pod web-1: container web: it crashed, last exit code 1, 1 restarts; ${LOGS} web --previous`,
  ],
  [
    'too little memory, with its limit',
    only(
      waiting('CrashLoopBackOff', {
        restartCount: 2,
        ...ended({ exitCode: 137, reason: 'OOMKilled' }),
      }),
    ),
    'OOMKilled',
    'pod web-1: container web: CrashLoopBackOff, last exit code 137 (OOMKilled), 2 restarts; it needs more memory than its limit of 64Mi',
  ],
  [
    'an init container before the others',
    only(waiting('PodInitializing'), {
      initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: 'migrate' }],
    }),
    'CrashLoopBackOff',
    `pod web-1: container migrate: CrashLoopBackOff, 0 restarts; ${LOGS} migrate --previous`,
  ],
  [
    'no node',
    {
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' },
      ],
    },
    'Unschedulable',
    'pod web-1: Unschedulable: 0/3 nodes; make room on the nodes, or ask for less',
  ],
  [
    'a node that put it out',
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
    'Evicted',
    'pod web-1: Evicted: The node was low on resource: memory.',
  ],
])('%s', (_, status, reason, message) => {
  const trouble = podTrouble([pod(status)]);
  expect(trouble?.message ?? '').toBe(message);
  expect(trouble?.reason ?? '').toBe(reason);
  if (trouble) expect(trouble).toMatchObject({ certain: true, silent: false });
});

test.each([
  ['being made', waiting('ContainerCreating'), 'is being made'],
  ['running', { name: 'web', ready: false, ...running }, 'runs and is not ready'],
])('%s says nothing of itself: its events may', (_, container, words) => {
  expect(podTrouble([pod(only(container))])).toMatchObject({
    reason: 'PodsNotReady',
    message: `pod web-1: container web ${words}`,
    certain: false,
    silent: true,
  });
});

test('of several troubles the commonest that is certain, with an example, and how common', () => {
  const crash = (name: string, restartCount: number) =>
    pod(only(waiting('CrashLoopBackOff', { restartCount })), name);
  const image = pod(only(waiting('ErrImagePull')));
  const starting = pod(only(waiting('ContainerCreating')));
  const pods = [starting, starting, starting, image, crash('web-2', 1), crash('web-3', 2)];
  expect(podTrouble([...pods, pod(ready)])?.message).toMatch(
    /^pod web-2: container web: CrashLoopBackOff, 1 restarts \(2 of 7 pods\); see /,
  );
  expect(podTrouble([])).toBeUndefined();
});

test('a set that may not make pods says why', () => {
  const set = (status: string) => ({
    ...pod({
      conditions: [
        { type: 'ReplicaFailure', status, reason: 'FailedCreate', message: 'exceeded quota: few' },
      ],
    }),
    kind: 'ReplicaSet',
  });
  expect(setTrouble(set('True'))).toEqual({
    reason: 'FailedCreate',
    message: 'FailedCreate: exceeded quota: few; raise the quota, or free some of it',
    certain: true,
  });
  expect(setTrouble(set('False'))).toBeUndefined();
  expect(setTrouble(undefined)).toBeUndefined();
});
