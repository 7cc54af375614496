/** Ingresses as the user guide of ingress-nginx describes them. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { decide } from './decision.ts';
import { ingressListeners } from './ingress-class.ts';
import { compileIngresses } from './ingress.ts';
import type { RequestView } from './match.ts';
import { chooseBackend } from './shares.ts';
import { buildTable, findRoute } from './table.ts';
import { listenerPorts } from './wanted-sockets.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';

const nginx: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
};
const other: KubeObject = {
  ...nginx,
  metadata: { name: 'other' },
  spec: { controller: 'example.com/other' },
};

type Paths = Record<string, string>;

/** Of paths to Services; a path with `=` before it is exact, one with `~` is left to the controller. */
function ingress(
  name: string,
  paths: Paths,
  { host = 'shop.example.com', spec = {}, annotations = {} as Record<string, string> } = {},
): KubeObject {
  const types: Record<string, string> = { '=': 'Exact', '~': 'ImplementationSpecific' };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: 'shop',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]),
      ),
    },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          ...(host && { host }),
          http: {
            paths: Object.entries(paths).map(([path, service]) => ({
              path: path.replace(/^[=~]/, ''),
              pathType: types[path[0] ?? ''] ?? 'Prefix',
              backend: { service: { name: service, port: { number: 80 } } },
            })),
          },
        },
      ],
      ...spec,
    },
  };
}

const canary = (annotations: Record<string, string>, paths: Paths = { '/': 'beta' }) =>
  ingress('web-canary', paths, { annotations: { canary: 'true', ...annotations } });

interface Asked {
  path?: string;
  host?: string;
  headers?: Record<string, string>;
}

