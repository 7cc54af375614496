import { describe, expect, test } from 'vitest';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import type { ReleaseIntent, WorkloadIntent } from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import {
  deployment,
  type DeploymentOptions,
  HELD_BY,
  OWNERS,
  RELEASE,
  releaseIntent,
  replicaSet,
  template,
} from '../../testing/deployment-objects.ts';
import { deploymentWorkload } from './index.ts';
import { canonicalTemplate, templateHash } from '../template.ts';

const OLD = replicaSet('old', { revision: 1 });
const NEW = replicaSet('new', { version: 'v2', owner: 'Release' });
const POLICY = { ...OWNERS.Release, kind: 'ReleasePolicy', name: 'web', uid: 'uid-policy' };
const heldBy = (controller: OwnerReference) => ({
  ownerReferences: [HELD_BY.Release.ownerReferences[0], controller],
  labels: { app: null, 'segue.dev/release': controller.uid },
});
const held = (change: Partial<ReleaseIntent>): WorkloadIntent => ({
  held: true,
  release: releaseIntent(change),
});

function render(intent: WorkloadIntent, target: DeploymentOptions, sets: KubeObject[]): Write[] {
  const objects = { namespace: 'shop', target: deployment(target), sets };
  return deploymentWorkload.render(intent, objects);
}

/** `Patch web-old {"spec":…}`: enough to read a table. */
function brief(writes: Write[]): string[] {
  return writes.map((write) => {
    if (write.op === 'Create') return `Create ${write.object.metadata.name}`;
    const on = `${write.op} ${write.target.name}`;
    return write.op === 'Delete' ? on : `${on} ${JSON.stringify(write.body)}`;
  });
}

