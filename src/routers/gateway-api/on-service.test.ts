/** What Linkerd heeds in the place of a route on a Service: a release by that would move nothing. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { GroupKind, KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  NAMESPACE,
  reportRoute,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { LINKERD } from './acceptance.ts';
import { linkerd } from './linkerd.ts';
import { gatewayAPI } from './router.ts';

type Fields = Record<string, unknown>;

const routes = [{ name: 'GET /', condition: { method: 'GET', pathRegex: '/' } }];
const dstOverrides = [{ authority: 'web-2.shop.svc.cluster.local:80', weight: '100m' }];

function profile(spec: Fields, name = 'web.shop.svc.cluster.local'): KubeObject {
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: 'linkerd.io/v1alpha2', kind: 'ServiceProfile', metadata, spec };
}

interface Given {
  kind?: GroupKind;
  name?: string;
  parents?: Fields[];
  day?: number;
  match?: Fields;
  to?: string;
}

const onPort = { group: 'core', kind: 'Service', name: 'web', port: 80 };
const { port: _, ...onAll } = onPort;

function routeOf(given: Given = {}): KubeObject {
  const { kind = KINDS.httpRoute, parents = [onPort], day = 2, match, to = 'web' } = given;
  const { name = 'web' } = given;
  const creationTimestamp = `2026-01-0${day}T00:00:00Z`;
  return {
    apiVersion: `${kind.group}/${kind === KINDS.linkerdRoute ? 'v1beta3' : 'v1'}`,
    kind: kind.kind,
    metadata: { name, namespace: NAMESPACE, creationTimestamp },
    spec: {
      parentRefs: parents,
      rules: [{ ...(match && { matches: [match] }), backendRefs: [{ name: to, port: 80 }] }],
    },
  };
}

/** The route of the policy first, and what else there is. */
function stored(all: KubeObject[], { by = LINKERD, silent = [] as string[] } = {}): ObjectStore {
  const store = new ObjectStore([...all, service('web')]);
  for (const { kind, apiVersion, metadata } of all)
    if (kind !== 'ServiceProfile' && by !== '' && !silent.includes(metadata.name))
      reportRoute(store, metadata.name, {
        kind,
        group: apiVersion.split('/')[0] ?? '',
        controllerName: by,
      });
  return store;
}

const FIELDS = new Map<string, string>([
  ['HTTPRoute', 'httpRoute'],
  ['GRPCRoute', 'grpcRoute'],
  ['TLSRoute', 'tlsRoute'],
  ['TCPRoute', 'tcpRoute'],
]);

