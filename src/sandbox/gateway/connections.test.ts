/** Whole connections through the gateway, by weight and by the name that clients of TLS ask for: real connections, no
 * cluster. */
import { createServer } from 'node:http';
import { connect, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTls } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { expectCount, placesOf, WEIGHTS } from '../../testing/routed-shares.ts';
import { until } from '../../testing/until.ts';
import { compileConnectionRoute } from './connection-route.ts';
import { compileIngressRouteTcps } from './ingress-route-tcp.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import { ingressListeners } from './ingress-class.ts';
import { istioListeners } from './istio-gateway.ts';
import { type CompiledRoute, compileRoute } from './route.ts';
import { gatewayWith, routeAt, Wire } from '../../testing/gateway-wire.ts';
import { compileVirtualService } from './virtual-service.ts';

type Fields = Record<string, unknown>;

/** A connection takes longer than a request: fewer of them, and the bound is wider by that. */
const CONNECTIONS = 2_000;
const AT_ONCE = 50;

let wire: Wire;
const clients: Socket[] = [];
afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await wire?.close();
});

const to = (name: string, weight = 1) => ({ name, port: 80, weight });
const pair = (weight: number) => [to('web-candidate', weight), to('web-stable', 100 - weight)];

async function openWire(...given: ConstructorParameters<typeof Wire>): Promise<void> {
  wire = new Wire(...given);
  for (const name of ['web-candidate', 'web-stable'])
    wire.service(name, [await wire.namedBackend(name)]);
}

interface Client {
  socket: Socket;
  heard: string;
  end: '' | 'Ended' | 'Refused';
}

function dial(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  const client: Client = { socket, heard: '', end: '' };
  socket.setEncoding('utf8').on('data', (chunk: string) => (client.heard += chunk));
  socket.once('error', () => (client.end = 'Refused'));
  socket.once('end', () => (client.end ||= 'Ended'));
  return client;
}

/** What a server says first, '' where it refuses. */
function greeted(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
    socket.once('data', (name: string) => {
      resolve(name);
      socket.destroy();
    });
  });
}

async function greetings(port: number, count: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let done = 0; done < count; done += AT_ONCE)
    for (const name of await Promise.all(Array.from({ length: AT_ONCE }, () => greeted(port))))
      counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** TLS without certificates: both sides know a key. What is passed through is read by these two alone. */
const PSK = {
  ciphers: 'PSK-AES128-GCM-SHA256',
  maxVersion: 'TLSv1.2',
} as const;
const KEY = Buffer.alloc(16, 7);

function tlsBackend(name: string): Promise<number> {
  const server: Server = createTls({ ...PSK, pskCallback: () => KEY }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(name);
  });
  return wire.backend(server);
}

/** Who answers a client that asks for this name, '' where nobody does. */
function answeredTls(over: number | Socket, servername: string): Promise<string> {
  const socket = connectTls({
    ...PSK,
    ...(typeof over === 'number' ? { port: over, host: '127.0.0.1' } : { socket: over }),
    ...(servername !== '' && { servername }),
    pskCallback: () => ({ psk: KEY, identity: 'test' }),
    checkServerIdentity: () => undefined,
  });
  clients.push(socket);
  return new Promise((resolve) => {
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
    socket.setEncoding('utf8').once('data', (name: string) => {
      resolve(name);
      socket.destroy();
    });
  });
}

const TCP = gatewayWith({ name: 'tcp', port: 5432, protocol: 'TCP' });
const AT_TCP = { kind: 'listener', port: 5432 } as const;
const tcpRoute = (...backendRefs: Fields[]) =>
  compileConnectionRoute(routeAt('TCPRoute', 'web', { rules: [{ backendRefs }] }));

const istioGateway = (...servers: Fields[]): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'shop' },
  spec: { servers },
});
const virtualService = (spec: Fields): CompiledRoute =>
  compileVirtualService({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { hosts: ['*'], gateways: ['edge'], ...spec },
  });
