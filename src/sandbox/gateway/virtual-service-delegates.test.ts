/** VirtualServices that hand requests over to others, as Istio's reference describes delegates. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { istioListeners } from './istio-gateway.ts';
import type { RequestView } from './match.ts';
import { buildTable, findRoute } from './table.ts';
import { compileVirtualServices } from './virtual-service-delegates.ts';

type Fields = Record<string, unknown>;

const HOST = 'bookinfo.com';

function virtualService(path: string, http: Fields[], spec: Fields = {}): KubeObject {
  const [namespace = '', name = ''] = path.split('/');
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { ...spec, http },
  };
}

const root = (http: Fields[]) =>
  virtualService('front/bookinfo', http, { hosts: [HOST], gateways: ['edge'] });

const to = (host: string) => [{ destination: { host } }];
const prefix = (path: string) => ({ uri: { prefix: path } });
const handing = (name: string, match?: Fields[], namespace = 'nsA') => ({
  ...(match && { match }),
  delegate: { name, namespace },
});

const edge = istioListeners({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'front' },
  spec: { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
});

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  host?: string;
}

/** The match that a request through the gateway falls under. */
function found(
  objects: KubeObject[],
  { path = '/', method = 'GET', headers = {}, host = HOST }: Asked,
) {
  const [bare = '/', query] = path.split('?');
  const request: RequestView = { method, path: bare, query: new URLSearchParams(query), headers };
  const table = buildTable(compileVirtualServices(objects), {
    gateways: new Map([['front/istio/edge', edge]]),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
  return findRoute(table, 80, { host, request });
}

const leads = (objects: KubeObject[], asked: Asked) =>
  found(objects, asked)?.rule.backends[0]?.service;

const told = (objects: KubeObject[]) =>
  compileVirtualServices(objects).map(({ unheeded }) => unheeded);

test('the example of the reference: two paths, each with the rules of a namespace of its own', () => {
  const objects = [
    root([
      handing('productpage', [prefix('/productpage')]),
      handing('reviews', [prefix('/reviews')], 'nsB'),
    ]),
    virtualService('nsA/productpage', [
      {
        match: [prefix('/productpage/v1/')],
        route: to('productpage-v1.nsA.svc.cluster.local'),
      },
      { route: to('productpage.nsA.svc.cluster.local') },
    ]),
    virtualService('nsB/reviews', [{ route: to('reviews.nsB.svc.cluster.local') }]),
  ];
  expect(leads(objects, { path: '/productpage/v1/7' })).toBe('nsA/productpage-v1');
  expect(leads(objects, { path: '/productpage' })).toBe('nsA/productpage');
  expect(leads(objects, { path: '/reviews/1' })).toBe('nsB/reviews');
  expect(leads(objects, { path: '/ratings' })).toBeUndefined();
  expect(leads(objects, { path: '/reviews', host: 'other.com' })).toBeUndefined();
  expect(told(objects)).toEqual([undefined]);
});

interface Merged {
  root?: Fields[];
  own?: Fields[];
  taken: Asked[];
  left: Asked[];
}

const exact = (text: string) => ({ exact: text });
const start = (text: string) => ({ prefix: text });
const header = (value: Fields) => ({ headers: { 'x-a': value } });
const withHeader = (value: string, path = '/') => ({ path, headers: { 'x-a': value } });

describe('what both ask for', () => {
  test.each<[string, Merged]>([
    [
      'nothing of the root leaves the match of the delegate',
      { own: [prefix('/a')], taken: [{ path: '/a' }], left: [{ path: '/b' }] },
    ],
    [
      'nothing of the delegate leaves that of the root',
      { root: [prefix('/a')], taken: [{ path: '/a/b' }], left: [{ path: '/b' }] },
    ],
    [
      'a longer path and a header are asked for together',
      {
        root: [{ ...prefix('/a'), ...header(exact('1')) }],
        own: [prefix('/a/b')],
        taken: [withHeader('1', '/a/b/c')],
        left: [withHeader('1', '/a'), { path: '/a/b' }],
      },
    ],
    [
      'an exact path within a prefix, and a header of its own',
      {
        root: [prefix('/a')],
        own: [{ uri: exact('/a/b'), ...header({ regex: '[0-9]+' }) }],
        taken: [withHeader('42', '/a/b')],
        left: [withHeader('x', '/a/b'), withHeader('42', '/a')],
      },
    ],
    [
      'the same exact path and method',
      {
        root: [{ uri: exact('/a'), method: exact('GET') }],
        own: [{ uri: exact('/a'), method: exact('GET'), ...header({}) }],
        taken: [withHeader('1', '/a')],
        left: [withHeader('1', '/a/b'), { path: '/a' }],
      },
    ],
    [
      'headers, parameters and those that must not be are those of both',
      {
        root: [
          { headers: { 'x-a': start('1') }, withoutHeaders: { 'x-bot': {} }, method: exact('GET') },
        ],
        own: [
          {
            headers: { 'x-a': exact('12'), 'x-b': exact('2') },
            withoutHeaders: { 'x-old': {} },
            queryParams: { q: exact('3') },
          },
        ],
        taken: [{ path: '/?q=3', headers: { 'x-a': '12', 'x-b': '2' } }],
        left: [
          { path: '/?q=3', headers: { 'x-a': '12' } },
          { path: '/?q=3', headers: { 'x-a': '13', 'x-b': '2' } },
          { path: '/', headers: { 'x-a': '12', 'x-b': '2' } },
          { path: '/?q=3', headers: { 'x-a': '12', 'x-b': '2', 'x-bot': 'yes' } },
          { path: '/?q=3', headers: { 'x-a': '12', 'x-b': '2', 'x-old': 'yes' } },
          { path: '/?q=3', method: 'POST', headers: { 'x-a': '12', 'x-b': '2' } },
        ],
      },
    ],
    [
      'each alternative of the delegate goes with every one of the root that has it',
      {
        root: [prefix('/a'), prefix('/b')],
        own: [prefix('/b/1'), { uri: exact('/a') }, header(exact('1'))],
        taken: [{ path: '/b/1' }, { path: '/a' }, withHeader('1', '/a/2'), withHeader('1', '/b')],
        left: [{ path: '/a/1' }, { path: '/b' }, withHeader('1', '/c')],
      },
    ],
    [
      'a pattern where the other asks for something else',
      {
        root: [header({ regex: '[0-9]+' })],
        own: [prefix('/a')],
        taken: [withHeader('42', '/a')],
        left: [withHeader('x', '/a'), { path: '/a' }],
      },
    ],
    [
      'paths in any case on both sides',
      {
        root: [{ ...prefix('/a'), ignoreUriCase: true }],
        own: [{ ...prefix('/a/b'), ignoreUriCase: true }],
        taken: [{ path: '/A/B' }],
        left: [{ path: '/a' }],
      },
    ],
  ])('%s', (_, { root: handed, own, taken, left }) => {
    const objects = [
      root([handing('app', handed), { route: to('rest') }]),
      virtualService('nsA/app', [{ ...(own && { match: own }), route: to('app') }]),
    ];
    expect(told(objects)).toEqual([undefined]);
    for (const asked of taken) expect(leads(objects, asked)).toBe('nsA/app');
    for (const asked of left) expect(leads(objects, asked)).toBe('front/rest');
  });
});

test.each<[string, Fields, Fields]>([
  ['another path', prefix('/a'), prefix('/b')],
  ['a shorter path', prefix('/a/b'), prefix('/a')],
  ['a prefix of what is exact', { uri: exact('/a') }, prefix('/a')],
  ['another exact path', { uri: exact('/a') }, { uri: exact('/a/b') }],
  ['an exact path outside of a prefix', prefix('/a'), { uri: exact('/b') }],
  ['a pattern of the path', prefix('/'), { uri: { regex: '/a.*' } }],
  ['a path where the root has a pattern', { uri: { regex: '.*' } }, prefix('/a')],
  ['another method', { method: exact('GET') }, { method: exact('POST') }],
  ['a pattern of the method', { method: exact('GET') }, { method: { regex: 'GET|HEAD' } }],
  ['another value of a header', header(exact('1')), header(exact('2'))],
  ['a value where the root asks for any', header({}), header(exact('1'))],
  ['another parameter', { queryParams: { q: exact('1') } }, { queryParams: { q: exact('2') } }],
  ['another header left out', { withoutHeaders: { a: {} } }, { withoutHeaders: { a: exact('1') } }],
  ['paths in any case', prefix('/a'), { ...prefix('/a/b'), ignoreUriCase: true }],
])('a rule that asks for %s takes no effect, and that is told', (_, handed, own) => {
  const outside = [
    root([handing('app', [handed]), { route: to('rest') }]),
    // One alternative that is within does not save it.
    virtualService('nsA/app', [{ match: [own, handed], route: to('app') }]),
  ];
  expect(compileVirtualServices(outside)[0]?.matches).toHaveLength(1);
  expect(told(outside)).toEqual([
    'http[0].delegate: match of http[0] in nsA/app is not within that of http[0]',
  ]);
});

test('only that rule takes no effect, and those after it go on', () => {
  const objects = [
    root([handing('app', [prefix('/a')])]),
    virtualService('nsA/app', [
      { match: [prefix('/b')], route: to('outside') },
      { match: [prefix('/a/1')], route: to('one') },
      { route: to('others') },
    ]),
  ];
  expect(leads(objects, { path: '/a/1' })).toBe('nsA/one');
  expect(leads(objects, { path: '/a/2' })).toBe('nsA/others');
  expect(leads(objects, { path: '/b' })).toBeUndefined();
});

test('a rule of the delegate has what the root says where it says nothing itself', () => {
  const headers = (value: string) => ({ request: { set: { 'x-by': value } } });
  const objects = [
    root([
      {
        ...handing('app', [prefix('/a')]),
        rewrite: { uri: '/' },
        timeout: '5s',
        headers: headers('root'),
        mirror: { host: 'copies' },
        mirrorPercentage: { value: 10 },
      },
    ]),
    virtualService('nsA/app', [
      { match: [prefix('/a/own')], timeout: '1s', headers: headers('app'), route: to('app') },
      { mirror: { host: 'copies' }, route: to('app') },
    ]),
  ];
  const ruleOf = (path: string) => found(objects, { path })?.rule ?? expect.fail('no rule');
  expect(ruleOf('/a/own')).toMatchObject({
    timeoutMs: 1_000,
    filters: {
      rewrite: { path: { replacePrefixMatch: '/' } },
      request: [{ set: [{ name: 'x-by', value: 'app' }] }],
      mirrors: [{ service: 'front/copies', share: 0.1 }],
    },
  });
  expect(ruleOf('/a/other')).toMatchObject({
    timeoutMs: 5_000,
    filters: {
      request: [{ set: [{ name: 'x-by', value: 'root' }] }],
      // A short host is one of the namespace of who names it.
      mirrors: [{ service: 'nsA/copies', share: 0.1 }],
    },
  });
});

test('a delegate without a namespace is one of that of the root', () => {
  const own = { match: [prefix('/a')], delegate: { name: 'app' } };
  const objects = [root([own]), virtualService('front/app', [{ route: to('app') }])];
  expect(leads(objects, { path: '/a' })).toBe('front/app');
});

test.each<[string, KubeObject[], string]>([
  ['is not there', [], 'there is no VirtualService nsA/app without hosts'],
  [
    'is in another namespace',
    [virtualService('front/app', [{ route: to('app') }])],
    'there is no VirtualService nsA/app without hosts',
  ],
  [
    'has hosts of its own',
    [virtualService('nsA/app', [{ route: to('app') }], { hosts: ['other.com'] })],
    'there is no VirtualService nsA/app without hosts',
  ],
  [
    'is exported to its own namespace',
    [virtualService('nsA/app', [{ route: to('app') }], { exportTo: ['.'] })],
    'nsA/app is not exported to front',
  ],
])('where the delegate %s the next rule takes its requests', (_, more, message) => {
  const handed = handing('app', [prefix('/a')]);
  const objects = [root([handed, { match: [prefix('/a/b')], route: to('rest') }]), ...more];
  expect(leads(objects, { path: '/a/b' })).toBe('front/rest');
  expect(leads(objects, { path: '/a' })).toBeUndefined();
  expect(told(objects)[0]).toBe(`http[0].delegate: ${message}`);
});

test.each([['*'], ['front'], ['other', 'front']])('one that is exported to %s', (...exportTo) => {
  const app = virtualService('nsA/app', [{ route: to('app') }], { exportTo });
  expect(leads([root([handing('app')]), app], {})).toBe('nsA/app');
});

test('without hosts there are no requests of its own, whatever its gateways are', () => {
  const app = virtualService('front/app', [{ route: to('app') }], { gateways: ['edge'] });
  expect(compileVirtualServices([app])).toEqual([]);
});

test('several may hand over to one, each what it has', () => {
  const objects = [
    root([handing('app', [prefix('/a')]), handing('app', [prefix('/b')])]),
    virtualService('nsA/app', [{ match: [header(exact('1'))], route: to('app') }]),
  ];
  for (const path of ['/a', '/b']) expect(leads(objects, withHeader('1', path))).toBe('nsA/app');
  expect(leads(objects, withHeader('1', '/c'))).toBeUndefined();
});

test.each<[string, Fields, Fields]>([
  ['a second level', {}, { delegate: { name: 'next', namespace: 'nsA' } }],
  ['a route beside it', { route: to('rest') }, { route: to('app') }],
  ['a redirect beside it', { redirect: { uri: '/b' } }, { route: to('app') }],
])('%s is said to be refused by Istio', (_, beside, rule) => {
  const objects = [
    root([{ ...handing('app'), ...beside }]),
    virtualService('nsA/app', [rule]),
    virtualService('nsA/next', [{ route: to('next') }]),
  ];
  expect(found(objects, {})?.rule.problem).toMatch(/^Istio refuses delegate/);
});
