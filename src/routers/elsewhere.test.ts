/** Requests that another object takes before the one of the policy: nothing of them is there to be shared. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { ObjectStore } from '../testing/apply-writes.ts';
import {
  gatewayRoute,
  httpRoute,
  service,
  splitIntent,
} from '../testing/router-conformance-objects.ts';
import { gatewayAPI } from './gateway-api/router.ts';
import { ingressNginx } from './ingress-nginx/router.ts';
import { istio } from './istio/router.ts';

type Fields = Record<string, unknown>;

function aged(object: KubeObject, day: number): KubeObject {
  const creationTimestamp = `2026-01-0${day}T00:00:00Z`;
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}

/** What is said of the policy's object, of the second day, beside another one. */
function said(
  [router, config]: [TrafficRouter, Fields],
  own: KubeObject,
  { other, day = 1 }: { other: KubeObject; day?: number },
): string[] {
  const renamed = { ...other, metadata: { ...other.metadata, name: 'other' } };
  const store = new ObjectStore([service('web'), aged(own, 2), aged(renamed, day)]);
  return router
    .check(splitIntent(config), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

const ref = (name: string) => ({ name, port: 80 });
const elsewhere = (rule: Fields = {}) => ({ ...rule, backendRefs: [ref('docs')] });
const under = (value: string, rest: Fields = {}) => ({
  matches: [{ path: { type: 'PathPrefix', value }, ...rest }],
});

describe('HTTPRoutes', () => {
  const at: [TrafficRouter, Fields] = [gatewayAPI, { httpRoute: 'web' }];
  const own = httpRoute('web', [{ ...under('/'), backendRefs: [ref('web')] }], {
    hostnames: ['shop.example.com', 'www.example.com'],
  });
  const other = (rule: Fields, spec: Fields = { hostnames: ['www.example.com'] }) =>
    httpRoute('other', [rule], spec);

  test('of one gateway, host and path: the older one has them all', () => {
    const taken = other(elsewhere());
    expect(said(at, own, { other: taken })).toEqual([
      'HTTPRoute web spec.rules[0]: HTTPRoute other is older and takes www.example.com PathPrefix / of Gateway shop/edge, so that none of it comes here',
    ]);
    expect(said(at, own, { other: taken, day: 3 })).toEqual([]);
    // Of the same moment that whose name is first.
    expect(said(at, own, { other: taken, day: 2 })).toHaveLength(1);
  });

  test('a route on the gateway as a whole has what comes by each listener', () => {
    const spec = { parentRefs: [{ name: 'edge', sectionName: 'https', port: 443 }] };
    const ours = httpRoute('web', [{ ...under('/'), backendRefs: [ref('web')] }], spec);
    const parts = [[], ['sectionName'], ['port'], ['sectionName', 'port']].map((names) =>
      Object.fromEntries(
        Object.entries(spec.parentRefs[0] ?? {}).filter(([key]) => !names.includes(key)),
      ),
    );
    for (const parent of parts)
      expect(said(at, ours, { other: other(elsewhere(), { parentRefs: [parent] }) })).toHaveLength(
        1,
      );
  });

  test('a header is no parameter of the query', () => {
    const demand = [{ name: 'beta', value: '1' }];
    const ours = httpRoute('web', [
      { ...under('/', { headers: demand }), backendRefs: [ref('web')] },
    ]);
    const byQuery = other(elsewhere(under('/', { queryParams: demand })), {});
    expect(said(at, ours, { other: byQuery })).toEqual([]);
    const byHeader = other(elsewhere(under('/', { headers: demand })), {});
    expect(said(at, ours, { other: byHeader })).toHaveLength(1);
  });

  test.each<[string, KubeObject]>([
    ['another path', other(elsewhere(under('/docs')))],
    ['another host', other(elsewhere(), { hostnames: ['docs.example.com'] })],
    ['another gateway', other(elsewhere(), { parentRefs: [{ name: 'inner' }] })],
    [
      'a listener of its own',
      other(elsewhere(), { parentRefs: [{ name: 'edge', sectionName: 's' }] }),
    ],
    [
      'requests with a header',
      other(elsewhere(under('/', { headers: [{ name: 'x', value: 'y' }] }))),
    ],
    ['one method', other(elsewhere(under('/', { method: 'GET' })))],
  ])('%s is nobody’s business', (_, beside) => {
    expect(said(at, own, { other: beside })).toEqual([]);
  });
});

test('GRPCRoutes of one service and method', () => {
  const matches = [{ method: { service: 'shop.Cart', method: 'Add' } }];
  const own = gatewayRoute(KINDS.grpcRoute, [{ matches, backendRefs: [ref('web')] }]);
  const other = gatewayRoute(KINDS.grpcRoute, [elsewhere({ matches })]);
  const at: [TrafficRouter, Fields] = [gatewayAPI, { grpcRoute: 'web' }];
  expect(said(at, own, { other })).toEqual([expect.stringMatching(/GRPCRoute other is older/)]);
  const apart = gatewayRoute(KINDS.grpcRoute, [
    elsewhere({ matches: [{ method: { service: 'a' } }] }),
  ]);
  expect(said(at, own, { other: apart })).toEqual([]);
});

describe('VirtualServices', () => {
  const at: [TrafficRouter, Fields] = [istio, { virtualService: 'web' }];
  const virtualService = (http: Fields[], spec: Fields = {}): KubeObject => ({
    ...httpRoute('web', []),
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    spec: { hosts: ['shop.example.com'], gateways: ['edge'], ...spec, http },
  });
  const to = (host: string, match?: Fields[]) => ({
    ...(match && { match }),
    route: [{ destination: { host, port: { number: 80 } } }],
  });

  test('of one gateway, host and match', () => {
    const own = virtualService([to('web', [{ uri: { prefix: '/' } }])]);
    const taken = virtualService([to('docs', [{ uri: { prefix: '/' } }])]);
    expect(said(at, own, { other: taken })).toHaveLength(1);
    expect(
      said(at, own, { other: virtualService([to('docs', [{ uri: { prefix: '/docs' } }])]) }),
    ).toEqual([]);
    expect(said(at, own, { other: virtualService([to('docs')], { gateways: ['inner'] }) })).toEqual(
      [],
    );
  });

  test('inside of the mesh one of them has the host, whatever its rules ask for', () => {
    const mesh = { hosts: ['web'], gateways: undefined };
    const own = virtualService([to('web')], mesh);
    const taken = virtualService([to('docs', [{ uri: { prefix: '/docs' } }])], mesh);
    expect(said(at, own, { other: taken })).toEqual([
      expect.stringMatching(/VirtualService other is older and takes web of the mesh/),
    ]);
  });
});

test('Ingresses of one class, host and path', () => {
  const ingress = (
    name: string,
    { path = '/', className = 'nginx', to = 'web' } = {},
  ): KubeObject => ({
    ...httpRoute(name, []),
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    spec: {
      ingressClassName: className,
      rules: [
        {
          host: 'shop.example.com',
          http: { paths: [{ path, pathType: 'Prefix', backend: { service: ref(to) } }] },
        },
      ],
    },
  });
  const config = { ingress: 'web', annotationPrefix: 'nginx.ingress.kubernetes.io' };
  const at: [TrafficRouter, Fields] = [ingressNginx, config];
  const own = ingress('web');
  expect(said(at, own, { other: ingress('other', { to: 'docs' }) })).toEqual([
    'Ingress web spec.rules[0].http.paths[0]: Ingress other is older and takes shop.example.com/ (Prefix) of class nginx, so that none of it comes here',
  ]);
  expect(said(at, own, { other: ingress('other'), day: 3 })).toEqual([]);
  expect(said(at, own, { other: ingress('other', { path: '/docs' }) })).toEqual([]);
  expect(said(at, own, { other: ingress('other', { className: 'inner' }) })).toEqual([]);
});

describe('routes of connections', () => {
  const by = (kind: { kind: string; version?: string }, name: string, spec: Fields = {}) =>
    gatewayRoute(kind, [{ backendRefs: [ref(name)] }], spec);
  const listener = { parentRefs: [{ name: 'edge', sectionName: 'db' }] };

  test('TCPRoutes of one listener: the older one has them all', () => {
    const at: [TrafficRouter, Fields] = [gatewayAPI, { tcpRoute: 'web' }];
    const own = by(KINDS.tcpRoute, 'web', listener);
    expect(said(at, own, { other: by(KINDS.tcpRoute, 'docs', listener) })).toEqual([
      'TCPRoute web spec.rules[0]: TCPRoute other is older and takes * connections of Gateway shop/edge db, so that none of it comes here',
    ]);
    // On the gateway as a whole it has what comes by that listener too, and not the other way round.
    expect(said(at, own, { other: by(KINDS.tcpRoute, 'docs') })).toHaveLength(1);
    expect(said(at, by(KINDS.tcpRoute, 'web'), { other: own })).toEqual([]);
    expect(said(at, own, { other: by(KINDS.tcpRoute, 'docs', listener), day: 3 })).toEqual([]);
    const apart = { parentRefs: [{ name: 'edge', sectionName: 'mail' }] };
    expect(said(at, own, { other: by(KINDS.tcpRoute, 'docs', apart) })).toEqual([]);
  });

  test('TLSRoutes of one host', () => {
    const at: [TrafficRouter, Fields] = [gatewayAPI, { tlsRoute: 'web' }];
    const own = by(KINDS.tlsRoute, 'web', { hostnames: ['a.example.com', 'b.example.com'] });
    const taken = by(KINDS.tlsRoute, 'docs', { hostnames: ['b.example.com'] });
    expect(said(at, own, { other: taken })).toEqual([
      expect.stringMatching(/TLSRoute other is older and takes b.example.com connections/),
    ]);
    const apart = by(KINDS.tlsRoute, 'docs', { hostnames: ['c.example.com'] });
    expect(said(at, own, { other: apart })).toEqual([]);
    // The longer name goes first.
    expect(said(at, own, { other: by(KINDS.tlsRoute, 'docs') })).toEqual([]);
  });
});
