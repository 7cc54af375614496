/** VirtualServices as Istio's reference describes them. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { rewritePath } from './filters.ts';
import { istioListeners } from './istio-gateway.ts';
import type { Listening } from './listening.ts';
import type { RequestView } from './match.ts';
import { chooseBackend } from './shares.ts';
import { buildTable, findRoute } from './table.ts';
import { compileVirtualService } from './virtual-service.ts';

type Fields = Record<string, unknown>;

function virtualService(http: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { hosts: ['web'], http, ...spec },
  };
}

const to = (host: string, weight?: number): Fields => ({
  destination: { host },
  ...(weight !== undefined && { weight }),
});

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
}

function ask({ path = '/', method = 'GET', headers = {} }: Asked): RequestView {
  const [bare = '/', query] = path.split('?');
  return { method, path: bare, query: new URLSearchParams(query), headers };
}

const world = {
  gateways: new Map<string, Listening>(),
  services: { has: () => true },
  namespaceLabels: () => ({}),
};

/** Where a request to Service web goes. */
function found(object: KubeObject, asked: Asked) {
  const { services } = buildTable([compileVirtualService(object)], world);
  const view = ask(asked);
  return services.get('shop/web')?.find((match) => match.test(view));
}

const leads = (object: KubeObject, asked: Asked) =>
  found(object, asked)
    ?.rule.backends.map(({ service }) => service)
    .join();

test('the first rule that matches is the one, however narrow those after it are', () => {
  const ordered = virtualService([
    { match: [{ uri: { prefix: '/a' } }], route: [to('first')] },
    { match: [{ uri: { exact: '/a/b' } }], route: [to('second')] },
    { route: [to('rest')] },
  ]);
  expect(leads(ordered, { path: '/a/b' })).toBe('shop/first');
  expect(leads(ordered, { path: '/b' })).toBe('shop/rest');
});

test.each<[string, Fields, Asked, Asked]>([
  ['a prefix is one of characters', { uri: { prefix: '/a' } }, { path: '/ab' }, { path: '/b' }],
  ['an exact path', { uri: { exact: '/a' } }, { path: '/a' }, { path: '/a/' }],
  ['a pattern of the whole path', { uri: { regex: '/v[0-9]' } }, { path: '/v1' }, { path: '/v10' }],
  [
    'a path in any case',
    { uri: { prefix: '/Cart' }, ignoreUriCase: true },
    { path: '/cArT/1' },
    { path: '/car' },
  ],
  ['a method', { method: { exact: 'GET' } }, { method: 'GET' }, { method: 'POST' }],
  [
    'a header, named in small letters',
    { headers: { 'end-user': { exact: 'jason' } } },
    { headers: { 'end-user': 'jason' } },
    { headers: { 'end-user': 'jasons' } },
  ],
  [
    'a header that is there',
    { headers: { 'x-any': {} } },
    { headers: { 'x-any': 'thing' } },
    { headers: {} },
  ],
  [
    'a cookie, by a pattern of its header',
    { headers: { cookie: { regex: '^(.*?;)?(user=jason)(;.*)?$' } } },
    { headers: { cookie: 'a=b;user=jason;c=d' } },
    { headers: { cookie: 'user=jasons' } },
  ],
  [
    'a header that is not so',
    { withoutHeaders: { 'x-bot': { exact: 'yes' } } },
    { headers: { 'x-bot': 'no' } },
    { headers: { 'x-bot': 'yes' } },
  ],
  [
    'a parameter',
    { queryParams: { beta: { prefix: 't' } } },
    { path: '/?beta=true' },
    { path: '/?beta=false' },
  ],
  [
    'all of what an entry asks',
    { uri: { prefix: '/a' }, method: { exact: 'POST' } },
    { path: '/a', method: 'POST' },
    { path: '/a' },
  ],
])('a rule asks for %s', (_, match, yes, no) => {
  const asking = virtualService([
    { match: [match], route: [to('asked')] },
    { route: [to('rest')] },
  ]);
  expect(leads(asking, yes)).toBe('shop/asked');
  expect(leads(asking, no)).toBe('shop/rest');
});

test('entries of a match are alternatives, and a rule without any takes everything', () => {
  const either = virtualService([
    {
      match: [{ uri: { exact: '/a' } }, { headers: { 'x-a': { exact: '1' } } }],
      route: [to('asked')],
    },
  ]);
  expect(leads(either, { path: '/a' })).toBe('shop/asked');
  expect(leads(either, { headers: { 'x-a': '1' } })).toBe('shop/asked');
  expect(leads(either, {})).toBeUndefined();
});

