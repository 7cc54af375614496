/** Nodes for any API server: pods become local processes, or only claim to run. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { CommandHost } from './container-runner.ts';
import { eventRecorder } from './event-recorder.ts';
import { startKubeletServer } from './kubelet-server.ts';
import { AddressPool, claimNetwork } from './network.ts';
import type { NodeIdentity } from './node-object.ts';
import { PodAgent, queuePods } from './pod-agent.ts';
import { POD } from './pod.ts';
import { startReaper } from './reaper.ts';
import { keepAlive, registerNode, unregisterNode } from './registration.ts';

export interface NodesDeps {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** 0 to 1. */
  random: () => number;
}

export interface NodesOptions {
  /** Nodes whose pods are processes on this machine. Default 1, or 0 where hollow ones are asked. */
  count?: number;
  /** Nodes whose pods only claim to run. Beside process nodes they carry the taint
   * `segue.dev/hollow`, so that only pods that tolerate it come to them. */
  hollow?: number;
  /** After how long hollow pods claim to be ready. Default 0. */
  hollowReadyMs?: number;
  /** Zones the nodes of a kind claim to be in, in turn. Default none. */
  zones?: string[] | undefined;
  /** Node names begin with it. Default `segue`. */
  name?: string;
  /** Arguments after `node` that start the demo app; needed where `count` is above 0. */
  demoEntry?: string[];
  /** Containers with a `command` run it on this machine, with the rights of this process and no
   * isolation. Default false: they are refused. */
  runCommands?: boolean;
}

export interface Nodes {
  /** Names of the Node objects. */
  names: string[];
  /** The second octet of the pods' addresses. */
  network: number;
  /** Ends every pod's processes and takes the Node objects away. */
  stop(): Promise<void>;
}

const WORKERS = 16;

/** Registers the nodes, and runs what is bound to them until `stop`. */
export async function startNodes(deps: NodesDeps, options: NodesOptions = {}): Promise<Nodes> {
  const { client } = deps.cluster;
  const { hollow = 0, hollowReadyMs = 0, demoEntry = [] } = options;
  const count = options.count ?? (hollow > 0 ? 0 : 1);
  if (count > 0 && demoEntry.length === 0)
    throw new Error('demoEntry is missing: process nodes need to know how to start the demo app');
  const log = deps.log.with({ component: 'nodes' });
  const nodes = identities(options.name ?? 'segue', { count, hollow, zones: options.zones });
  const network = await claimNetwork(deps.random);
  const stopping = new AbortController();
  const commands = options.runCommands ? await prepareCommands() : undefined;
  const pods = deps.cluster.informer(POD, { trim: trimPod });
  const queue = deps.cluster.queue('pods');
  const agent = new PodAgent({
    client,
    clock: deps.clock,
    pods,
    queue,
    addresses: new AddressPool(network.octet),
    nodes,
    record: eventRecorder({ ...deps, client, log }, 'segue-nodes'),
    demoEntry,
    commands,
    hollowReadyMs,
  });
  const kubelet = await startKubeletServer((request) => agent.findLog(request), deps.clock);
  const registration = { client, clock: deps.clock, log, kubeletPort: kubelet.port };
  const names = [...nodes.keys()];
  const close = async (): Promise<void> => {
    agent.dispose();
    await commands?.reaper.close();
    await kubelet.close();
    await network.release();
  };
  try {
    await Promise.all([...nodes.values()].map((node) => registerNode(node, registration)));
  } catch (error) {
    await close();
    throw error;
  }
  queuePods(pods, queue, nodes);
  const running = Promise.all([
    pods.run(stopping.signal),
    queue.run({ workers: WORKERS, handle: (key) => agent.handle(key), signal: stopping.signal }),
    keepAlive(names, registration, stopping.signal),
  ]);
  await pods.waitSynced(stopping.signal);
  log.info('nodes are up', { nodes: names.length, hollow, network: `10.${network.octet}.0.0/16` });
  return {
    names,
    network: network.octet,
    async stop() {
      stopping.abort();
      await running;
      await close();
      await Promise.all(names.map((name) => unregister(name)));
    },
  };

  async function unregister(name: string): Promise<void> {
    await unregisterNode(name, client).catch((error: unknown) => {
      // The cluster may have gone before us.
      log.debug('node not taken away', { node: name, error: String(error) });
    });
  }
}

/** A folder for what pods write, and somebody to clear up after this process. */
async function prepareCommands(): Promise<CommandHost> {
  const parent = await mkdtemp(join(tmpdir(), 'segue-pods-'));
  return { parent, reaper: startReaper(parent) };
}

function identities(
  prefix: string,
  { count, hollow, zones = [] }: { count: number; hollow: number; zones: string[] | undefined },
): Map<string, NodeIdentity> {
  const nodes = new Map<string, NodeIdentity>();
  const add = (name: string, isHollow: boolean, zone: string | undefined): void => {
    nodes.set(name, { name, hollow: isHollow, tainted: isHollow && count > 0, zone });
  };
  const zoneOf = (n: number): string | undefined => zones[n % zones.length];
  for (let n = 0; n < count; n += 1) add(`${prefix}-${n}`, false, zoneOf(n));
  for (let n = 0; n < hollow; n += 1) add(`${prefix}-hollow-${n}`, true, zoneOf(n));
  return nodes;
}

/** Nobody here reads who wrote which field. */
function trimPod(pod: KubeObject): KubeObject {
  const metadata = { ...pod.metadata };
  delete metadata['managedFields'];
  return { ...pod, metadata };
}
