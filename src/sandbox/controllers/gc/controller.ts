/** The garbage collector: follows every kind the server serves and deletes what has lost its owners. */
import type { KubeObject, OwnerReference } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import type { WorkQueue } from '../../../ports/queue.ts';
import { kindKey } from '../caches.ts';
import { canCollect, discoverKinds } from '../discovery.ts';
import type { Environment } from '../environment.ts';
import { KIND } from '../kinds.ts';
import { type Controller, RetryLater } from '../loop.ts';
import { decide, disown, type OwnerState, withoutFinalizer } from './decide.ts';
import { createGraph, type Graph, type GraphNode, isDeletingDependents, ORPHAN } from './graph.ts';

const COMPONENT = 'garbage-collector';
const DISCOVER = 'discover';
/** How often the served kinds are asked for though no definition changed. */
const DISCOVER_EVERY_MS = 30_000;
/** Events own nothing, are owned by nobody and come in numbers. */
const IGNORED = new Set(['Event.', 'Event.events.k8s.io']);

export function garbageCollector(environment: Environment): Controller {
  const { caches, cluster } = environment;
  const graph = createGraph();
  const followed = new Set<string>();
  let queue: WorkQueue;

  async function discover(): Promise<void> {
    for (const kind of await discoverKinds(cluster.client)) {
      const key = kindKey(kind);
      if (followed.has(key) || IGNORED.has(key) || !canCollect(kind)) continue;
      followed.add(key);
      follow(kind);
      await caches.of(kind).waitSynced(environment.signal);
    }
  }

  function follow(kind: { group: string; kind: string }): void {
    const informer = caches.of(kind);
    const take = (old: KubeObject | undefined, object: KubeObject | undefined): void => {
      const work = graph.change(old, object);
      for (const uid of work.collect) queue.add(`collect/${uid}`);
      for (const uid of work.orphan) queue.add(`orphan/${uid}`);
    };
    informer.onChange(({ old, object }) => take(old, object));
    for (const object of informer.list()) take(undefined, object);
  }

  return {
    name: COMPONENT,
    workers: 8,
    wire(given) {
      queue = given;
      queue.add(DISCOVER);
      caches.of(KIND.customResourceDefinition).onChange(() => queue.add(DISCOVER));
    },
    async sync(key) {
      if (key === DISCOVER) {
        await discover();
        return DISCOVER_EVERY_MS;
      }
      const [what, uid = ''] = key.split('/');
      const node = graph.node(uid);
      if (!node) return undefined;
      if (what === 'orphan') await orphanDependents(environment, graph, node);
      else await collect(environment, { graph, node, queue });
      return undefined;
    },
  };
}

interface Collection {
  graph: Graph;
  node: GraphNode;
  queue: WorkQueue;
}

async function collect(environment: Environment, work: Collection): Promise<void> {
  const { graph, node, queue } = work;
  if (node.deleting && !isDeletingDependents(node)) return;
  const object = await live(environment, node);
  if (!object) return;
  const dependents = graph.dependentsOf(node.uid);
  if (isDeletingDependents(node))
    for (const dependent of dependents)
      if (!isDeletingDependents(dependent)) queue.add(`collect/${dependent.uid}`);
  const owners = [];
  for (const reference of object.metadata.ownerReferences ?? [])
    owners.push({ reference, state: await stateOf(environment, node, reference) });
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const current = { ...node, deleting: deletionTimestamp !== undefined, finalizers };
  const writes = decide({ object, node: current, owners, dependents });
  await environment.applier.apply(writes, COMPONENT);
}

/** The object as it is now, if it is still the same one. */
async function live(environment: Environment, node: GraphNode): Promise<KubeObject | undefined> {
  const object = await environment.cluster.client.get(node.name).catch(absentWhenNotServed);
  return object?.metadata.uid === node.uid ? object : undefined;
}

function absentWhenNotServed(error: unknown): undefined {
  if (error instanceof KubeError && error.code === 404) return undefined;
  throw error;
}

/** Asks the server for the owner. A kind that is not served cannot be judged: nothing is collected. */
async function stateOf(
  environment: Environment,
  node: GraphNode,
  reference: OwnerReference,
): Promise<OwnerState> {
  const { client } = environment.cluster;
  const slash = reference.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
  const kind = { group, kind: reference.kind };
  const served = await client.resolve(kind);
  if (!served) throw new RetryLater(`owner kind ${reference.apiVersion} ${reference.kind} unknown`);
  const { namespace } = node.name;
  // Something of the whole cluster cannot belong to something in a namespace.
  if (served.namespaced && namespace === undefined) return 'Solid';
  const scope = served.namespaced && namespace !== undefined ? { namespace } : {};
  const owner = await client.get({ ...kind, ...scope, name: reference.name });
  if (owner?.metadata.uid !== reference.uid) return 'Absent';
  const { deletionTimestamp, finalizers = [] } = owner.metadata;
  const waiting = deletionTimestamp !== undefined && finalizers.includes('foregroundDeletion');
  return waiting ? 'Waiting' : 'Solid';
}

/** Strikes the owner from all its dependents, and only then lets it go. */
async function orphanDependents(
  environment: Environment,
  graph: Graph,
  node: GraphNode,
): Promise<void> {
  for (const dependent of graph.dependentsOf(node.uid)) {
    const object = await live(environment, dependent);
    if (object) await environment.applier.apply(disown(object, node.uid), COMPONENT);
  }
  const object = await live(environment, node);
  if (object?.metadata.finalizers?.includes(ORPHAN))
    await environment.applier.apply([withoutFinalizer(object, ORPHAN)], COMPONENT);
}
