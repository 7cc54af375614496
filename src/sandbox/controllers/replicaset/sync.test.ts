import { describe, expect, test } from 'vitest';
import type { Pod, ReplicaSet } from '../kinds.ts';
import { ago, aPod, aSet, NOW, type PodFacts } from '../testing/objects.ts';
import { nextAvailableMs, nextStatus, podChanges, renderPod, type Snapshot } from './sync.ts';

function snapshot(
  replicas: number,
  pods: Pod[],
  change: Partial<ReplicaSet['spec']> = {},
): Snapshot {
  const set = aSet('a', { image: 'web:1', replicas });
  return { set: { ...set, spec: { ...set.spec, ...change } }, pods, related: pods, nowMs: NOW };
}

const LABELS = { app: 'web', 'pod-template-hash': 'a' };
const pod = (name: string, facts: PodFacts = {}): Pod => aPod(name, { labels: LABELS, ...facts });

describe('how many pods to make', () => {
  test.each([
    ['none is there', [], 3],
    ['one is missing', [pod('a'), pod('b')], 1],
    ['one is being deleted', [pod('a'), pod('b'), pod('c', { deleting: true })], 1],
    ['one has failed', [pod('a'), pod('b'), pod('c', { status: { phase: 'Failed' } })], 1],
    ['an unready one counts', [pod('a'), pod('b'), pod('c', { ready: false })], 0],
  ])('%s', (_, pods, create) => {
    expect(podChanges(snapshot(3, pods))).toEqual({ create, delete: [] });
  });

  test('at most 500 at once', () => {
    expect(podChanges(snapshot(900, [])).create).toBe(500);
  });

  test('a set being deleted makes and deletes none', () => {
    const doomed = snapshot(3, []);
    doomed.set.metadata.deletionTimestamp = ago(1);
    expect(podChanges(doomed)).toEqual({ create: 0, delete: [] });
  });
});

describe('which pod goes first', () => {
  const COST = 'controller.kubernetes.io/pod-deletion-cost';
  test.each<[string, PodFacts, PodFacts]>([
    ['the unscheduled', { node: '' }, { ready: false }],
    ['the pending', { status: { phase: 'Pending' } }, { ready: false }],
    ['the unready', { ready: false }, { annotations: { [COST]: '-10' } }],
    ['the cheap', { annotations: { [COST]: '-10' } }, { readyForSeconds: 1 }],
    ['the one ready for less time', { readyForSeconds: 5 }, { readyForSeconds: 5_000 }],
    ['the younger', { createdSecondsAgo: 9 }, { createdSecondsAgo: 9_000 }],
    [
      'the one that restarted more',
      { status: { containerStatuses: [{ restartCount: 3 }] } },
      { createdSecondsAgo: 9 },
    ],
  ])('%s', (_, first, other) => {
    const pods = [pod('other', other), pod('first', first)];
    expect(podChanges(snapshot(1, pods)).delete.map((one) => one.metadata.name)).toEqual(['first']);
  });

  test('the one that shares its node with others of the same owner', () => {
    const own = [pod('alone', { node: 'n1', readyForSeconds: 5 }), pod('crowded', { node: 'n2' })];
    const related = [...own, pod('neighbour', { node: 'n2' })];
    const changes = podChanges({ ...snapshot(1, own), related });
    expect(changes.delete.map((one) => one.metadata.name)).toEqual(['crowded']);
  });
});

describe('status', () => {
  test('counts existing, ready and available pods', () => {
    const pods = [
      pod('long', { readyForSeconds: 60 }),
      pod('short', { readyForSeconds: 5 }),
      pod('unready', { ready: false }),
      pod('other-label', { labels: { app: 'web' }, readyForSeconds: 60 }),
      pod('going', { deleting: true }),
    ];
    const status = nextStatus(snapshot(4, pods, { minReadySeconds: 10 }), undefined);
    expect(status).toEqual({
      replicas: 4,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  test('is not written when it says the same, zeros or not', () => {
    expect(nextStatus(snapshot(1, [pod('a')]), undefined)).toBeUndefined();
    const empty = snapshot(0, []);
    expect(nextStatus(empty, undefined)).toBeUndefined();
    empty.set.status = { replicas: 0, observedGeneration: 1 };
    expect(nextStatus(empty, undefined)).toBeUndefined();
  });

  test('a refused pod is a ReplicaFailure until one is made', () => {
    const failure = { reason: 'FailedCreate', message: 'exceeded quota' } as const;
    const refused = snapshot(1, []);
    const status = nextStatus(refused, failure);
    expect(status?.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', ...failure },
    ]);
    if (status) refused.set.status = status;
    expect(nextStatus(refused, failure)).toBeUndefined();
    expect(nextStatus({ ...refused, pods: [pod('a')] }, undefined)?.conditions).toBeUndefined();
  });

  test('looks again when the next pod becomes available', () => {
    const pods = [pod('a', { readyForSeconds: 4 }), pod('b', { readyForSeconds: 7 })];
    expect(nextAvailableMs(snapshot(2, pods, { minReadySeconds: 10 }))).toBe(3_000);
    expect(nextAvailableMs(snapshot(2, pods))).toBeUndefined();
  });
});

test('a pod is the template, named after its set and owned by it', () => {
  const rendered = renderPod(snapshot(1, []).set, () => 0);
  expect(rendered.metadata).toMatchObject({
    name: 'web-a-bbbbb',
    generateName: 'web-a-',
    namespace: 'shop',
    labels: LABELS,
    ownerReferences: [{ kind: 'ReplicaSet', uid: 'a-uid', controller: true }],
  });
  expect(rendered.spec.containers[0]?.['image']).toBe('web:1');
});
