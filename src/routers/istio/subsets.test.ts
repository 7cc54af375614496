/** Versions as subsets of a DestinationRule. */
import {
  DestinationRule,
  type IDestinationRule,
} from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule';
import {
  type IVirtualService,
  VirtualService,
} from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { istioSplit, to, virtualService } from '../../testing/istio-objects.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  applier,
  MATCH,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import type { HttpRule } from './request-rules.ts';
import { istio } from './router.ts';

type Fields = Record<string, unknown>;

const ROUTE = KINDS.virtualService;
const RULE = KINDS.destinationRule;
const config = { virtualService: 'web', destinationRule: 'web' };

const destinationRule = (spec: Fields = {}): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: { host: 'web', ...spec },
});
const v9 = () => ({ name: 'v9', labels: { version: 'v9' } });
const policy = { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } };

const specOf = (object: KubeObject | undefined) => (object?.['spec'] ?? {}) as Fields;
const subsetsOf = (object: KubeObject | undefined) =>
  (specOf(object)['subsets'] ?? []) as { name: string }[];
const editRule = (change: (spec: Fields) => void) => (store: ObjectStore) =>
  store.edit(RULE, 'web', (object) => change(specOf(object)));

const rules: RequestRules[] = [
  { match: MATCH },
  { mirror: { percent: 100, methods: 'All' } },
  { sticky: { cookie: 'ab', maxAgeSeconds: 60 } },
];

const split = splitFixture(
  istioSplit({ config, left: to('api', { port: 8080, subset: 'segue-stable' }), rules }),
);

const anyRule = fc
  .record({
    subsets: fc.constantFrom(undefined, [], [v9()]),
    policy: fc.constantFrom({}, policy),
    labels: fc.dictionary(fc.string(), fc.string()),
  })
  .map(({ subsets, policy: given, labels }) => {
    const object = destinationRule({ ...given, ...(subsets && { subsets }) });
    object.metadata.labels = labels;
    return object;
  });

/** Without the subsets of a release; a list that is empty then may not have been there. */
function withoutOwn(object: KubeObject): unknown {
  if (object.kind !== RULE.kind) return split.foreign(object);
  const spec = specOf(object);
  const others = subsetsOf(object).filter(({ name }) => !name.startsWith('segue-'));
  if (others.length > 0) spec['subsets'] = others;
  else delete spec['subsets'];
  return object;
}

const withRule = (objects: KubeObject[], spec: Fields = { ...policy, subsets: [v9()] }) => [
  ...objects,
  destinationRule(spec),
];

describeRouter({
  ...split,
  objects: () => withRule(split.objects()),
  written: [...split.written, { ...RULE, name: 'web' }],
  foreign: withoutOwn,
  variations: fc.tuple(split.variations, anyRule).map(([objects, rule]) => [...objects, rule]),
  edits: [
    ...split.edits,
    {
      name: 'a policy of the host',
      edit: editRule((spec) => void (spec['trafficPolicy'] = { loadBalancer: {} })),
    },
    {
      name: 'another subset',
      edit: editRule((spec) => {
        spec['subsets'] = [...(spec['subsets'] as Fields[]), { name: 'v10', labels: {} }];
      }),
    },
  ],
  reverts: [
    ...split.reverts,
    {
      name: 'the DestinationRule applied again',
      edit: editRule((spec) => void (spec['subsets'] = [v9()])),
    },
    {
      name: 'other labels',
      edit: editRule((spec) => {
        const own = (spec['subsets'] as Fields[]).find((one) => one['name'] === 'segue-candidate');
        if (own) own['labels'] = { version: 'v2' };
      }),
    },
  ],
  refused: [
    ...split.refused.map((one) => ({ ...one, objects: withRule(one.objects) })),
    {
      name: 'a subset of the user',
      objects: withRule([
        virtualService([{ route: [to('web', { subset: 'v9' })] }]),
        service('web'),
      ]),
      field: 'VirtualService web spec.http[0].route',
      says: 'subset v9',
    },
    ...(
      [
        ['of another host', { host: 'other' }, 'host', 'of host other'],
        ['for some clients', { workloadSelector: { matchLabels: {} } }, 'workloadSelector', 'some'],
        ['seen by some', { exportTo: ['.'] }, 'exportTo', 'only . see it'],
        [
          'with what a release has left',
          { subsets: [{ name: 'segue-stable' }] },
          'subsets',
          'segue-stable while no release',
        ],
      ] as const
    ).map(([name, spec, field, says]) => ({
      name: `a DestinationRule ${name}`,
      objects: withRule(split.objects(), spec),
      field: `DestinationRule web spec.${field}`,
      says,
    })),
  ],
  writesMax: 2,
});

