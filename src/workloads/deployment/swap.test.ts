/** The swap step by step, each state and what is written on it. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseIntent } from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import {
  deployment,
  type DeploymentOptions,
  HELD_BY,
  OWNERS,
  releaseIntent,
  replicaSet,
  ROLLING,
  type SetOptions,
  template,
} from '../../testing/deployment-objects.ts';
import { deploymentWorkload } from './index.ts';

const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const REVISION = 'deployment.kubernetes.io/revision';
const LEAVING = 'segue.dev/leaving';
const MARK = { metadata: { annotations: { [LEAVING]: 'true' } } };
const UNMARK = { metadata: { annotations: { [LEAVING]: null } } };

const set = (name: 'old' | 'new', options: SetOptions = {}) =>
  replicaSet(name, {
    version: name === 'old' ? 'v1' : 'v2',
    revision: name === 'old' ? 1 : 2,
    ...options,
  });
const released = (name: 'old' | 'new', options: SetOptions = {}) =>
  set(name, { owner: 'Release', ...options });
const marked = (name: 'old' | 'new', options: SetOptions = {}) => {
  const plain = template(name === 'old' ? 'v1' : 'v2', name);
  const metadata = { ...(plain['metadata'] as object), ...MARK.metadata };
  return set(name, { ...options, template: { ...plain, metadata } });
};
const swapping = (options: DeploymentOptions = {}): DeploymentOptions => ({
  labels: { 'segue.dev/swapping': 'Candidate' },
  ...options,
  spec: { strategy: { type: 'Recreate' }, ...options.spec },
});
const RECREATE = { spec: { strategy: { type: 'Recreate' } } };

function render(
  carrier: ReleaseIntent['carrier'],
  target: DeploymentOptions,
  sets: KubeObject[],
): Write[] {
  const objects = { namespace: 'shop', target: deployment(target), sets };
  return deploymentWorkload.render({ held: true, release: releaseIntent({ carrier }) }, objects);
}

type Row = [string, DeploymentOptions, KubeObject[], { on: string; body: unknown } | undefined];

function check(carrier: ReleaseIntent['carrier'], [, target, sets, expected]: Row): void {
  const writes = render(carrier, target, sets);
  if (!expected) {
    expect(writes).toEqual([]);
    return;
  }
  expect(writes).toHaveLength(1);
  const version = expected.on === 'web' ? '10' : '20';
  expect(writes[0]).toMatchObject({
    op: 'Patch',
    type: 'merge',
    target: { name: expected.on },
    resourceVersion: version,
    body: expected.body,
  });
}

const stepA = (towards: string) => ({
  on: 'web',
  body: {
    metadata: { labels: { 'segue.dev/swapping': towards } },
    spec: { strategy: { type: 'Recreate', rollingUpdate: null } },
  },
});
const stepB = (on: string) => ({
  on,
  body: { metadata: { annotations: { [DESIRED]: null } }, spec: { template: MARK } },
});
const stepE = {
  on: 'web',
  body: { metadata: { labels: { 'segue.dev/swapping': null } }, spec: { strategy: ROLLING } },
};

describe('towards the candidate', () => {
  const forward: Row[] = [
    ['(a) first', {}, [set('old'), released('new')], stepA('Candidate')],
    [
      'its generation has to be seen',
      swapping({ status: { observedGeneration: 2 } }),
      [set('old'), released('new')],
      undefined,
    ],
    ['(b) then', swapping(), [set('old'), released('new')], stepB('web-old')],
    [
      '(b) again when the Deployment controller has scaled meanwhile',
      swapping(),
      [marked('old', { annotations: { [DESIRED]: '4' } }), released('new')],
      stepB('web-old'),
    ],
    [
      '(c) then, with the next revision',
      swapping(),
      [marked('old'), released('new', { annotations: { [DESIRED]: '4' } })],
      {
        on: 'web-new',
        body: {
          metadata: {
            ...HELD_BY.Deployment,
            annotations: { [DESIRED]: null, [REVISION]: '2' },
          },
        },
      },
    ],
    [
      'pods of the outgoing set have to be counted before (c)',
      swapping({ status: { replicas: 3 } }),
      [marked('old'), released('new')],
      undefined,
    ],
    [
      'pods of the incoming set have to exist before (c)',
      swapping(),
      [marked('old'), released('new', { current: 3 })],
      undefined,
    ],
    ['both have to be counted before (d)', swapping(), [marked('old'), set('new')], undefined],
    [
      '(d) then',
      swapping({ status: { replicas: 8 } }),
      [marked('old'), set('new')],
      {
        on: 'web-old',
        body: {
          metadata: { ...HELD_BY.Release, annotations: { [DESIRED]: null } },
          spec: { template: UNMARK },
        },
      },
    ],
    [
      'the outgoing set has to be out of the count before (e)',
      swapping({ status: { replicas: 8 } }),
      [released('old'), set('new')],
      undefined,
    ],
    ['(e) last', swapping(), [released('old'), set('new')], stepE],
    ['done', {}, [released('old'), set('new')], undefined],
    ['done, stable forgotten', {}, [set('new')], undefined],
    ['done, stable given back', {}, [set('old', { replicas: 0 }), set('new')], undefined],
  ];
  test.each(forward)('%s', (...row) => check('Candidate', row));
});

describe('back towards the stable', () => {
  const back: Row[] = [
    ['(a) first', {}, [released('old'), set('new')], stepA('Stable')],
    ['(b) then', swapping(), [released('old'), set('new')], stepB('web-new')],
    [
      '(c) then, with the revision it has',
      swapping(),
      [released('old'), marked('new')],
      {
        on: 'web-old',
        body: {
          metadata: { ...HELD_BY.Deployment, annotations: { [DESIRED]: null } },
        },
      },
    ],
    [
      '(d) then',
      swapping({ status: { replicas: 8 } }),
      [set('old'), marked('new')],
      {
        on: 'web-new',
        body: {
          metadata: { ...HELD_BY.Release, annotations: { [DESIRED]: null } },
          spec: { template: UNMARK },
        },
      },
    ],
    ['(e) last', swapping(), [set('old'), released('new')], stepE],
    ['done', {}, [set('old'), released('new')], undefined],
    ['done, candidate deleted', {}, [set('old')], undefined],
  ];
  test.each(back)('%s', (...row) => check('Stable', row));
});

describe('turned round half way', () => {
  const turned: Row[] = [
    ['after (a)', swapping(), [set('old'), released('new')], stepE],
    [
      'after (b): the mark goes',
      swapping(),
      [marked('old'), released('new')],
      { on: 'web-old', body: { spec: { template: UNMARK } } },
    ],
    [
      'after (c): the candidate goes, once both were counted',
      swapping({ status: { replicas: 8 } }),
      [marked('old'), set('new')],
      { on: 'web-new', body: { metadata: HELD_BY.Release } },
    ],
    ['after (c): not before', swapping(), [marked('old'), set('new')], undefined],
    [
      'after (d): as from the beginning',
      swapping(),
      [released('old'), set('new')],
      stepB('web-new'),
    ],
  ];
  test.each(turned)('%s', (...row) => check('Stable', row));
});

describe("with the user's own Recreate", () => {
  const own: Row[] = [
    ['(b) at once', RECREATE, [set('old'), released('new')], stepB('web-old')],
    [
      '(d) without a wait: no strategy is put back after it',
      RECREATE,
      [marked('old'), set('new')],
      { on: 'web-old', body: { metadata: HELD_BY.Release } },
    ],
    ['done without (e)', RECREATE, [released('old'), set('new')], undefined],
  ];
  test.each(own)('%s', (...row) => check('Candidate', row));
});

describe('when others interfere', () => {
  const labels = { 'segue.dev/swapping': 'Candidate' };
  const stranger = { ...OWNERS.Release, kind: 'Rollout', uid: 'uid-x' };
  const interfered: Row[] = [
    [
      'the strategy was put back before (c): (a) again',
      { labels },
      [marked('old'), released('new')],
      stepA('Candidate'),
    ],
    [
      'the strategy was put back between (c) and (d): (d) at once',
      { labels },
      [marked('old'), set('new')],
      { on: 'web-old', body: { metadata: HELD_BY.Release } },
    ],
    [
      'the strategy was put back before (e): only the label goes',
      { labels },
      [released('old'), set('new')],
      { on: 'web', body: { metadata: { labels: { 'segue.dev/swapping': null } } } },
    ],
    [
      'a third set runs: it is emptied first',
      {},
      [set('old'), released('new'), replicaSet('x', { version: 'v0' })],
      { on: 'web-x', body: { spec: { replicas: 0 } } },
    ],
    [
      'the candidate belongs to somebody else',
      {},
      [set('old'), set('new', { owner: stranger })],
      undefined,
    ],
    [
      'the Deployment has only an older set, which it has filled: no strategy back before that is empty',
      swapping(),
      [
        released('old'),
        set('new', { replicas: 0, current: 0 }),
        replicaSet('x', { version: 'v0' }),
      ],
      undefined,
    ],
    ['the candidate is gone', {}, [set('old')], undefined],
    [
      'pods are being moved, and the pause of that is not seen yet',
      { labels: { 'segue.dev/rolling': '1-1' }, status: { observedGeneration: 2, replicas: 8 } },
      [set('old'), set('new')],
      undefined,
    ],
    [
      'the incoming set was emptied: it gets its pods back',
      swapping(),
      [set('old'), set('new', { replicas: 0, current: 1 })],
      {
        on: 'web-new',
        body: {
          metadata: { annotations: { 'deployment.kubernetes.io/desired-replicas': null } },
          spec: { replicas: 4 },
        },
      },
    ],
  ];
  test.each(interfered)('%s', (...row) => check('Candidate', row));

  test('on the way back from a move, pods of the old set that still go are waited for', () => {
    const sent = { labels: { 'segue.dev/rolling': '0-1-of-4' } };
    const sets = [set('old', { replicas: 0, current: 1 }), set('new')];
    check('Stable', ['still going', sent, sets, undefined]);
    const observed = deploymentWorkload.observe(
      {
        namespace: 'shop',
        target: deployment(
          swapping({ labels: { ...sent.labels, 'segue.dev/swapping': 'Stable' } }),
        ),
        sets,
      },
      { stable: 'web-old', candidate: 'web-new' },
    );
    expect(observed?.swapWaitsFor).toBe(
      'ReplicaSet web-old is empty, and 1 of its pods have still to go',
    );
  });
});

describe('the revision on going forward', () => {
  const revision = (target: DeploymentOptions, sets: KubeObject[]) => {
    const [write] = render('Candidate', { ...target, ...swapping() }, sets);
    return write?.op === 'Patch' && (write.body as KubeObject).metadata.annotations?.[REVISION];
  };
  test('is one more than the highest in the history', () => {
    const older = replicaSet('older', { replicas: 0, version: 'v0', revision: 9 });
    expect(revision({}, [marked('old'), released('new'), older])).toBe('10');
  });

  test('is the one the Deployment controller gave to an earlier set of the template', () => {
    const target = deployment(swapping());
    target.metadata.annotations = { [REVISION]: '2' };
    const objects = { namespace: 'shop', target, sets: [marked('old'), released('new')] };
    const release = releaseIntent({ carrier: 'Candidate' });
    const [write] = deploymentWorkload.render({ held: true, release }, objects);
    expect(write).toMatchObject({ body: { metadata: { annotations: { [REVISION]: '2' } } } });
  });
});
