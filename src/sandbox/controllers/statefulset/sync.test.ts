import { describe, expect, test } from 'vitest';
import type { Pod, StatefulSet } from '../kinds.ts';
import { ago, NOW, type PodFacts } from '../testing/objects.ts';
import { aMember, aRevision, aStatefulSet } from '../testing/set-objects.ts';
import { claimsOf, wantedOwners } from './claims.ts';
import { renderPod } from './identity.ts';
import { findCurrent, findUpdate, toForget } from './revisions.ts';
import { syncStatefulSet } from './sync.ts';

const current = aRevision(aStatefulSet(), 'db:1', 1);
const update = aRevision(aStatefulSet(), 'db:2', 2);
const old = (ordinal: number, facts?: PodFacts) => aMember(ordinal, current, facts);
const fresh = (ordinal: number, facts?: PodFacts) => aMember(ordinal, update, facts);
const UNREADY = { ready: false };
const GOING = { deleting: true };
const FAILED = { status: { phase: 'Failed' } };

type Spec = Partial<StatefulSet['spec']>;
const PARALLEL: Spec = { podManagementPolicy: 'Parallel' };
const at = (partition: number): Spec => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
});

function plan(pods: Pod[], spec: Spec = {}, more: Partial<StatefulSet['metadata']> = {}) {
  const set = aStatefulSet(spec);
  Object.assign(set.metadata, more);
  const revisions = { current, update };
  return syncStatefulSet({ set, pods, revisions, collisions: 0, nowMs: NOW });
}

/** `+db-0 of db:1` is made, `-db-0` deleted. */
function steps(pods: Pod[], spec: Spec = {}): string[] {
  const { create, delete: gone } = plan(pods, spec);
  const images = create.map((pod) => String(pod.spec.containers[0]?.['image']));
  return [
    ...create.map((pod, i) => `+${pod.metadata.name} of ${images[i]}`),
    ...gone.map((pod) => `-${pod.metadata.name}`),
  ];
}

describe('in order', () => {
  test.each<[string, Pod[], Spec, string[]]>([
    ['the first is made alone', [], {}, ['+db-0 of db:2']],
    ['the next waits until it is ready', [fresh(0, UNREADY)], {}, []],
    ['then comes the next', [fresh(0)], {}, ['+db-1 of db:2']],
    ['a gap is filled before anything else', [fresh(0), old(2)], {}, ['+db-1 of db:2']],
    [
      'below the partition the old revision is made again',
      [old(0), old(2)],
      at(2),
      ['+db-1 of db:1'],
    ],
    ['nothing is made while one goes', [fresh(0), fresh(1, GOING)], {}, []],
    ['a failed one is deleted first', [fresh(0, FAILED), fresh(1)], {}, ['-db-0']],
    ['the highest goes first', [fresh(0), fresh(1), fresh(2)], { replicas: 1 }, ['-db-2']],
    ['and the next after it', [fresh(0), fresh(1), fresh(2, GOING)], { replicas: 1 }, []],
    [
      'an unready one is in the way of shrinking',
      [fresh(0, UNREADY), fresh(1)],
      { replicas: 1 },
      [],
    ],
    ['unless it is the one that goes', [fresh(0), fresh(1, UNREADY)], { replicas: 1 }, ['-db-1']],
  ])('%s', (_, pods, spec, expected) => {
    expect(steps(pods, spec)).toEqual(expected);
  });
});

describe('in parallel', () => {
  test.each<[string, Pod[], Spec, string[]]>([
    ['all are made at once', [], {}, ['+db-0 of db:2', '+db-1 of db:2', '+db-2 of db:2']],
    [
      'one that is unready is in nobody’s way',
      [fresh(0, UNREADY), fresh(2)],
      {},
      ['+db-1 of db:2'],
    ],
    [
      'all that are too many go at once',
      [fresh(0, UNREADY), fresh(1), fresh(2)],
      { replicas: 1 },
      ['-db-2', '-db-1'],
    ],
    ['updates still go one by one', [old(0), old(1), old(2)], {}, ['-db-2']],
    [
      'and a broken one does not block the way back',
      [old(0), old(1), old(2, UNREADY)],
      {},
      ['-db-2'],
    ],
  ])('%s', (_, pods, spec, expected) => {
    expect(steps(pods, { ...PARALLEL, ...spec })).toEqual(expected);
  });
});

describe('an update', () => {
  test.each<[string, Pod[], Spec, string[]]>([
    ['begins at the highest', [old(0), old(1), old(2)], {}, ['-db-2']],
    ['waits until that is ready', [old(0), old(1), fresh(2, UNREADY)], {}, []],
    ['goes on below', [old(0), old(1), fresh(2)], {}, ['-db-1']],
    ['ends at the partition', [old(0), old(1), fresh(2)], at(2), []],
    [
      'of a set with another first ordinal counts from it',
      [old(5), old(6)],
      { ...at(1), replicas: 2, ordinals: { start: 5 } },
      ['-db-6'],
    ],
    [
      'on delete moves nothing',
      [old(0), old(1), old(2)],
      { updateStrategy: { type: 'OnDelete' } },
      [],
    ],
    [
      'is blocked by a broken pod when pods are in order',
      [old(0), old(1), old(2, UNREADY)],
      {},
      [],
    ],
    [
      'waits for minReadySeconds',
      [old(0), old(1), fresh(2, { readyForSeconds: 5 })],
      { minReadySeconds: 8 },
      [],
    ],
  ])('%s', (_, pods, spec, expected) => {
    expect(steps(pods, spec)).toEqual(expected);
  });

  test('on delete makes what was deleted of the new revision', () => {
    const spec: Spec = { updateStrategy: { type: 'OnDelete' } };
    expect(steps([old(0), old(2)], spec)).toEqual(['+db-1 of db:2']);
  });

  test('looks again when minReadySeconds are over', () => {
    const pods = [old(0), old(1), fresh(2, { readyForSeconds: 5 })];
    expect(plan(pods, { minReadySeconds: 8 }).requeueAfterMs).toBe(3_000);
  });
});

