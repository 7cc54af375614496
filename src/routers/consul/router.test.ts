import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { KINDS, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter, type RouterFixture } from '../../testing/router-conformance.ts';
import {
  applier,
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { consul } from './router.ts';
import type { Split } from './splits.ts';

type Fields = Record<string, unknown>;

const SPLITTER = KINDS.serviceSplitter;
const RESOLVER = KINDS.serviceResolver;
const config = { serviceSplitter: 'web' };

const synced = (condition: Fields = {}): Fields => ({
  conditions: [{ type: 'Synced', status: 'True', ...condition }],
  lastSyncedTime: '2026-01-01T00:00:00Z',
});
const entry = (kind: string, spec: Fields | undefined, status: Fields = synced()): KubeObject => ({
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  kind,
  metadata: { name: 'web', namespace: NAMESPACE },
  ...(spec && { spec }),
  status,
});
const splitter = (splits: Fields[], spec: Fields = {}) =>
  entry('ServiceSplitter', { ...spec, splits });
const resolver = (spec?: Fields) => entry('ServiceResolver', spec);

const web = (): Fields => ({ weight: 100, requestHeaders: { set: { 'x-split': 'web' } } });
const idle = (): Fields => ({ weight: 0, service: 'next' });
const v1 = () => ({ v1: { filter: 'Service.Meta.version == v1', onlyPassing: true } });

const specOf = (object: KubeObject | undefined) => (object?.['spec'] ?? {}) as Fields;
const subsetsOf = (object: KubeObject | undefined) =>
  (specOf(object)['subsets'] ?? {}) as Record<string, unknown>;
const editSplits = (change: (splits: Fields[]) => Fields[]) => (store: ObjectStore) =>
  store.edit(SPLITTER, 'web', (object) => {
    specOf(object)['splits'] = change(specOf(object)['splits'] as Fields[]);
  });
const editResolver = (change: (spec: Fields) => void) => (store: ObjectStore) =>
  store.edit(RESOLVER, 'web', (object) => change((object['spec'] ??= {}) as Fields));
const accept = (store: ObjectStore) => {
  for (const { kind, metadata } of store.all())
    if (kind === SPLITTER.kind || kind === RESOLVER.kind)
      store.edit({ ...SPLITTER, kind }, metadata.name, (object) => {
        object['status'] = synced();
      });
};

/** What is of the user's: not what leads to the Service, and no subset of a release. */
function foreign(object: KubeObject): KubeObject {
  const spec = specOf(object);
  if (object.kind === SPLITTER.kind) {
    spec['splits'] = ((spec['splits'] ?? []) as Split[]).filter(
      (one) => (one.service ?? 'web') !== 'web',
    );
    return object;
  }
  const others = Object.entries(subsetsOf(object)).filter(([name]) => !name.startsWith('segue-'));
  if (others.length > 0) spec['subsets'] = Object.fromEntries(others);
  else delete spec['subsets'];
  if (Object.keys(spec).length === 0) delete object['spec'];
  return object;
}

/** What JSON can carry, but for a field that the JSON patches of the server in memory lose. */
const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const named = fc.record({
  labels: fc.dictionary(fc.string(), fc.string()),
  annotations: fc.dictionary(fc.string(), fc.string()),
  extra: fc.dictionary(fc.constant('newField'), json),
});
const anySplitter = fc
  .record({
    own: fc.constantFrom(web(), { weight: 100 }, { weight: 100, service: 'web' }),
    others: fc.array(fc.constantFrom(idle(), { ...idle(), serviceSubset: 'v9' }), { maxLength: 2 }),
    front: fc.boolean(),
    newField: fc.option(json, { nil: undefined }),
    more: named,
  })
  .map(({ own, others, front, newField, more: { extra, ...metadata } }) => {
    const split = { ...own, ...(newField !== undefined && { newField }) };
    const object = splitter(front ? [...others, split] : [split, ...others], extra);
    Object.assign(object.metadata, metadata);
    return object;
  });
const anyResolver = fc
  .record({
    spec: fc.constantFrom<Fields | undefined>(
      undefined,
      {},
      { subsets: {} },
      { subsets: v1(), connectTimeout: '3s' },
      { failover: { '*': { service: 'fallback' } } },
    ),
    more: named,
  })
  .map(({ spec, more: { extra, ...metadata } }) => {
    const object = resolver(Object.keys(extra).length > 0 ? { ...spec, ...extra } : spec);
    Object.assign(object.metadata, metadata);
    return object;
  });

const fixture: RouterFixture = {
  router: consul,
  scope: { namespace: NAMESPACE, services: ['web'], config, rules: [] },
  objects: () => [splitter([web(), idle()]), service('web')],
  defaulting: defaulted,
  accept,
  written: [{ ...SPLITTER, name: 'web' }],
  foreign,
  variations: anySplitter.map((object) => [object, service('web')]),
  edits: [
    { name: 'a split without a share', edit: editSplits((all) => [idle(), ...all]) },
    { name: 'splits turned round', edit: editSplits((all) => all.toReversed()) },
    {
      name: 'a field of the splitter',
      edit: (store) =>
        store.edit(SPLITTER, 'web', (object) => void (specOf(object)['newField'] = ['thing'])),
    },
  ],
  reverts: [{ name: 'applied again', edit: editSplits(() => [web(), idle()]) }],
  refused: [
    {
      name: 'no splitter',
      objects: [service('web')],
      field: 'ServiceSplitter web',
      says: 'does not exist',
    },
    {
      name: 'no Service',
      objects: [splitter([web()])],
      field: 'Service web',
      says: 'does not exist',
    },
    {
      name: 'not named',
      objects: [splitter([{ weight: 100, service: 'other' }]), service('web')],
      field: 'ServiceSplitter web',
      says: 'no split leads to Service web',
    },
    {
      name: 'shared with another service',
      objects: [splitter([{ weight: 70 }, { weight: 30, service: 'next' }]), service('web')],
      field: 'ServiceSplitter web spec.splits',
      says: 'web, next',
    },
    {
      name: 'a subset of the user',
      objects: [splitter([{ weight: 100, serviceSubset: 'v1' }]), service('web')],
      field: 'ServiceSplitter web spec.splits[0].serviceSubset',
      says: 'subset v1',
    },
    {
      name: 'a namespace of Consul',
      objects: [splitter([{ weight: 100, namespace: 'shop' }]), service('web')],
      field: 'ServiceSplitter web spec.splits[0].namespace',
      says: 'namespace',
    },
    {
      name: 'what a release has left',
      objects: [splitter([{ weight: 100, serviceSubset: 'segue-stable' }]), service('web')],
      field: 'ServiceSplitter web',
      says: 'while no release is in progress',
    },
    {
      name: 'not taken by Consul',
      objects: [
        entry(
          'ServiceSplitter',
          { splits: [web()] },
          synced({ status: 'False', reason: 'ConsulAgentError', message: 'protocol "tcp"' }),
        ),
        service('web'),
      ],
      field: 'ServiceSplitter web status',
      says: 'ConsulAgentError: protocol "tcp"',
    },
    {
      name: 'not seen by Consul',
      objects: [entry('ServiceSplitter', { splits: [web()] }, {}), service('web')],
      field: 'ServiceSplitter web status',
      says: 'has not said',
    },
  ],
  writesMax: 2,
};

describe('a Service without a ServiceResolver', () => {
  describeRouter(fixture);
});

describe('a Service with a ServiceResolver', () => {
  const objects = (spec: Fields = { connectTimeout: '5s', subsets: v1() }) => [
    splitter([web(), idle()]),
    resolver(spec),
    service('web'),
  ];
  const refused = (name: string, spec: Fields, field: string, says: string) => ({
    name,
    objects: objects(spec),
    field: `ServiceResolver web spec.${field}`,
    says,
  });
  describeRouter({
    ...fixture,
    objects,
    written: [...fixture.written, { ...RESOLVER, name: 'web' }],
    variations: fc
      .tuple(anySplitter, anyResolver)
      .map(([routed, resolved]) => [routed, resolved, service('web')]),
    edits: [
      ...fixture.edits,
      {
        name: 'a timeout of the resolver',
        edit: editResolver((spec) => void (spec['connectTimeout'] = '9s')),
      },
      {
        name: 'another subset',
        edit: editResolver((spec) => {
          spec['subsets'] = { ...(spec['subsets'] as Fields), v2: { filter: 'x == 2' } };
        }),
      },
    ],
    reverts: [
      ...fixture.reverts,
      {
        name: 'the resolver applied again',
        edit: editResolver((spec) => void (spec['subsets'] = v1())),
      },
      {
        name: 'another filter',
        edit: editResolver((spec) => {
          const one = (spec['subsets'] as Record<string, Fields>)['segue-candidate'];
          if (one) one['filter'] = 'Service.Meta.version == v2';
        }),
      },
    ],
    refused: [
      refused('redirected', { redirect: { service: 'other' } }, 'redirect', 'elsewhere'),
      refused('a default subset', { defaultSubset: 'v1', subsets: v1() }, 'defaultSubset', 'v1'),
      refused(
        'failover to another datacenter',
        { failover: { '*': { datacenters: ['dc2'] } } },
        'failover[*]',
        'other instances of web',
      ),
      refused(
        'failover to itself among others',
        { failover: { '*': { targets: [{ service: 'b' }, { peer: 'c' }] } } },
        'failover[*]',
        'other instances of web',
      ),
      refused(
        'subsets that a release has left',
        { subsets: { 'segue-candidate': { filter: 'x' } } },
        'subsets',
        'segue-candidate while no release',
      ),
    ],
    skip: [
      {
        reason: 'a Service without a ServiceResolver gets one',
        tests: ['says what is not installed'],
      },
    ],
  });
});

describe('consul', () => {
  const release = { name: 'web-1', uid: 'uid-of-web-1', policy: 'web' };
  const intent = splitIntent(config, { release });
  const back: TrafficIntent = { ...intent, route: 'Service', weight: 0 };
  const stored = (...more: KubeObject[]) =>
    new ObjectStore([splitter([{ weight: 100 }]), service('web'), ...more]);
  const go = applier(consul);
  const kindsWritten = (wanted: TrafficIntent, store: ObjectStore) =>
    consul
      .render(wanted, store)
      .map((write) => `${write.op} ${(write.op === 'Create' ? write.object : write.target).kind}`);

  test('a version is the pods with its hash in their names', () => {
    const store = stored();
    go(store, intent);
    expect(specOf(store.get(RESOLVER, 'web'))).toEqual({
      subsets: {
        'segue-stable': { filter: 'Service.Meta["pod-name"] matches "-aaa-[a-z0-9]{5}$"' },
        'segue-candidate': { filter: 'Service.Meta["pod-name"] matches "-bbb-[a-z0-9]{5}$"' },
      },
    });
    expect(specOf(store.get(SPLITTER, 'web'))).toEqual({
      splits: [
        { weight: 95, serviceSubset: 'segue-stable' },
        { weight: 5, serviceSubset: 'segue-candidate' },
      ],
    });
  });

  test('the filters tell pods of one version from those of another', () => {
    const store = stored();
    go(store, { ...intent, stableHash: '5d4f7c9b8d', candidateHash: '7c9b8d' });
    const chosen = (subset: string) => {
      const { filter = '' } = (subsetsOf(store.get(RESOLVER, 'web'))[subset] ?? {}) as {
        filter?: string;
      };
      const pattern = new RegExp(/matches "(.*)"$/.exec(filter)?.[1] ?? '^$');
      return ['web-5d4f7c9b8d-x2x4z', 'web-7c9b8d-5d4f7', 'web-7c9b8d-more-abcde', 'web-0'].filter(
        (pod) => pattern.test(pod),
      );
    };
    expect(chosen('segue-stable')).toEqual(['web-5d4f7c9b8d-x2x4z']);
    expect(chosen('segue-candidate')).toEqual(['web-7c9b8d-5d4f7']);
  });

  test('subsets are there before the splitter leads to them, and go after it', () => {
    const made = stored();
    expect(kindsWritten(intent, made)).toEqual(['Create ServiceResolver', 'Patch ServiceSplitter']);
    go(made, intent);
    expect(kindsWritten(back, made)).toEqual(['Patch ServiceSplitter', 'Delete ServiceResolver']);
    const users = stored(resolver({ subsets: v1() }));
    expect(kindsWritten(intent, users)).toEqual(['Patch ServiceResolver', 'Patch ServiceSplitter']);
    go(users, intent);
    expect(kindsWritten(back, users)).toEqual(['Patch ServiceSplitter', 'Patch ServiceResolver']);
  });

  test('a ServiceResolver that it makes belongs to the Release and goes with it', () => {
    const store = stored();
    go(store, intent);
    const { metadata } = store.get(RESOLVER, 'web') as KubeObject;
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'Release', uid: release.uid }]);
    expect(metadata.labels).toMatchObject({ [RELEASE_LABEL]: release.uid });
    expect(consul.check(fixture.scope, store).map(({ message }) => message)).toContain(
      'it belongs to the Release web-1',
    );
    go(store, back);
    expect(store.get(RESOLVER, 'web')).toBeUndefined();
  });

  test('is not back before its subsets are gone', () => {
    const store = stored(resolver({ subsets: v1() }));
    go(store, intent);
    const [first] = consul.render(back, store);
    if (first) store.apply(first);
    expect(consul.observe(back, store)).toMatchObject({ route: 'Service', accepted: false });
    go(store, back);
    expect(consul.observe(back, store)).toMatchObject({ route: 'Service', accepted: true });
    expect(subsetsOf(store.get(RESOLVER, 'web'))).toEqual(v1());
  });

  test('counts when Consul has both, and says what Consul says', () => {
    const store = stored();
    go(store, intent);
    expect(consul.observe(intent, store)).toMatchObject({
      route: 'Split',
      weight: 5,
      accepted: false,
      message: 'ServiceResolver web: not accepted: Consul has not said that it has it',
    });
    accept(store);
    expect(consul.observe(intent, store)).toMatchObject({ weight: 5, accepted: true });
    store.edit(SPLITTER, 'web', (object) => {
      object['status'] = synced({ status: 'Unknown', reason: 'ConsulAgentError', message: 'no' });
    });
    expect(consul.observe(intent, store)).toMatchObject({
      accepted: false,
      message: 'ServiceSplitter web: not accepted: Synced is Unknown (ConsulAgentError: no)',
    });
  });

  test('waits for a ServiceResolver that is going before it leads anywhere', () => {
    const going = resolver({ subsets: { 'segue-stable': { filter: 'of the last release' } } });
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const store = stored(going);
    expect(consul.check(fixture.scope, store)).toEqual([]);
    expect(consul.render(intent, store)).toEqual([]);
    store.remove(RESOLVER, 'web');
    expect(consul.render(intent, store)).toHaveLength(2);
  });

  test('moves the weight back though somebody has deleted its ServiceResolver, which Consul holds', () => {
    const store = stored();
    go(store, intent);
    store.edit(RESOLVER, 'web', ({ metadata }) => {
      metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
      metadata.finalizers = ['finalizers.consul.hashicorp.com'];
    });
    const none = { ...intent, weight: 0 };
    expect(kindsWritten(none, store)).toEqual(['Patch ServiceSplitter']);
    go(store, none);
    accept(store);
    expect(consul.observe(none, store)).toMatchObject({ weight: 0, accepted: true });
    expect(kindsWritten(back, store)).toEqual(['Patch ServiceSplitter']);
    go(store, back);
    expect(consul.observe(back, store)).toMatchObject({ route: 'Service', accepted: true });
  });

  test('moves the weight back though its subsets are written by others and cannot be put back', () => {
    const store = stored();
    go(store, intent);
    store.edit(RESOLVER, 'web', (object) => {
      object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
      specOf(object)['subsets'] = v1();
    });
    expect(consul.observe(intent, store)).toMatchObject({
      route: 'Other',
      message:
        'ServiceResolver web: its subsets are not the pods of each version, and it is being deleted',
    });
    expect(kindsWritten({ ...intent, weight: 0 }, store)).toEqual(['Patch ServiceSplitter']);
  });

  test('what was written beside the weight of a split stays with it', () => {
    const store = stored();
    const journal = consul.capture(fixture.scope, store);
    go(store, { ...intent, journal });
    const requestHeaders = { set: { 'x-new': 'yes' } };
    editSplits((all) => all.map((one) => ({ ...one, requestHeaders })))(store);
    go(store, { ...back, journal });
    expect(specOf(store.get(SPLITTER, 'web'))).toEqual({
      splits: [{ weight: 100, requestHeaders }],
    });
  });

  test('a split has no port: a Service may have several', () => {
    const ports = [80, 81].map((port) => ({ name: `p${port}`, port }));
    const store = new ObjectStore([splitter([{ weight: 100 }]), service('web', { ports })]);
    expect(consul.check(fixture.scope, store)).toEqual([]);
  });

  test('a ServiceResolver that is gone in the middle is made, also where it was the user who had it', () => {
    const store = stored(resolver({ connectTimeout: '5s' }));
    go(store, intent);
    store.remove(RESOLVER, 'web');
    expect(consul.observe(intent, store)).toMatchObject({
      route: 'Other',
      message: 'ServiceResolver web does not exist, and the route leads to its subsets',
    });
    go(store, intent);
    accept(store);
    expect(consul.observe(intent, store)).toMatchObject({ weight: 5, accepted: true });
  });

  test('touches none that belongs to another release', () => {
    const other = resolver({ subsets: {} });
    other.metadata.labels = { [RELEASE_LABEL]: 'uid-of-another' };
    const store = stored(other);
    expect(consul.render(intent, store)).toEqual([]);
    expect(consul.render(back, store)).toEqual([]);
  });

  test('decides nothing where ServiceResolvers may not be read, and says so before', () => {
    const store = stored();
    store.refused.add(RESOLVER.kind);
    expect(consul.check(fixture.scope, store)).toMatchObject([
      { message: expect.stringContaining('may not read kind ServiceResolver') as string },
    ]);
    expect(() => consul.observe(intent, store)).toThrow(/may not be read/);
    expect(() => consul.render(intent, store)).toThrow(/may not be read/);
    store.refused.clear();
    store.unserved.add(RESOLVER.kind);
    expect(consul.check(fixture.scope, store)).toMatchObject([
      { message: 'the API server has no kind ServiceResolver in consul.hashicorp.com' },
    ]);
  });

  test('the Services of each version are kept out of Consul', () => {
    expect(consul.capabilities.serviceLabels).toEqual({
      'consul.hashicorp.com/service-ignore': 'true',
    });
  });

  /** What the CustomResourceDefinitions of Consul on Kubernetes (1.x) have, for the fields that tests use. */
  const headers = z.strictObject({ set: z.record(z.string(), z.string()).optional() });
  const splitterSpec = z.strictObject({
    splits: z
      .array(
        z.strictObject({
          weight: z.number().refine((weight) => weight === 0 || (weight >= 0.01 && weight <= 100)),
          service: z.string().optional(),
          serviceSubset: z
            .string()
            .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
            .optional(),
          requestHeaders: headers.optional(),
          responseHeaders: headers.optional(),
        }),
      )
      .refine((splits) => splits.reduce((sum, { weight }) => sum + weight, 0) === 100),
  });
  const resolverSpec = z.strictObject({
    connectTimeout: z.string().optional(),
    subsets: z
      .record(
        z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
        z.strictObject({ filter: z.string(), onlyPassing: z.boolean().optional() }),
      )
      .optional(),
  });

  test('what it makes is what the definitions of Consul say', () => {
    for (const given of [[], [resolver({ subsets: v1() })]])
      for (const weight of [0, 1, 33, 100]) {
        const store = new ObjectStore([splitter([web(), idle()]), service('web'), ...given]);
        go(store, { ...intent, weight });
        const made = [store.get(SPLITTER, 'web'), store.get(RESOLVER, 'web')].map(specOf);
        expect(splitterSpec.safeParse(made[0]).error).toBeUndefined();
        expect(resolverSpec.safeParse(made[1]).error).toBeUndefined();
      }
    expect(splitterSpec.safeParse({ splits: [{ weight: 100, unknown: 1 }] }).success).toBe(false);
    expect(resolverSpec.safeParse({ subsets: { a: { selector: {} } } }).success).toBe(false);
  });
});
