/** Requests that are told by more than weights: routes of a ServiceRouter, before the splitter. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  accept,
  anyJson,
  config,
  consulFixture,
  entry,
  type Fields,
  foreign,
  idle,
  specOf,
  splitter,
  synced,
  web,
} from '../../testing/consul-objects.ts';
import { routerSpec } from '../../testing/consul-schema.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  MATCH,
  NAMESPACE,
  service,
  splitIntent,
  PLACES,
} from '../../testing/router-conformance-objects.ts';
import { consul } from './router.ts';
import type { Route } from './routes.ts';

const ROUTER = KINDS.serviceRouter;

const router = (routes?: Route[], spec: Fields = {}) =>
  entry('ServiceRouter', routes ? { ...spec, routes } : undefined);
const docs = (): Route => ({
  match: { http: { pathPrefix: '/docs' } },
  destination: { service: 'docs' },
});
const api = (): Route => ({
  match: { http: { pathPrefix: '/api', methods: ['GET'], header: [{ name: 'x-a', exact: '1' }] } },
  destination: { prefixRewrite: '/', numRetries: 3, requestHeaders: { set: { 'x-api': 'yes' } } },
});
const pinned = (): Route => ({
  match: { http: { pathExact: '/v1' } },
  destination: { service: 'web', serviceSubset: 'v1' },
});
const rest = (): Route => ({ destination: { service: 'web', requestTimeout: '9s' } });

const routesOf = (object: KubeObject | undefined) => (specOf(object)['routes'] ?? []) as Route[];
const isAdded = ({ destination }: Route) => destination?.serviceSubset === 'segue-candidate';
const editRoutes = (change: (routes: Route[]) => Route[]) => (store: ObjectStore) =>
  store.edit(ROUTER, 'web', (object) => {
    (object['spec'] ??= {}) as Fields;
    specOf(object)['routes'] = change(routesOf(object));
  });

const rules = [{ match: MATCH }, { match: MATCH.slice(1) }];
const scope = { ...consulFixture.scope, rules };

/** Consul has all of them. */
function take(store: ObjectStore): void {
  accept(store);
  if (store.get(ROUTER, 'web'))
    store.edit(ROUTER, 'web', (object) => void (object['status'] = synced()));
}

const withoutAdded = (object: KubeObject): KubeObject => {
  if (object.kind !== ROUTER.kind) return foreign(object);
  const spec = specOf(object);
  const others = routesOf(object).filter((one) => !isAdded(one));
  if (others.length > 0) spec['routes'] = others;
  else delete spec['routes'];
  if (Object.keys(spec).length === 0) delete object['spec'];
  return object;
};

describe('matches, and a Service without a ServiceRouter', () => {
  const placed = { ...scope, rules: [...rules, { match: PLACES }] };
  describeRouter({ ...consulFixture, scope: placed, accept: take, writesMax: 3 });
});

describe('matches, and a Service with a ServiceRouter', () => {
  const objects = (routes: Route[] = [docs(), api(), pinned(), rest()]) => [
    splitter([web(), idle()]),
    router(routes),
    service('web'),
  ];
  const refused = (name: string, routes: Route[], at: string, says: string) => ({
    name,
    objects: objects(routes),
    field: `ServiceRouter web spec.routes${at}`,
    says,
  });
  const route = fc
    .tuple(
      fc.constantFrom(docs(), api(), pinned(), rest(), { match: {} }, {}),
      fc.option(anyJson, { nil: undefined }),
    )
    .map(([one, newField]) => ({ ...one, ...(newField !== undefined && { newField }) }));
  const anyRouter = fc
    .tuple(fc.option(fc.array(route, { maxLength: 4 }), { nil: undefined }), fc.boolean())
    .map(([routes, bare]) => {
      const object = router(routes, bare ? {} : { newField: true });
      if (!routes && !bare) object['spec'] = { newField: true };
      return object;
    });
  describeRouter({
    ...consulFixture,
    scope,
    objects,
    accept: take,
    writesMax: 3,
    foreign: withoutAdded,
    written: [...consulFixture.written, { ...ROUTER, name: 'web' }],
    variations: fc
      .tuple(consulFixture.variations, anyRouter)
      .map(([objects, one]) => [...objects, one]),
    edits: [
      ...consulFixture.edits,
      { name: 'a route in front', edit: editRoutes((all) => [pinned(), ...all]) },
      {
        name: 'a route among those of a release',
        edit: editRoutes(([one, ...all]) => [one as Route, pinned(), ...all]),
      },
      {
        name: 'a route taken out',
        edit: editRoutes((all) =>
          all.filter(({ match }) => match?.http?.['pathPrefix'] !== '/docs'),
        ),
      },
      {
        name: 'a field of the router',
        edit: (store) =>
          store.edit(ROUTER, 'web', (object) => void (specOf(object)['newField'] = ['thing'])),
      },
    ],
    reverts: consulFixture.reverts,
    refused: [
      refused(
        'what a release has left',
        [{ destination: { serviceSubset: 'segue-candidate' } }],
        '[0].destination.serviceSubset',
        'while none is in progress',
      ),
      refused(
        'a namespace of Consul',
        [{ destination: { namespace: 'shop' } }],
        '[0].destination.namespace',
        'namespace',
      ),
      refused(
        'a header that the split changes too',
        [{ destination: { requestHeaders: { remove: ['X-Split'] } } }],
        '[0].destination',
        'header x-split',
      ),
      {
        name: 'a router that Consul has not',
        objects: [
          splitter([web()]),
          entry('ServiceRouter', { routes: [] }, synced({ status: 'False', reason: 'No' })),
          service('web'),
        ],
        field: 'ServiceRouter web status',
        says: 'No',
      },
    ],
    skip: [
      {
        reason: 'a Service without a ServiceRouter gets one',
        tests: ['says what is not installed'],
      },
    ],
  });
});