const destination = (host: string, weight?: number) => ({
  destination: { host },
  ...(weight !== undefined && { weight }),
});
const traefik: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'traefik' },
  spec: { controller: 'traefik.io/ingress-controller' },
};
const ingressRouteTcp = (routes: Fields[], spec: Fields = {}): CompiledRoute[] =>
  compileIngressRouteTcps(
    [
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'IngressRouteTCP',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { ...spec, routes },
      },
    ],
    [traefik],
  );

const TCP_SERVER = { port: { number: 5432, name: 'tcp', protocol: 'TCP' }, hosts: ['*'] };

test.each(WEIGHTS)('of 2,000 connections %i percent reach the candidate', async (weight) => {
  const places = placesOf(4 * CONNECTIONS, weight);
  await openWire(
    [TCP, istioListeners(istioGateway(TCP_SERVER)), ...ingressListeners(traefik)],
    () => places.pop() ?? 0,
  );
  const share = async (kind: string, port: number) => {
    const counts = await greetings(port, CONNECTIONS);
    expect(Object.keys(counts).sort(), kind).toEqual(['web-candidate', 'web-stable']);
    expectCount(weight, counts['web-candidate'] ?? 0, CONNECTIONS);
  };
  const tcp = await wire.listen(AT_TCP);
  wire.route(tcpRoute(...pair(weight)));
  await share('TCPRoute', tcp);
  const route = pair(weight).map(({ name, weight: part }) => destination(name, part));
  wire.route(virtualService({ tcp: [{ route }] }));
  await share('VirtualService', tcp);
  wire.route(...ingressRouteTcp([{ match: 'HostSNI(`*`)', services: pair(weight) }]));
  await share('IngressRouteTCP', await wire.listen({ kind: 'listener', port: 80 }));
});

test('an open connection stays where it is while the weights change, and its last words arrive', async () => {
  await openWire([TCP]);
  wire.route(tcpRoute(to('web-stable')));
  const port = await wire.listen(AT_TCP);
  const open = dial(port);
  await until('the greeting', async () => open.heard === 'web-stable');
  wire.route(tcpRoute(...pair(100)));
  expect(await greeted(port)).toBe('web-candidate');
  open.socket.write(' still here');
  await until('the echo', async () => open.heard === 'web-stable still here');
  // One side has said all that it has to say; the other has not.
  open.socket.end(' the end');
  await until('the end', async () => open.end === 'Ended');
  expect(open.heard).toBe('web-stable still here the end');
});

test('the share of a backend that is none is refused', async () => {
  const places = placesOf(400, 1);
  await openWire([TCP], () => places.pop() ?? 0);
  wire.service('empty', []);
  for (const missing of ['empty', 'missing']) {
    wire.route(tcpRoute(to('web-stable', 20), to(missing, 80)));
    const counts = await greetings(await wire.listen(AT_TCP), 200);
    expectCount(80, counts[''] ?? 0, 200);
  }
});

test('of an IngressRouteTCP what is empty has no share', async () => {
  await openWire(ingressListeners(traefik));
  wire.service('empty', []);
  const services = [to('web-stable', 20), to('empty', 80)];
  wire.route(...ingressRouteTcp([{ match: 'HostSNI(`*`)', services }]));
  const port = await wire.listen({ kind: 'listener', port: 80 });
  expect(await greetings(port, 100)).toEqual({ 'web-stable': 100 });
});

const TLS_LISTENER = {
  name: 'tls',
  port: 443,
  protocol: 'TLS',
  tls: { mode: 'Passthrough' },
  hostname: '*.example.com',
};
const AT_TLS = { kind: 'listener', port: 443 } as const;
const tlsRoute = (name: string, hostnames: string[], ...backendRefs: Fields[]) =>
  compileConnectionRoute(routeAt('TLSRoute', name, { hostnames, rules: [{ backendRefs }] }));
