import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import {
  DEFINITION_KEY,
  DEFINITION_LABEL,
  readDefinition,
  type RouteDefinition,
} from '../../api/route-definition.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  applier,
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { custom } from './router.ts';

type Fields = Record<string, unknown>;

function configMap(text: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ours', namespace: NAMESPACE, labels: { [DEFINITION_LABEL]: 'true' } },
    data: { [DEFINITION_KEY]: text },
  };
}

function defined(text: string): RouteDefinition {
  const read = readDefinition(configMap(text));
  if (Array.isArray(read)) throw new Error(JSON.stringify(read));
  return read;
}

/** The one that is shipped. */
const EXAMPLE = new URL('../../../examples/canary-custom.yaml', import.meta.url);
const smi = parseAllDocuments(readFileSync(EXAMPLE, 'utf8'))
  .map((document) => document.toJS() as KubeObject)
  .flatMap((object) => (object.kind === 'ConfigMap' ? [object] : []))
  .map((object) => defined((object['data'] as Record<string, string>)[DEFINITION_KEY] ?? ''))[0];

describe('SMI TrafficSplit, by the definition of the example', () => {
  const kind = { group: 'split.smi-spec.io', kind: 'TrafficSplit' };
  const config = { definition: 'smi-trafficsplit', object: 'web', route: smi };
  const to = (name: string, weight: number): Fields => ({ service: name, weight });
  const trafficSplit = (backends: unknown, spec: Fields = {}): KubeObject => ({
    apiVersion: 'split.smi-spec.io/v1alpha2',
    kind: 'TrafficSplit',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { service: 'web', backends, ...spec },
  });
  /** As its specification has it in these versions, for the fields that tests use. */
  const specSchema = z.strictObject({
    service: z.string(),
    backends: z
      .array(z.strictObject({ service: z.string(), weight: z.int().nonnegative() }))
      .refine((all) => new Set(all.map((one) => one.service)).size === all.length),
  });
  const backendsOf = (object: KubeObject | undefined) =>
    (object?.['spec'] as { backends: Fields[] }).backends;
  const edit = (change: (spec: Fields) => void) => (store: ObjectStore) =>
    store.edit(kind, 'web', (object) => change(object['spec'] as Fields));
  const title = 'TrafficSplit web';
  const refused = (name: string, object: KubeObject, says: string, field = title) => ({
    name,
    objects: [object, service('web')],
    field,
    says,
  });

  describeRouter({
    router: custom,
    scope: { namespace: NAMESPACE, services: ['web'], config, rules: [] },
    objects: () => [trafficSplit([to('web', 1)]), service('web')],
    defaulting: defaulted,
    accept: () => {},
    written: [{ ...kind, name: 'web' }],
    foreign(object) {
      const spec = object['spec'] as { backends: Fields[] };
      spec.backends = spec.backends.filter((one) => !/^web(-|$)/.test(String(one['service'])));
      return object;
    },
    variations: fc
      .record({
        weight: fc.integer({ min: 1, max: 1_000 }),
        idle: fc.boolean(),
        root: fc.constantFrom('web', `web.${NAMESPACE}`, `web.${NAMESPACE}.svc.cluster.local`),
        matches: fc.option(fc.constant([{ kind: 'HTTPRouteGroup', name: 'all' }])),
        annotations: fc.dictionary(fc.string(), fc.string()),
      })
      .map(({ weight, idle, root, matches, annotations }) => {
        const backends = [...(idle ? [to('next', 0)] : []), to('web', weight)];
        const varied = trafficSplit(backends, { service: root, ...(matches && { matches }) });
        varied.metadata.annotations = annotations;
        return [varied, service('web')];
      }),
    edits: [
      { name: 'a field', edit: edit((spec) => void (spec['matches'] = [{ name: 'all' }])) },
      {
        name: 'another backend without a share',
        edit: edit((spec) => void (spec['backends'] as Fields[]).push(to('next', 0))),
      },
    ],
    reverts: [
      { name: 'applied again', edit: edit((spec) => void (spec['backends'] = [to('web', 1)])) },
    ],
    refused: [
      { name: 'no route', objects: [service('web')], field: title, says: 'does not exist' },
      refused('not named', trafficSplit([to('other', 1)]), 'no destination leads to Service web'),
      refused('no share', trafficSplit([to('web', 0)]), 'no destination leads to Service web'),
      refused(
        'shared',
        trafficSplit([to('web', 1), to('other', 1)]),
        'web, other',
        `${title} spec.backends`,
      ),
      refused('left over', trafficSplit([to('web-stable', 1)]), 'dedicated'),
      refused(
        'of another Service',
        trafficSplit([to('web', 1)], { service: 'site' }),
        '"site" is no Service of the policy',
        `${title} spec.service`,
      ),
      {
        ...refused(
          'two of one Service',
          trafficSplit([to('web', 1)]),
          'TrafficSplit another is for Service web too',
          `${title} spec.service`,
        ),
        objects: [
          trafficSplit([to('web', 1)]),
          {
            ...trafficSplit([to('other', 1)], { service: `web.${NAMESPACE}` }),
            metadata: { name: 'another', namespace: NAMESPACE },
          },
          service('web'),
        ],
      },
      refused('no list', trafficSplit({ web: 1 }), 'at spec.backends[] is no list'),
      refused(
        'another version',
        { ...trafficSplit([to('web', 1)]), apiVersion: 'split.smi-spec.io/v1alpha1' },
        'the API server has it in version v1alpha1',
      ),
      refused(
        'a weight of another version',
        trafficSplit([{ service: 'web', weight: '900m' }]),
        'weight "900m" is not as the definition says, a number of 100 in all',
        `${title} spec.backends`,
      ),
    ],
    writesMax: 1,
  });

  test('what somebody makes no list of half way is read as leading nowhere, and left alone', () => {
    const intent = splitIntent(config);
    const store = new ObjectStore([trafficSplit([to('web', 7)]), service('web')]);
    applier(custom)(store, intent);
    edit((spec) => void (spec['backends'] = { web: 7 }))(store);
    expect(custom.observe(intent, store)).toMatchObject({ route: 'Other', accepted: false });
    expect(custom.render(intent, store)).toEqual([]);
    expect(custom.render({ ...intent, route: 'Service' }, store)).toEqual([]);
  });

  test('what it makes is what the specification says, also where the Service has several ports', () => {
    const intent = splitIntent(config);
    const ports = [{ port: 80 }, { port: 9090 }];
    const store = new ObjectStore([trafficSplit([to('web', 7)]), service('web', { ports })]);
    expect(custom.check(intent, store)).toEqual([]);
    applier(custom)(store, intent);
    const made = store.get(kind, 'web');
    expect(specSchema.safeParse(made?.['spec']).error).toBeUndefined();
    expect(made?.['spec']).toMatchObject({ service: 'web' });
    expect(backendsOf(made)).toEqual([to('web-stable', 95), to('web-candidate', 5)]);
    expect(custom.observe(intent, store)).toMatchObject({
      accepted: true,
      writes: 'spec.backends of TrafficSplit web',
    });
  });
});

