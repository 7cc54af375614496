/** Who owns whom, over all kinds: the garbage collector's picture of the cluster. */
import type { KubeObject, ObjectName, OwnerReference } from '../../../api/object.ts';
import { nameOf } from '../write.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

export interface GraphNode {
  uid: string;
  name: ObjectName;
  owners: OwnerReference[];
  deleting: boolean;
  finalizers: string[];
}

/** What the collector should look at after a change. */
export interface Work {
  /** Uids of objects that may have to go. */
  collect: string[];
  /** Uids of objects whose dependents are to be left without them. */
  orphan: string[];
}

export interface Graph {
  node(uid: string): GraphNode | undefined;
  dependentsOf(uid: string): GraphNode[];
  /** Takes an informer's change in. */
  change(old: KubeObject | undefined, object: KubeObject | undefined): Work;
}

/** Deletes its dependents first, and waits for those that block. */
export function isDeletingDependents(node: GraphNode): boolean {
  return node.deleting && node.finalizers.includes(FOREGROUND);
}

function isOrphaning(node: GraphNode): boolean {
  return node.deleting && node.finalizers.includes(ORPHAN);
}

export function createGraph(): Graph {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<string>>();

  function link(node: GraphNode, owners: OwnerReference[]): void {
    for (const { uid } of owners) {
      const set = dependents.get(uid) ?? new Set();
      dependents.set(uid, set.add(node.uid));
    }
  }

  function unlink(node: GraphNode, owners: OwnerReference[]): void {
    for (const { uid } of owners) {
      const set = dependents.get(uid);
      set?.delete(node.uid);
      if (set?.size === 0) dependents.delete(uid);
    }
  }

  function dependentsOf(uid: string): GraphNode[] {
    return [...(dependents.get(uid) ?? [])].flatMap((one) => nodes.get(one) ?? []);
  }

  function remove(uid: string): Work {
    const node = nodes.get(uid);
    if (!node) return { collect: [], orphan: [] };
    nodes.delete(uid);
    unlink(node, node.owners);
    const waiting = node.owners.filter((owner) => waits(nodes.get(owner.uid)));
    return {
      collect: [...(dependents.get(uid) ?? []), ...waiting.map((owner) => owner.uid)],
      orphan: [],
    };
  }

  function put(node: GraphNode): Work {
    const before = nodes.get(node.uid);
    nodes.set(node.uid, node);
    if (before) unlink(before, before.owners);
    link(node, node.owners);
    const work: Work = { collect: [], orphan: [] };
    // An owner that is not known, or is waiting for its dependents, has to be looked at.
    const unclear = (owner: OwnerReference) => !nodes.has(owner.uid) || waits(nodes.get(owner.uid));
    if (node.owners.some(unclear)) work.collect.push(node.uid);
    const blockedBefore = (before?.owners ?? []).filter((owner) => owner.blockOwnerDeletion);
    for (const { uid } of blockedBefore)
      if (waits(nodes.get(uid)) && !blocks(node, uid)) work.collect.push(uid);
    if (isDeletingDependents(node))
      work.collect.push(node.uid, ...(dependents.get(node.uid) ?? []));
    if (isOrphaning(node)) work.orphan.push(node.uid);
    return work;
  }

  return {
    node: (uid) => nodes.get(uid),
    dependentsOf,
    change(old, object) {
      const work: Work = { collect: [], orphan: [] };
      const add = (more: Work) => {
        work.collect.push(...more.collect);
        work.orphan.push(...more.orphan);
      };
      if (old && old.metadata.uid !== object?.metadata.uid) add(remove(old.metadata.uid ?? ''));
      if (object) add(put(nodeOf(object)));
      return work;
    },
  };
}

/** Those that keep an owner in foreground deletion from going. */
export function blocks(node: GraphNode, ownerUid: string): boolean {
  return node.owners.some((owner) => owner.uid === ownerUid && owner.blockOwnerDeletion === true);
}

function waits(node: GraphNode | undefined): boolean {
  return node !== undefined && isDeletingDependents(node);
}

function nodeOf(object: KubeObject): GraphNode {
  const { uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
  return {
    uid: uid ?? '',
    name: nameOf(object),
    owners: ownerReferences ?? [],
    deleting: deletionTimestamp !== undefined,
    finalizers: finalizers ?? [],
  };
}