const release = { name: 'web-1', uid: 'uid-of-web-1', policy: 'web' };
const intent = splitIntent(config, { release, rules, match: MATCH });
const back: TrafficIntent = { ...intent, route: 'Service', weight: 0, match: undefined };
const announced: TrafficIntent = { ...back, dedicated: true };

function begin(...more: KubeObject[]) {
  const store = new ObjectStore([splitter([web()]), service('web'), ...more]);
  const journal = consul.capture(scope, store);
  const at = (wanted: TrafficIntent) => ({ ...wanted, journal });
  return {
    store,
    written: (wanted: TrafficIntent) =>
      consul
        .render(at(wanted), store)
        .map((one) => `${one.op} ${(one.op === 'Create' ? one.object : one.target).kind}`),
    go: (wanted: TrafficIntent) =>
      consul.render(at(wanted), store).forEach((write) => store.apply(write)),
    read: (wanted: TrafficIntent) => consul.observe(at(wanted), store),
    routes: () => routesOf(store.get(ROUTER, 'web')),
    take: () => take(store),
  };
}

test('each entry is a route, with all that it asks, and what the split does to headers', () => {
  const { go, routes } = begin();
  go(intent);
  const destination = {
    serviceSubset: 'segue-candidate',
    requestHeaders: { set: { 'x-split': 'web' } },
  };
  expect(routes()).toEqual([
    {
      match: {
        http: {
          header: [{ name: 'x-canary', exact: 'yes' }],
          queryParam: [{ name: 'beta', regex: '^(?:1|2)$' }],
        },
      },
      destination,
    },
    {
      match: {
        http: { header: [{ name: 'cookie', regex: '^(?:.*; *)?canary=yes(?: *;.*)?$' }] },
      },
      destination,
    },
  ]);
});

test('they stand before each route that is split, and ask for what that asks for too', () => {
  const { go, routes } = begin(router([docs(), api(), pinned()]));
  go({ ...intent, match: MATCH.slice(1) });
  const cookie = { name: 'cookie', regex: '^(?:.*; *)?canary=yes(?: *;.*)?$' };
  const all = routes();
  expect(all.map((one) => (isAdded(one) ? 'added' : one.destination?.service))).toEqual([
    'docs',
    'added',
    undefined,
    'web',
    'added',
  ]);
  expect(all[1]).toEqual({
    match: {
      http: {
        pathPrefix: '/api',
        methods: ['GET'],
        header: [{ name: 'x-a', exact: '1' }, cookie],
      },
    },
    destination: {
      prefixRewrite: '/',
      numRetries: 3,
      serviceSubset: 'segue-candidate',
      requestHeaders: { set: { 'x-split': 'web', 'x-api': 'yes' } },
    },
  });
  expect(all[4]?.match).toEqual({ http: { header: [cookie] } });
});

test('behind a route that takes everything nothing is added', () => {
  const everything: Route[] = [
    {},
    { match: { http: {} } },
    { match: { http: { pathPrefix: '/' } } },
  ];
  for (const one of everything) {
    const { go, routes } = begin(router([one]));
    go({ ...intent, match: MATCH.slice(1) });
    expect(routes().map(isAdded)).toEqual([true, false]);
  }
});

