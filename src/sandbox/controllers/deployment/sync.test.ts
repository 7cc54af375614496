import { describe, expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../kinds.ts';
import {
  aDeployment,
  ago,
  aPod,
  aSet,
  DESIRED,
  MAX,
  NOW,
  REVISION,
  sizedFor,
} from '../testing/objects.ts';
import type { Plan, Write } from '../write.ts';
import { syncDeployment } from './sync.ts';

const PAUSED = { paused: true };
const RECREATE = { strategy: { type: 'Recreate' } };

function sync(deployment: Deployment, sets: ReplicaSet[], podsBySet = new Map()): Plan {
  return syncDeployment({ deployment, sets, podsBySet, nowMs: NOW });
}

/** Sizes written, as `create web:1 3` and `web-a 3`. */
function sizes(plan: Plan): string[] {
  return plan.writes.flatMap((write) => {
    if (write.op !== 'Create' && write.op !== 'Update') return [];
    const set = write.object as ReplicaSet;
    const image = String(set.spec.template.spec.containers[0]?.['image']);
    const name = write.op === 'Create' ? `create ${image}` : set.metadata.name;
    return [`${name} ${set.spec.replicas}`];
  });
}

function written(plan: Plan): Deployment {
  const write = plan.writes.find((one) => one.op === 'UpdateStatus');
  if (write?.op !== 'UpdateStatus') throw new Error('no status was written');
  return write.object as Deployment;
}

function condition(plan: Plan, type: string): string {
  const found = written(plan).status?.conditions?.find((one) => one.type === type);
  return `${found?.status} ${found?.reason}`;
}

interface Story {
  name: string;
  deployment?: Parameters<typeof aDeployment>[0];
  sets: ReplicaSet[];
  expected: string[];
}

const STORIES: Story[] = [
  { name: 'the first set gets the whole size', sets: [], expected: ['create web:1 3'] },
  {
    name: 'a new image starts with the surge',
    deployment: { image: 'web:2' },
    sets: [aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) })],
    expected: ['create web:2 1'],
  },
  {
    name: 'an available new pod lets an old one go',
    deployment: { image: 'web:2' },
    sets: [
      aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) }),
      aSet('b', { image: 'web:2', replicas: 1, annotations: sizedFor(3, 2) }),
    ],
    expected: ['web-a 2'],
  },
  {
    name: 'an old pod gone makes room for a new one',
    deployment: { image: 'web:2' },
    sets: [
      aSet('a', { image: 'web:1', replicas: 2, annotations: sizedFor(3) }),
      aSet('b', { image: 'web:2', replicas: 1, annotations: sizedFor(3, 2) }),
    ],
    expected: ['web-b 2'],
  },
  {
    name: 'an unavailable new pod holds the old ones',
    deployment: { image: 'web:2' },
    sets: [
      aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) }),
      aSet('b', { image: 'web:2', replicas: 1, available: 0, annotations: sizedFor(3, 2) }),
    ],
    expected: [],
  },
  {
    name: 'unhealthy old pods go first, across all old sets',
    deployment: {
      image: 'web:3',
      replicas: 4,
      spec: {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } },
      },
    },
    sets: [
      aSet('a', { image: 'web:1', replicas: 2, createdSecondsAgo: 90, annotations: sizedFor(4) }),
      aSet('b', { image: 'web:2', replicas: 2, available: 0, annotations: sizedFor(4, 2) }),
      aSet('c', { image: 'web:3', replicas: 0, createdSecondsAgo: 9, annotations: sizedFor(4, 3) }),
    ],
    expected: ['web-b 0'],
  },
  {
    name: 'paused: a new image does nothing',
    deployment: { image: 'web:2', spec: PAUSED },
    sets: [aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) })],
    expected: [],
  },
  {
    name: 'paused: the only active set follows the size',
    deployment: { image: 'web:2', replicas: 7, spec: PAUSED },
    sets: [
      aSet('old', { image: 'web:0', replicas: 0, annotations: sizedFor(3) }),
      aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3, 2) }),
    ],
    expected: ['web-a 7'],
  },
  {
    name: 'paused at zero: the newest set comes back, not the oldest',
    deployment: { image: 'web:3', replicas: 2, spec: PAUSED },
    sets: [
      aSet('a', { image: 'web:1', replicas: 0, createdSecondsAgo: 90 }),
      aSet('b', { image: 'web:2', replicas: 0, createdSecondsAgo: 30 }),
    ],
    expected: ['web-b 2'],
  },
  {
    name: 'two active sets, the new one saturated: the old one goes to zero',
    deployment: { image: 'web:2', spec: PAUSED },
    sets: [
      aSet('a', { image: 'web:1', replicas: 2, annotations: sizedFor(3) }),
      aSet('b', { image: 'web:2', replicas: 3, annotations: sizedFor(3, 2) }),
    ],
    expected: ['web-a 0'],
  },
  {
    name: 'one unavailable pod of the new set and the largest, oldest set pays (DESIGN section 2)',
    deployment: { image: 'web:2', replicas: 4, spec: PAUSED },
    sets: [
      aSet('a', { image: 'web:1', replicas: 4, createdSecondsAgo: 90, annotations: sizedFor(4) }),
      aSet('b', { image: 'web:2', replicas: 4, available: 3, annotations: sizedFor(4, 2) }),
    ],
    expected: ['web-a 1'],
  },
  {
    name: 'an HPA from 10 to 4 with two loaded sets takes the older to nothing',
    deployment: { image: 'web:2', replicas: 4, spec: PAUSED },
    sets: [
      aSet('a', { image: 'web:1', replicas: 10, createdSecondsAgo: 90, annotations: sizedFor(10) }),
      aSet('b', { image: 'web:2', replicas: 10, annotations: sizedFor(10, 2) }),
    ],
    expected: ['web-a 0', 'web-b 5'],
  },
  {
    name: 'paused, Recreate and two active sets: nobody is scaled, which the swap relies on',
    deployment: { image: 'web:2', replicas: 9, spec: { ...PAUSED, ...RECREATE } },
    sets: [
      aSet('a', { image: 'web:1', replicas: 4, annotations: sizedFor(4) }),
      aSet('b', { image: 'web:2', replicas: 4, annotations: sizedFor(4, 2) }),
    ],
    expected: [],
  },
  {
    name: 'a size change in a rollout is spread before the rollout goes on',
    deployment: { image: 'web:2', replicas: 10 },
    sets: [
      aSet('a', { image: 'web:1', replicas: 4, createdSecondsAgo: 90, annotations: sizedFor(4) }),
      aSet('b', { image: 'web:2', replicas: 1, available: 0, annotations: sizedFor(4, 2) }),
    ],
    expected: ['web-a 9', 'web-b 2'],
  },
  {
    name: 'without the annotation a size change is no scaling event: the rollout goes on',
    deployment: { image: 'web:2', replicas: 4 },
    sets: [
      aSet('a', { image: 'web:1', replicas: 3, annotations: { [REVISION]: '1' } }),
      aSet('b', { image: 'web:2', replicas: 1, annotations: { [REVISION]: '2' } }),
    ],
    expected: ['web-b 2'],
  },
  {
    name: 'Recreate: old pods go first and no set is made',
    deployment: { image: 'web:2', spec: RECREATE },
    sets: [aSet('a', { image: 'web:1', replicas: 3, annotations: { [DESIRED]: '3', [MAX]: '3' } })],
    expected: ['web-a 0'],
  },
  {
    name: 'of two sets with the template the older is the new one',
    deployment: { image: 'web:1' },
    sets: [
      aSet('young', { image: 'web:1', replicas: 0, createdSecondsAgo: 9 }),
      aSet('old', { image: 'web:1', replicas: 0, createdSecondsAgo: 99, annotations: sizedFor(3) }),
    ],
    expected: ['web-old 3'],
  },
  {
    name: 'being deleted: nothing is scaled',
    deployment: { image: 'web:1', replicas: 5 },
    sets: [aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) })],
    expected: [],
  },
];