describe('the hold', () => {
  const rogue = replicaSet('rogue', { version: 'v2' });
  const shrunk = replicaSet('old', { replicas: 2, revision: 1 });
  const keeping = (rejected?: string): WorkloadIntent => ({
    held: true,
    keep: {
      set: 'web-old',
      owner: { name: 'web', uid: 'uid-policy' },
      ...(rejected !== undefined && { rejected: templateHash(template(rejected)) }),
    },
  });
  const seenLate = { status: { observedGeneration: 2 } };
  test.each<[string, WorkloadIntent, DeploymentOptions, KubeObject[], string[]]>([
    ['missing', { held: true }, { paused: false }, [OLD], ['Patch web {"spec":{"paused":true}}']],
    ['there', { held: true }, {}, [OLD], []],
    [
      'lost: only the pause is written, whatever else is missing',
      held({ candidateWanted: 'Present', candidateReplicas: 2 }),
      { paused: false },
      [OLD, rogue],
      ['Patch web {"spec":{"paused":true}}'],
    ],
    [
      'lost: the rogue set goes once the pause was seen',
      held({}),
      {},
      [OLD, NEW, rogue],
      ['Delete web-rogue'],
    ],
    ['lost: not before', held({}), seenLate, [OLD, NEW, rogue], []],
    [
      'a set of an older template that got pods is emptied, and stays in the history',
      held({}),
      {},
      [OLD, NEW, replicaSet('x', { version: 'v0' })],
      ['Patch web-x {"spec":{"replicas":0}}'],
    ],
    [
      'nor where there is no other one to have them',
      held({}),
      {},
      [NEW, replicaSet('x', { version: 'v0' })],
      [],
    ],
    [
      'where users have too few pods without it, it is taken from the Deployment first',
      held({}),
      {},
      [
        { ...OLD, status: { replicas: 4, availableReplicas: 3 } },
        NEW,
        replicaSet('x', { version: 'v0' }),
      ],
      [`Patch web-x ${JSON.stringify({ metadata: HELD_BY.Release })}`],
    ],
    [
      'lost: a set of its template goes even when it was emptied since',
      held({}),
      {},
      [OLD, NEW, replicaSet('x', { version: 'v2', replicas: 0 })],
      ['Delete web-x'],
    ],
    [
      'the set users have lost all its pods to one that was taken: it gets them back',
      held({}),
      {},
      [
        replicaSet('old', { replicas: 0, current: 0, revision: 1 }),
        NEW,
        replicaSet('x', { version: 'v0' }),
      ],
      ['Patch web-old {"spec":{"replicas":4}}'],
    ],
    [
      'and not where nobody has them: that is for its controller',
      held({}),
      {},
      [replicaSet('old', { replicas: 0, current: 0, revision: 1 })],
      [],
    ],
    [
      'an empty set of another template is history',
      held({}),
      {},
      [OLD, NEW, replicaSet('x', { version: 'v0', replicas: 0 })],
      [],
    ],
    [
      'without a release and a set to keep nothing is a rogue',
      { held: true },
      {},
      [OLD, rogue],
      [],
    ],
    ['lost while idle: the rogue set goes', keeping(), {}, [OLD, rogue], ['Delete web-rogue']],
    [
      'lost while idle: where it has taken pods it is taken from the Deployment first',
      keeping(),
      {},
      [shrunk, rogue],
      [`Patch web-rogue ${JSON.stringify({ metadata: heldBy(POLICY) })}`],
    ],
    [
      'lost while idle: kept until the other stands again',
      keeping(),
      {},
      [shrunk, replicaSet('rogue', { version: 'v2', owner: POLICY })],
      [],
    ],
    [
      'lost while idle: then deleted',
      keeping(),
      {},
      [OLD, replicaSet('rogue', { version: 'v2', owner: POLICY })],
      ['Delete web-rogue'],
    ],
    [
      'lost in a release: the same, for the set that carries the traffic',
      held({}),
      {},
      [shrunk, NEW, rogue],
      [`Patch web-rogue ${JSON.stringify({ metadata: HELD_BY.Release })}`],
    ],
    [
      'lost while idle: one without pods to lose is deleted at once',
      keeping(),
      {},
      [shrunk, replicaSet('rogue', { version: 'v2', current: 0 })],
      ['Delete web-rogue'],
    ],
    [
      'an empty set of a rejected template goes',
      keeping('v2'),
      { template: template('v1') },
      [OLD, replicaSet('rogue', { version: 'v2', replicas: 0 })],
      ['Delete web-rogue'],
    ],
    [
      'lost again and again: the template that runs comes with the pause',
      { ...keeping(), template: template('v1') },
      { paused: false },
      [OLD, rogue],
      [
        `Patch web ${JSON.stringify([
          { op: 'add', path: '/spec/paused', value: true },
          { op: 'replace', path: '/spec/template', value: canonicalTemplate(template('v1')) },
        ])}`,
      ],
    ],
    [
      'let go, template runs',
      { held: false },
      { template: template('v1') },
      [OLD],
      ['Patch web {"spec":{"paused":false}}'],
    ],
    ['let go, never run', { held: false }, {}, [], ['Patch web {"spec":{"paused":false}}']],
    ['let go, another template', { held: false }, {}, [OLD], []],
    ['let go, two run', { held: false }, { template: template('v1') }, [OLD, rogue], []],
    [
      'let go, scaled to zero with another template',
      { held: false },
      { replicas: 0 },
      [replicaSet('old', { replicas: 0 })],
      [],
    ],
    [
      'let go in the middle of a swap',
      { held: false },
      { template: template('v1'), labels: { 'segue.dev/swapping': 'Stable' } },
      [OLD],
      [],
    ],
    ['let go, is not held', { held: false }, { paused: false }, [OLD], []],
  ])('%s', (...[, intent, target, sets, writes]) => {
    expect(brief(render(intent, target, sets))).toEqual(writes);
  });
});

