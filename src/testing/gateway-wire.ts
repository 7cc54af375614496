/** The gateway's way of requests and connections without a cluster: objects go in, ports come out. */
import { once } from 'node:events';
import {
  createServer as createHttp2,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import type { KubeObject } from '../api/object.ts';
import { systemClock } from '../kube/index.ts';
import type { Origin } from '../sandbox/gateway/origin.ts';
import type { Front } from '../sandbox/gateway/front.ts';
import type { Listening } from '../sandbox/gateway/listening.ts';
import type { ServicePort } from '../sandbox/gateway/objects.ts';
import type { CompiledRoute } from '../sandbox/gateway/route.ts';
import { ProductMetrics } from '../sandbox/gateway/product-metrics.ts';
import { createServer, type GatewayServer } from '../sandbox/gateway/server.ts';
import { ServiceRegistry } from '../sandbox/gateway/service-registry.ts';
import { buildTable, EMPTY_TABLE } from '../sandbox/gateway/table.ts';
import { TrafficMetrics } from '../sandbox/gateway/traffic-metrics.ts';

const NAMESPACE = 'shop';

export class Wire {
  readonly registry: ServiceRegistry;
  readonly front: Front;
  readonly #listening: Listening[];
  readonly #servers: GatewayServer[] = [];
  readonly #backends: Server[] = [];
  readonly #connections = new Set<Socket>();

  /** @param random where among the shares a request falls */
  constructor(listening: Listening[] = [], random: () => number = Math.random) {
    this.#listening = listening;
    this.registry = new ServiceRegistry({ clock: systemClock, random, versionOf: () => undefined });
    this.front = {
      state: { table: EMPTY_TABLE, registry: this.registry, random },
      metrics: new TrafficMetrics(),
      products: new ProductMetrics(() => undefined),
      clock: systemClock,
      tunnels: new Set(),
    };
  }

  /** Makes these the routes there are. */
  route(...routes: CompiledRoute[]): void {
    this.front.state.table = buildTable(routes, {
      gateways: new Map(this.#listening.map((one) => [one.key, one])),
      services: this.registry,
      namespaceLabels: () => ({}),
    });
  }

  /** A Service whose endpoints are these ports of this machine. */
  service(name: string, ports: number[], port: Partial<ServicePort> = {}): void {
    const key = `${NAMESPACE}/${name}`;
    const metadata = { name, namespace: NAMESPACE };
    const spec = { ports: [{ port: 80, ...port }] };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    const slices = ports.map((number) => ({
      ...service,
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'] }],
      ports: [{ name: port.name ?? '', port: number }],
    }));
    this.registry.update(key, service, slices);
  }

  /** The port at which it comes in there. */
  async listen(origin: Origin): Promise<number> {
    const server = createServer(this.front, () => origin);
    this.#servers.push(server);
    server.listener.listen(0, '127.0.0.1');
    await once(server.listener, 'listening');
    return (server.listener.address() as AddressInfo).port;
  }

  /** A server that ends with all this; its port. */
  async backend(server: Server): Promise<number> {
    this.#backends.push(server);
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Speaks HTTP/2 from the first byte. */
  http2Backend(
    answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
    settings: Settings = {},
  ): Promise<number> {
    const server: Http2Server = createHttp2({ settings });
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      answer(stream, headers);
    });
    return this.backend(server);
  }

  /** Says its name to everybody, and what it is told. */
  namedBackend(name: string): Promise<number> {
    const say = (socket: Socket): void => {
      socket.write(name);
      socket.pipe(socket);
    };
    return this.backend(createTcp({ allowHalfOpen: true }, say));
  }

  async close(): Promise<void> {
    for (const tunnel of this.front.tunnels) tunnel.destroy();
    await Promise.all(this.#servers.map((server) => server.close()));
    this.registry.destroy();
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(
      this.#backends.map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }
}

/** A Gateway with these listeners. */
export function gatewayWith(...listeners: Listening['listeners']): Listening {
  const metadata = { name: 'gw', namespace: NAMESPACE };
  const object: KubeObject = { apiVersion: '', kind: 'Gateway', metadata };
  return { key: `${NAMESPACE}/gw`, object, namespace: NAMESPACE, listeners };
}

/** A route of the Gateway API at that Gateway. */
export function routeAt(kind: string, name: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { parentRefs: [{ name: 'gw' }], ...spec },
  };
}