test.each(STORIES)('$name', ({ name, deployment, sets, expected }) => {
  const subject = aDeployment(deployment);
  if (name.startsWith('being deleted')) subject.metadata.deletionTimestamp = ago(1);
  expect(sizes(sync(subject, sets))).toEqual(expected);
});

test('Recreate waits for the last old pod, then makes the new set whole', () => {
  const deployment = aDeployment({ image: 'web:2', spec: RECREATE });
  const old = aSet('a', { image: 'web:1', replicas: 0 });
  const pod = aPod('last', { deleting: true });
  expect(sizes(sync(deployment, [old], new Map([['a-uid', [pod]]])))).toEqual([]);
  expect(sizes(sync(deployment, [old], new Map([['a-uid', []]])))).toEqual(['create web:2 3']);
});

describe('a new set', () => {
  const annotations = { team: 'shop', 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  const plan = sync(aDeployment({ annotations }), []);
  const create = plan.writes.find((write) => write.op === 'Create') as Write & { op: 'Create' };
  const set = create.object as ReplicaSet;

  test('carries its hash in name, labels, selector and template', () => {
    const hash = set.metadata.labels?.['pod-template-hash'] ?? '';
    expect(set.metadata.name).toBe(`web-${hash}`);
    expect(set.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(set.spec.template.metadata?.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
  });

  test('remembers the size and counts the revision, and gets the annotations of people', () => {
    expect(set.metadata.annotations).toEqual({ team: 'shop', ...sizedFor(3) });
    expect(written(plan).metadata.annotations?.[REVISION]).toBe('1');
  });

  test('is told of by an event and a condition', () => {
    const event = plan.writes.find((write) => write.op === 'Event');
    expect(event).toMatchObject({
      reason: 'ScalingReplicaSet',
      message: `Scaled up replica set ${set.metadata.name} from 0 to 3`,
    });
    expect(condition(plan, 'Progressing')).toBe('True NewReplicaSetCreated');
  });

  test('has another name after a collision', () => {
    const again = sync(aDeployment({ status: { collisionCount: 1 } }), []);
    const other = again.writes.find((write) => write.op === 'Create') as Write & { op: 'Create' };
    expect(other.object.metadata.name).not.toBe(set.metadata.name);
  });
});

test('going back to an earlier set raises its revision and keeps the former one as history', () => {
  const plan = sync(aDeployment({ image: 'web:1' }), [
    aSet('a', { image: 'web:1', replicas: 0, annotations: sizedFor(3, 1), createdSecondsAgo: 90 }),
    aSet('b', { image: 'web:2', replicas: 3, annotations: sizedFor(3, 2) }),
  ]);
  const update = plan.writes.find((write) => write.op === 'Update') as Write & { op: 'Update' };
  expect(update.object.metadata.annotations).toMatchObject({
    [REVISION]: '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect(written(plan).metadata.annotations?.[REVISION]).toBe('3');
});

describe('progress', () => {
  const hung = [
    aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) }),
    aSet('b', { image: 'web:2', replicas: 1, available: 0, annotations: sizedFor(3, 2) }),
  ];
  const counts = { replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3 };
  const since = (seconds: number, reason: string): Deployment =>
    aDeployment({
      image: 'web:2',
      status: {
        ...counts,
        conditions: [
          {
            type: 'Progressing',
            status: 'True',
            reason,
            lastUpdateTime: ago(seconds),
            message: '',
          },
        ],
      },
    });

  test('is complete when all pods are new and available', () => {
    const sets = [aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) })];
    expect(condition(sync(aDeployment(), sets), 'Progressing')).toBe('True NewReplicaSetAvailable');
  });

  test('a hung rollout is looked at again one second after its deadline', () => {
    expect(sync(since(500, 'ReplicaSetUpdated'), hung).requeueAfterMs).toBe(101_000);
  });

  test('the deadline is missed after progressDeadlineSeconds without progress', () => {
    expect(condition(sync(since(599, 'ReplicaSetUpdated'), hung), 'Progressing')).toContain('True');
    expect(condition(sync(since(601, 'ReplicaSetUpdated'), hung), 'Progressing')).toBe(
      'False ProgressDeadlineExceeded',
    );
  });

  test('a pause is said, and said to be over', () => {
    const deployment = since(10, 'ReplicaSetUpdated');
    deployment.spec.paused = true;
    const plan = sync(deployment, hung);
    expect(condition(plan, 'Progressing')).toBe('Unknown DeploymentPaused');
    const resumed = written(plan);
    resumed.spec.paused = false;
    expect(condition(sync(resumed, hung), 'Progressing')).toBe('Unknown DeploymentResumed');
  });

  test('a missed deadline is not overwritten by a pause', () => {
    const deployment = since(10, 'ProgressDeadlineExceeded');
    deployment.spec.paused = true;
    expect(condition(sync(deployment, hung), 'Progressing')).toBe('True ProgressDeadlineExceeded');
  });

  test('without a deadline there is no Progressing condition', () => {
    const deployment = since(10, 'ReplicaSetUpdated');
    delete deployment.spec.progressDeadlineSeconds;
    expect(condition(sync(deployment, hung), 'Progressing')).toBe('undefined undefined');
  });

  test('a set that cannot make pods shows on the Deployment', () => {
    const [old, fresh] = structuredClone(hung);
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' } as const;
    if (fresh?.status) fresh.status.conditions = [failure];
    const plan = sync(since(10, 'ReplicaSetUpdated'), [old, fresh] as ReplicaSet[]);
    expect(condition(plan, 'ReplicaFailure')).toBe('True FailedCreate');
  });
});

