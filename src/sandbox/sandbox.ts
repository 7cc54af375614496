/** The whole sandbox in one process: API server, controllers, nodes and gateway. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import { serviceAccountUser, startApiServer } from './api/index.ts';
import { ensureObject } from './ensure-object.ts';
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
  /** Zones that the nodes are in, in turn; none by default. */
  zones?: string[] | undefined;
  /** Routes traffic; true by default. */
  gateway?: boolean;
  /** A directory in which it outlives its process. */
  data?: string | undefined;
  /** Containers with a `command` run it on this machine; false by default. */
  runCommands?: boolean;
}

export interface Sandbox {
  url: string;
  /** Path of an admin's kubeconfig. */
  kubeconfig: string;
  /** As admin, without HTTP. */
  cluster: Cluster;
  gateway: Gateway | undefined;
  /** What a user should know of how the data was found. */
  notes: string[];
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
    const { port, data } = options;
    const api = await startApiServer({
      clock,
      log,
      random,
      ...(port !== undefined && { port }),
      ...(data !== undefined && { data }),
    });
    stops.push(() => api.close());
    const cluster = clusterOver(api.client());
    const parts = { cluster, clock, log, random };
    const kubeconfig = await writeKubeconfig(api.kubeconfig, data ?? (await ownFolder(stops)));
    for (const crd of gatewayApiCrds()) await ensureObject(cluster.client, crd);
    const controllers = startControllers(parts);
    stops.push(() => controllers.stop());
    await controllers.ready;
    const { hollow = 0, nodes: count = hollow > 0 ? 0 : 1 } = options;
    const { demoEntry } = deps;
    const { runCommands = false, zones } = options;
    const nodes = await startNodes(parts, { count, hollow, zones, demoEntry, runCommands });
    stops.push(() => nodes.stop());
    const gateway = options.gateway === false ? undefined : await startGateway(parts, {});
    if (gateway) stops.push(() => gateway.stop());
    const clusterAs: Sandbox['clusterAs'] = ({ namespace, name }) =>
      clusterOver(api.client(serviceAccountUser(namespace, name, '')));
    return { url: api.url, kubeconfig, cluster, clusterAs, gateway, notes: api.notes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nobody else may read it. */
async function writeKubeconfig(text: string, dir: string): Promise<string> {
  const path = join(resolve(dir), 'kubeconfig');
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return path;
}

/** Gone when the sandbox is. */
async function ownFolder(stops: (() => Promise<unknown>)[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-sandbox-'));
  stops.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
