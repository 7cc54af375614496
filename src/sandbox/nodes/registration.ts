/** Makes nodes known to the cluster and keeps them healthy in its eyes. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import {
  LEASE_NAMESPACE,
  microTime,
  nodeConditions,
  renderLease,
  renderNode,
  type NodeIdentity,
} from './node-object.ts';

export interface RegistrationDeps {
  client: KubeClient;
  clock: Clock;
  log: Log;
  kubeletPort: number;
}

const LEASE_EVERY_MS = 10_000;
/** In leases, as kubelets do it: their node status is five minutes old at most. */
const STATUS_EVERY_LEASES = 30;

/** Creates the Node, or takes over one that a former run left behind, and its Lease. */
export async function registerNode(
  identity: NodeIdentity,
  { client, clock, kubeletPort }: RegistrationDeps,
): Promise<void> {
  const wanted = renderNode(identity, { kubeletPort, nowMs: clock.now() });
  const node = await createOr(client, wanted, async () => {
    const name = { group: '', kind: 'Node', name: identity.name };
    const { labels, annotations } = wanted.metadata;
    const metadata = { labels, annotations };
    await client.patch(name, { type: 'merge', body: { metadata } });
    const status = { status: wanted['status'] };
    return client.patch(name, { type: 'strategic', body: status }, { subresource: 'status' });
  });
  await renewLease(node, { client, nowMs: clock.now() });
}

/** Renews leases until `signal` aborts; a failure is logged and tried again at the next turn. */
export async function keepAlive(
  names: string[],
  { client, clock, log }: RegistrationDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    await clock.sleep(LEASE_EVERY_MS, signal);
    if (signal.aborted) return;
    for (const name of names) {
      const beat =
        turn % STATUS_EVERY_LEASES === 0
          ? heartbeat(name, { client, nowMs: clock.now() })
          : renewTime(name, { client, nowMs: clock.now() });
      await beat.catch((error: unknown) => {
        if (!signal.aborted)
          log.warn('node heartbeat failed', { node: name, error: String(error) });
      });
    }
  }
}

export async function unregisterNode(name: string, client: KubeClient): Promise<void> {
  await Promise.all([
    client.delete({ group: '', kind: 'Node', name }),
    client.delete(leaseName(name)),
  ]);
}

async function heartbeat(
  name: string,
  { client, nowMs }: { client: KubeClient; nowMs: number },
): Promise<void> {
  const conditions = nodeConditions(nowMs).map(({ type, status, lastHeartbeatTime }) => {
    return { type, status, lastHeartbeatTime };
  });
  const node = { group: '', kind: 'Node', name };
  const body = { status: { conditions } };
  await client.patch(node, { type: 'strategic', body }, { subresource: 'status' });
  await renewTime(name, { client, nowMs });
}

async function renewTime(
  name: string,
  { client, nowMs }: { client: KubeClient; nowMs: number },
): Promise<void> {
  const body = { spec: { renewTime: microTime(nowMs) } };
  await client.patch(leaseName(name), { type: 'merge', body });
}

async function renewLease(
  node: KubeObject,
  { client, nowMs }: { client: KubeClient; nowMs: number },
): Promise<void> {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: LEASE_NAMESPACE },
  };
  const lease = renderLease(node, nowMs);
  try {
    await createOr(client, lease, async () => {
      const body = {
        metadata: { ownerReferences: lease.metadata.ownerReferences },
        spec: lease['spec'],
      };
      return client.patch(leaseName(node.metadata.name), { type: 'merge', body });
    });
  } catch (error) {
    // API servers make this namespace within their first minute; no need to wait for it.
    if (!(error instanceof KubeError) || error.reason !== 'NotFound') throw error;
    await createOr(client, namespace, async () => namespace);
    await client.create(lease);
  }
}

async function createOr(
  client: KubeClient,
  object: KubeObject,
  otherwise: () => Promise<KubeObject>,
): Promise<KubeObject> {
  try {
    return await client.create(object);
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'AlreadyExists') return otherwise();
    throw error;
  }
}

function leaseName(name: string): { group: string; kind: string; namespace: string; name: string } {
  return { group: 'coordination.k8s.io', kind: 'Lease', namespace: LEASE_NAMESPACE, name };
}
