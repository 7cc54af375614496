import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { ControllerWorld, replicaSet, service } from '../testing/controller-world.ts';

const RELEASE = 'segue.dev/release';

/** As a controller made them that had not seen the Release go: the user's object is an owner still. */
function leftOver(uid: string): KubeObject[] {
  const stable = service('web-stable', {
    labels: { 'segue.dev/policy': 'web', [RELEASE]: uid },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'uid-service' }],
  });
  const made = replicaSet('web-gone', 'v2', { kind: 'Deployment', uid: 'uid-web' });
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' },
  ];
  const labels = { 'pod-template-hash': 'gone', [RELEASE]: uid };
  const set = { ...made, metadata: { ...made.metadata, labels, ownerReferences } };
  return [stable, set];
}

test('what was made for a Release that is gone is deleted', async () => {
  const world = new ControllerWorld();
  world.api.put(...leftOver('uid-of-a-release-that-is-gone'));
  await world.start();
  await world.pass();
  expect(world.api.find('Service', 'web-stable')).toBeUndefined();
  expect(world.api.find('ReplicaSet', 'web-gone')).toBeUndefined();
  expect(world.api.find('Service', 'web')).toBeDefined();
  await world.stop();
});

test.each([
  ['goes', 'Aborted', undefined],
  ['stays where it is of the version that was promoted', 'Promoted', {}],
])(
  'a set made for a release that had ended, by a controller that had not seen that, %s',
  async (_, outcome, set) => {
    const world = new ControllerWorld();
    const versions = {
      stable: { replicaSet: 'web-old' },
      candidate: { templateHash: 'gone', replicaSet: 'web-gone' },
    };
    const ended = {
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'Release',
      metadata: { name: 'web-1', namespace: 'shop', uid: 'uid-ended' },
      spec: { policy: 'web', target: { name: 'web' }, ...versions },
      status: { step: 'Done', outcome },
    };
    world.api.put(ended, ...leftOver('uid-ended'));
    await world.start();
    await world.pass();
    expect(world.errors()).toEqual([]);
    expect(world.api.find('Service', 'web-stable')).toBeUndefined();
    const left = world.api.find('ReplicaSet', 'web-gone');
    if (set) expect(left).toBeDefined();
    else expect(left).toBeUndefined();
    await world.stop();
  },
);

test('fresh pods made for a release that has ended go, whichever version it ended with', async () => {
  const world = new ControllerWorld();
  const ended = {
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'uid-ended' },
    spec: {
      policy: 'web',
      target: { name: 'web' },
      stable: { replicaSet: 'web-gone' },
      candidate: { templateHash: 'new', replicaSet: 'web-new' },
    },
    status: { step: 'Done', outcome: 'Aborted' },
  };
  const [, set] = leftOver('uid-ended');
  const { metadata } = set as KubeObject;
  const labels = { ...metadata.labels, 'segue.dev/fresh': 'uid-ended' };
  world.api.put(ended, { ...(set as KubeObject), metadata: { ...metadata, labels } });
  await world.start();
  await world.pass();
  expect(world.api.find('ReplicaSet', 'web-gone')).toBeUndefined();
  await world.stop();
});

test('not while the Release is there and this controller has not seen it yet', async () => {
  const world = new ControllerWorld();
  await world.start();
  world.setImage('v2');
  await world.pass();
  const { uid = '' } = world.release()?.metadata ?? {};
  await world.stop();
  const list = world.api.list.bind(world.api);
  let watched = false;
  // The first list, which fills the cache, comes from an API server that lags behind.
  world.api.list = async (kind, options) => {
    const answer = await list(kind, options);
    if (kind.kind !== 'Release' || watched) return answer;
    watched = true;
    return { ...answer, items: [] };
  };
  world.api.put(...leftOver(uid));
  await world.start();
  await world.pass();
  expect(watched).toBe(true);
  expect(world.api.find('ReplicaSet', 'web-gone')).toBeDefined();
  await world.stop();
});

test('nothing is made for a Deployment that is gone, though a cache still has it', async () => {
  const world = new ControllerWorld();
  await world.start();
  const object = replicaSet('web-new', 'v2', { kind: 'Deployment', uid: 'uid-web' });
  const ownedBy = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const send = (uid: string) =>
    world.controller?.writer.send([
      { op: 'Create', object, ownedBy: { ...ownedBy, uid }, because: 'a test' },
    ]);
  await expect(send('uid-of-another')).rejects.toThrow('Deployment web is gone');
  expect(world.api.find('ReplicaSet', 'web-new')).toBeUndefined();
  await send('uid-web');
  expect(world.api.find('ReplicaSet', 'web-new')).toBeDefined();
  await world.stop();
});
