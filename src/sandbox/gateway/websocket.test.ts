/** Upgraded connections beside weights, in the words of each kind of route: real connections, no cluster. */
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { expectCount, placesOf, WEIGHTS } from '../../testing/routed-shares.ts';
import { until } from '../../testing/until.ts';
import { ingressListeners } from './ingress-class.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import { compileIngresses } from './ingress.ts';
import { istioListeners } from './istio-gateway.ts';
import { type CompiledRoute, compileRoute } from './route.ts';
import { gatewayWith, routeAt, Wire } from '../../testing/gateway-wire.ts';
import { compileVirtualService } from './virtual-service.ts';

const UPGRADES = 2_000;
const AT_ONCE = 50;

let wire: Wire;
const open: Socket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await wire.close();
});

/** Switches protocols, says its name, and then whatever it is told. */
function upgrading(name: string): Promise<number> {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(
      `HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n${name}`,
    );
    socket.pipe(socket);
  });
  return wire.backend(server);
}

interface Upgraded {
  socket: Socket;
  /** After the head of the answer. */
  heard: () => string;
}

function upgrade(port: number): Promise<Upgraded> {
  const socket = connect(port, '127.0.0.1');
  open.push(socket);
  let text = '';
  const heard = () => text.split('\r\n\r\n')[1] ?? '';
  socket.write(
    'GET / HTTP/1.1\r\nhost: shop.example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (heard() !== '') resolve({ socket, heard });
    });
  });
}

const object = (apiVersion: string, kind: string, name: string, rest: object): KubeObject => ({
  apiVersion,
  kind,
  ...rest,
  metadata: { name, namespace: 'shop', ...(rest as { metadata?: object }).metadata },
});
const classOf = (name: string, controller: string) =>
  object('networking.k8s.io/v1', 'IngressClass', name, { spec: { controller } });
const NGINX = classOf('nginx', 'k8s.io/ingress-nginx');
const TRAEFIK = classOf('traefik', 'traefik.io/ingress-controller');
const edge = object('networking.istio.io/v1', 'Gateway', 'edge', {
  spec: { servers: [{ port: { number: 80, protocol: 'HTTP' }, hosts: ['*'] }] },
});
const ingress = (name: string, service: string, annotations: Record<string, string>) =>
  object('networking.k8s.io/v1', 'Ingress', name, {
    metadata: { annotations },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          http: {
            paths: [{ path: '/', backend: { service: { name: service, port: { number: 80 } } } }],
          },
        },
      ],
    },
  });

const refs = (weight: number) => [
  { name: 'web-candidate', port: 80, weight },
  { name: 'web-stable', port: 80, weight: 100 - weight },
];
const CANARY = 'nginx.ingress.kubernetes.io/canary';

const KINDS: [string, (weight: number) => CompiledRoute[]][] = [
  [
    'HTTPRoute',
    (weight) => [
      compileRoute(routeAt('HTTPRoute', 'web', { rules: [{ backendRefs: refs(weight) }] })),
    ],
  ],
  [
    'VirtualService',
    (weight) => {
      const route = refs(weight).map(({ name: host, weight: share }) => ({
        destination: { host },
        weight: share,
      }));
      const spec = { hosts: ['*'], gateways: ['edge'], http: [{ route }] };
      const web = object('networking.istio.io/v1', 'VirtualService', 'web', { spec });
      return [compileVirtualService(web)];
    },
  ],
  [
    'Ingress',
    (weight) => {
      const share = { [CANARY]: 'true', [`${CANARY}-weight`]: String(weight) };
      const all = [ingress('web', 'web-stable', {}), ingress('canary', 'web-candidate', share)];
      return compileIngresses(all, [NGINX]);
    },
  ],
  [
    'IngressRoute',
    (weight) => {
      const routes = [{ match: 'PathPrefix(`/`)', kind: 'Rule', services: refs(weight) }];
      const web = object('traefik.io/v1alpha1', 'IngressRoute', 'web', { spec: { routes } });
      return compileIngressRoutes([web], [TRAEFIK], []);
    },
  ],
];

async function openWire(listening: ConstructorParameters<typeof Wire>[0], random?: () => number) {
  wire = new Wire(listening, random);
  for (const name of ['web-candidate', 'web-stable']) wire.service(name, [await upgrading(name)]);
  return wire.listen({ kind: 'listener', port: 80 });
}

const LISTENING: Record<string, ConstructorParameters<typeof Wire>[0]> = {
  HTTPRoute: [gatewayWith({ name: 'http', port: 80, protocol: 'HTTP' })],
  VirtualService: [istioListeners(edge)],
  Ingress: ingressListeners(NGINX),
  IngressRoute: ingressListeners(TRAEFIK),
};

const CASES = KINDS.flatMap(([kind, routes]) =>
  WEIGHTS.map((weight) => [kind, weight, routes] as const),
);

test.each(CASES)(
  '%s: of 2,000 upgrades %i percent reach the candidate',
  async (kind, weight, routes) => {
    const places = placesOf(UPGRADES, weight);
    const port = await openWire(LISTENING[kind], () => places.pop() ?? expect.fail('one too many'));
    wire.route(...routes(weight));
    let reached = 0;
    for (let done = 0; done < UPGRADES; done += AT_ONCE) {
      const some = await Promise.all(Array.from({ length: AT_ONCE }, () => upgrade(port)));
      reached += some.filter(({ heard }) => heard() === 'web-candidate').length;
      for (const { socket } of some) socket.destroy();
    }
    expectCount(weight, reached, UPGRADES);
  },
);

test.each(KINDS)(
  '%s: one that is open lives on where it is while the weights change',
  async (kind, routes) => {
    const port = await openWire(LISTENING[kind]);
    wire.route(...routes(0));
    const lasting = await upgrade(port);
    wire.route(...routes(100));
    expect((await upgrade(port)).heard()).toBe('web-candidate');
    lasting.socket.write(' still here');
    await until('the echo', async () => lasting.heard() === 'web-stable still here');
    wire.route(...routes(50));
    wire.route(...routes(0));
    expect((await upgrade(port)).heard()).toBe('web-stable');
    lasting.socket.write(' and now');
    await until('the echo', async () => lasting.heard() === 'web-stable still here and now');
  },
);
