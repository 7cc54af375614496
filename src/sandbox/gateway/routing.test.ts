import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { attach, type World } from './attachment.ts';
import { Balancer, ClientAffinity } from './balancer.ts';
import { endpointsByPort } from './endpoints.ts';
import { modifyHeaders, redirectOf, rewritePath } from './filters.ts';
import { hostMatches, hostOf, intersectHostnames } from './hostnames.ts';
import { listeningOf } from './listening.ts';
import type { MatchSpec, RuleSpec } from './objects.ts';
import { chooseBackend } from './shares.ts';
import { compileRoute } from './route.ts';
import { renderRouteParents } from './status.ts';
import { buildTable, findRoute } from './table.ts';
import { servicePorts } from './wanted-sockets.ts';

function object(kind: string, name: string, spec: unknown, metadata = {}): KubeObject {
  const meta = {
    name,
    namespace: 'shop',
    generation: 2,
    creationTimestamp: '2026-01-02T00:00:00Z',
  };
  return { apiVersion: 'v1', kind, metadata: { ...meta, ...metadata }, spec };
}

function route(
  name: string,
  rules: RuleSpec[],
  { hostnames = [], ...metadata }: { hostnames?: string[]; creationTimestamp?: string } = {},
) {
  const spec = { parentRefs: [{ name: 'gw' }], hostnames, rules };
  return compileRoute(object('HTTPRoute', name, spec, metadata));
}

function rule(service: string, match?: MatchSpec): RuleSpec {
  return { ...(match && { matches: [match] }), backendRefs: [{ name: service, port: 80 }] };
}

const LISTENER = { name: 'http', port: 80, protocol: 'HTTP' };

function world(listeners: object[] = [LISTENER], gatewayNamespace = 'shop'): World {
  const gateway = object('Gateway', 'gw', { listeners }, { namespace: gatewayNamespace });
  return {
    gateways: new Map([[`${gatewayNamespace}/gw`, listeningOf(gateway)]]),
    services: new Set(['shop/web', 'shop/api']),
    namespaceLabels: (name) => ({ name }),
  };
}

function serviceOf(
  routes: ReturnType<typeof route>[],
  path: string,
  { host = 'any.example', headers = {}, method = 'GET', in: where = world() } = {},
): string | undefined {
  const mark = path.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : path.slice(mark));
  const request = { method, path: path.split('?')[0] ?? '', query, headers };
  return findRoute(buildTable(routes, where), 80, { host, request })?.rule.backends[0]?.service;
}

test('exact paths go before regular expressions, those before prefixes, longer before shorter', () => {
  const routes = [
    route('r', [
      rule('root'),
      rule('short', { path: { type: 'PathPrefix', value: '/a' } }),
      rule('long', { path: { type: 'PathPrefix', value: '/a/b' } }),
      rule('regex', { path: { type: 'RegularExpression', value: '/a/[0-9]+' } }),
      rule('exact', { path: { type: 'Exact', value: '/a/b' } }),
    ]),
  ];
  expect(serviceOf(routes, '/a/b')).toBe('shop/exact');
  expect(serviceOf(routes, '/a/b/c')).toBe('shop/long');
  expect(serviceOf(routes, '/a/42')).toBe('shop/regex');
  expect(serviceOf(routes, '/a/x')).toBe('shop/short');
  expect(serviceOf(routes, '/ab')).toBe('shop/root');
});

test('method, then headers, then query parameters decide between equal paths', () => {
  const header = { name: 'X-Canary', value: 'yes' };
  const routes = [
    route('r', [
      rule('plain'),
      rule('query', { queryParams: [{ name: 'v', value: '2' }] }),
      rule('header', { headers: [header] }),
      rule('post', { method: 'POST' }),
    ]),
  ];
  const headers = { 'x-canary': 'yes' };
  expect(serviceOf(routes, '/?v=2', { headers, method: 'POST' })).toBe('shop/post');
  expect(serviceOf(routes, '/?v=2', { headers })).toBe('shop/header');
  expect(serviceOf(routes, '/?v=2')).toBe('shop/query');
  expect(serviceOf(routes, '/?v=3')).toBe('shop/plain');
});

test('of equal matches the older route wins, then the name, then the first rule', () => {
  const older = route('z', [rule('older')], { creationTimestamp: '2026-01-01T00:00:00Z' });
  const a = route('a', [rule('a1'), rule('a2')]);
  expect(serviceOf([a, older], '/')).toBe('shop/older');
  expect(serviceOf([route('b', [rule('b')]), a], '/')).toBe('shop/a1');
});

