/** The rules of the Gateway API's definitions, as the sandbox's API server applies them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../kube/fake-clock.ts';
import { testServer, type TestServer } from '../api/testing/server.ts';
import { gatewayApiCrds } from './crds.ts';

let server: TestServer;
let count = 0;
beforeAll(async () => {
  server = await testServer({ clock: new FakeClock() });
  for (const crd of gatewayApiCrds()) await server.admin.create(crd);
});
afterAll(() => server.close());

async function complaint(kind: string, spec: object): Promise<string> {
  count += 1;
  const version = kind === 'TCPRoute' ? 'v1alpha2' : 'v1';
  const apiVersion = `gateway.networking.k8s.io/${version}`;
  const namespace = kind === 'GatewayClass' ? {} : { namespace: 'default' };
  const metadata = { name: `g${count}`, ...namespace };
  try {
    await server.admin.create({ apiVersion, kind, metadata, spec });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const route = (rule: object, parentRefs: object[] = [{ name: 'g' }]) => ({
  parentRefs,
  rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...rule }],
});
const path = (value: string, type = 'PathPrefix') =>
  route({ matches: [{ path: { type, value } }] });
const filters = (...all: object[]) => route({ filters: all });
const rewrite = (modifier: object) => ({ type: 'URLRewrite', urlRewrite: { path: modifier } });
const PREFIX = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };
const REDIRECT = { type: 'RequestRedirect', requestRedirect: { statusCode: 302 } };
const HEADERS = { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } };

test.each([
  ['a plain route', route({})],
  ['a path', path('/a-b/~c%20d')],
  ['a pattern', path('//[a-z]+', 'RegularExpression')],
  [
    'sections',
    route({}, [
      { name: 'g', sectionName: 'a' },
      { name: 'g', sectionName: 'b' },
    ]),
  ],
  ['two gateways', route({}, [{ name: 'g' }, { name: 'h' }, { name: 'g', namespace: 'other' }])],
  ['another kind of backend', route({ backendRefs: [{ group: 'ex.dev', kind: 'X', name: 'x' }] })],
  [
    'a prefix replaced',
    route({ matches: [{ path: { value: '/a' } }], filters: [rewrite(PREFIX)] }),
  ],
  ['a redirect', { ...route({ filters: [REDIRECT], backendRefs: [] }) }],
  ['timeouts', route({ timeouts: { request: '10s', backendRequest: '2s' } })],
  ['no limit', route({ timeouts: { request: '0s', backendRequest: '2s' } })],
])('%s is a route', async (_name, spec) => {
  expect(await complaint('HTTPRoute', spec)).toBe('');
});

test.each([
  [route({}, [{ name: 'g' }, { name: 'g' }]), 'sectionName must be unique'],
  [route({}, [{ name: 'g' }, { name: 'g', sectionName: 'a' }]), 'sectionName must be specified'],
  [path('a'), "start with '/'"],
  [path('/a//b'), "must not contain '//'"],
  [path('/a/../b', 'Exact'), "must not contain '/../'"],
  [path('/a%2Fb'), "must not contain '%2F'"],
  [path('/a/.'), "must not end with '/.'"],
  [path('/a b'), 'characters of a path'],
  [route({ backendRefs: [{ name: 'web' }] }), 'Must have port for Service reference'],
  [filters({ type: 'URLRewrite' }), 'filter.urlRewrite must be specified'],
  [filters({ ...HEADERS, urlRewrite: {} }), 'filter.urlRewrite must be nil'],
  [filters(HEADERS, HEADERS), 'RequestHeaderModifier filter cannot be repeated'],
  [filters(REDIRECT), 'must not be used together with backendRefs'],
  [filters(rewrite({ type: 'ReplaceFullPath' })), 'replaceFullPath must be specified'],
  [filters(rewrite({ ...PREFIX, replaceFullPath: '/' })), "type must be 'ReplaceFullPath'"],
  [
    route({ matches: [{ path: { type: 'Exact', value: '/' } }], filters: [rewrite(PREFIX)] }),
    'exactly one PathPrefix match',
  ],
  [route({ timeouts: { request: '1s', backendRequest: '2s' } }), 'cannot be longer'],
  [
    {
      ...route({}),
      rules: Array.from({ length: 3 }, () => ({ matches: Array.from({ length: 43 }, () => ({})) })),
    },
    'total number of matches',
  ],
  [{ ...route({}), rules: [{ name: 'a' }, { name: 'a' }] }, 'Rule name must be unique'],
])('%j is no route', async (spec, message) => {
  expect(await complaint('HTTPRoute', spec)).toContain(message);
});

const call = (method: object) => ({ rules: [{ matches: [{ method }] }] });
const toMirror = { backendRef: { name: 'copy', port: 80 } };

test.each([
  ['GRPCRoute', { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] }],
  ['GRPCRoute', call({ service: 'shop.Cart', method: 'Add' })],
  ['GRPCRoute', call({ type: 'RegularExpression', service: 'shop\\..*' })],
  ['GRPCRoute', { rules: [{ filters: [{ type: 'RequestMirror', requestMirror: toMirror }] }] }],
  ['TLSRoute', { hostnames: ['a.dev'], rules: [{ backendRefs: [{ name: 'web', port: 443 }] }] }],
  ['TCPRoute', { rules: [{ backendRefs: [{ name: 'web', port: 80, weight: 5 }] }] }],
])('a %s: %j', async (kind, spec) => {
  expect(await complaint(kind, { parentRefs: [{ name: 'g' }], ...spec })).toBe('');
});

test.each([
  ['GRPCRoute', call({}), "One or both of 'service' or 'method'"],
  ['GRPCRoute', call({ service: 'shop/Cart' }), 'characters of the name of a service'],
  ['GRPCRoute', call({ method: 'Add.Item' }), 'characters of the name of a method'],
  [
    'GRPCRoute',
    { rules: [{ filters: [{ type: 'RequestMirror' }] }] },
    'filter.requestMirror must be specified',
  ],
  ['GRPCRoute', { rules: [{ backendRefs: [{ name: 'web' }] }] }, 'Must have port for Service'],
  ['TLSRoute', {}, 'rules'],
  ['TCPRoute', { rules: [] }, 'rules'],
  ['TCPRoute', { rules: [{ backendRefs: [] }] }, 'backendRefs'],
])('no %s: %j', async (kind, spec, message) => {
  expect(await complaint(kind, { parentRefs: [{ name: 'g' }], ...spec })).toContain(message);
});

const gateway = (...listeners: object[]) => ({
  gatewayClassName: 'c',
  listeners: listeners.map((one, i) => ({ name: `l${i}`, protocol: 'HTTP', port: 80, ...one })),
});
const TLS = { certificateRefs: [{ name: 'cert' }] };

test('listeners', async () => {
  const told = (...listeners: object[]) => complaint('Gateway', gateway(...listeners));
  expect(await told({}, { hostname: 'a.dev' }, { protocol: 'HTTPS', port: 443, tls: TLS })).toBe(
    '',
  );
  expect(await told({ tls: TLS })).toContain('tls must not be specified');
  expect(await told({ protocol: 'HTTPS', tls: {} })).toContain('certificateRefs or options');
  expect(await told({ protocol: 'HTTPS', tls: { ...TLS, mode: 'Passthrough' } })).toContain(
    'tls mode must be Terminate',
  );
  expect(await told({ protocol: 'TCP', hostname: 'a.dev' })).toContain('hostname must not be');
  expect(await told({}, {})).toContain('Combination of port, protocol and hostname');
});

test('the controller of a class does not change', async () => {
  const kind = 'GatewayClass';
  await complaint(kind, { controllerName: 'ex.dev/a' });
  const name = { group: 'gateway.networking.k8s.io', kind, name: `g${count}` };
  const change = server.admin.patch(name, {
    type: 'merge',
    body: { spec: { controllerName: 'ex.dev/b' } },
  });
  await expect(change).rejects.toThrow('Value is immutable');
});
