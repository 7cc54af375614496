/** The status of a DaemonSet, pure. */
import { isDeepStrictEqual } from 'node:util';
import type { DaemonSetStatus, Pod } from '../kinds.ts';
import { availableAtMs, isReady } from '../pods.ts';
import { isUpdated } from './placement.ts';
import { oldestFirst, type Snapshot } from './snapshot.ts';

/** The status to write; undefined when the set has it. On each node the oldest pod counts. */
export function nextStatus(snapshot: Snapshot, collisions: number): DaemonSetStatus | undefined {
  const { set, fits, podsByNode, hash, nowMs } = snapshot;
  const firstOn = (node: string): Pod | undefined => oldestFirst(podsByNode.get(node) ?? [])[0];
  const nodes = [...fits].map(([node, { shouldRun }]) => ({ shouldRun, pod: firstOn(node) }));
  const wanted = nodes.filter(({ shouldRun }) => shouldRun);
  const pods = wanted.flatMap(({ pod }) => (pod ? [pod] : []));
  const ready = pods.filter(isReady);
  const isAvailable = (pod: Pod) =>
    (availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? Infinity) <= nowMs;
  const available = ready.filter(isAvailable).length;
  const status: DaemonSetStatus = {
    currentNumberScheduled: pods.length,
    numberMisscheduled: nodes.filter(({ shouldRun, pod }) => !shouldRun && pod).length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready.length,
    observedGeneration: set.metadata.generation ?? 0,
    ...positive('updatedNumberScheduled', pods.filter((pod) => isUpdated(set, pod, hash)).length),
    ...positive('numberAvailable', available),
    ...positive('numberUnavailable', wanted.length - available),
    ...positive('collisionCount', collisions),
  };
  return isDeepStrictEqual(status, set.status) ? undefined : status;
}

function positive(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}

/** How long until the next ready pod becomes available, if one will. */
export function nextAvailableMs({ set, podsByNode, nowMs }: Snapshot): number | undefined {
  const waits = [...podsByNode.values()]
    .flat()
    .map((pod) => (availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? 0) - nowMs)
    .filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