describe('history', () => {
  const current = aSet('z', { image: 'web:9', replicas: 3, annotations: sizedFor(3, 9) });
  const old = [3, 1, 2].map((revision) =>
    aSet(`r${revision}`, {
      image: `web:${revision}`,
      replicas: 0,
      annotations: sizedFor(3, revision),
    }),
  );
  const complete = (limit: number): Deployment => {
    const deployment = aDeployment({ image: 'web:9', spec: { revisionHistoryLimit: limit } });
    return written(sync(deployment, [current]));
  };
  const deleted = (limit: number, sets = old): string[] =>
    sync(complete(limit), [current, ...sets]).writes.flatMap((write) =>
      write.op === 'Delete' ? [write.target.name] : [],
    );

  test('beyond the limit the lowest revisions go', () => {
    expect(deleted(1)).toEqual(['web-r1', 'web-r2']);
    expect(deleted(0)).toEqual(['web-r1', 'web-r2', 'web-r3']);
    expect(deleted(10)).toEqual([]);
  });

  test('a set that still has pods is kept', () => {
    const [busy, ...rest] = structuredClone(old) as [ReplicaSet, ...ReplicaSet[]];
    busy.status = { replicas: 1, observedGeneration: 1 };
    expect(deleted(0, [busy, ...rest])).toEqual(['web-r1', 'web-r2']);
  });
});

test.each([{}, PAUSED])('nothing to do writes nothing: %j', (spec) => {
  const sets = [aSet('a', { image: 'web:1', replicas: 3, annotations: sizedFor(3) })];
  const after = written(sync(aDeployment({ spec }), sets));
  expect(sync(after, sets).writes).toEqual([]);
});
