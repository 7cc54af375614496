/** One sync of a ReplicaSet, pure: how many pods to make, which to delete, and its status. */
import { isDeepStrictEqual } from 'node:util';
import type { Pod, ReplicaSet, ReplicaSetStatus, StatusCondition } from '../kinds.ts';
import { controllerReference, isDeleting } from '../ownership.ts';
import { availableAtMs, isActive, isReady, timestamp } from '../pods.ts';
import { matchesMap } from '../../../api/label-selector.ts';
import { generatedName } from '../template.ts';
import { podsToDelete } from './deletion-order.ts';

/** Most pods made or deleted in one sync. */
const BURST = 500;

export interface Snapshot {
  set: ReplicaSet;
  /** Its pods, those being deleted and finished ones included. */
  pods: Pod[];
  /** Pods of all sets with the same controller, to spread deletions over nodes. */
  related: Pod[];
  nowMs: number;
}

export interface PodChanges {
  create: number;
  delete: Pod[];
}

/** Failed and finished pods do not count, so they are replaced. */
export function podChanges(snapshot: Snapshot): PodChanges {
  const { set, related, nowMs } = snapshot;
  if (isDeleting(set)) return { create: 0, delete: [] };
  const pods = snapshot.pods.filter(isActive);
  const missing = (set.spec.replicas ?? 1) - pods.length;
  if (missing >= 0) return { create: Math.min(missing, BURST), delete: [] };
  const count = Math.min(-missing, BURST);
  return { create: 0, delete: podsToDelete(pods, { count, related, nowMs }) };
}

export interface Failure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** The status the set should have; undefined when it has it. `failure`: what went wrong just now. */
export function nextStatus(
  snapshot: Snapshot,
  failure: Failure | undefined,
): ReplicaSetStatus | undefined {
  const { set, nowMs } = snapshot;
  const pods = snapshot.pods.filter(isActive);
  const labels = set.spec.template.metadata?.labels ?? {};
  const minReady = set.spec.minReadySeconds ?? 0;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => (availableAtMs(pod, minReady) ?? Infinity) <= nowMs);
  const conditions = withFailure(set.status?.conditions ?? [], failure, nowMs);
  const fullyLabeled = pods.filter((pod) => matchesMap(labels, pod.metadata.labels));
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    ...positive('fullyLabeledReplicas', fullyLabeled.length),
    ...positive('readyReplicas', ready.length),
    ...positive('availableReplicas', available.length),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return isDeepStrictEqual(status, normal(set.status)) ? undefined : status;
}

/** How long until the next ready pod becomes available, if one will. */
export function nextAvailableMs(snapshot: Snapshot): number | undefined {
  const { set, nowMs } = snapshot;
  const minReady = set.spec.minReadySeconds ?? 0;
  const waits = snapshot.pods
    .filter(isActive)
    .map((pod) => (availableAtMs(pod, minReady) ?? 0) - nowMs)
    .filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

/** A pod of the set's template, named `<set>-xxxxx`. */
export function renderPod(set: ReplicaSet, random: () => number): Pod {
  const { labels, annotations, finalizers } = set.spec.template.metadata ?? {};
  const generateName = `${set.metadata.name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: generatedName(generateName, random),
      generateName,
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: structuredClone(set.spec.template.spec),
  };
}

function positive<K extends string>(key: K, value: number): Partial<Record<K, number>> {
  return value > 0 ? ({ [key]: value } as Record<K, number>) : {};
}

/** Status with zeros left out, as it is written. */
function normal(status: ReplicaSetStatus | undefined): Record<string, unknown> {
  const entries = Object.entries({ replicas: 0, observedGeneration: 0, ...status });
  return Object.fromEntries(
    entries.filter(
      ([key, value]) =>
        key === 'replicas' ||
        key === 'observedGeneration' ||
        (value !== 0 && value !== undefined && !(Array.isArray(value) && value.length === 0)),
    ),
  );
}

function withFailure(
  conditions: StatusCondition[],
  failure: Failure | undefined,
  nowMs: number,
): StatusCondition[] {
  const others = conditions.filter((one) => one.type !== 'ReplicaFailure');
  if (!failure) return others;
  const before = conditions.find((one) => one.type === 'ReplicaFailure');
  if (before) return conditions;
  const { reason, message } = failure;
  return [
    ...others,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: timestamp(nowMs),
      reason,
      message,
    },
  ];
}
