import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  accept,
  anyResolver,
  anySplitter,
  config,
  consulFixture,
  editResolver,
  editSplits,
  type Fields,
  idle,
  RESOLVER,
  resolver,
  specOf,
  SPLITTER,
  splitter,
  subsetsOf,
  synced,
  v1,
  web,
} from '../../testing/consul-objects.ts';
import { resolverSpec, splitterSpec } from '../../testing/consul-schema.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import { applier, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { consul } from './router.ts';

describe('a Service without a ServiceResolver', () => {
  describeRouter(consulFixture);
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
    ...consulFixture,
    objects,
    written: [...consulFixture.written, { ...RESOLVER, name: 'web' }],
    variations: fc
      .tuple(anySplitter, anyResolver)
      .map(([routed, resolved]) => [routed, resolved, service('web')]),
    edits: [
      ...consulFixture.edits,
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
      ...consulFixture.reverts,
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
    expect(consul.check(consulFixture.scope, store).map(({ message }) => message)).toContain(
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
    expect(consul.check(consulFixture.scope, store)).toEqual([]);
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
    const journal = consul.capture(consulFixture.scope, store);
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
    expect(consul.check(consulFixture.scope, store)).toEqual([]);
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
    expect(consul.check(consulFixture.scope, store)).toMatchObject([
      { message: expect.stringContaining('may not read kind ServiceResolver') as string },
    ]);
    expect(() => consul.observe(intent, store)).toThrow(/may not be read/);
    expect(() => consul.render(intent, store)).toThrow(/may not be read/);
    store.refused.clear();
    store.unserved.add(RESOLVER.kind);
    expect(consul.check(consulFixture.scope, store)).toMatchObject([
      { message: 'the API server has no kind ServiceResolver in consul.hashicorp.com' },
    ]);
  });

  test('the Services of each version are kept out of Consul', () => {
    expect(consul.capabilities.serviceLabels).toEqual({
      'consul.hashicorp.com/service-ignore': 'true',
    });
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
