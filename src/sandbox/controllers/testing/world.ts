/** For tests: what a scenario does to a cluster with controllers, and how it reads the outcome. */
import type { GroupKind, KubeObject } from '../../../api/object.ts';
import type { Cluster } from '../../../ports/cluster.ts';
import { type Deployment, KIND, type Pod, type ReplicaSet } from '../kinds.ts';
import { controllerOf } from '../ownership.ts';
import { REVISION } from '../deployment/revision.ts';
import { BEHAVIOUR } from './hollow-node.ts';

const PATIENCE_MS = 15_000;

export interface World {
  cluster: Cluster;
  namespace: string;
}

export async function newWorld(cluster: Cluster, namespace: string): Promise<World> {
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  return { cluster, namespace };
}

/** Waits until `read` gives something; fails with what was seen last. */
export async function until<T>(
  read: () => Promise<T | undefined | false>,
  what: string,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}

export async function list<T extends KubeObject>(world: World, kind: GroupKind): Promise<T[]> {
  const { items } = await world.cluster.client.list(kind, { namespace: world.namespace });
  return items as T[];
}

export async function get<T extends KubeObject>(
  world: World,
  kind: GroupKind,
  name: string,
): Promise<T | undefined> {
  const { namespace } = world;
  return (await world.cluster.client.get({ ...kind, namespace, name })) as T | undefined;
}

export async function patch(
  world: World,
  kind: GroupKind,
  name: string,
  body: Record<string, unknown>,
): Promise<void> {
  const { namespace } = world;
  await world.cluster.client.patch({ ...kind, namespace, name }, { type: 'merge', body });
}

export interface App {
  image?: string;
  replicas?: number;
  strategy?: Record<string, unknown>;
  behaviour?: string;
  spec?: Record<string, unknown>;
}

export function template(app: App): Record<string, unknown> {
  return {
    metadata: { labels: { app: 'web' }, annotations: { [BEHAVIOUR]: app.behaviour ?? 'true' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'web',
          image: app.image ?? 'web:1',
          ports: [{ name: 'http', containerPort: 8080 }],
        },
      ],
    },
  };
}

export async function deploy(world: World, app: App): Promise<void> {
  await world.cluster.client.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: world.namespace },
    spec: {
      replicas: app.replicas ?? 3,
      selector: { matchLabels: { app: 'web' } },
      template: template(app),
      ...(app.strategy ? { strategy: app.strategy } : {}),
      ...app.spec,
    },
  });
}

export async function release(world: World, app: App): Promise<void> {
  await patch(world, KIND.deployment, 'web', { spec: { template: template(app) } });
}

export async function deployment(world: World): Promise<Deployment> {
  const found = await get<Deployment>(world, KIND.deployment, 'web');
  if (!found) throw new Error('there is no Deployment web');
  return found;
}

/** The sets by image, sizes and availability, each as `image wanted/available`. */
async function sizes(world: World): Promise<string[]> {
  const sets = await list<ReplicaSet>(world, KIND.replicaSet);
  return sets.map((set) => `${imageOf(set)} ${set.spec.replicas}/${available(set)}`).sort();
}

export async function untilSizes(world: World, ...wanted: string[]): Promise<void> {
  let seen: string[] = [];
  const matches = async () => {
    seen = await sizes(world);
    return seen.join() === wanted.toSorted().join();
  };
  await until(matches, wanted.join()).catch((error: unknown) => {
    throw new Error(`saw ${seen.join()}`, { cause: error });
  });
}

/** Until the controllers have seen the latest spec and nothing has moved for a while. */
export async function settled(world: World, quietMs = 400): Promise<void> {
  let last = '';
  let since = Date.now();
  await until(async () => {
    const { metadata, status } = await deployment(world);
    const sets = await list<ReplicaSet>(world, KIND.replicaSet);
    const pods = await list<Pod>(world, KIND.pod);
    const now = JSON.stringify([...sets, ...pods].map((one) => one.metadata.resourceVersion));
    if (now !== last || (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
      last = now;
      since = Date.now();
    }
    return Date.now() - since > quietMs;
  }, 'the Deployment to settle');
}

/** What the controllers made of the Deployment, without names, times and versions. */
export async function outcome(world: World): Promise<Record<string, unknown>> {
  const found = await deployment(world);
  const sets = await list<ReplicaSet>(world, KIND.replicaSet);
  const { conditions, observedGeneration, ...numbers } = found.status ?? {};
  const counts = Object.entries(numbers)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  return {
    status: counts.join(' '),
    behind: (found.metadata.generation ?? 0) - (observedGeneration ?? 0),
    revision: found.metadata.annotations?.[REVISION],
    conditions: (conditions ?? [])
      .map(({ type, status, reason, message }) =>
        [type, status, reason, unnamed(message)].join(' '),
      )
      .sort(),
    sets: sets.map(describeSet).sort(),
  };
}

function describeSet(set: ReplicaSet): string {
  const { conditions, observedGeneration, ...status } = set.status ?? { replicas: 0 };
  const annotations = Object.entries(set.metadata.annotations ?? {})
    .map(([key, value]) => `${key.replace('deployment.kubernetes.io/', '')}=${value}`)
    .sort();
  const counts = Object.entries(status)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort();
  const owner = controllerOf(set)?.kind ?? 'nobody';
  const behind = (set.metadata.generation ?? 0) - (observedGeneration ?? 0);
  const failures = (conditions ?? []).map((one) => one.reason);
  const head = `${imageOf(set)} x${set.spec.replicas} of ${owner} behind=${behind}`;
  return [head, ...counts, ...annotations, ...failures].join(' ');
}

/** Messages without the names of sets, which differ from run to run. */
function unnamed(message: string | undefined): string {
  return (message ?? '').replace(/"web-[a-z0-9]+"/, '"web-…"');
}

export function imageOf(set: ReplicaSet): string {
  return String(set.spec.template.spec.containers[0]?.['image']);
}

function available(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}
