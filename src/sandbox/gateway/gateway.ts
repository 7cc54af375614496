/** An L7 gateway on loopback that routes by the Services and HTTPRoutes of any API server. */
import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import { reachableAddress } from '../nodes/addresses.ts';
import { eventRecorder } from '../nodes/event-recorder.ts';
import { meshPod, openCaches, versionOfPod, type Caches } from './caches.ts';
import { Control } from './control.ts';
import {
  CONTROLLER_NAME,
  GATEWAY_GROUP,
  KINDS,
  specOf,
  type GatewaySpec,
  type ServiceSpec,
} from './objects.ts';
import { ProductMetrics } from './product-metrics.ts';
import { ServiceRegistry } from './service-registry.ts';
import { Sockets } from './sockets.ts';
import { StatusWriter } from './status-writer.ts';
import { EMPTY_TABLE } from './table.ts';
import { TrafficMetrics } from './traffic-metrics.ts';
import { listenerSocketId } from './wanted-sockets.ts';

export interface GatewayDeps {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** At least 0 and less than 1. */
  random: () => number;
}

export interface GatewayOptions {
  /** Where listeners of Gateways are bound. Default 127.0.0.1. */
  listenerAddress?: string;
  /** Other ports for listeners: by `namespace/gateway/listener`, by the listener's port as text, or
   * `*` for all others; 0 is any free port. */
  listenerPorts?: Record<string, number>;
  /** Port of /metrics on 127.0.0.1. Default 0, any free one. */
  metricsPort?: number;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>/metrics`; beside it are the pages of the products that are played. */
  metricsUrl: string;
  /** Where a listener of a Gateway is reached; undefined while its port is not open. */
  listenerUrl(namespace: string, gateway: string, listener: string): string | undefined;
  /** Where a Service is reached by its cluster IP; its first port unless one is named. */
  serviceUrl(namespace: string, name: string, port?: number): string | undefined;
  /** Resolves when what the gateway has heard from the cluster so far is in effect. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const CLASS_NAME = 'segue';
const CLASS_RETRY_MS = 2_000;
const STATUS_WORKERS = 8;

/** Serves until `stop`; resolves when the routing of what is in the cluster is in effect. */
export async function startGateway(
  deps: GatewayDeps,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const { client } = deps.cluster;
  const log = deps.log.with({ component: 'gateway' });
  const place = {
    address: options.listenerAddress ?? '127.0.0.1',
    ports: options.listenerPorts ?? {},
  };
  const caches = openCaches(deps.cluster);
  const metrics = new TrafficMetrics();
  const products = new ProductMetrics((pod) => meshPod(caches, pod));
  const versionOf = (pod: string) => versionOfPod(caches, pod);
  const registry = new ServiceRegistry({ clock: deps.clock, random: deps.random, versionOf });
  const state = { table: EMPTY_TABLE, registry, random: deps.random };
  const front = { state, metrics, products, clock: deps.clock, tunnels: new Set<Duplex>() };
  const sockets = new Sockets(front);
  const record = eventRecorder({ ...deps, client, log }, 'segue-gateway');
  const control = new Control({ caches, state, sockets, clock: deps.clock, log, record, place });
  const queue = deps.cluster.queue('gateway-status');
  const writer = new StatusWriter(client, queue, control.statusSources());
  const metricsServer = await serveMetrics(
    (path) => (path === '/metrics' ? metrics.render() : products.render(path)),
    options.metricsPort ?? 0,
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every cache listens to it.
  setMaxListeners(0, signal);
  const informers = Object.values(caches);
  const running = Promise.all([
    ...informers.map((informer) => informer.run(signal)),
    queue.run({ workers: STATUS_WORKERS, handle: (key) => writer.handle(key), signal }),
    ensureClass(client, { clock: deps.clock, log, signal }),
  ]);
  await Promise.all(informers.map((informer) => informer.waitSynced(signal)));
  await control.start(writer);
  log.info('gateway is up', { metrics: metricsServer.url });
  return {
    metricsUrl: metricsServer.url,
    listenerUrl: (namespace, gateway, listener) => {
      const port = listenerPort(caches, { namespace, gateway, listener });
      const bound = port === undefined ? undefined : sockets.portOf(listenerSocketId(port));
      return bound === undefined ? undefined : `http://${place.address}:${bound}`;
    },
    serviceUrl: (namespace, name, port) => serviceUrl(caches, { namespace, name, port }),
    settled: () => control.settled(),
    async stop() {
      control.stop();
      stopping.abort();
      await sockets.close();
      registry.destroy();
      await metricsServer.close();
      await running;
    },
  };
}

/** Makes our GatewayClass as soon as the cluster has the kind. */
async function ensureClass(
  client: KubeClient,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  const object = {
    apiVersion: `${GATEWAY_GROUP}/`,
    kind: 'GatewayClass',
    metadata: { name: CLASS_NAME },
    spec: { controllerName: CONTROLLER_NAME },
  };
  while (!signal.aborted) {
    try {
      if (await client.resolve(KINDS.gatewayClass)) {
        await client.create(object);
        return;
      }
    } catch (error) {
      if (error instanceof KubeError && error.reason === 'AlreadyExists') return;
      if (!signal.aborted) log.warn('GatewayClass not created', { error: String(error) });
    }
    await clock.sleep(CLASS_RETRY_MS, signal);
  }
}

function listenerPort(
  { gateways }: Caches,
  { namespace, gateway, listener }: { namespace: string; gateway: string; listener: string },
): number | undefined {
  const object = gateways.get(namespace, gateway);
  const { listeners = [] } = object ? specOf<GatewaySpec>(object) : {};
  return listeners.find(({ name }) => name === listener)?.port;
}

function serviceUrl(
  { services }: Caches,
  { namespace, name, port }: { namespace: string; name: string; port: number | undefined },
): string | undefined {
  const object = services.get(namespace, name);
  const { clusterIP = 'None', ports = [] } = object ? specOf<ServiceSpec>(object) : {};
  const to = port ?? ports[0]?.port;
  if (clusterIP === 'None' || to === undefined) return undefined;
  return `http://${reachableAddress(clusterIP)}:${to}`;
}

async function serveMetrics(
  pageAt: (path: string) => string | undefined,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const page = pageAt(request.url?.split('?')[0] ?? '');
    if (page === undefined) return void response.writeHead(404).end();
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(page);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
