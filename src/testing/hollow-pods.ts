/**
 * One node whose pods only claim to run, for tests against a real control plane: pods that the
 * scheduler binds to it become Ready, pods that are deleted are gone at once.
 */
import { KINDS } from '../api/group.ts';
import type { KubeObject, ObjectName } from '../api/object.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';

export interface HollowPods {
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 5_000;
const READY = { type: 'Ready', status: 'True', reason: 'Hollow', message: 'claims to run' };
const NODE = { group: '', kind: 'Node' };

/** Registers the node and looks after its pods until it is stopped. */
export async function startHollowPods(cluster: Cluster, node: string): Promise<HollowPods> {
  const { client } = cluster;
  await register(client, node);
  const ending = new AbortController();
  const heartbeat = setInterval(() => void beat(client, node).catch(() => {}), HEARTBEAT_MS);
  const pods = cluster.informer(KINDS.pod);
  pods.onChange(({ object }) => {
    if (object && nodeOf(object) === node) void tend(client, object);
  });
  const running = pods.run(ending.signal);
  await pods.waitSynced(ending.signal);
  return {
    async stop() {
      clearInterval(heartbeat);
      ending.abort();
      await running;
    },
  };
}

async function register(client: KubeClient, name: string): Promise<void> {
  await client.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  });
  await beat(client, name);
}

async function beat(client: KubeClient, name: string): Promise<void> {
  const size = { cpu: '64', memory: '256Gi', pods: '5000' };
  const now = new Date().toISOString();
  const ready = { ...READY, lastHeartbeatTime: now, lastTransitionTime: now };
  const body = { status: { capacity: size, allocatable: size, conditions: [ready] } };
  await client.patch({ ...NODE, name }, { type: 'merge', body }, { subresource: 'status' });
}

function nodeOf(pod: KubeObject): unknown {
  return (pod['spec'] as { nodeName?: string }).nodeName;
}

interface Container {
  name: string;
  image: string;
}

function containersOf(pod: KubeObject): Container[] {
  return (pod['spec'] as { containers: Container[] }).containers;
}

/** As in the sandbox, images with the tag `broken-image` exist nowhere. */
function containerStatus({ name, image }: Container) {
  const same = { name, image, restartCount: 0, lastState: {} };
  const message = `failed to pull and unpack image "${image}": not found`;
  if (image.endsWith(':broken-image'))
    return {
      ...same,
      imageID: '',
      ready: false,
      state: { waiting: { reason: 'ErrImagePull', message } },
    };
  const running = { startedAt: new Date().toISOString() };
  return { ...same, imageID: `hollow://${image}`, ready: true, started: true, state: { running } };
}

/** A pod that is gone or has changed meanwhile is told of again. */
async function tend(client: KubeClient, pod: KubeObject): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata;
  const target: ObjectName = { ...KINDS.pod, namespace, name };
  try {
    if (pod.metadata.deletionTimestamp !== undefined) {
      await client.delete(target, { gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) });
      return;
    }
    const told = pod['status'] as { phase?: string; containerStatuses?: unknown[] };
    if (told.phase === 'Running' || (told.containerStatuses ?? []).length > 0) return;
    const conditions = [
      { ...READY, lastTransitionTime: new Date().toISOString() },
      { ...READY, type: 'ContainersReady', lastTransitionTime: new Date().toISOString() },
    ];
    const containerStatuses = containersOf(pod).map(containerStatus);
    const broken = containersOf(pod).some(({ image }) => image.endsWith(':broken-image'));
    const phase = broken ? 'Pending' : 'Running';
    const body = { status: { phase, conditions: broken ? [] : conditions, containerStatuses } };
    await client.patch(target, { type: 'merge', body }, { subresource: 'status' });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
}