const LANES = `
group: edge.example.com
versions: [v2]
kind: Lane
destinations:
  - spec.lanes[].targets[]
service: to.host
port: to.port
weight: share
weights: {total: 1000, text: true, optional: true}
accepted: {type: Programmed}
`;
const lanes = defined(LANES);

const kind = { group: 'edge.example.com', kind: 'Lane' };
const config = { definition: 'ours', object: 'web', route: lanes };
const lane = (rules: Fields[], spec: Fields = {}): KubeObject => ({
  apiVersion: 'edge.example.com/v2',
  kind: 'Lane',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: { ...spec, lanes: rules },
});
const to = (host: string, port = 80): Fields => ({ to: { host, port } });

function accept(store: ObjectStore, status = 'True'): void {
  const { generation = 0 } = store.get(kind, 'web')?.metadata ?? {};
  const said = { type: 'Programmed', status, observedGeneration: generation, reason: 'Edge' };
  store.edit(kind, 'web', (object) => void (object['status'] = { conditions: [said] }));
}

describe('a kind with rules, nested fields, weights as text and a condition', () => {
  describeRouter(
    splitFixture({
      router: custom,
      config,
      kind,
      route: lane,
      list: 'lanes',
      refs: 'targets',
      rule: (path) => ({ prefix: path }),
      ref: to,
      beside: (ref) => ({ ...ref, share: '1000' }),
      decorated: (ref, what) => ({ ...ref, retries: what }),
      other: { sharing: { ...to('other'), share: '300' }, idle: { ...to('next'), share: '0' } },
      left: to('api-stable', 8080),
      leadsTo: (ref) => (ref['to'] as { host: string }).host,
      accept,
    }),
  );

  test('is accepted where its condition is True of this generation, and not before', () => {
    const intent = splitIntent(config);
    const store = new ObjectStore([lane([{ targets: [to('web')] }]), service('web')]);
    expect(custom.check(intent, store)).toEqual([]);
    applier(custom)(store, intent);
    const read = () => custom.observe(intent, store);
    expect(read()).toMatchObject({ weight: 5, accepted: false });
    expect(read().message).toContain('it has no condition Programmed yet');
    accept(store, 'False');
    expect(read().message).toContain('Programmed is False (Edge)');
    accept(store);
    expect(read()).toMatchObject({ weight: 5, accepted: true });
  });

  test('another namespace is somebody else’s, and hosts keep their form', () => {
    const intent = splitIntent(config);
    const host = `web.${NAMESPACE}.svc.cluster.local`;
    const store = new ObjectStore([
      lane([{ targets: [to(host)] }, { targets: [to('web.elsewhere')] }]),
      service('web'),
    ]);
    applier(custom)(store, intent);
    const spec = store.get(kind, 'web')?.['spec'] as { lanes: { targets: Fields[] }[] };
    expect(spec.lanes.map(({ targets }) => targets)).toEqual([
      [
        { to: { host: host.replace('web', 'web-stable'), port: 80 }, share: '950' },
        { to: { host: host.replace('web', 'web-candidate'), port: 80 }, share: '50' },
      ],
      [to('web.elsewhere')],
    ]);
  });

  test('rules and destinations below other objects, a namespace of its own, a condition that is False', () => {
    const deep = defined(`
group: edge.example.com
versions: [v2]
kind: Lane
destinations:
  - spec.host.routes[].action.multi.to[]
  - spec.fallback.to[]
service: ref.name
namespace: ref.namespace
weight: weight
accepted: {type: Rejected, status: 'False'}
`);
    const ref = (name: string, namespace?: string) => ({ ref: { name, namespace }, weight: 100 });
    const one = (...targets: Fields[]) => ({ action: { multi: { to: targets } } });
    const object = lane([], {
      host: {
        routes: [one(ref('web', 'elsewhere')), { action: null }, one(ref('web', NAMESPACE))],
      },
      fallback: { to: [ref('web')], after: '1s' },
    });
    const intent = splitIntent({ ...config, route: deep });
    const store = new ObjectStore([object, service('web')]);
    const before = store.get(kind, 'web')?.['spec'];
    expect(custom.check(intent, store)).toEqual([]);
    const journal = custom.capture(intent, store);
    applier(custom)(store, { ...intent, journal });
    const weights = [
      { ref: { name: 'web-stable', namespace: NAMESPACE }, weight: 95 },
      { ref: { name: 'web-candidate', namespace: NAMESPACE }, weight: 5 },
    ];
    expect(store.get(kind, 'web')?.['spec']).toMatchObject({
      host: { routes: [one(ref('web', 'elsewhere')), { action: null }, one(...weights)] },
      fallback: { to: [{ ref: { name: 'web-stable' } }, { ref: { name: 'web-candidate' } }] },
    });
    const says = (status: string) => {
      const conditions = [{ type: 'Rejected', status }];
      store.edit(kind, 'web', (stored) => void (stored['status'] = { conditions }));
      return custom.observe({ ...intent, journal }, store).accepted;
    };
    expect([says('True'), says('False')]).toEqual([false, true]);
    applier(custom)(store, { ...intent, journal, route: 'Service' });
    expect(store.get(kind, 'web')?.['spec']).toEqual(before);
  });
});