describe('another template for the Deployment', () => {
  const v1 = template('v1', 'old');

  test('lost in a release it is taken back whatever was written meanwhile, else not', () => {
    const [always] = render(held({}), { paused: false }, [OLD, NEW]);
    expect(always).not.toHaveProperty('resourceVersion');
    const [first] = render({ held: true }, { paused: false }, [OLD]);
    expect(first).toHaveProperty('resourceVersion');
  });

  test('is written whole, under the hold, without the hash label', () => {
    const [write, ...more] = render({ held: true, template: v1 }, {}, [OLD]);
    expect(more).toEqual([]);
    expect(write).toMatchObject({
      type: 'json',
      resourceVersion: '10',
      body: [
        { op: 'replace', path: '/spec/template', value: { metadata: { labels: { app: 'web' } } } },
      ],
    });
    expect(JSON.stringify(write)).not.toContain('pod-template-hash');
  });

  test('is not written together with letting go', () => {
    const intent = { held: false, template: v1 };
    expect(render(intent, {}, [OLD])).toMatchObject([{ type: 'json' }]);
    expect(brief(render(intent, { template: template('v1') }, [OLD]))).toEqual([
      'Patch web {"spec":{"paused":false}}',
    ]);
  });

  test('is not written without the hold, where it would start a rollout', () => {
    expect(render({ held: false, template: v1 }, { paused: false }, [OLD])).toEqual([]);
    expect(brief(render({ held: true, template: v1 }, { paused: false }, [OLD]))).toEqual([
      'Patch web {"spec":{"paused":true}}',
    ]);
  });
});

test('what users have is filled while the Deployment is as it was seen: resumed, it would be emptied each time', () => {
  const sets = [
    replicaSet('old', { replicas: 0, current: 0, revision: 1 }),
    NEW,
    replicaSet('x', { version: 'v0' }),
  ];
  expect(render(held({}), {}, sets)).toMatchObject([
    { op: 'Patch', seen: { kind: 'Deployment', name: 'web', generation: expect.any(Number) } },
  ]);
});

describe('the candidate', () => {
  const present = held({ candidateWanted: 'Present', candidateReplicas: 2 });

  test('is created as the Deployment would, owned by the release', () => {
    const spec = {
      minReadySeconds: 5,
      selector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'x', operator: 'Exists' }],
      },
    };
    const intent = held({ candidateWanted: 'Present', candidateReplicas: 2 });
    const [write] = render(intent, { spec }, [OLD]);
    expect(write).toMatchObject({ op: 'Create', ownedBy: { name: 'web', uid: 'uid-deployment' } });
    const labels = { app: 'web', 'pod-template-hash': 'new' };
    expect(write?.op === 'Create' && write.object).toEqual({
      apiVersion: 'apps/',
      kind: 'ReplicaSet',
      metadata: {
        name: 'web-new',
        namespace: 'shop',
        labels: { 'pod-template-hash': 'new', 'segue.dev/release': RELEASE.uid },
        ownerReferences: HELD_BY.Release.ownerReferences,
      },
      spec: {
        replicas: 2,
        minReadySeconds: 5,
        selector: {
          matchLabels: labels,
          matchExpressions: [{ key: 'x', operator: 'Exists' }],
        },
        template: {
          metadata: { labels },
          spec: { containers: [{ image: 'shop/web:v2', name: 'app' }], restartPolicy: 'Always' },
        },
      },
    });
  });

  const history = replicaSet('before', { version: 'v2', replicas: 0 });
  const leaving = { ...history, metadata: { ...history.metadata, deletionTimestamp: 'now' } };
  const foreign = replicaSet('new', {
    version: 'v2',
    owner: { ...OWNERS.Release, uid: 'another' },
  });
  test.each<[string, WorkloadIntent, KubeObject[], string[]]>([
    [
      'exists as wanted',
      held({ candidateWanted: 'Present', candidateReplicas: 4 }),
      [OLD, NEW],
      [],
    ],
    ['has another size', present, [OLD, NEW], ['Patch web-new {"spec":{"replicas":2}}']],
    [
      'is not sized once it belongs to the Deployment',
      held({ candidateWanted: 'Present', candidateReplicas: 2, carrier: 'Candidate' }),
      [replicaSet('old', { owner: 'Release' }), replicaSet('new', { version: 'v2' })],
      [],
    ],
    ['belongs to another release', present, [OLD, foreign], []],
    ['comes after an empty set of its template', present, [OLD, history], ['Delete web-before']],
    ['waits until that is gone', present, [OLD, leaving], []],
    ['wanted as it is', held({}), [OLD], []],
    ['not wanted', held({ candidateWanted: 'Absent' }), [OLD, NEW], ['Delete web-new']],
    [
      'not wanted, belongs to another release',
      held({ candidateWanted: 'Absent' }),
      [OLD, foreign],
      [],
    ],
  ])('%s', (_, intent, sets, writes) => expect(brief(render(intent, {}, sets))).toEqual(writes));

  test('is deleted as this very set, with its pods', () => {
    expect(render(held({ candidateWanted: 'Absent' }), {}, [OLD, NEW])).toMatchObject([
      { op: 'Delete', uid: 'uid-new', propagation: 'Background' },
    ]);
  });

  test('is deleted when the Deployment is gone, and nothing else is written', () => {
    const sets = [OLD, NEW];
    const intent = held({ candidateWanted: 'Absent', carrier: 'Candidate', handBack: true });
    const gone = { namespace: 'shop', target: undefined, sets };
    expect(brief(deploymentWorkload.render(intent, gone))).toEqual(['Delete web-new']);
    const target = deployment();
    target.metadata.deletionTimestamp = 'now';
    const going = { namespace: 'shop', target, sets };
    expect(brief(deploymentWorkload.render(intent, going))).toEqual(['Delete web-new']);
  });
});