function said(store: ObjectStore, kind: GroupKind = KINDS.httpRoute): string[] {
  const router = kind === KINDS.linkerdRoute ? linkerd : gatewayAPI;
  const config = { [FIELDS.get(kind.kind) ?? '']: 'web' };
  return router
    .check(splitIntent(config), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

describe('a ServiceProfile of the Service', () => {
  const ofRequests = [KINDS.httpRoute, KINDS.grpcRoute, KINDS.linkerdRoute];

  test.each(ofRequests)('goes before a $kind of $group', (kind) => {
    expect(said(stored([routeOf({ kind }), profile({ routes })]), kind)).toEqual([
      `ServiceProfile web.shop.svc.cluster.local: Linkerd sends what clients ask of Service web by it, and not by ${kind.kind} web, while it has routes`,
    ]);
    const both = stored([routeOf({ kind }), profile({ routes, dstOverrides })]);
    expect(said(both, kind)).toEqual([
      expect.stringMatching(/while it has routes and dstOverrides$/),
    ]);
  });

  test.each([KINDS.tlsRoute, KINDS.tcpRoute])(
    'goes before a $kind with destinations of its own only',
    (kind) => {
      expect(said(stored([routeOf({ kind }), profile({ routes })]), kind)).toEqual([]);
      expect(said(stored([routeOf({ kind }), profile({ routes, dstOverrides })]), kind)).toEqual([
        expect.stringMatching(/while it has dstOverrides$/),
      ]);
    },
  );

  test('whatever the domain of the cluster is, and whoever has not reported yet', () => {
    const there = [routeOf(), profile({ routes }, 'web.shop.svc.example.org')];
    expect(said(stored(there))).toHaveLength(1);
    expect(said(stored(there, { by: '' }))).toHaveLength(1);
  });

  test.each<[string, KubeObject[], string?]>([
    ['another Service', [routeOf(), profile({ routes }, 'web-2.shop.svc.cluster.local')]],
    [
      'a Service of another namespace',
      [routeOf(), profile({ routes }, 'web.else.svc.cluster.local')],
    ],
    [
      'nothing, as a TrafficSplit leaves it',
      [routeOf(), profile({ routes: [], dstOverrides: [] })],
    ],
    [
      'a Service that another mesh routes',
      [routeOf(), profile({ routes })],
      'istio.io/gateway-controller',
    ],
    ['a Service behind a gateway', [routeOf({ parents: [{ name: 'edge' }] }), profile({ routes })]],
  ])('of %s is nobody’s business', (_name, all, by = LINKERD) => {
    expect(said(stored(all, { by }))).toEqual([]);
  });

  test('that may not be read is asked for, of routes on Services alone', () => {
    const store = stored([routeOf()]);
    store.refused.add('ServiceProfile');
    expect(said(store)).toEqual([
      'HTTPRoute web spec.parentRefs: whether its Service has a ServiceProfile, which goes before it, may not be read (ServiceProfiles are forbidden)',
    ]);
    const others = [
      stored([routeOf({ parents: [{ name: 'edge' }] })], { by: 'example.org/gateway' }),
      stored([routeOf()], { by: 'istio.io/gateway-controller' }),
    ];
    for (const other of others) {
      other.refused.add('ServiceProfile');
      expect(said(other)).toEqual([]);
    }
  });

  test('is looked at by both routers', () => {
    for (const router of [gatewayAPI, linkerd])
      expect(router.kinds).toContain(KINDS.serviceProfile);
  });
});

describe('HTTPRoutes of both groups on one Service', () => {
  const both = (given: Given, own: GroupKind = KINDS.httpRoute) => {
    const kind = own === KINDS.httpRoute ? KINDS.linkerdRoute : KINDS.httpRoute;
    return [routeOf({ kind: own }), routeOf({ kind, day: 1, to: 'docs', ...given })];
  };

  test('the older one has the requests', () => {
    expect(said(stored(both({})))).toEqual([
      'HTTPRoute web spec.rules[0]: HTTPRoute web of policy.linkerd.io is older and takes * PathPrefix / of Service shop/web 80, so that none of it comes here',
    ]);
    expect(said(stored(both({}, KINDS.linkerdRoute)), KINDS.linkerdRoute)).toEqual([
      'HTTPRoute web spec.rules[0]: HTTPRoute web of gateway.networking.k8s.io is older and takes * PathPrefix / of Service shop/web 80, so that none of it comes here',
    ]);
    // On all of its ports.
    expect(said(stored(both({ parents: [onAll] })))).toHaveLength(1);
  });

  test.each<[string, Given]>([
    ['younger', { day: 3 }],
    ['for another port', { parents: [{ ...onPort, port: 81 }] }],
    ['for another Service', { parents: [{ ...onPort, name: 'docs' }] }],
    ['for another path', { match: { path: { type: 'PathPrefix', value: '/docs' } } }],
    ['of a Server', { parents: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }] }],
  ])('one that is %s is in nobody’s way', (_name, given) => {
    expect(said(stored(both(given)))).toEqual([]);
    expect(said(stored(both(given, KINDS.linkerdRoute)), KINDS.linkerdRoute)).toEqual([]);
  });

  test('one that Linkerd has not taken up is in nobody’s way', () => {
    const own = [routeOf({ kind: KINDS.linkerdRoute }), routeOf({ name: 'other', day: 1 })];
    expect(said(stored(own), KINDS.linkerdRoute)).toHaveLength(1);
    expect(said(stored(own, { silent: ['other'] }), KINDS.linkerdRoute)).toEqual([]);
    // Nor is one of Linkerd’s in the way of another mesh.
    expect(said(stored(both({}), { by: 'istio.io/gateway-controller' }))).toEqual([]);
  });
});

describe('routes of several kinds on one Service', () => {
  const named = (kind: GroupKind, given: Given = {}) => routeOf({ kind, name: 'calls', ...given });

  test('a GRPCRoute goes before HTTPRoutes, and those before routes of connections', () => {
    expect(said(stored([routeOf(), named(KINDS.grpcRoute, { day: 3 })]))).toEqual([
      'HTTPRoute web spec.parentRefs: GRPCRoute calls is on the same Service, and Linkerd goes by no HTTPRoute where there is a GRPCRoute',
    ]);
    const tls = [routeOf({ kind: KINDS.tlsRoute }), named(KINDS.linkerdRoute)];
    expect(said(stored(tls), KINDS.tlsRoute)).toHaveLength(1);
    const tcp = [routeOf({ kind: KINDS.tcpRoute }), named(KINDS.tlsRoute, { parents: [onAll] })];
    expect(said(stored(tcp), KINDS.tcpRoute)).toHaveLength(1);
    const grpc = [routeOf({ kind: KINDS.grpcRoute }), named(KINDS.httpRoute, { day: 1 })];
    expect(said(stored(grpc), KINDS.grpcRoute)).toEqual([]);
  });

  test('on another port, or with another mesh, they are apart', () => {
    const apart = named(KINDS.grpcRoute, { parents: [{ ...onPort, port: 81 }] });
    expect(said(stored([routeOf(), apart]))).toEqual([]);
    const all = [routeOf(), named(KINDS.grpcRoute)];
    expect(said(stored(all, { by: 'istio.io/gateway-controller' }))).toEqual([]);
    expect(said(stored(all, { silent: ['calls'] }))).toEqual([]);
  });
});
