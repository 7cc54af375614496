/** For tests: a node whose pods only claim to run, by an annotation of theirs ready or not. */
import type { Cluster } from '../../../ports/cluster.ts';
import { KubeError } from '../../../ports/kube.ts';
import { KIND, type Pod } from '../kinds.ts';
import { isTerminal, timestamp } from '../pods.ts';
import { keyOf, nameOf, splitKey } from '../write.ts';

/** `false`: never ready. `fail`: ends as Failed, `succeed`: as Succeeded. */
export const BEHAVIOUR = 'test/behaviour';

export interface HollowNode {
  stop(): Promise<void>;
}

export async function startHollowNode(cluster: Cluster, name: string): Promise<HollowNode> {
  const { client } = cluster;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  await client.create(node).catch(ignoreRace);
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }];
  const status = { conditions, allocatable: { pods: '500', cpu: '64', memory: '64Gi' } };
  const target = { ...KIND.node, name };
  await client.patch(target, { type: 'merge', body: { status } }, { subresource: 'status' });
  // What a cloud's node controller does on a cluster that has one.
  await client.patch(target, { type: 'merge', body: { spec: { taints: null } } });
  const stopping = new AbortController();
  const { signal } = stopping;
  const pods = cluster.informer(KIND.pod);
  const queue = cluster.queue('hollow-node');
  pods.onChange(({ object }) => {
    if (object && (object as Pod).spec.nodeName === name) queue.add(keyOf(object));
  });
  const handle = async (key: string) => {
    const { namespace, name } = splitKey(key);
    const pod = pods.get(namespace, name) as Pod | undefined;
    if (pod) await runPod(cluster, pod).catch(ignoreRace);
  };
  const running = [pods.run(signal), queue.run({ workers: 8, handle, signal })];
  await pods.waitSynced(signal);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function runPod(cluster: Cluster, pod: Pod): Promise<void> {
  const { client } = cluster;
  if (pod.metadata.deletionTimestamp !== undefined) {
    const uid = pod.metadata.uid ?? '';
    await client.delete(nameOf(pod), { uid, gracePeriodSeconds: 0 });
    return;
  }
  if (isTerminal(pod)) return;
  const status = nextStatus(pod);
  if (!status) return;
  const body = { metadata: { uid: pod.metadata.uid }, status };
  await client.patch(nameOf(pod), { type: 'merge', body }, { subresource: 'status' });
}

/** What the pod should claim; undefined when it does already. */
function nextStatus(pod: Pod): Pod['status'] {
  const behaviour = pod.metadata.annotations?.[BEHAVIOUR] ?? 'true';
  const phase = PHASES[behaviour] ?? 'Running';
  const ready = behaviour === 'true' ? 'True' : 'False';
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find((one) => one.type === 'Ready');
  if (pod.status?.phase === phase && before?.status === ready) return undefined;
  return claimed(pod, { phase, ready });
}

function claimed(pod: Pod, claim: { phase: string; ready: 'True' | 'False' }): Pod['status'] {
  const { phase, ready } = claim;
  const podIP = pod.status?.podIP ?? nextAddress();
  const lastTransitionTime = timestamp(Date.now());
  const others = (pod.status?.conditions ?? []).filter((one) => one.type !== 'Ready');
  return {
    phase,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [...others, { type: 'Ready', status: ready, lastTransitionTime }],
  };
}

const PHASES: Record<string, string> = { fail: 'Failed', succeed: 'Succeeded' };

let addresses = 0;

function nextAddress(): string {
  addresses += 1;
  return `10.9.${addresses >> 8}.${addresses & 255}`;
}

function ignoreRace(error: unknown): void {
  if (!(error instanceof KubeError) || (error.code !== 404 && error.code !== 409)) throw error;
}
