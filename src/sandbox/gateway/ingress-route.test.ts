/** IngressRoutes and TraefikServices as Traefik's reference describes them. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { decide } from './decision.ts';
import { ingressListeners } from './ingress-class.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import type { RequestView } from './match.ts';
import { buildTable, findRoute } from './table.ts';
import { compileRule } from './traefik-rule.ts';

type Fields = Record<string, unknown>;

const traefik: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'traefik' },
  spec: { controller: 'traefik.io/ingress-controller' },
};

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
}

function view({ path = '/', method = 'GET', headers = {} }: Asked): RequestView {
  const [bare = '/', query] = path.split('?');
  const host = 'shop.example.com';
  return { method, path: bare, query: new URLSearchParams(query), headers: { host, ...headers } };
}

describe('a rule', () => {
  test.each<[string, Asked, Asked]>([
    ['Host(`Shop.example.com`)', {}, { headers: { host: 'www.example.com' } }],
    ['HostRegexp(`^[a-z]+\\.example\\.com$`)', {}, { headers: { host: 'a.b.example.com' } }],
    ['Path(`/a`)', { path: '/a' }, { path: '/a/' }],
    ['PathPrefix(`/a`)', { path: '/ab' }, { path: '/b' }],
    ['PathRegexp(`^/v[0-9]`)', { path: '/v10' }, { path: '/x/v1' }],
    ['Method(`POST`)', { method: 'POST' }, {}],
    [
      'Header(`X-Canary`, `yes`)',
      { headers: { 'x-canary': 'yes' } },
      { headers: { 'x-canary': 'yes!' } },
    ],
    ['HeaderRegexp(`X-Canary`, `y.s`)', { headers: { 'x-canary': 'oh yes!' } }, {}],
    ['HeaderRegexp(`X`, `\\Ay\\z`)', { headers: { x: 'y' } }, { headers: { x: 'yy' } }],
    ['HeaderRegexp(`X`, `(?i)YES`)', { headers: { x: 'yes' } }, { headers: { x: 'no' } }],
    ['Query(`beta`, `1`)', { path: '/?a=2&beta=1' }, { path: '/?beta=2' }],
    ['QueryRegexp(`beta`, `^[12]$`)', { path: '/?beta=2' }, { path: '/?beta=3' }],
    ['!Path(`/a`)', {}, { path: '/a' }],
    ['Path(`/a`) || Path(`/b`) && Method(`POST`)', { path: '/a' }, { path: '/b' }],
    [
      '(Path(`/a`) || Path(`/b`)) && Method(`POST`)',
      { path: '/b', method: 'POST' },
      { path: '/a' },
    ],
    ['Path("/a\\"b")', { path: '/a"b' }, {}],
  ])('%s', (rule, matching, other) => {
    const matches = compileRule(rule);
    expect([matches(view(matching)), matches(view(other))]).toEqual([true, false]);
  });

  test.each([
    ['ClientIP(`10.0.0.1`)', 'matcher ClientIP is not supported'],
    ['Host(`a`', 'instead of the end'],
    ['Host(`a`) Path(`/`)', 'Path is not expected there'],
    ['Host(`a`, `b`)', 'not supported with 2 arguments'],
    ['Host(a)', 'a is not a text'],
    ['Host[`a`]', 'not understood from [`a`]'],
  ])('%s is none', (rule, message) => {
    expect(() => compileRule(rule)).toThrow(message);
  });
});

function ingressRoute(routes: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { entryPoints: ['web'], ...spec, routes },
  };
}

const traefikService = (name: string, spec: Fields): KubeObject => ({
  apiVersion: 'traefik.io/v1alpha1',
  kind: 'TraefikService',
  metadata: { name, namespace: 'shop' },
  spec,
});

const to = (name: string, rest: Fields = {}) => ({ name, port: 80, ...rest });
const route = (match: string, services: Fields[], rest: Fields = {}) => ({
  kind: 'Rule',
  match,
  services,
  ...rest,
});

function tableOf(object: KubeObject, services: KubeObject[] = []) {
  return buildTable(compileIngressRoutes([object], [traefik], services), {
    gateways: new Map(ingressListeners(traefik).map((one) => [one.key, one])),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
}

const found = (object: KubeObject, asked: Asked = {}, services: KubeObject[] = []) =>
  findRoute(tableOf(object, services), 80, { host: 'shop.example.com', request: view(asked) })
    ?.rule;
const shares = (...given: Parameters<typeof found>) =>
  found(...given)?.backends.map(({ service, weight }) => [service.replace('shop/', ''), weight]);

test('the longest rule goes first, unless a priority says otherwise', () => {
  const all = route('PathPrefix(`/`)', [to('all')]);
  const narrow = route('PathPrefix(`/docs`)', [to('docs')]);
  expect(shares(ingressRoute([all, narrow]), { path: '/docs' })).toEqual([['docs', 1]]);
  const first = { ...all, priority: 1_000 };
  expect(shares(ingressRoute([first, narrow]), { path: '/docs' })).toEqual([['all', 1]]);
  expect(shares(ingressRoute([{ ...all, priority: 0 }, narrow]), { path: '/docs' })).toEqual([
    ['docs', 1],
  ]);
});

test('only those of the entry point are heard, and of those that say none', () => {
  const routes = [route('PathPrefix(`/`)', [to('web')])];
  expect(shares(ingressRoute(routes, { entryPoints: ['websecure'] }))).toBeUndefined();
  expect(shares(ingressRoute(routes, { entryPoints: undefined }))).toEqual([['web', 1]]);
});

test('shares are weights, 1 by default, through TraefikServices too', () => {
  const routes = [
    route('PathPrefix(`/`)', [to('a', { weight: 3 }), { name: 'b', kind: 'TraefikService' }]),
  ];
  const b = traefikService('b', {
    weighted: { services: [to('c', { weight: 1 }), to('d', { weight: 3 })] },
  });
  expect(shares(ingressRoute(routes), {}, [b])).toEqual([
    ['a', 3],
    ['c', 0.25],
    ['d', 0.75],
  ]);
});

test('copies are made of what its main service gets', () => {
  const mirroring = { ...to('stable'), mirrors: [to('candidate', { percent: 20 })] };
  const routes = [
    route('PathPrefix(`/`)', [
      { name: 'copies', kind: 'TraefikService', weight: 95 },
      to('candidate', { weight: 5 }),
    ]),
  ];
  const rule = found(ingressRoute(routes), {}, [traefikService('copies', { mirroring })]);
  expect(rule?.backends.map(({ service, filters }) => [service, filters.mirrors])).toEqual([
    ['shop/stable', [{ service: 'shop/candidate', port: 80, share: 0.2 }]],
    ['shop/candidate', []],
  ]);
});

test('a route of which one service has no endpoints is not there', () => {
  const routes = [
    route('PathPrefix(`/`)', [to('web', { weight: 100 }), to('beta', { weight: 0 })]),
  ];
  const table = tableOf(ingressRoute(routes));
  const answered = (pods: Record<string, number>) => {
    const registry = {
      targetOf: ({ service }: { service: string }) => ({
        service,
        endpoints: Array.from({ length: pods[service] ?? 0 }),
      }),
    };
    const request = { url: '/', method: 'GET', headers: { host: 'shop.example.com' } };
    const state = { table, registry, random: () => 0.5 };
    const decided = decide(request as never, { kind: 'listener', port: 80 }, state as never);
    return decided.kind === 'forward' ? decided.target.service : decided.code;
  };
  expect(answered({ 'shop/web': 1, 'shop/beta': 1 })).toBe('shop/web');
  expect(answered({ 'shop/web': 1, 'shop/beta': 0 })).toBe(404);
});

test('what is not there is said', () => {
  const middlewares = [route('PathPrefix(`/`)', [to('web')], { middlewares: [{ name: 'auth' }] })];
  expect(found(ingressRoute(middlewares))?.problem).toBe(
    'middlewares is not supported by the sandbox gateway',
  );
  // Traefik takes up the other routes.
  const broken = [route('Nope(`a`)', [to('a')]), route('PathPrefix(`/`)', [to('web')])];
  expect(shares(ingressRoute(broken))).toEqual([['web', 1]]);
  const sticky = [route('PathPrefix(`/`)', [to('web', { sticky: { cookie: {} } })])];
  expect(compileIngressRoutes([ingressRoute(sticky)], [traefik], [])[0]?.problem).toBe(
    'sticky is not supported by the sandbox gateway',
  );
});

test('a scheme says whether endpoints are spoken to by HTTP/2', () => {
  const speaking = (scheme: string) =>
    ingressRoute([route('PathPrefix(`/`)', [to('web', { scheme })])]);
  expect(found(speaking('h2c'))?.backends).toMatchObject([{ http2: true }]);
  expect(found(speaking('http'))?.backends).toMatchObject([{ http2: false }]);
  expect(compileIngressRoutes([speaking('https')], [traefik], [])[0]?.problem).toBe(
    'scheme https is not supported by the sandbox gateway',
  );
});