describe('istio by subsets', () => {
  const intent = splitIntent(config);
  const announced: TrafficIntent = { ...intent, route: 'Service', weight: 0, dedicated: true };
  const back: TrafficIntent = { ...announced, dedicated: false };
  const stored = (...more: KubeObject[]) =>
    new ObjectStore([
      virtualService([{ route: [to('web')] }]),
      service('web'),
      ...(more.length > 0 ? more : [destinationRule(policy)]),
    ]);
  const go = applier(istio);
  const written = (wanted: TrafficIntent, store: ObjectStore) =>
    istio
      .render(wanted, store)
      .map((one) => `${one.op} ${(one.op === 'Create' ? one.object : one.target).kind}`);

  test('a version is the pods with its label, and the host stays with its policies', () => {
    const store = stored();
    go(store, intent);
    expect(specOf(store.get(RULE, 'web'))).toEqual({
      host: 'web',
      ...policy,
      subsets: [
        { name: 'segue-stable', labels: { 'pod-template-hash': 'aaa' } },
        { name: 'segue-candidate', labels: { 'pod-template-hash': 'bbb' } },
      ],
    });
    expect(specOf(store.get(ROUTE, 'web'))['http']).toEqual([
      {
        route: [
          { ...to('web', { subset: 'segue-stable' }), weight: 95 },
          { ...to('web', { subset: 'segue-candidate' }), weight: 5 },
        ],
      },
    ]);
  });

  test('pods of a StatefulSet are told by the label that they have', () => {
    const store = stored();
    go(store, { ...intent, versionLabel: 'controller-revision-hash' });
    expect(subsetsOf(store.get(RULE, 'web'))).toMatchObject([
      { labels: { 'controller-revision-hash': 'aaa' } },
      { labels: { 'controller-revision-hash': 'bbb' } },
    ]);
  });

  test('proxies are told of the subsets first, and no more when nothing leads there', () => {
    const store = stored();
    const before = store.all().map(specOf);
    const journal = istio.capture(intent, store);
    expect(istio.observe({ ...announced, journal }, store)).toMatchObject({
      route: 'Service',
      named: false,
      message: 'DestinationRule web: its subsets are not the pods of each version',
    });
    expect(written({ ...announced, journal }, store)).toEqual(['Patch DestinationRule']);
    go(store, { ...announced, journal });
    expect(istio.observe({ ...announced, journal }, store)).toMatchObject({
      route: 'Service',
      accepted: true,
      named: true,
    });
    expect(written({ ...intent, journal }, store)).toEqual(['Patch VirtualService']);
    go(store, { ...intent, journal });
    expect(written({ ...announced, journal }, store)).toEqual(['Patch VirtualService']);
    go(store, { ...announced, journal });
    expect(written({ ...back, journal }, store)).toEqual(['Patch DestinationRule']);
    go(store, { ...back, journal });
    expect(store.all().map(specOf)).toEqual(before);
  });

  test('copies go to the subset of the candidate', () => {
    const store = stored();
    go(store, { ...intent, rules, mirror: { percent: 20, methods: 'All' } });
    const [first] = specOf(store.get(ROUTE, 'web'))['http'] as HttpRule[];
    expect(first).toMatchObject({ mirror: { host: 'web', subset: 'segue-candidate' } });
  });

  test('without a destinationRule nothing is asked of any, and nothing is announced', () => {
    const store = new ObjectStore([virtualService([{ route: [to('web')] }]), service('web')]);
    const byHost = { ...announced, config: { virtualService: 'web' } };
    expect(istio.check(byHost, store)).toEqual([]);
    expect(istio.render(byHost, store)).toEqual([]);
    expect(istio.observe(byHost, store)).not.toHaveProperty('named');
  });

  test('one that is not there is not made', () => {
    const store = new ObjectStore([virtualService([{ route: [to('web')] }]), service('web')]);
    expect(istio.check(intent, store)).toMatchObject([
      { field: 'DestinationRule web', message: 'it does not exist' },
    ]);
    expect(istio.render(announced, store)).toEqual([]);
    // Gone in the middle, and the route as its user has it: by the Services of each version.
    expect(written(intent, store)).toEqual(['Patch VirtualService']);
    go(store, intent);
    expect(istio.observe(intent, store)).toMatchObject({ weight: 5, accepted: true, named: true });
  });

  test('the route goes back though the DestinationRule is gone', () => {
    const store = stored();
    go(store, intent);
    store.remove(RULE, 'web');
    expect(written(back, store)).toEqual(['Patch VirtualService']);
    go(store, back);
    expect(istio.observe(back, store)).toMatchObject({ route: 'Service', accepted: true });
  });

  test('where the DestinationRule is gone the Services of each version are led to, until the end', () => {
    for (const more of [{}, ...rules]) {
      const store = stored();
      const before = specOf(store.get(ROUTE, 'web'));
      const [split, whole] = [intent, back].map((one) => ({ ...one, rules, ...more }));
      if (!split || !whole) return;
      go(store, split);
      store.remove(RULE, 'web');
      expect(istio.observe(split, store)).toMatchObject({
        route: 'Split',
        accepted: false,
        message:
          'DestinationRule web does not exist: the route is to lead to the versions without it',
      });
      go(store, split);
      const led = JSON.stringify(specOf(store.get(ROUTE, 'web')));
      expect(led).not.toContain('"subset"');
      expect(led).toContain('"host":"web-stable"');
      expect(istio.observe(split, store)).toMatchObject({ weight: 5, accepted: true });
      // Its subsets are not known to anybody yet.
      store.apply({ op: 'Create', object: destinationRule(policy), because: 'it is made anew' });
      expect(written(split, store)).toEqual([]);
      go(store, whole);
      expect(specOf(store.get(ROUTE, 'web'))).toEqual(before);
      expect(istio.observe(whole, store)).toMatchObject({ route: 'Service', accepted: true });
    }
  });

  test('what it makes is what Istio knows', () => {
    for (const wanted of [{}, ...rules]) {
      const store = stored();
      go(store, { ...intent, rules, ...wanted });
      const [route, rule] = [store.get(ROUTE, 'web'), store.get(RULE, 'web')] as KubeObject[];
      expect(typeProblems([route as KubeObject, rule as KubeObject])).toEqual([]);
      expect(() => new VirtualService(route as IVirtualService).validate()).not.toThrow();
      expect(() =>
        new DestinationRule(rule as unknown as IDestinationRule).validate(),
      ).not.toThrow();
    }
  });
});