test('the more specific host name goes first, and others are left alone', () => {
  const routes = [
    route('any', [rule('any')]),
    route('wild', [rule('wild')], { hostnames: ['*.example'] }),
    route('name', [rule('name', { path: { value: '/x' } })], { hostnames: ['a.example'] }),
  ];
  expect(serviceOf(routes, '/x', { host: 'a.example' })).toBe('shop/name');
  expect(serviceOf(routes, '/y', { host: 'a.example' })).toBe('shop/wild');
  expect(serviceOf(routes, '/', { host: 'other.test' })).toBe('shop/any');
  const strict = world([{ ...LISTENER, hostname: '*.example' }]);
  expect(serviceOf(routes, '/', { host: 'other.test', in: strict })).toBeUndefined();
});

test('host names', () => {
  expect(intersectHostnames('*.example', 'a.example')).toBe('a.example');
  expect(intersectHostnames('*.b.example', '*.example')).toBe('*.b.example');
  expect(intersectHostnames('', 'a.example')).toBe('a.example');
  expect(intersectHostnames('a.example', 'b.example')).toBeUndefined();
  expect(hostMatches('example', '*.example')).toBe(false);
  expect(hostOf('Shop.Example:8080')).toBe('shop.example');
  expect(hostOf('[::1]:80')).toBe('[::1]');
});

test('a seeded choice follows the weights', () => {
  const backendRefs = [
    { name: 'stable', port: 80, weight: 95 },
    { name: 'none', port: 80, weight: 0 },
    { name: 'candidate', port: 80, weight: 5 },
  ];
  const [match] = route('r', [{ backendRefs }]).matches;
  const counts: Record<string, number> = {};
  for (let n = 0; n < 1_000; n += 1) {
    const { service = '' } = (match && chooseBackend(match.rule, n / 1_000)) ?? {};
    counts[service] = (counts[service] ?? 0) + 1;
  }
  expect(counts).toEqual({ 'shop/stable': 950, 'shop/candidate': 50 });
});

test('all weights zero is nobody', () => {
  const backendRefs = [{ name: 'a', port: 80, weight: 0 }];
  const [match] = route('r', [{ backendRefs }]).matches;
  expect(match && chooseBackend(match.rule, 0)).toBeUndefined();
});

test.each([
  ['an unknown listener', { name: 'gw', sectionName: 'no' }, world(), 'NoMatchingParent'],
  ['a port without listener', { name: 'gw', port: 81 }, world(), 'NoMatchingParent'],
  [
    'another namespace',
    { name: 'gw', namespace: 'infra' },
    world([LISTENER], 'infra'),
    'NotAllowedByListeners',
  ],
  [
    'a host name apart',
    { name: 'gw' },
    world([{ ...LISTENER, hostname: 'b.example' }]),
    'NoMatchingListenerHostname',
  ],
  ['a missing Service', { name: 'no', kind: 'Service', group: '' }, world(), 'NoMatchingParent'],
])('a route is refused by %s', (_, parent, where, reason) => {
  const spec = { parentRefs: [parent], hostnames: ['a.example'] };
  const [attachment] = attach(compileRoute(object('HTTPRoute', 'r', spec)), where);
  expect(attachment?.refusal?.reason).toBe(reason);
});

test('Gateways of others are not ours to answer for', () => {
  const spec = { parentRefs: [{ name: 'other' }] };
  expect(attach(compileRoute(object('HTTPRoute', 'r', spec)), world())).toEqual([]);
});

test('listeners may let in namespaces by label', () => {
  const selector = { matchLabels: { name: 'shop' } };
  const allowedRoutes = { namespaces: { from: 'Selector', selector } };
  const infra = world([{ ...LISTENER, allowedRoutes }], 'infra');
  const spec = { parentRefs: [{ name: 'gw', namespace: 'infra' }] };
  expect(attach(compileRoute(object('HTTPRoute', 'r', spec)), infra)[0]?.refusal).toBeUndefined();
});

test('what is not supported is said in the status, and the words of other controllers stay', () => {
  const odd = route('r', [{ filters: [{ type: 'ExtensionRef' }] }, rule('gone')]);
  const foreign = { parentRef: { name: 'x' }, controllerName: 'other', conditions: [] };
  odd.object['status'] = { parents: [foreign] };
  const parents = renderRouteParents(odd, attach(odd, world()), {
    nowIso: '2026-01-01T00:00:00Z',
    hasService: () => false,
  });
  expect(parents[0]).toEqual(foreign);
  expect(parents[1]?.conditions).toMatchObject([
    { type: 'Accepted', status: 'False', reason: 'UnsupportedValue', observedGeneration: 2 },
    {
      type: 'ResolvedRefs',
      status: 'False',
      reason: 'BackendNotFound',
      message: 'Service shop/gone does not exist',
    },
  ]);
});

test.each(['sessionPersistence', 'retry'])(
  '%s of a rule is not there, and that is said',
  (name) => {
    const [match] = route('r', [{ ...rule('web'), [name]: {} }]).matches;
    expect(match?.rule.problem).toBe(`${name} is not supported by the sandbox gateway`);
  },
);

