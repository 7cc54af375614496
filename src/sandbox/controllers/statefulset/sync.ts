/** One sync of a StatefulSet, pure: which pods to make, delete or mend, and its status. */
import type { Pod, StatefulSet, StatefulSetStatus } from '../kinds.ts';
import { isDeleting } from '../ownership.ts';
import { availableAtMs, isTerminal } from '../pods.ts';
import {
  firstOrdinal,
  hasIdentity,
  isRolling,
  ordinalOf,
  partitionOf,
  renderPod,
  revisionFor,
  revisionOf,
  type Revisions,
} from './identity.ts';
import {
  type Counts,
  countPods,
  isCreated,
  isRunningAndAvailable,
  isRunningAndReady,
  isTerminating,
  nextStatus,
} from './status.ts';

export interface Snapshot {
  set: StatefulSet;
  /** Its pods, those being deleted and finished ones included. */
  pods: Pod[];
  revisions: Revisions;
  collisions: number;
  nowMs: number;
}

/** Pods in the order in which they are to be made and deleted. */
export interface PodSteps {
  create: Pod[];
  delete: Pod[];
  /** Adopted pods that lack the labels of their ordinals. */
  mend: Pod[];
}

export interface StatefulSetPlan extends PodSteps {
  /** The status to write; undefined when the set has it. */
  status: StatefulSetStatus | undefined;
  /** Look again after so long, though nothing may have changed. */
  requeueAfterMs: number | undefined;
}

interface Places {
  /** One for each ordinal of the set, in order; those that are not there yet without a status. */
  replicas: Pod[];
  /** Of other ordinals, the highest first. */
  condemned: Pod[];
}

export function syncStatefulSet(snapshot: Snapshot): StatefulSetPlan {
  const { set, revisions, collisions } = snapshot;
  const places = placesOf(snapshot);
  const { steps, isHeld } = isDeleting(set)
    ? { steps: nothing(), isHeld: true }
    : scale(snapshot, places);
  const counts = countPods(snapshot, [...places.replicas, ...places.condemned]);
  const outdated = isHeld || !isRolling(set) ? undefined : podToReplace(snapshot, places);
  // The real controller deletes a pod of another revision here even if it did so just now.
  if (outdated && !steps.delete.includes(outdated)) steps.delete.push(outdated);
  const status = nextStatus(set, outdated ? withoutOne(counts) : counts, { revisions, collisions });
  return { ...steps, status, requeueAfterMs: nextAvailableMs(snapshot) };
}

function nothing(): PodSteps {
  return { create: [], delete: [], mend: [] };
}

function withoutOne(counts: Counts): Counts {
  return { ...counts, currentReplicas: Math.max(0, counts.currentReplicas - 1) };
}

function placesOf({ set, pods, revisions }: Snapshot): Places {
  const first = firstOrdinal(set);
  const wanted = set.spec.replicas ?? 1;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const replicas = Array.from({ length: wanted }, (_, index) => {
    const ordinal = first + index;
    return byOrdinal.get(ordinal) ?? renderPod(set, ordinal, revisionFor(set, ordinal, revisions));
  });
  const condemned = [...byOrdinal]
    .filter((entry): entry is [number, Pod] => entry[0] !== undefined)
    .filter(([ordinal]) => ordinal < first || ordinal >= first + wanted)
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod);
  return { replicas, condemned };
}

/** Brings the set to its size; held where an ordered set has to wait before it goes on. */
function scale(snapshot: Snapshot, places: Places): { steps: PodSteps; isHeld: boolean } {
  const steps = nothing();
  const isOrdered = (snapshot.set.spec.podManagementPolicy ?? 'OrderedReady') === 'OrderedReady';
  for (const pod of places.replicas) {
    const isDone = bringUp(snapshot, pod, steps);
    if (!isDone && isOrdered) return { steps, isHeld: true };
  }
  const unhealthy = firstUnavailable(snapshot, places);
  for (const pod of places.condemned) {
    if (isOrdered) {
      // The first unhealthy pod of all may go, and nothing before it that is not well.
      const isBlocked = isTerminating(pod) || (!isAvailable(snapshot, pod) && pod !== unhealthy);
      if (!isBlocked) steps.delete.push(pod);
      return { steps, isHeld: true };
    }
    if (!isTerminating(pod)) steps.delete.push(pod);
  }
  return { steps, isHeld: false };
}

/** One step for a pod of the set; true when it needs none and is available. */
function bringUp(snapshot: Snapshot, pod: Pod, steps: PodSteps): boolean {
  if (isTerminal(pod)) {
    if (!isTerminating(pod)) steps.delete.push(pod);
    return false;
  }
  if (!isCreated(pod)) {
    steps.create.push(pod);
    return false;
  }
  const isWell = !isTerminating(pod) && isRunningAndReady(pod) && isAvailable(snapshot, pod);
  if (isWell && !hasIdentity(snapshot.set, pod)) steps.mend.push(pod);
  return isWell;
}

/** Ready for `minReadySeconds`, terminating or not. */
function isAvailable({ set, nowMs }: Snapshot, pod: Pod): boolean {
  return isRunningAndAvailable(set, pod, nowMs);
}

function firstUnavailable(snapshot: Snapshot, { replicas, condemned }: Places): Pod | undefined {
  const isUnwell = (pod: Pod) => isTerminating(pod) || !isAvailable(snapshot, pod);
  return replicas.find(isUnwell) ?? condemned.findLast(isUnwell);
}

/** From the highest ordinal down to the partition: the first of another revision, unless one above it
 * is not available yet. */
function podToReplace(snapshot: Snapshot, { replicas }: Places): Pod | undefined {
  const { set, revisions } = snapshot;
  const updated = revisions.update.metadata.name;
  for (const pod of replicas.slice(partitionOf(set)).toReversed()) {
    if (isCreated(pod) && revisionOf(pod) !== updated && !isTerminating(pod)) return pod;
    if (isTerminating(pod) || !isAvailable(snapshot, pod)) return undefined;
  }
  return undefined;
}

/** How long until the next ready pod becomes available, if one will. */
function nextAvailableMs({ set, pods, nowMs }: Snapshot): number | undefined {
  const minReady = set.spec.minReadySeconds ?? 0;
  const waits = pods
    .map((pod) => (availableAtMs(pod, minReady) ?? 0) - nowMs)
    .filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
