/** What else is in the namespace: told where it may surprise, refused where it would lose traffic. */
import { describe, expect, test } from 'vitest';
import { API_VERSION, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import { clusterOver } from '../kube/index.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { recordingLog } from '../kube/recording-log.ts';
import { deployment, service } from '../testing/controller-world.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { type Caches, createCaches } from './caches.ts';
import { foreignPods, nodeWarnings, warningsOf } from './neighbours.ts';

let version = 0;

function cachesWith(...objects: KubeObject[]): Caches {
  const deps = { clock: new FakeClock(), log: recordingLog(), random: () => 0 };
  const caches = createCaches(clusterOver(new MemoryApi(), deps), {
    routerKinds: [KINDS.httpRoute],
  });
  const known: Record<string, keyof Omit<Caches, 'routes' | 'custom'>> = {
    Deployment: 'deployments',
    Service: 'services',
    PodDisruptionBudget: 'budgets',
    HorizontalPodAutoscaler: 'scalers',
    Node: 'nodes',
  };
  for (const object of objects) {
    const metadata = { ...object.metadata, resourceVersion: String(++version) };
    caches[known[object.kind] ?? 'policies'].observe({ ...object, metadata });
  }
  return caches;
}

const object = (apiVersion: string, kind: string, name: string, spec: unknown): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});
const target = deployment('v1');
const at = { namespace: 'shop', target, services: ['web'] };
const web = { matchLabels: { app: 'web' } };
const budget = (spec: object) =>
  object('policy/v1', 'PodDisruptionBudget', 'safe', { selector: web, ...spec });
const scaler = (metric: object, name = 'web') =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'load', {
    scaleTargetRef: { kind: 'Deployment', name },
    metrics: [metric],
  });
const value = { type: 'External', external: { target: { type: 'Value', value: '30' } } };
const annotatedScaler: KubeObject = {
  ...object('autoscaling/v1', 'HorizontalPodAutoscaler', 'load', {
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
  }),
};
annotatedScaler.metadata.annotations = {
  'autoscaling.alpha.kubernetes.io/metrics': JSON.stringify([
    { type: 'Object', object: { targetValue: '30' } },
  ]),
};
const owned = service('web-stable', {
  ownerReferences: [{ apiVersion: API_VERSION, kind: 'Release', name: 'web-1', uid: 'u' }],
});

describe('warnings', () => {
  test.each<[string, KubeObject[], RegExp | undefined]>([
    ['alone', [], undefined],
    [
      'another Service',
      [service('admin')],
      /^Service admin: it selects the same pods.*; add it to/,
    ],
    ['a Service of Segue', [owned], undefined],
    ['minAvailable as a number', [budget({ minAvailable: 3 })], /^PodDisruptionBudget safe: .*: 3/],
    ['minAvailable in percent', [budget({ minAvailable: '75%' })], undefined],
    ['maxUnavailable', [budget({ maxUnavailable: 1 })], undefined],
    [
      'a budget of other pods',
      [budget({ minAvailable: 3, selector: { matchLabels: { app: 'api' } } })],
      undefined,
    ],
    [
      'a budget by expressions only',
      [
        budget({
          minAvailable: 3,
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
        }),
      ],
      /minAvailable: 3 counts/,
    ],
    [
      'a metric of type Value',
      [scaler(value)],
      /^HorizontalPodAutoscaler load: a metric of type V/,
    ],
    ['the same as autoscaling/v1 keeps it', [annotatedScaler], /^HorizontalPodAutoscaler load/],
    [
      'an average',
      [scaler({ type: 'External', external: { target: { type: 'AverageValue' } } })],
      undefined,
    ],
    ['a resource', [scaler({ type: 'Resource', resource: { name: 'cpu' } })], undefined],
    ['an autoscaler of another workload', [scaler(value, 'api')], undefined],
  ])('%s', (_, objects, expected) => {
    const caches = cachesWith(target, service('web'), ...objects);
    const found = warningsOf(caches, at).map(formatProblem);
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(expected)]);
  });
});

test.each<[string, object, RegExp | undefined]>([
  ['a number', { minAvailable: 3 }, undefined],
  ['a percentage', { minAvailable: '75%' }, /only a number in minAvailable can be counted/],
  ['maxUnavailable', { maxUnavailable: 1 }, /only a number in minAvailable can be counted/],
])('of a DaemonSet a budget of %s', (_, spec, expected) => {
  const daemons = { ...target, kind: 'DaemonSet' };
  const caches = cachesWith(service('web'), budget(spec));
  const found = warningsOf(caches, { ...at, target: daemons }).map(formatProblem);
  if (expected === undefined) expect(found).toEqual([]);
  else expect(found).toEqual([expect.stringMatching(expected)]);
});

test('a label of nodes that none has', () => {
  const node = (name: string, labels: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
  });
  const by = (label: string) =>
    ({ strategy: { rolling: { nodesBy: { label }, stages: [] } } }) as unknown as PolicySpec;
  const caches = cachesWith(node('n0', { zone: 'a' }), node('n1', {}));
  expect(nodeWarnings(caches, by('zone'), 'DaemonSet')).toEqual([]);
  expect(nodeWarnings(caches, by('zones'), 'DaemonSet').map(formatProblem)).toEqual([
    expect.stringMatching(
      /^spec\.strategy\.rolling\.nodesBy\.label: no node has the label zones, /,
    ),
  ]);
});

describe('pods of another owner', () => {
  const other = (labels: Record<string, string>, replicas = 1) =>
    object('apps/v1', 'Deployment', 'worker', {
      replicas,
      template: { metadata: { labels } },
    });
  test.each<[string, KubeObject, boolean]>([
    ['behind the same Service', other({ app: 'web', tier: 'worker' }), true],
    ['with other labels', other({ app: 'worker' }), false],
    ['of which there are none', other({ app: 'web' }, 0), false],
  ])('%s', (_, deployed, refused) => {
    const problems = foreignPods(cachesWith(target, service('web'), deployed), at);
    expect(problems.map(formatProblem)).toEqual(
      refused
        ? [
            'Service web: it also selects the pods of Deployment worker, which would get no traffic during a release; give it a selector that only Deployment web matches',
          ]
        : [],
    );
  });
});
