/** The status of a StatefulSet, pure: counts by revision, and when an update is complete. */
import { isDeepStrictEqual } from 'node:util';
import type { Pod, StatefulSet, StatefulSetStatus } from '../kinds.ts';
import { availableAtMs, isReady } from '../pods.ts';
import { isRolling, revisionOf, type Revisions } from './identity.ts';

export interface Counts {
  replicas: number;
  readyReplicas: number;
  availableReplicas: number;
  currentReplicas: number;
  updatedReplicas: number;
}

/** Stored by the server, which gives every pod a phase. */
export function isCreated(pod: Pod): boolean {
  return Boolean(pod.status?.phase);
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod);
}

export function isRunningAndAvailable(set: StatefulSet, pod: Pod, nowMs: number): boolean {
  const at = availableAtMs(pod, set.spec.minReadySeconds ?? 0);
  return isRunningAndReady(pod) && at !== undefined && at <= nowMs;
}

export function countPods(
  { set, revisions, nowMs }: { set: StatefulSet; revisions: Revisions; nowMs: number },
  pods: Pod[],
): Counts {
  const created = pods.filter(isCreated);
  const staying = created.filter((pod) => !isTerminating(pod)).map(revisionOf);
  const of = (name: string) => staying.filter((one) => one === name).length;
  return {
    replicas: created.length,
    readyReplicas: pods.filter(isRunningAndReady).length,
    availableReplicas: pods.filter((pod) => isRunningAndAvailable(set, pod, nowMs)).length,
    currentReplicas: of(revisions.current.metadata.name),
    updatedReplicas: of(revisions.update.metadata.name),
  };
}

/** The status to write; undefined when the set has it. */
export function nextStatus(
  set: StatefulSet,
  counts: Counts,
  { revisions, collisions }: { revisions: Revisions; collisions: number },
): StatefulSetStatus | undefined {
  const updated = revisions.update.metadata.name;
  const wanted = set.spec.replicas ?? 1;
  const isWhole = (count: number) => count === wanted;
  // Older controllers counted the pods there, not those wanted: a pod below the partition that was
  // just being replaced completed the update.
  const isComplete =
    isRolling(set) &&
    [counts.updatedReplicas, counts.readyReplicas, counts.replicas].every(isWhole);
  const { replicas, readyReplicas, availableReplicas, updatedReplicas } = counts;
  const currentReplicas = isComplete ? updatedReplicas : counts.currentReplicas;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas,
    ...(readyReplicas > 0 ? { readyReplicas } : {}),
    ...(currentReplicas > 0 ? { currentReplicas } : {}),
    ...(updatedReplicas > 0 ? { updatedReplicas } : {}),
    currentRevision: isComplete ? updated : revisions.current.metadata.name,
    updateRevision: updated,
    collisionCount: collisions,
    availableReplicas,
  };
  return isDeepStrictEqual(status, set.status) ? undefined : status;
}