test('only one destination has everything; of several each has its part, and without a weight none', () => {
  const chosen = (route: Fields[], at: number) => {
    const match = found(virtualService([{ route }]), {});
    return match && chooseBackend(match.rule, at)?.service;
  };
  expect(chosen([to('web', 0)], 0.5)).toBe('shop/web');
  const split = [to('v1', 75), to('v2', 25), to('v3')];
  expect([0, 0.74, 0.75, 0.999].map((at) => chosen(split, at))).toEqual([
    'shop/v1',
    'shop/v1',
    'shop/v2',
    'shop/v2',
  ]);
});

test('hosts are short within their namespace, or long; others and wildcards are no Services of it', () => {
  const parents = (hosts: string[], spec: Fields = {}) =>
    compileVirtualService(virtualService([], { hosts, ...spec })).parents.map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );
  expect(parents(['web', 'web.other', 'api.shop.svc.cluster.local'])).toEqual([
    'shop/web',
    'other/web',
    'shop/api',
  ]);
  expect(parents(['shop.example.com', '*.shop'])).toEqual([]);
  expect(parents(['web'], { gateways: ['edge'] })).toEqual(['shop/istio/edge']);
  expect(parents(['web'], { gateways: ['system/edge', 'mesh'] })).toEqual([
    'system/istio/edge',
    'shop/web',
  ]);
});

test('copies go to the mirror, all or a part, and headers are changed for all or for one destination', () => {
  const { rule } =
    found(
      virtualService([
        {
          route: [{ ...to('v1'), headers: { response: { add: { 'Set-Cookie': 'a=1' } } } }],
          mirror: { host: 'v2', port: { number: 8080 } },
          mirrorPercentage: { value: 2.5 },
          headers: { request: { set: { 'x-a': '1' }, remove: ['x-b'] } },
        },
      ]),
      {},
    ) ?? expect.fail('no rule');
  expect(rule.filters.mirrors).toEqual([{ service: 'shop/v2', port: 8080, share: 0.025 }]);
  expect(rule.filters.request).toEqual([
    { set: [{ name: 'x-a', value: '1' }], add: [], remove: ['x-b'] },
  ]);
  expect(rule.backends[0]?.filters.response).toMatchObject([
    { add: [{ name: 'Set-Cookie', value: 'a=1' }] },
  ]);
  const whole = found(virtualService([{ route: [to('v1')], mirror: { host: 'v2' } }]), {});
  expect(whole?.rule.filters.mirrors).toEqual([{ service: 'shop/v2', port: 0, share: 1 }]);
});

test('a rewrite replaces the prefix that matched, or the whole path', () => {
  const rewritten = (uri: Fields, path: string) => {
    const match = found(
      virtualService([{ match: [{ uri }], rewrite: { uri: '/v2' }, route: [to('v1')] }]),
      { path },
    );
    return match && rewritePath(path, match.rule.filters.rewrite?.path, match.prefix);
  };
  expect(rewritten({ prefix: '/old' }, '/old/cart')).toBe('/v2/cart');
  expect(rewritten({ exact: '/old' }, '/old')).toBe('/v2');
});

test.each<[string, Fields]>([
  ['fault', { fault: { abort: { httpStatus: 500 } }, route: [to('web')] }],
  ['sourceLabels', { match: [{ sourceLabels: { app: 'a' } }], route: [to('web')] }],
])('%s is said not to be there', (name, rule) => {
  expect(found(virtualService([rule]), {})?.rule.problem).toBe(
    `${name} is not supported by the sandbox gateway`,
  );
});

test('an Istio Gateway listens for the hosts of its servers, and routes by those of its VirtualServices', () => {
  const edge = istioListeners({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'system' },
    spec: {
      servers: [
        { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.example.com'] },
        { port: { number: 443, name: 'tls', protocol: 'HTTPS' }, hosts: ['*'] },
      ],
    },
  });
  const at = { ...world, gateways: new Map([['system/istio/edge', edge]]) };
  const hosts = ['shop.example.com', 'other.example.org'];
  const route = compileVirtualService(
    virtualService([{ route: [to('web')] }], { hosts, gateways: ['system/edge'] }),
  );
  const table = buildTable([route], at);
  const leadsFrom = (host: string, port = 80) =>
    findRoute(table, port, { host, request: ask({}) })?.rule.backends[0]?.service;
  expect(leadsFrom('shop.example.com')).toBe('shop/web');
  expect(leadsFrom('other.example.org')).toBeUndefined();
  expect(leadsFrom('shop.example.com', 443)).toBeUndefined();
});
