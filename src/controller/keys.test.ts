/** Which policies are looked at again for which change: nothing that is waited for may be missed. */
import { expect, test } from 'vitest';
import { API_VERSION, KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Informer } from '../ports/informer.ts';
import { clusterOver } from '../kube/index.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { recordingLog } from '../kube/recording-log.ts';
import {
  deployment,
  httpRoute,
  policyObject,
  replicaSet,
  service,
} from '../testing/controller-world.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { releaseSpec } from '../testing/snapshots.ts';
import { type Caches, createCaches, informerOf } from './caches.ts';
import { keysOf } from './keys.ts';

let version = 0;

/** Caches with these objects in them. */
function cachesWith(...objects: KubeObject[]): Caches {
  const deps = { clock: new FakeClock(), log: recordingLog(), random: () => 0 };
  const caches = createCaches(clusterOver(new MemoryApi(), deps), {
    routerKinds: [KINDS.httpRoute],
  });
  for (const object of objects) informerFor(caches, object).observe(versioned(object));
  return caches;
}

function informerFor(caches: Caches, { kind }: KubeObject) {
  const known: GroupKind = Object.values(KINDS).find((one) => one.kind === kind) ?? KINDS.pod;
  const apart: Record<string, Informer> = {
    EndpointSlice: caches.slices,
    PodDisruptionBudget: caches.budgets,
    HorizontalPodAutoscaler: caches.scalers,
    Node: caches.nodes,
  };
  const informer = apart[kind] ?? informerOf(caches, known);
  if (!informer) throw new Error(`no cache of ${kind}`);
  return informer;
}

const versioned = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(++version) },
});

function release(policy = 'web', step?: string): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: { name: `${policy}-1`, namespace: 'shop', uid: `uid-${policy}-1` },
    spec: { ...releaseSpec(), policy },
    status: { step },
  };
}

function beside(kind: string, spec: object): KubeObject {
  const { group } = Object.values(KINDS).find((known) => known.kind === kind) ?? KINDS.pod;
  return { apiVersion: `${group}/v1`, kind, metadata: { name: 'beside', namespace: 'shop' }, spec };
}

function invalid(name: string): KubeObject {
  const conditions = [{ type: 'Valid', status: 'False', reason: 'Invalid' }];
  return { ...policyObject(name), status: { conditions } };
}

const other = (name: string) => ({
  ...policyObject(name),
  spec: { targetRef: { name: 'other' }, traffic: { services: [{ name: 'other' }] } },
});
const slice = (of: string): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: of, namespace: 'shop', labels: { 'kubernetes.io/service-name': of } },
});
const ownedBy = (owner: string) => ({
  ownerReferences: [{ apiVersion: API_VERSION, kind: 'Release', name: owner, uid: `uid-${owner}` }],
});
const ofDeployment = { kind: 'Deployment', uid: 'uid-web' };

test.each<[string, KubeObject[], KubeObject, string[]]>([
  [
    'a policy, for itself and its neighbours',
    [policyObject(), policyObject('b')],
    policyObject(),
    ['b', 'web'],
  ],
  ['a target, for its policy', [policyObject(), other('o')], deployment('v1'), ['web']],
  ['a target, for a release whose policy is gone', [release()], deployment('v1'), ['web']],
  ['a target, not for a release that has ended', [release('web', 'Done')], deployment('v1'), []],
  ['a set of the target', [policyObject()], replicaSet('web-a', 'v1', ofDeployment), ['web']],
  [
    'a set of the target, for a release by another policy too',
    [policyObject('b'), release()],
    replicaSet('web-a', 'v1', ofDeployment),
    ['b', 'web'],
  ],
  [
    'a set of the release',
    [release()],
    replicaSet('web-b', 'v2', { kind: 'Release', uid: 'uid-web-1' }),
    ['web'],
  ],
  ['a set of nobody known', [policyObject()], replicaSet('x', 'v1', { kind: 'Job', uid: 'j' }), []],
  ['the user’s Service, for its policy', [policyObject(), other('o')], service(), ['web']],
  [
    'the user’s Service, for a release whose policy names another now',
    [other('web'), release()],
    service(),
    ['web'],
  ],
  ['a Service of the release', [release()], service('web-stable', ownedBy('web-1')), ['web']],
  [
    'a Service in whose name something of Segue’s would be, for those who wait for it',
    [invalid('web'), other('o')],
    service('web-stable'),
    ['web'],
  ],
  [
    'a Service of another release, for those who wait for its name',
    [invalid('web'), release('b')],
    service('web-stable', ownedBy('b-1')),
    ['b', 'web'],
  ],
  ['endpoints of the user’s Service', [service(), release()], slice('web'), ['web']],
  ['endpoints of a Service of nobody’s', [policyObject(), service('x')], slice('x'), []],
  [
    'a route, for all of its namespace',
    [policyObject(), other('o'), release('p')],
    httpRoute(),
    ['o', 'p', 'web'],
  ],
  [
    'a Deployment, for those who may be refused because of its pods',
    [invalid('web'), other('o')],
    { ...deployment('v1'), metadata: { name: 'worker', namespace: 'shop' } },
    ['web'],
  ],
  [
    'a Service that selects its pods, for a policy that does not name it',
    [policyObject(), deployment('v1')],
    service('admin'),
    ['web'],
  ],
  [
    'a disruption budget of its pods',
    [policyObject(), deployment('v1')],
    beside('PodDisruptionBudget', { selector: { matchLabels: { app: 'web' } } }),
    ['web'],
  ],
  [
    'its autoscaler',
    [policyObject(), other('o')],
    beside('HorizontalPodAutoscaler', { scaleTargetRef: { kind: 'Deployment', name: 'web' } }),
    ['web'],
  ],
  [
    'the end of a release, for another policy on its target',
    [policyObject('b')],
    release('web', 'Done'),
    ['b', 'web'],
  ],
])('%s', (_, there, changed, expected) => {
  const caches = cachesWith(...there);
  const keys = keysOf(caches, informerFor(caches, changed), [undefined, changed]);
  expect([...keys].sort()).toEqual(expected.map((name) => `shop/${name}`));
});

test('what an object was before counts as much as what it is', () => {
  const caches = cachesWith(policyObject('b'));
  const moved = other('web');
  const keys = keysOf(caches, caches.policies, [policyObject(), moved]);
  expect([...keys].sort()).toEqual(['shop/b', 'shop/web']);
});

test('a node matters to those that release DaemonSets, when something has changed that counts', () => {
  const spec = { targetRef: { group: 'apps', kind: 'DaemonSet', name: 'agent' } };
  const agent = { ...policyObject('agent'), spec };
  const caches = cachesWith(policyObject(), agent);
  const node = (unschedulable: boolean) =>
    versioned({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n0' },
      spec: { unschedulable },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
  const keys = (...versions: (KubeObject | undefined)[]) => [
    ...keysOf(caches, caches.nodes, versions),
  ];
  expect(keys(node(false), node(true))).toEqual(['shop/agent']);
  expect(keys(undefined, node(false))).toEqual(['shop/agent']);
  expect(keys(node(false), node(false))).toEqual([]);
});