test('a splitter of another name leads what matches to the Service', () => {
  const { metadata } = splitter([]);
  const other = {
    ...splitter([{ weight: 100, service: 'web' }]),
    metadata: { ...metadata, name: 'shop' },
  };
  const store = new ObjectStore([other, service('web')]);
  consul
    .render({ ...intent, config: { serviceSplitter: 'shop' } }, store)
    .forEach((write) => store.apply(write));
  expect(routesOf(store.get(ROUTER, 'shop'))[0]?.destination).toMatchObject({
    service: 'web',
    serviceSubset: 'segue-candidate',
  });
});

test('subsets are there before a route leads to them, and go after it', () => {
  const { go, written, read, take, store } = begin();
  go(announced);
  expect(written(intent)).toEqual(['Patch ServiceSplitter', 'Create ServiceRouter']);
  go(intent);
  accept(store);
  expect(read(intent)).toMatchObject({
    route: 'Split',
    accepted: false,
    message: 'ServiceRouter web: not accepted: Consul has not said that it has it',
  });
  take();
  expect(read(intent)).toMatchObject({ weight: 5, accepted: true });
  expect(written(announced)).toEqual(['Delete ServiceRouter', 'Patch ServiceSplitter']);
  go(announced);
  accept(store);
  expect(written(back)).toEqual(['Delete ServiceResolver']);
});

test('one that is going keeps what matches where it is until it is gone', () => {
  const { go, read, take, store, written } = begin();
  go(intent);
  take();
  store.edit(ROUTER, 'web', ({ metadata }) => {
    metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  });
  const message = 'ServiceRouter web: it is being deleted';
  expect(read(intent)).toMatchObject({ accepted: false, message });
  const none = { ...intent, weight: 0, match: undefined };
  go(none);
  expect(read(none)).toMatchObject({ route: 'Other', accepted: false });
  store.remove(ROUTER, 'web');
  accept(store);
  expect(read(none)).toMatchObject({ route: 'Split', weight: 0, accepted: true });
  expect(written(intent)).toContain('Create ServiceRouter');
});

test('routes that somebody took out are put in again, and told', () => {
  const { go, read, store, take, routes } = begin(router([docs()]));
  go(intent);
  take();
  editRoutes(() => [docs(), pinned()])(store);
  expect(read(intent)).toMatchObject({
    route: 'Other',
    message: 'ServiceRouter web: 2 routes for single requests wanted, 0 there',
  });
  go(intent);
  expect(routes().map(isAdded)).toEqual([false, false, true, true]);
  editRoutes((all) => all.map((one) => (isAdded(one) ? { ...one, match: {} } : one)))(store);
  expect(read(intent)).toMatchObject({
    route: 'Split',
    accepted: false,
    message: 'ServiceRouter web: its routes for single requests are out of date',
  });
  go(back);
  expect(routes()).toEqual([docs(), pinned()]);
});

test('touches none that belongs to another release', () => {
  const other = router([]);
  other.metadata.labels = { [RELEASE_LABEL]: 'uid-of-another' };
  const { written } = begin(other);
  expect(written(intent)).not.toContain('Patch ServiceRouter');
  expect(consul.check(scope, begin(other).store)).toMatchObject([{ field: 'ServiceRouter web' }]);
});

test('what may not be read is said before, and decides nothing', () => {
  const { store } = begin();
  store.refused.add(ROUTER.kind);
  expect(consul.check(scope, store)).toMatchObject([
    { message: expect.stringContaining('may not read kind ServiceRouter') as string },
  ]);
  expect(() => consul.observe(intent, store)).toThrow(/may not be read/);
  // Rights of before do for a release that does not need it.
  const plain = { ...scope, rules: [] };
  expect(consul.check(plain, store)).toEqual([]);
  expect(() => consul.observe({ ...intent, rules: [], match: undefined }, store)).not.toThrow();
  store.refused.clear();
  store.unserved.add(ROUTER.kind);
  expect(consul.check(scope, store)).toMatchObject([
    { message: 'the API server has no kind ServiceRouter in consul.hashicorp.com' },
  ]);
});

test('what it makes is what the definition of Consul says', () => {
  const entries: RequestMatch[] = [...MATCH, { query: [{ name: 'a', exact: 'b' }] }];
  for (const given of [[], [router([docs(), api(), pinned(), rest()])]]) {
    const { go, store } = begin(...given);
    go({ ...intent, match: entries });
    const made = store.get(ROUTER, 'web') as KubeObject;
    expect(routerSpec.safeParse(made['spec']).error).toBeUndefined();
    expect(made.metadata).toMatchObject({ name: 'web', namespace: NAMESPACE });
  }
  const wrong = { routes: [{ match: { http: { header: [{ name: 'a', value: 'b' }] } } }] };
  expect(routerSpec.safeParse(wrong).success).toBe(false);
});
