/** The whole sandbox in one process: API server, controllers, nodes and gateway. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import { serviceAccountUser, startApiServer } from './api/index.ts';
import { startControllers } from './controllers/index.ts';
import { type Gateway, gatewayApiCrds, startGateway } from './gateway/index.ts';
import { startNodes } from './nodes/index.ts';

export interface SandboxDeps {
  clock: Clock;
  log: Log;
  random: () => number;
  /** Informers and queues over the API server's own client. */
  clusterOver: (client: KubeClient) => Cluster;
  /** Arguments after `node` that start the demo app. */
  demoEntry: string[];
}

export interface SandboxOptions {
  /** Port of the API; a free one by default. */
  port?: number | undefined;
  /** Nodes whose pods are processes; 1 by default, 0 beside hollow ones. */
  nodes?: number | undefined;
  /** Nodes whose pods only claim to run. */
  hollow?: number | undefined;
  /** Routes traffic; true by default. */
  gateway?: boolean;
}

export interface Sandbox {
  url: string;
  /** Path of an admin's kubeconfig. */
  kubeconfig: string;
  /** As admin, without HTTP. */
  cluster: Cluster;
  gateway: Gateway | undefined;
  /** With the rights of a ServiceAccount, without HTTP. */
  clusterAs(account: { namespace: string; name: string }): Cluster;
  stop(): Promise<void>;
}

export async function startSandbox(deps: SandboxDeps, options: SandboxOptions): Promise<Sandbox> {
  const { clock, log, random, clusterOver } = deps;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const { port } = options;
    const api = await startApiServer({ clock, log, random, ...(port !== undefined && { port }) });
    stops.push(() => api.close());
    const cluster = clusterOver(api.client());
    const parts = { cluster, clock, log, random };
    const kubeconfig = await writeKubeconfig(api.kubeconfig, stops);
    for (const crd of gatewayApiCrds()) await cluster.client.create(crd);
    const controllers = startControllers(parts);
    stops.push(() => controllers.stop());
    await controllers.ready;
    const { hollow = 0, nodes: count = hollow > 0 ? 0 : 1 } = options;
    const nodes = await startNodes(parts, { count, hollow, demoEntry: deps.demoEntry });
    stops.push(() => nodes.stop());
    const gateway = options.gateway === false ? undefined : await startGateway(parts, {});
    if (gateway) stops.push(() => gateway.stop());
    const clusterAs: Sandbox['clusterAs'] = ({ namespace, name }) =>
      clusterOver(api.client(serviceAccountUser(namespace, name, '')));
    return { url: api.url, kubeconfig, cluster, clusterAs, gateway, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In a folder of its own that nobody else may read; gone when the sandbox is. */
async function writeKubeconfig(text: string, stops: (() => Promise<unknown>)[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-sandbox-'));
  stops.push(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, 'kubeconfig');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