const TLS_SERVER = (...hosts: string[]) => ({
  port: { number: 443, name: 'tls', protocol: 'TLS' },
  tls: { mode: 'PASSTHROUGH' },
  hosts,
});
const tlsRule = (sniHosts: string[], host: string) => ({
  match: [{ port: 443, sniHosts }],
  route: [destination(host)],
});

/** By the examples of each reference: where who asks for a name ends up, '' for nowhere. */
test.each<[string, () => CompiledRoute[], number, Record<string, string>]>([
  [
    'a TLSRoute: the narrower name goes first, and what the listener has not is not heard',
    () => [
      tlsRoute('wild', ['*.example.com', '*.example.net'], to('wild')),
      tlsRoute('shop', ['shop.example.com'], to('shop')),
    ],
    443,
    {
      'shop.example.com': 'shop',
      'SHOP.example.com': 'shop',
      'a.b.example.com': 'wild',
      'a.example.net': '',
      '': '',
    },
  ],
  [
    'a VirtualService: the first rule that matches is the one',
    () => [
      virtualService({
        gateways: ['edge'],
        hosts: ['*.example.com'],
        tls: [
          tlsRule(['login.example.com'], 'shop'),
          tlsRule(['*.example.com'], 'wild'),
          tlsRule(['late.example.com'], 'shop'),
        ],
      }),
    ],
    8443,
    {
      'login.example.com': 'shop',
      'other.example.com': 'wild',
      'late.example.com': 'wild',
      'login.example.net': '',
    },
  ],
  [
    'an IngressRouteTCP: names, alternatives, and all others',
    () => [
      ...ingressRouteTcp(
        [
          { match: 'HostSNI(`*`)', services: [to('wild')] },
          { match: 'HostSNI(`shop.example.com`) || HostSNI(`b.dev`)', services: [to('shop')] },
        ],
        { tls: { passthrough: true } },
      ),
    ],
    80,
    { 'shop.example.com': 'shop', 'b.dev': 'shop', 'other.dev': 'wild', '': 'wild' },
  ],
])('TLS is passed through by the name asked for, as in %s', async (_, routes, port, answers) => {
  const edge = istioListeners(
    istioGateway({ ...TLS_SERVER('*'), port: { number: 8443, protocol: 'TLS' } }),
  );
  wire = new Wire([gatewayWith(TLS_LISTENER), edge, ...ingressListeners(traefik)]);
  for (const name of ['shop', 'wild']) wire.service(name, [await tlsBackend(name)]);
  const all = routes();
  for (const { connections } of all) for (const rule of connections) rule.port &&= port;
  wire.route(...all);
  const at = await wire.listen({ kind: 'listener', port });
  const heard = await Promise.all(
    Object.keys(answers).map(async (name) => [name, await answeredTls(at, name)]),
  );
  expect(Object.fromEntries(heard)).toEqual(answers);
});

test('of the connections that ask for a name the weights say who gets them', async () => {
  const places = placesOf(400, 50);
  wire = new Wire([gatewayWith(TLS_LISTENER)], () => places.pop() ?? 0);
  for (const name of ['web-candidate', 'web-stable']) wire.service(name, [await tlsBackend(name)]);
  wire.route(tlsRoute('web', ['shop.example.com'], ...pair(25)));
  const port = await wire.listen(AT_TLS);
  let reached = 0;
  for (let done = 0; done < 400; done += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, () => answeredTls(port, 'shop.example.com'));
    reached += (await Promise.all(some)).filter((name) => name === 'web-candidate').length;
  }
  expectCount(25, reached, 400);
});

