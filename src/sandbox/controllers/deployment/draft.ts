/** A Deployment and its sets while one sync is being worked out: copies that may be changed, and the
 * writes that will bring the cluster to them. */
import type { Deployment, Pod, ReplicaSet } from '../kinds.ts';
import type { Write } from '../write.ts';

/** What the controller saw. */
export interface Snapshot {
  deployment: Deployment;
  /** The sets that belong to it. */
  sets: ReplicaSet[];
  /** The pods of each set, by the set's uid. */
  podsBySet: ReadonlyMap<string, Pod[]>;
  nowMs: number;
}

export interface Draft {
  deployment: Deployment;
  sets: ReplicaSet[];
  podsBySet: ReadonlyMap<string, Pod[]>;
  nowMs: number;
  writes: Write[];
}

export function draftOf(snapshot: Snapshot): Draft {
  return {
    deployment: copyOf(snapshot.deployment),
    sets: snapshot.sets.map(copyOf),
    podsBySet: snapshot.podsBySet,
    nowMs: snapshot.nowMs,
    writes: [],
  };
}

/** A copy as deep as syncs change it: annotations, members of spec and of status. Templates stay
 * the cached ones. */
function copyOf<T extends Deployment | ReplicaSet>(object: T): T {
  const { metadata, spec, status } = object;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations } },
    spec: { ...spec },
    ...(status ? { status: { ...status } } : {}),
  };
}

/** The set of the new template, if it exists, and all others. */
export interface Sets {
  fresh: ReplicaSet | undefined;
  old: ReplicaSet[];
}

export function allOf(sets: Sets): ReplicaSet[] {
  return sets.fresh ? [...sets.old, sets.fresh] : sets.old;
}

/** `spec.replicas`, which the server defaults to one. */
export function wanted(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1;
}

export function active(sets: ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => wanted(set) > 0);
}

export function wantedByAll(sets: ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + wanted(set), 0);
}

export function availableOf(sets: ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
}

/** Will write the set once, as it stands at the end of the sync. */
export function markChanged(draft: Draft, set: ReplicaSet): void {
  const known = draft.writes.some(
    (write) => (write.op === 'Update' || write.op === 'Create') && write.object === set,
  );
  if (!known) draft.writes.push({ op: 'Update', object: set });
}

export function emit(draft: Draft, reason: string, message: string): void {
  draft.writes.push({ op: 'Event', about: draft.deployment, type: 'Normal', reason, message });
}
