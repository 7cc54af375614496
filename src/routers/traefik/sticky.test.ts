/** How an IngressRoute keeps users with the version they came to first, and what is refused for it. */
import { expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
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
import type { HttpRoute } from './request-rules.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.ingressRoute;
const sticky = { cookie: 'segue-ab-web', maxAgeSeconds: 3_600 };
const release = { name: 'web-1', uid: 'uid-web-1', policy: 'web' };

function ingressRoute(routes: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { entryPoints: ['websecure'], ...spec, routes },
  };
}

const to = (name: string, port: number | string = 80): Fields => ({ name, port });
const route = (match: string, ...services: Fields[]): Fields => ({ kind: 'Rule', match, services });

describeRouter({
  ...splitFixture({
    router: traefik,
    config: { ingressRoute: 'web' },
    kind,
    route: ingressRoute,
    list: 'routes',
    refs: 'services',
    rule: (path) => ({ kind: 'Rule', match: `PathPrefix(\`${path}\`)` }),
    ref: to,
    beside: (ref) => ({ ...ref, weight: 7 }),
    decorated: (ref, what) => ({ ...ref, serversTransport: what }),
    other: { sharing: { ...to('other'), weight: 30 }, idle: { ...to('next'), weight: 0 } },
    left: to('api-stable', 8080),
    leadsTo: (ref) => String(ref['name']),
    isAdded: ({ services = [] }) =>
      (services as Fields[]).some(
        ({ name, weight }) =>
          String(name).startsWith('web-segue-') ||
          (String(name).endsWith('-candidate') && weight === undefined),
      ),
    rules: [{ match: MATCH }, { sticky }],
  }),
  writesMax: 3,
  skip: [
    {
      reason: 'its two Services would keep users apart, and are refused',
      tests: ['accepts the objects it is made for'],
    },
  ],
});

const intent = {
  ...splitIntent({ ingressRoute: 'web' }),
  weight: 20,
  sticky,
  rules: [{ sticky }],
  release,
};
const own = route('Host(`a.b`)', { ...to('web'), scheme: 'h2c' });
const api = { ...route('PathPrefix(`/api`)', { ...to('web'), scheme: 'h2c' }), priority: 400 };
const stored = (...routes: Fields[]) => new ObjectStore([ingressRoute(routes), service('web')]);
const go = applier(traefik);
const routesOf = (store: ObjectStore) =>
  (store.get(kind, 'web')?.['spec'] as { routes: HttpRoute[] }).routes;
const beside = (store: ObjectStore) => store.list(KINDS.traefikService);
const half = (version: string, weight: number) => ({
  ...to(`web-${version}`),
  scheme: 'h2c',
  weight,
});
const pair = [half('stable', 80), half('candidate', 20)];

test('a route before each goes by way of a TraefikService whose cookie is that of the release', () => {
  const store = stored(own, api);
  const wanted = { ...intent, journal: traefik.capture(intent, store) };
  expect(traefik.check(wanted, store)).toEqual([]);
  expect(traefik.render(wanted, store).map(({ op }) => op)).toEqual(['Create', 'Patch']);
  go(store, wanted);
  const [made, ...more] = beside(store);
  expect(more).toEqual([]);
  expect(made).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'Release', uid: release.uid }] },
    spec: {
      weighted: {
        services: pair,
        sticky: {
          cookie: {
            name: `segue-ab-web-${intent.candidateHash}`,
            maxAge: 3_600,
            httpOnly: true,
            sameSite: 'lax',
          },
        },
      },
    },
  });
  const services = [{ name: made?.metadata.name, kind: 'TraefikService' }];
  expect(routesOf(store)).toEqual([
    { ...own, match: '(Host(`a.b`))', priority: 12, services },
    { ...own, services: pair },
    { ...api, match: '(PathPrefix(`/api`))', priority: 401, services },
    { ...api, services: pair },
  ]);
  expect(typeProblems([...beside(store), store.get(kind, 'web') as KubeObject])).toEqual([]);
  expect(traefik.observe(wanted, store)).toMatchObject({ weight: 20, accepted: true });
  expect(traefik.render(wanted, store)).toEqual([]);

  const back = { ...wanted, weight: 0, sticky: undefined };
  expect(traefik.render(back, store).map(({ op }) => op)).toEqual(['Patch', 'Delete']);
  go(store, back);
  expect(routesOf(store).map((one) => one.services)).toEqual([
    [half('stable', 100)],
    [half('stable', 100)],
  ]);
  go(store, { ...back, route: 'Service' });
  expect(routesOf(store)).toEqual([own, api]);
  expect(beside(store)).toEqual([]);
});

test('a cookie of an earlier release has another name', () => {
  const store = stored(own);
  go(store, { ...intent, candidateHash: 'ccc' });
  expect(JSON.stringify(beside(store))).toContain('"name":"segue-ab-web-ccc"');
});

test('nobody is kept where all are at one version', () => {
  for (const weight of [0, 100]) {
    const store = stored(own);
    go(store, { ...intent, weight });
    expect(routesOf(store)).toHaveLength(1);
    expect(beside(store)).toEqual([]);
  }
});

test.each<[string, (store: ObjectStore, name: string) => void, object]>([
  [
    'the cookie',
    (store, name) =>
      store.edit(KINDS.traefikService, name, (object) => {
        object['spec'] = { weighted: { services: pair } };
      }),
    { weight: 20, accepted: false },
  ],
  ['its service', (store, name) => store.remove(KINDS.traefikService, name), { accepted: false }],
  [
    'its route',
    (store) =>
      store.edit(kind, 'web', (object) => {
        object['spec'] = { routes: routesOf(store).slice(1) };
      }),
    { route: 'Other', accepted: false },
  ],
])('%s that somebody took out is missed, and put back', (_, change, reading) => {
  const store = stored(own);
  go(store, intent);
  const before = routesOf(store);
  const [made] = beside(store);
  change(store, made?.metadata.name ?? '');
  expect(traefik.observe(intent, store)).toMatchObject(reading);
  go(store, intent);
  expect(traefik.observe(intent, store)).toMatchObject({ weight: 20, accepted: true });
  expect(routesOf(store)).toEqual(before);
  expect(beside(store)[0]?.['spec']).toEqual(made?.['spec']);
});

test.each<[string, Fields[], string]>([
  ['two ports', [own, route('Path(`/admin`)', to('web', 81))], 'web:80 and web:81'],
  [
    'the priority that the added route needs',
    [own, { ...route('Path(`/x`)', to('other')), priority: 12 }],
    'a priority of 12',
  ],
])('refuses %s', (_, routes, says) => {
  const ports = [{ port: 80 }, { port: 81 }];
  const store = new ObjectStore([ingressRoute(routes), service('web', { ports })]);
  const problems = traefik.check(intent, store);
  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(says) as string]);
  expect(problems[0]?.fix).toMatch(/\w+ \w+/);
  expect(traefik.check({ ...intent, rules: [] }, store)).toEqual([]);
});
