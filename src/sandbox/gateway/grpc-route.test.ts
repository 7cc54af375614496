/** GRPCRoutes as the reference of the Gateway API describes them. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { compileGrpcRoute } from './grpc-route.ts';
import type { Listening } from './listening.ts';
import { compileRoute } from './route.ts';
import { renderRouteParents } from './status.ts';
import { buildTable, findRoute } from './table.ts';
import { gatewayWith, routeAt } from '../../testing/gateway-wire.ts';

type Fields = Record<string, unknown>;

const LISTENER = { name: 'http', port: 80, protocol: 'HTTP' };
const to = (name: string, matches?: Fields[]) => ({
  ...(matches && { matches }),
  backendRefs: [{ name, port: 80 }],
});
const grpcRoute = (name: string, rules: Fields[], spec: Fields = {}, createdAt = '') =>
  aged(routeAt('GRPCRoute', name, { ...spec, rules }), createdAt);
const aged = (object: KubeObject, creationTimestamp: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp },
});

function tableOf(objects: KubeObject[], listening: Listening = gatewayWith(LISTENER)) {
  const routes = objects.map((object) =>
    object.kind === 'GRPCRoute' ? compileGrpcRoute(object) : compileRoute(object),
  );
  const table = buildTable(routes, {
    gateways: new Map([[listening.key, listening]]),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
  return { table, routes };
}

interface Asked {
  headers?: Record<string, string>;
  host?: string;
  type?: string;
}

/** The Service that a call goes to. */
function called(
  objects: KubeObject[],
  path: string,
  { headers = {}, host = 'shop.example.com', type = 'application/grpc' }: Asked = {},
) {
  const request = {
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: { 'content-type': type, ...headers },
  };
  const rule = findRoute(tableOf(objects).table, 80, { host, request })?.rule;
  return rule?.backends[0]?.service.replace('shop/', '');
}

const VERSION = { name: 'version', value: '2' };

/** Matches, what falls under them, and what does not. */
test.each<[string, Fields[] | undefined, string, string, Asked?, Asked?]>([
  ['no match takes every call', undefined, '/foo.Bar/Login', '', {}, { type: 'text/html' }],
  ['a service', [{ method: { service: 'foo.Bar' } }], '/foo.Bar/Any', '/foo.Bars/Any'],
  [
    'a service and a method',
    [{ method: { service: 'foo.Bar', method: 'Login' } }],
    '/foo.Bar/Login',
    '/foo.Bar/Logout',
  ],
  ['a method of any service', [{ method: { method: 'Login' } }], '/a.B/Login', '/a.B/login'],
  [
    'patterns of whole names',
    [{ method: { type: 'RegularExpression', service: 'foo\\..*', method: 'Log(in|out)' } }],
    '/foo.Bar/Logout',
    '/foo.Bar/Logouts',
  ],
  [
    'a header',
    [{ headers: [VERSION] }],
    '/foo.Bar/Login',
    '/foo.Bar/Login',
    { headers: { version: '2' } },
    { headers: { version: '22' } },
  ],
  [
    'all of what one match asks for',
    [{ method: { service: 'foo.Bar' }, headers: [VERSION] }],
    '/foo.Bar/Login',
    '/foo.Bar/Login',
    { headers: { version: '2' } },
  ],
  [
    'either of two matches',
    [{ method: { service: 'foo.Bar' }, headers: [VERSION] }, { method: { service: 'foo.Bar.v2' } }],
    '/foo.Bar.v2/Login',
    '/foo.Bar/Login',
  ],
  [
    'gRPC of any encoding, and no grpc-web',
    undefined,
    '/a.B/C',
    '/a.B/C',
    { type: 'application/grpc+proto' },
    { type: 'application/grpc-web' },
  ],
])('%s', (_, matches, path, otherPath, asked = {}, otherAsked = {}) => {
  const route = [grpcRoute('web', [to('web', matches)])];
  expect(called(route, path, asked)).toBe('web');
  expect(called(route, otherPath, otherAsked)).toBeUndefined();
});

test('the longer service goes first, then the longer method, then the headers, then the older route', () => {
  const rules = [
    to('plain'),
    to('header', [{ headers: [VERSION] }]),
    to('method', [{ method: { method: 'LoginWithALongName' } }]),
    to('service', [{ method: { service: 'foo.Bar' } }]),
    to('both', [{ method: { service: 'foo.Bar', method: 'Login' } }]),
  ];
  const route = [grpcRoute('web', rules)];
  const headers = { version: '2' };
  expect(called(route, '/foo.Bar/Login', { headers })).toBe('both');
  expect(called(route, '/foo.Bar/LoginWithALongName', { headers })).toBe('service');
  expect(called(route, '/x.Y/LoginWithALongName', { headers })).toBe('method');
  expect(called(route, '/x.Y/Z', { headers })).toBe('header');
  expect(called(route, '/x.Y/Z')).toBe('plain');
  const older = grpcRoute('z', [to('older')], {}, '2026-01-01');
  expect(called([grpcRoute('a', [to('newer')], {}, '2026-01-02'), older], '/x.Y/Z')).toBe('older');
});

test('the more specific host name goes first', () => {
  const routes = [
    grpcRoute('wild', [to('wild')], { hostnames: ['*.example.com'] }),
    grpcRoute('shop', [to('shop', [{ method: { service: 'a.B' } }])], {
      hostnames: ['shop.example.com'],
    }),
  ];
  expect(called(routes, '/a.B/C')).toBe('shop');
  expect(called(routes, '/x.Y/Z')).toBe('wild');
  expect(called(routes, '/a.B/C', { host: 'shop.example.net' })).toBeUndefined();
});

test('an HTTPRoute and a GRPCRoute do not share a host name: the older one has it', () => {
  const hostnames = ['shop.example.com'];
  const http = aged(
    routeAt('HTTPRoute', 'web', { hostnames, rules: [to('pages')] }),
    '2026-01-02T00:00:00Z',
  );
  const calls = [to('calls')];
  const apart = grpcRoute('apart', calls, { hostnames: ['api.example.com'] }, '2026-01-03');
  for (const [createdAt, winner, refused] of [
    ['2026-01-01T00:00:00Z', 'calls', 'HTTPRoute'],
    ['2026-01-03T00:00:00Z', 'pages', 'GRPCRoute'],
  ] as const) {
    const objects = [http, grpcRoute('web', calls, { hostnames }, createdAt), apart];
    expect(called(objects, '/a.B/C')).toBe(winner);
    const { table, routes } = tableOf(objects);
    const told = routes.flatMap((route) =>
      renderRouteParents(route, table.attachments.get(route.key) ?? [], {
        nowIso: '',
        hasService: () => true,
      }).flatMap(({ conditions }) =>
        conditions
          .filter(({ status }) => status === 'False')
          .map(({ type, reason }) => `${route.object.kind} ${type} ${reason}`),
      ),
    );
    expect(told).toEqual([`${refused} Accepted HostnameConflict`]);
  }
});

test.each([
  ['sessionPersistence', { sessionPersistence: { type: 'Cookie' } }],
  ['filter ExtensionRef', { filters: [{ type: 'ExtensionRef' }] }],
  ['method match type Prefix', { matches: [{ method: { type: 'Prefix', service: 'a' } }] }],
])('%s is not there, and that is said', (name, rule) => {
  const { problem } = compileGrpcRoute(grpcRoute('web', [{ ...to('web'), ...rule }]));
  expect(problem).toContain(name);
});