test('a backend of another namespace is refused', () => {
  const foreign = route('r', [{ backendRefs: [{ name: 'web', namespace: 'other', port: 80 }] }]);
  expect(foreign.reference?.reason).toBe('RefNotPermitted');
});

test('rewrites and redirects', () => {
  const prefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' };
  expect(rewritePath('/api/x', prefix, '/api')).toBe('/v2/x');
  expect(rewritePath('/api', prefix, '/api')).toBe('/v2');
  expect(rewritePath('/api/x', { ...prefix, replacePrefixMatch: '/' }, '/api/')).toBe('/x');
  const request = { host: 'a.example', port: 8080, path: '/x', search: '?q', prefix: '/' };
  expect(redirectOf({ scheme: 'https', statusCode: 301 }, request)).toEqual({
    code: 301,
    location: 'https://a.example/x?q',
  });
  expect(redirectOf({ hostname: 'b.example' }, request).location).toBe('http://b.example:8080/x?q');
});

test('headers are set, added and removed', () => {
  const headers = { a: '1', b: '2', c: '3' };
  const add = [{ name: 'B', value: '4' }];
  modifyHeaders(headers, [{ set: [{ name: 'A', value: '9' }], add, remove: ['C'] }]);
  expect(headers).toEqual({ a: '9', b: ['2', '4'] });
});

function slice(endpoints: object[] | null): KubeObject {
  const ports = [{ name: 'http', port: 8080 }];
  return { ...object('EndpointSlice', 's', {}), addressType: 'IPv4', endpoints, ports };
}

test('ready endpoints serve; those that terminate only where nobody else is left', () => {
  const ready = { addresses: ['10.1.1.1'], conditions: { ready: true } };
  const conditions = { ready: false, serving: true, terminating: true };
  const leaving = { addresses: ['10.1.1.2'], conditions };
  const unready = { addresses: ['10.1.1.3'], conditions: { ready: false } };
  const addresses = (...all: object[]) =>
    endpointsByPort([slice(all), slice(all.slice(0, 1)), slice(null)])
      .get('http')
      ?.map(({ address }) => address);
  expect(addresses(ready, leaving, unready)).toEqual(['127.1.1.1']);
  expect(addresses(leaving, unready)).toEqual(['127.1.1.2']);
  expect(addresses(unready)).toEqual([]);
});

test('Services are served on their cluster IP and node ports, unless they are headless', () => {
  const ports = [
    { port: 80, nodePort: 30_080 },
    { name: 'tcp-db', port: 5432 },
  ];
  const asked = servicePorts(object('Service', 'web', { clusterIP: '10.96.3.4', ports }));
  expect(
    asked.map(({ address, port, origin }) => [
      `${address}:${port}`,
      origin.kind === 'service' && origin.readable,
    ]),
  ).toEqual([
    ['127.96.3.4:80', true],
    ['127.0.0.1:30080', true],
    ['127.96.3.4:5432', false],
  ]);
  expect(servicePorts(object('Service', 'web', { clusterIP: 'None', ports }))).toEqual([]);
});

test('requests go where least is in flight, in turn among equals, and not where they failed', () => {
  const balancer = new Balancer<{ key: string; inFlight: number }>(Math.random);
  const [a, b, c] = ['a', 'b', 'c'].map((key) => ({ key, inFlight: 0 }));
  if (!a || !b || !c) throw new Error('three endpoints');
  const turns = Array.from({ length: 6 }, () => balancer.pick([a, b, c])?.key);
  for (const key of ['a', 'b', 'c']) expect(turns.filter((turn) => turn === key)).toHaveLength(2);
  a.inFlight = 2;
  b.inFlight = 1;
  expect(balancer.pick([a, b, c])).toBe(c);
  expect(balancer.pick([a, b, c], [c])).toBe(b);
  expect(balancer.pick([a], [a])).toBeUndefined();
});

test('a client keeps its endpoint until the affinity times out or the endpoint is gone', () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, sleep: async () => undefined };
  const affinity = new ClientAffinity(clock, 10);
  const endpoints = [
    { key: 'a', inFlight: 0 },
    { key: 'b', inFlight: 0 },
  ];
  affinity.remember('1.2.3.4', { key: 'b', inFlight: 0 });
  expect(affinity.recall('1.2.3.4', endpoints)?.key).toBe('b');
  expect(affinity.recall('1.2.3.5', endpoints)).toBeUndefined();
  expect(affinity.recall('1.2.3.4', endpoints.slice(0, 1))).toBeUndefined();
  nowMs = 10_000;
  expect(affinity.recall('1.2.3.4', endpoints)).toBeUndefined();
});
