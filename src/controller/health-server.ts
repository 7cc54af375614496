/** /healthz, /readyz and /metrics of a controller. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Controller } from './controller.ts';

export interface HealthServer {
  /** `http://host:port` */
  url: string;
  stop(): Promise<void>;
}

export async function startHealthServer(
  controller: Controller,
  address: { host?: string; port: number },
): Promise<HealthServer> {
  const registry = controllerMetrics(controller);
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      void registry.metrics().then((text) => {
        response.writeHead(200, { 'content-type': registry.contentType }).end(text);
      });
      return;
    }
    const [status, text] = answer(path, controller.notReady);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host ?? '127.0.0.1'}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(path: string | undefined, notReady: string | undefined): [number, string] {
  if (path === '/healthz') return [200, 'ok\n'];
  if (path !== '/readyz') return [404, 'there is /healthz, /readyz and /metrics\n'];
  return notReady === undefined ? [200, 'ok\n'] : [503, `${notReady}\n`];
}

function listen(server: Server, { host, port }: { host?: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => resolve());
  });
}

function controllerMetrics(controller: Controller): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges: [string, string, () => number][] = [
    ['segue_leader', '1 while it leads, 0 while it stands by.', () => Number(controller.leading)],
    ['segue_policies', 'Policies in the cache.', () => controller.caches.policies.list().length],
    ['segue_releases', 'Releases in the cache.', () => controller.caches.releases.list().length],
    ['segue_queue_depth', 'Policies waiting or in work.', () => controller.queue.depth],
    ['segue_decisions_total', 'Decisions taken.', () => controller.steps],
    ['segue_writes_total', 'Writes sent, events apart.', () => controller.writer.written],
  ];
  for (const [name, help, read] of gauges)
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  return registry;
}
