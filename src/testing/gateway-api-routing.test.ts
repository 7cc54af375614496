/** What Segue writes into HTTPRoutes and GRPCRoutes, routed by the sandbox's gateway, which was written from the
 * reference of the Gateway API. */
import { expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import { gatewayAPI } from '../routers/gateway-api/router.ts';
import { compileGrpcRoute } from '../sandbox/gateway/grpc-route.ts';
import { compareMatches, compileRoute } from '../sandbox/gateway/route.ts';
import { ObjectStore } from './apply-writes.ts';
import {
  applier,
  defaulted,
  gatewayRoute,
  MATCH,
  NAMESPACE,
  service,
  splitIntent,
} from './router-conformance-objects.ts';
import { type Asked, expectShare, sendTo, WEIGHTS } from './routed-shares.ts';

const ref = (name: string) => ({ name, port: 80 });

const HTTP = {
  kind: KINDS.httpRoute,
  config: { httpRoute: 'web' },
  compile: compileRoute,
  rules: [
    { matches: [{ path: { type: 'PathPrefix', value: '/docs' } }], backendRefs: [ref('docs')] },
    { backendRefs: [ref('web')] },
  ],
  other: { path: '/docs/1' },
  asked: { path: '/' },
};
const GRPC = {
  kind: KINDS.grpcRoute,
  config: { grpcRoute: 'web' },
  compile: compileGrpcRoute,
  rules: [
    { matches: [{ method: { service: 'shop.Docs' } }], backendRefs: [ref('docs')] },
    { backendRefs: [ref('web')] },
  ],
  other: { path: '/shop.Docs/Read' },
  asked: { path: '/shop.Cart/Add', method: 'POST' },
};

type Kind = typeof HTTP | typeof GRPC;

/** The rules in effect once the route is as it is wanted. */
function routed({ kind, config, compile, rules }: Kind, weight: number, wanted: RequestRules = {}) {
  const route: KubeObject = gatewayRoute(kind, structuredClone(rules));
  const store = new ObjectStore([route, service('web')], defaulted);
  const intent = splitIntent(config, { weight, rules: [wanted], ...wanted });
  applier(gatewayAPI)(store, { ...intent, journal: gatewayAPI.capture(intent, store) });
  const compiled = compile(store.get(kind, 'web') ?? expect.fail('the route is gone'));
  expect(compiled.problem).toBeUndefined();
  return compiled.matches.toSorted(compareMatches);
}

function send(matches: ReturnType<typeof routed>, at: number, asked: Asked) {
  const headers = { 'content-type': 'application/grpc', ...asked.headers };
  return sendTo(matches, at, { ...asked, headers });
}

const CASES = [HTTP, GRPC].map((one) => [one.kind.kind, one] as const);
const ALL = CASES.flatMap(([name, one]) => WEIGHTS.map((weight) => [name, weight, one] as const));

test.each(ALL)('%s: of 20,000 requests %i percent reach the candidate', (_, weight, kind) => {
  const matches = routed(kind, weight);
  expectShare(weight, (at) => send(matches, at, kind.asked).to);
  expect(send(matches, 0, { ...kind.asked, ...kind.other }).to).toBe('docs');
});

const PLACES = [0, 0.5, 0.999];

test('HTTPRoute: what matches always reaches the candidate, and nothing else does at 0 percent', () => {
  const matches = routed(HTTP, 0, { match: MATCH });
  const reach = (headers: Record<string, string>, query = '') =>
    new Set(PLACES.map((at) => send(matches, at, { headers, query }).to));
  expect(reach({ 'x-canary': 'yes' }, 'beta=1')).toEqual(new Set(['web-candidate']));
  expect(reach({ 'x-canary': 'yes' }, 'beta=12')).toEqual(new Set(['web-stable']));
  expect(reach({ cookie: 'a=1; canary=yes' })).toEqual(new Set(['web-candidate']));
  expect(reach({ cookie: 'a=1; canary=yesterday' })).toEqual(new Set(['web-stable']));
});

test('GRPCRoute: what matches always reaches the candidate, and nothing else does at 0 percent', () => {
  const byHeaders = [
    { headers: [{ name: 'x-canary', exact: 'yes' }] },
    { headers: [{ name: 'x-team', regex: 'a|b' }] },
  ];
  const matches = routed(GRPC, 0, { match: byHeaders });
  const reach = (headers: Record<string, string>, path = '/shop.Cart/Add') =>
    new Set(PLACES.map((at) => send(matches, at, { headers, path }).to));
  expect(reach({ 'x-canary': 'yes' })).toEqual(new Set(['web-candidate']));
  expect(reach({ 'x-team': 'b' })).toEqual(new Set(['web-candidate']));
  expect(reach({ 'x-team': 'ab' })).toEqual(new Set(['web-stable']));
  expect(reach({ 'x-canary': 'yes' }, '/shop.Docs/Read')).toEqual(new Set(['docs']));
});

test('GRPCRoute: calls of a service or of one method reach the candidate, but none of others', () => {
  const matches = routed(GRPC, 0, {
    match: [
      { path: { prefix: '/shop.Cart' }, headers: [{ name: 'x-team', exact: 'a' }] },
      { path: { exact: '/shop.Prices/Get' } },
      { path: { exact: '/shop.Docs/Write' } },
    ],
  });
  const reach = (path: string, headers: Record<string, string> = {}) =>
    new Set(PLACES.map((at) => send(matches, at, { headers, path }).to));
  const team = { 'x-team': 'a' };
  expect(reach('/shop.Cart/Add', team)).toEqual(new Set(['web-candidate']));
  expect(reach('/shop.Cart/Add')).toEqual(new Set(['web-stable']));
  expect(reach('/shop.Carts/Add', team)).toEqual(new Set(['web-stable']));
  expect(reach('/shop.Prices/Get')).toEqual(new Set(['web-candidate']));
  expect(reach('/shop.Prices/GetAll')).toEqual(new Set(['web-stable']));
  expect(reach('/shop.Docs/Write')).toEqual(new Set(['docs']));
});

test.each(CASES)('%s: copies go to the candidate, and who answers is stable', (_, kind) => {
  const matches = routed(kind, 0, { mirror: { percent: 20, methods: 'All' } });
  const { to, mirrors } = send(matches, 0.5, kind.asked);
  expect(to).toBe('web-stable');
  expect(mirrors).toMatchObject([{ service: `${NAMESPACE}/web-candidate`, share: 0.2 }]);
});

test('HTTPRoute: who has come once comes to the same version again', () => {
  const matches = routed(HTTP, 30, { sticky: { cookie: 'ab', maxAgeSeconds: 60 } });
  const versions = [0, 0.999].map((at) => {
    const first = send(matches, at, {});
    const cookie = first.cookie?.split(';')[0] ?? expect.fail('no cookie');
    for (const later of PLACES)
      expect(send(matches, later, { headers: { cookie: `x=1; ${cookie}` } }).to).toBe(first.to);
    return first.to;
  });
  expect(new Set(versions)).toEqual(new Set(['web-candidate', 'web-stable']));
});