test('a port of Traefik has TCP before HTTP, and HTTP where no rule for connections fits', async () => {
  wire = new Wire(ingressListeners(traefik));
  wire.service('shop', [await tlsBackend('shop')]);
  wire.service('pages', [await wire.backend(createServer((_, response) => response.end('pages')))]);
  wire.service('raw', [await wire.namedBackend('raw')]);
  const object = {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: 'pages', namespace: 'shop' },
    spec: { routes: [{ match: 'PathPrefix(`/`)', kind: 'Rule', services: [to('pages')] }] },
  };
  const pages = compileIngressRoutes([object], [traefik], []);
  const tls = { tls: { passthrough: true } };
  wire.route(
    ...pages,
    ...ingressRouteTcp([{ match: 'HostSNI(`shop.example.com`)', services: [to('shop')] }], tls),
  );
  const port = await wire.listen({ kind: 'listener', port: 80 });
  expect(await answeredTls(port, 'shop.example.com')).toBe('shop');
  expect(await answeredTls(port, 'other.example.com')).toBe('');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('pages');
  wire.route(...pages, ...ingressRouteTcp([{ match: 'HostSNI(`*`)', services: [to('raw')] }]));
  expect(await greeted(port)).toBe('raw');
});

test('who is silent for long goes by the rules of when it speaks', async () => {
  wire = new Wire(ingressListeners(traefik));
  for (const name of ['old', 'new']) wire.service(name, [await tlsBackend(name)]);
  const routes = (name: string) =>
    ingressRouteTcp([{ match: 'HostSNI(`a.dev`)', services: [to(name)] }], {
      tls: { passthrough: true },
    });
  wire.route(...routes('old'));
  const port = await wire.listen({ kind: 'listener', port: 80 });
  const socket = connect(port, '127.0.0.1');
  clients.push(socket);
  // One that came after it was taken in, and so was it.
  expect(await answeredTls(port, 'a.dev')).toBe('old');
  wire.route(...routes('new'));
  expect(await answeredTls(socket, 'a.dev')).toBe('new');
});

test('TLS that comes to a Service passes to its endpoints, by the routes of the Service or without', async () => {
  wire = new Wire();
  for (const name of ['web', 'web-candidate']) wire.service(name, [await tlsBackend(name)]);
  const port = await wire.listen({
    kind: 'service',
    service: 'shop/web',
    port: 80,
    readable: true,
  });
  expect(await answeredTls(port, 'web.shop.svc')).toBe('web');
  const parentRefs = [{ group: '', kind: 'Service', name: 'web' }];
  const rules = [{ backendRefs: [to('web-candidate')] }];
  const spec = { parentRefs, hostnames: ['web.shop.svc'], rules };
  wire.route(compileConnectionRoute(routeAt('TLSRoute', 'web', spec)));
  expect(await answeredTls(port, 'web.shop.svc')).toBe('web-candidate');
  expect(await answeredTls(port, 'other.shop.svc')).toBe('web');
});

test('rules for connections steer what comes to a Service, and HTTPRoutes there go before them', async () => {
  await openWire();
  wire.service('web', [await wire.namedBackend('web')], { appProtocol: 'tcp' });
  const origin = { kind: 'service', service: 'shop/web', port: 80 } as const;
  const raw = await wire.listen({ ...origin, readable: false });
  expect(await greeted(raw)).toBe('web');
  const parentRefs = [{ group: '', kind: 'Service', name: 'web' }];
  const rules = [{ backendRefs: [to('web-candidate')] }];
  const tcp = compileConnectionRoute(routeAt('TCPRoute', 'web', { parentRefs, rules }));
  wire.route(tcp);
  expect(await greeted(raw)).toBe('web-candidate');
  const mesh = { hosts: ['web'], gateways: ['mesh'] };
  const route = [destination('web-stable')];
  wire.route(virtualService({ ...mesh, tcp: [{ match: [{ port: 81 }], route }] }));
  expect(await greeted(raw)).toBe('web');
  wire.route(virtualService({ ...mesh, tcp: [{ match: [{ port: 80 }], route }] }));
  expect(await greeted(raw)).toBe('web-stable');

  wire.service('pages', [await wire.backend(createServer((_, response) => response.end('pages')))]);
  const http = compileRoute(
    routeAt('HTTPRoute', 'web', { parentRefs, rules: [{ backendRefs: [to('pages')] }] }),
  );
  wire.route(tcp, http);
  const readable = await wire.listen({ ...origin, readable: true });
  expect(await (await fetch(`http://127.0.0.1:${readable}/`)).text()).toBe('pages');
});