function found(
  ingresses: KubeObject[],
  { path = '/', host = 'shop.example.com', headers = {} }: Asked = {},
) {
  const classes = [nginx, other];
  const listening = classes.flatMap(ingressListeners);
  const table = buildTable(compileIngresses(ingresses, classes), {
    gateways: new Map(listening.map((one) => [one.key, one])),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
  const request: RequestView = {
    method: 'GET',
    path,
    query: new URLSearchParams(),
    headers: { host, ...headers },
  };
  return findRoute(table, 80, { host, request })?.rule;
}

/** The Service that a request goes to, where the share of the canary ends before `at`. */
function leads(ingresses: KubeObject[], asked: Asked = {}, at = 0.999): string | undefined {
  const rule = found(ingresses, asked);
  return rule && chooseBackend(rule, at)?.service.replace('shop/', '');
}

test.each<[string, Paths, string, string | undefined]>([
  ['a prefix is one of elements', { '/a': 'a', '/': 'rest' }, '/ab', 'rest'],
  ['and takes what is below it', { '/a': 'a', '/': 'rest' }, '/a/b', 'a'],
  ['a slash at its end means nothing', { '/a/': 'a' }, '/a', 'a'],
  ['the longest prefix is the one', { '/': 'rest', '/a': 'a', '/a/b': 'ab' }, '/a/b/c', 'ab'],
  ['an exact path goes before all prefixes', { '/a': 'a', '=/a': 'exact' }, '/a', 'exact'],
  ['and is that path only', { '/a': 'a', '=/a': 'exact' }, '/a/', 'a'],
  ['left to the controller it is a prefix of characters', { '~/a': 'a' }, '/ab', 'a'],
  ['what no path takes gets no answer', { '/a': 'a' }, '/b', undefined],
])('paths: %s', (_, paths, path, service) => {
  expect(leads([ingress('web', paths)], { path })).toBe(service);
});

test('a host is a name, one label under one, or any', () => {
  const all = [
    ingress('name', { '/': 'name' }),
    ingress('wild', { '/': 'wild' }, { host: '*.example.com' }),
    ingress('any', { '/': 'any' }, { host: '' }),
  ];
  expect(leads(all)).toBe('name');
  expect(leads(all, { host: 'docs.example.com' })).toBe('wild');
  expect(leads(all, { host: 'a.docs.example.com' })).toBe('any');
  expect(leads(all, { host: 'example.org' })).toBe('any');
});

test('of two with one host and path the older is taken, and a default backend last', () => {
  const late = ingress('late', { '/': 'late' });
  late.metadata.creationTimestamp = '2026-01-02T00:00:00Z';
  const spec = { defaultBackend: { service: { name: 'default', port: { number: 80 } } } };
  const bare = ingress('bare', {}, { spec: { ...spec, rules: [] } });
  expect(leads([late, ingress('web', { '/': 'web' }), bare])).toBe('web');
  expect(leads([late, bare], { host: 'example.org' })).toBe('default');
});

test('the class says whose it is: by name, by the annotation of before, or by default', () => {
  const named = (ingressClassName?: string, annotation?: string) => {
    const object = ingress('web', { '/': 'web' });
    object['spec'] = { ...(object['spec'] as object), ingressClassName };
    if (annotation) object.metadata.annotations = { 'kubernetes.io/ingress.class': annotation };
    return leads([object]);
  };
  expect([named('nginx'), named(undefined, 'nginx')]).toEqual(['web', 'web']);
  expect([named('other'), named('none'), named()]).toEqual([undefined, undefined, undefined]);
  nginx.metadata.annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  expect(named()).toBe('web');
  delete nginx.metadata.annotations;
});

const web = ingress('web', { '/': 'web', '/docs': 'docs' });

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ['always', { 'canary-by-header': 'X-Canary' }, { 'x-canary': 'always' }, 'beta'],
  [
    'never, whatever the weight says',
    { 'canary-by-header': 'X-Canary', 'canary-weight': '100' },
    { 'x-canary': 'never' },
    'web',
  ],
  ['another value is no answer', { 'canary-by-header': 'X-Canary' }, { 'x-canary': 'yes' }, 'web'],
  [
    'a value of its own',
    { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'yes' },
    { 'x-canary': 'yes' },
    'beta',
  ],
  [
    'and then always means nothing',
    { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'yes' },
    { 'x-canary': 'always' },
    'web',
  ],
  [
    'a pattern of a part of it',
    { 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': 'y.s' },
    { 'x-canary': 'oh yes!' },
    'beta',
  ],
  [
    'a pattern is not asked beside a value',
    {
      'canary-by-header': 'X-Canary',
      'canary-by-header-value': 'no',
      'canary-by-header-pattern': '.*',
    },
    { 'x-canary': 'yes' },
    'web',
  ],
  ['a cookie', { 'canary-by-cookie': 'beta' }, { cookie: 'a=1; beta=always' }, 'beta'],
  [
    'a cookie against the weight',
    { 'canary-by-cookie': 'beta', 'canary-weight': '100' },
    { cookie: 'beta=never' },
    'web',
  ],
  [
    'the header before the cookie',
    { 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'beta' },
    { 'x-canary': 'always', cookie: 'beta=never' },
    'beta',
  ],
  [
    'and the cookie where the header says nothing',
    { 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'beta' },
    { 'x-canary': 'perhaps', cookie: 'beta=always' },
    'beta',
  ],
])('a canary is asked for by %s', (_, annotations, headers, service) => {
  expect(leads([canary(annotations), web], { headers })).toBe(service);
});

test('a canary has its weight of the same host and path, of a hundred or of what it says', () => {
  const weights = (annotations: Record<string, string>, asked: Asked = {}) =>
    found([canary(annotations), web], asked)?.backends.map(({ service, weight }) => [
      service.replace('shop/', ''),
      weight,
    ]);
  const shares = [
    ['beta', 20],
    ['web', 80],
  ];
  expect(weights({ 'canary-weight': '20' })).toEqual(shares);
  expect(weights({ 'canary-weight': '20', 'canary-weight-total': '1000' })).toEqual([
    ['beta', 20],
    ['web', 980],
  ]);
  expect(weights({ 'canary-weight': '20' }, { path: '/docs' })).toEqual([['docs', 1]]);
  const alone = canary({ 'canary-weight': '100' }, { '/alone': 'beta' });
  expect(leads([alone, web], { path: '/alone' })).toBe('web');
  const second = canary({ 'canary-weight': '50' }, { '/': 'gamma' });
  second.metadata.name = 'web-second';
  expect(found([second, canary({ 'canary-weight': '20' }), web])?.backends[0]?.weight).toBe(20);
});

test('beside an upstream without endpoints no canary is heard (ingress-nginx 9635)', () => {
  const classes = [nginx];
  const table = buildTable(compileIngresses([canary({ 'canary-weight': '100' }), web], classes), {
    gateways: new Map(ingressListeners(nginx).map((one) => [one.key, one])),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
  const sentTo = (pods: Record<string, number>) => {
    const registry = {
      targetOf: ({ service }: { service: string }) => ({
        service,
        endpoints: Array.from({ length: pods[service] ?? 0 }),
      }),
    };
    const request = { url: '/', method: 'GET', headers: { host: 'shop.example.com' } };
    const state = { table, registry, random: () => 0.5 };
    const decided = decide(request as never, { kind: 'listener', port: 80 }, state as never);
    return decided.kind === 'forward' && decided.target.service;
  };
  expect(sentTo({ 'shop/web': 1, 'shop/beta': 1 })).toBe('shop/beta');
  expect(sentTo({ 'shop/web': 0, 'shop/beta': 1 })).toBe('shop/web');
});

test.each([
  ['rewrite-target', [ingress('web', { '/': 'web' }, { annotations: { 'rewrite-target': '/' } })]],
  ['upstream-hash-by', [canary({ 'upstream-hash-by': '$uri' }), web]],
  [
    'affinity-mode',
    [ingress('web', { '/': 'web' }, { annotations: { 'affinity-mode': 'persistent' } })],
  ],
])('what is not there is said: %s', (name, ingresses) => {
  expect(found(ingresses)?.problem).toBe(
    `${PREFIX}${name} is not supported by the sandbox gateway`,
  );
  expect(found([web])?.problem).toBeUndefined();
  const harmless = { annotations: { 'ssl-redirect': 'false', 'proxy-read-timeout': '30' } };
  expect(found([ingress('web', { '/': 'web' }, harmless)])?.problem).toBeUndefined();
  // Those of a canary count nowhere but in the Ingress that it stands beside.
  expect(found([canary({ 'rewrite-target': '/' }), web])?.problem).toBeUndefined();
});

test('endpoints of gRPC are spoken to by HTTP/2, those of the canary too, and no others', () => {
  const said = (protocol: string) =>
    found([
      canary({ 'canary-weight': '5' }),
      ingress('web', { '/': 'web' }, { annotations: { 'backend-protocol': protocol } }),
    ]);
  expect(said('GRPC')?.backends.map(({ http2 }) => http2)).toEqual([true, true]);
  expect(said('HTTP')?.backends.map(({ http2 }) => http2)).toEqual([undefined, undefined]);
  expect(said('HTTP')?.problem).toBeUndefined();
  expect(said('GRPCS')?.problem).toBe(
    `${PREFIX}backend-protocol is not supported by the sandbox gateway`,
  );
});

test('a class listens on port 80, or on the one that its controller is run with', () => {
  const place = { address: '127.0.0.1', ports: {} };
  const at = (annotations: Record<string, string> = {}) => {
    const object = { ...nginx, metadata: { ...nginx.metadata, annotations } };
    return listenerPorts(ingressListeners(object), place).map(({ port, about }) => [
      port,
      about.metadata.name,
    ]);
  };
  expect(at()).toEqual([[80, 'nginx']]);
  expect(at({ 'segue.dev/http-port': '8080' })).toEqual([[8080, 'nginx']]);
  expect(ingressListeners(other)).toEqual([]);
});