describe('the definition', () => {
  const scope = { ...splitIntent({ definition: 'ours', object: 'web' }) };
  const objects = [lane([{ targets: [to('web')] }]), service('web')];

  test('is read from the ConfigMap before a release, and kept by one', () => {
    const store = new ObjectStore([...objects, configMap(LANES)]);
    expect(custom.check(scope, store)).toEqual([]);
    expect(custom.check({ ...scope, config }, new ObjectStore(objects))).toEqual([]);
    expect(() => custom.render(scope, store)).toThrow('the definition that its release began with');
  });

  test('that is not there, not labelled or may not be read is a problem of its policy', () => {
    const told = (store: ObjectStore) =>
      custom.check(scope, store).map(({ field, message }) => `${field}: ${message}`);
    expect(told(new ObjectStore(objects))).toEqual([
      'ConfigMap ours: there is no ConfigMap of this name with the label segue.dev/router-definition',
    ]);
    const bare = configMap(LANES);
    delete bare.metadata.labels;
    expect(told(new ObjectStore([...objects, bare]))).toEqual([
      'ConfigMap ours: it has no label segue.dev/router-definition, and is not read without',
    ]);
    const refused = new ObjectStore(objects);
    refused.refused.add(KINDS.configMap.kind);
    expect(told(refused)).toEqual([
      expect.stringContaining('ConfigMap ours: the controller may not read kind ConfigMap'),
    ]);
  });

  test('a kind that may not be read or is not there: which rights, and where to look', () => {
    const store = new ObjectStore(objects);
    store.remove(kind, 'web');
    store.refused.add('Lane');
    const fixes = () => custom.check({ ...scope, config }, store).map(({ fix }) => fix);
    expect(fixes()).toEqual([
      "allow the controller's ServiceAccount to get, list, watch and patch kind Lane of edge.example.com (docs/spec/routers.md)",
    ]);
    store.refused.clear();
    store.unserved.add('Lane');
    expect(fixes()).toEqual([
      'install its CustomResourceDefinition, or correct group and kind in the definition',
    ]);
  });
});