test.each<[string, () => CompiledRoute[]]>([
  [
    'sourceLabels',
    () => [
      virtualService({
        tcp: [{ match: [{ sourceLabels: { a: 'b' } }], route: [destination('web')] }],
      }),
    ],
  ],
  [
    'destinationSubnets',
    () => [
      virtualService({
        tls: [
          {
            match: [{ sniHosts: ['*'], destinationSubnets: ['10.0.0.0/8'] }],
            route: [destination('web')],
          },
        ],
      }),
    ],
  ],
  [
    'middlewares',
    () =>
      ingressRouteTcp([
        { match: 'HostSNI(`*`)', services: [to('web')], middlewares: [{ name: 'a' }] },
      ]),
  ],
  [
    'proxyProtocol',
    () =>
      ingressRouteTcp([{ match: 'HostSNI(`*`)', services: [{ ...to('web'), proxyProtocol: {} }] }]),
  ],
  [
    'tls without passthrough',
    () => ingressRouteTcp([{ match: 'HostSNI(`*`)', services: [to('web')] }], { tls: {} }),
  ],
  [
    'rule HostSNI(`a.dev`): without tls only',
    () => ingressRouteTcp([{ match: 'HostSNI(`a.dev`)', services: [to('web')] }]),
  ],
  [
    'rule ClientIP(`10.0.0.1`): only HostSNI',
    () => ingressRouteTcp([{ match: 'ClientIP(`10.0.0.1`)', services: [to('web')] }]),
  ],
])('%s is said, and what falls under it is refused', (name, routes) => {
  const problems = routes().flatMap(({ connections }) => connections.map(({ problem }) => problem));
  expect(problems).toEqual([expect.stringContaining(name)]);
});

test('a destination of a VirtualService may be a subset', () => {
  const route = [{ destination: { host: 'web', subset: 'v1' } }];
  const [rule] = virtualService({ tcp: [{ route }] }).connections;
  expect(rule?.backends.map(({ service }) => service)).toEqual(['shop/web|v1']);
  expect(rule?.problem).toBeUndefined();
});

test('connections and what was said over them are counted, also of those that are open', async () => {
  await openWire([TCP]);
  wire.service('web-empty', []);
  wire.route(tcpRoute(to('web-stable')));
  const port = await wire.listen(AT_TCP);
  const count = (name: string, more = '') => {
    const start = `segue_gateway_${name}{`;
    const lines = wire.front.metrics.render().split('\n');
    const found = lines.filter((line) => line.startsWith(start) && line.includes(more));
    return found.map((line) => Number(line.split(' ').at(-1)));
  };
  const open = dial(port);
  open.socket.write('hello');
  await until('the echo', async () => open.heard === 'web-stablehello');
  const stable = 'service="web-stable"';
  expect(count('connections_opened_total', stable)).toEqual([1]);
  expect(count('connections_closed_total', stable)).toEqual([0]);
  expect(count('connection_bytes_total', 'to="backend"')).toEqual([5]);
  expect(count('connection_bytes_total', 'to="client"')).toEqual([15]);
  open.socket.end();
  await until('the end', async () => count('connections_closed_total', stable)[0] === 1);
  expect(count('connection_bytes_total', 'to="client"')).toEqual([15]);
  wire.route(tcpRoute(to('web-empty')));
  expect(await greeted(port)).toBe('');
  expect(count('connections_refused_total', 'service="web-empty"')).toEqual([1]);
  expect(count('connections_opened_total')).toEqual([1]);
});