describe('the set that users have, deleted by somebody', () => {
  const keep = { name: 'web-old', hash: 'old', template: template('v1') };

  test('is made anew for the Deployment, which does not while it is held', () => {
    const [write] = render(held({ keep }), { replicas: 4 }, [NEW]);
    expect(write).toMatchObject({
      op: 'Create',
      object: {
        metadata: { name: 'web-old', ownerReferences: [OWNERS.Deployment] },
        spec: { replicas: 4, template: { metadata: { labels: { 'pod-template-hash': 'old' } } } },
      },
    });
  });

  test('is made anew for the release while the candidate belongs to the Deployment', () => {
    const carrying = replicaSet('new', { version: 'v2' });
    const [write] = render(held({ keep, carrier: 'Candidate' }), {}, [carrying]);
    expect(write).toMatchObject({ op: 'Create', object: { metadata: { name: 'web-old' } } });
    const { metadata } = (write as { object: KubeObject }).object;
    expect(metadata.ownerReferences).toContainEqual(OWNERS.Release);
    expect(metadata.labels).not.toHaveProperty('app');
  });

  test.each<[string, WorkloadIntent, KubeObject[]]>([
    ['is not while it is there', held({ keep }), [OLD, NEW]],
    ['is not when nothing ran', held({ carrier: 'Candidate' }), [NEW]],
  ])('%s', (_, intent, sets) => {
    expect(render(intent, {}, sets).filter(({ op }) => op === 'Create')).toEqual([]);
  });
});

describe('the stable set after the swap', () => {
  const stable = (replicas: number, current = replicas) =>
    replicaSet('old', { owner: 'Release', replicas, current });
  const carrying = replicaSet('new', { version: 'v2' });
  const finish = held({ carrier: 'Candidate', outgoingReplicas: 0, handBack: true });
  const leave = held({ carrier: 'Candidate', outgoingReplicas: 0, outgoingAbsent: true });
  test.each<[string, WorkloadIntent, KubeObject[], string[]]>([
    ['is scaled', finish, [stable(4), carrying], ['Patch web-old {"spec":{"replicas":0}}']],
    ['is not given back while it has pods', finish, [stable(0, 1), carrying], []],
    ['is left as it is', held({ carrier: 'Candidate' }), [stable(4), carrying], []],
    ['has been given back', finish, [replicaSet('old', { replicas: 0 }), carrying], []],
    ['has been forgotten', finish, [carrying], []],
    ['is deleted empty where it is not to stay', leave, [stable(0), carrying], ['Delete web-old']],
    ['is not deleted while it has pods', leave, [stable(0, 1), carrying], []],
    ['is not deleted from the history', leave, [replicaSet('old', { replicas: 0 }), carrying], []],
    ['is not scaled before', held({ outgoingReplicas: 0 }), [OLD, NEW], []],
  ])('%s', (_, intent, sets, writes) => expect(brief(render(intent, {}, sets))).toEqual(writes));

  test('is given back empty', () => {
    const [write] = render(finish, {}, [stable(0), carrying]);
    const body = { metadata: HELD_BY.Deployment };
    expect(write).toMatchObject({ target: { name: 'web-old' }, body });
  });
});