test('a set that is being deleted moves nothing', () => {
  const { create, delete: gone, status } = plan([old(0)], {}, { deletionTimestamp: ago(1) });
  expect([create, gone]).toEqual([[], []]);
  expect(status).toMatchObject({ replicas: 1 });
});

test('a pod that was adopted gets the labels of its ordinal', () => {
  const adopted = old(0);
  adopted.metadata.labels = { app: 'web' };
  expect(plan([adopted, old(1), old(2)]).mend).toEqual([adopted]);
});

describe('the status', () => {
  const names = { currentRevision: current.metadata.name, updateRevision: update.metadata.name };

  test('counts pods by revision, and the one just deleted no more as a current one', () => {
    const { status } = plan([old(0), old(1, UNREADY), old(2), fresh(3, GOING)], {
      replicas: 3,
      ...PARALLEL,
    });
    expect(status).toEqual({
      ...names,
      observedGeneration: 2,
      replicas: 4,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 2,
      collisionCount: 0,
    });
  });

  test('the update becomes the current revision when every pod wanted is of it and ready', () => {
    const done = plan([fresh(0), fresh(1), fresh(2)]).status;
    expect(done).toMatchObject({ currentRevision: update.metadata.name, currentReplicas: 3 });
    expect(plan([fresh(0), fresh(1), fresh(2, UNREADY)]).status).toMatchObject(names);
    expect(plan([old(0), old(1), fresh(2)], at(2)).status).toMatchObject(names);
  });

  test('a pod below the partition that is being replaced completes nothing', () => {
    expect(plan([fresh(1), fresh(2)], at(1)).status).toMatchObject(names);
  });
});

describe('revisions', () => {
  const set = aStatefulSet();
  test('the newest of the same template is the update', () => {
    expect(findUpdate(set, [current, update])).toEqual({ kind: 'known', revision: update });
  });

  test('an earlier one of the same template is raised above all', () => {
    const revisions = [
      { ...update, revision: 1 },
      { ...current, revision: 2 },
    ];
    expect(findUpdate(set, revisions)).toEqual({
      kind: 'raised',
      revision: { ...update, revision: 3 },
    });
  });

  test('a template never seen gets a number above all', () => {
    expect(findUpdate(set, [current])).toEqual({ kind: 'new', number: 2 });
    expect(findUpdate(set, [])).toEqual({ kind: 'new', number: 1 });
  });

  test('the current one is the one the status names', () => {
    const currentRevision = current.metadata.name;
    const known = aStatefulSet({}, { replicas: 3, currentRevision });
    expect(findCurrent(known, [current, update], update)).toBe(current);
    expect(findCurrent(set, [current, update], update)).toBe(update);
  });

  test('the oldest beyond the limit are forgotten, never one that a pod is of', () => {
    const history = [1, 2, 3, 4].map((n) => aRevision(set, `db:old-${n}`, n));
    const limited = aStatefulSet({ revisionHistoryLimit: 1 });
    const pods = history.slice(0, 1).map((revision) => aMember(0, revision));
    const forgotten = toForget(limited, [...history, update], { pods, live: [update] });
    expect(forgotten).toEqual(history.slice(1, 3));
  });
});

test('a pod has a name, a host name and claims of its own', () => {
  const claims = [
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} },
  ];
  const set = aStatefulSet({ volumeClaimTemplates: claims });
  const pod = renderPod(set, 1, update);
  expect(pod.metadata).toMatchObject({
    name: 'db-1',
    generateName: 'db-',
    labels: {
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'apps.kubernetes.io/pod-index': '1',
      'controller-revision-hash': update.metadata.name,
    },
  });
  expect(pod.spec).toMatchObject({
    hostname: 'db-1',
    subdomain: 'peers',
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
  });
  expect(claimsOf(set, 1).map(({ metadata }) => metadata)).toEqual([
    { name: 'data-db-1', namespace: 'shop', labels: { app: 'web' } },
  ]);
});

describe('a claim goes with', () => {
  const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } };
  const owned = (whenDeleted: string, whenScaled: string, ordinal: number) => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted, whenScaled };
    const set = aStatefulSet({ persistentVolumeClaimRetentionPolicy, replicas: 1 });
    return wantedOwners(set, fresh(ordinal), CLAIM)?.map(({ kind }) => kind);
  };

  test.each([
    ['nobody', ['Retain', 'Retain', 1], undefined],
    ['the set', ['Delete', 'Retain', 1], ['StatefulSet']],
    ['the pod, when the set shrinks below it', ['Retain', 'Delete', 1], ['Pod']],
    ['nobody while its pod stays', ['Retain', 'Delete', 0], undefined],
    ['the pod before the set', ['Delete', 'Delete', 1], ['Pod']],
  ] as const)('%s', (_, [whenDeleted, whenScaled, ordinal], owners) => {
    expect(owned(whenDeleted, whenScaled, ordinal)).toEqual(owners);
  });

  test('whom it is given back to when the set grows again', () => {
    const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    const set = aStatefulSet({ persistentVolumeClaimRetentionPolicy: policy });
    const pod = fresh(1);
    const left = { apiVersion: 'v1', kind: 'Pod', name: 'db-1', uid: pod.metadata.uid ?? '' };
    const claim = { ...CLAIM, metadata: { name: 'data', ownerReferences: [left] } };
    expect(wantedOwners(set, pod, claim)?.map(({ kind }) => kind)).toEqual(['StatefulSet']);
  });
});