describe('the failure shown on the Deployment', () => {
  const available = { type: 'Available', status: 'True' };
  const ours = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'Segue: bad',
  };
  const conditionsOf = (intent: WorkloadIntent, conditions: unknown[]) =>
    render(intent, { status: { conditions } }, [OLD]).map((write) => {
      expect(write).toMatchObject({ op: 'Patch', subresource: 'status', resourceVersion: '10' });
      return (
        write.op === 'Patch' &&
        (write.body as { status: { conditions: unknown } }).status.conditions
      );
    });

  test.each<[string, string | undefined, unknown[], unknown[]]>([
    ['written', 'bad', [available], [[available, ours]]],
    [
      'written in the place of another',
      'bad',
      [{ type: 'Progressing', status: 'True' }, available],
      [[available, ours]],
    ],
    ['changed', 'worse', [ours], [[{ ...ours, message: 'Segue: worse' }]]],
    ['there', 'bad', [available, ours], []],
    [
      'taken off',
      '',
      [ours, available],
      [
        [
          available,
          {
            type: 'Progressing',
            status: 'Unknown',
            reason: 'DeploymentPaused',
            message: 'Deployment is paused',
          },
        ],
      ],
    ],
    ["not taken off when it is the Deployment's own", '', [{ ...ours, message: 'timed out' }], []],
    ['left', undefined, [ours], []],
  ])('%s', (_, failureMessage, conditions, written) => {
    const intent = { held: true, ...(failureMessage === undefined ? {} : { failureMessage }) };
    expect(conditionsOf(intent, conditions)).toEqual(written);
  });

  test('comes after every other write on the Deployment', () => {
    const intent = { held: true, failureMessage: 'bad', template: template('v1') };
    expect(render(intent, {}, [OLD])).toMatchObject([{ type: 'json' }]);
  });
});

/** What the garbage collector leaves of a set when the Release is deleted with its dependents. */
function unowned(hash: string, version: string): KubeObject {
  const set = replicaSet(hash, { owner: 'Release', version });
  set.metadata.ownerReferences = set.metadata.ownerReferences?.slice(0, 1) ?? [];
  return set;
}

describe('a set of the release without its controller', () => {
  test('is sized as its own', () => {
    const intent = held({ candidateWanted: 'Present', candidateReplicas: 6 });
    expect(brief(render(intent, {}, [OLD, unowned('new', 'v2')]))).toEqual([
      'Patch web-new {"spec":{"replicas":6}}',
    ]);
  });

  test('of another release is left alone', () => {
    const set = unowned('new', 'v2');
    set.metadata.labels = { 'segue.dev/release': 'uid-of-another' };
    const intent = held({ candidateWanted: 'Present', candidateReplicas: 4 });
    expect(render(intent, {}, [OLD, set])).toEqual([]);
  });

  test('is still known as its own when the Deployment is gone', () => {
    const intent = held({ candidateWanted: 'Absent' });
    const objects = { namespace: 'shop', target: undefined, sets: [unowned('new', 'v2')] };
    expect(brief(deploymentWorkload.render(intent, objects))).toEqual(['Delete web-new']);
  });
});

test('other owners than the controller are kept', () => {
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'uid-x' };
  const set = replicaSet('old', { owner: 'Release', replicas: 0 });
  set.metadata.ownerReferences = [other, OWNERS.Release];
  const intent = held({ carrier: 'Candidate', handBack: true });
  const [write] = render(intent, {}, [set, replicaSet('new', { version: 'v2' })]);
  const body = { metadata: { ownerReferences: [other, OWNERS.Deployment] } };
  expect(write).toMatchObject({ body });
  expect(RELEASE.uid).not.toBe(other.uid);
});
