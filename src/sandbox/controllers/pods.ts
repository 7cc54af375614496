/** What controllers ask of a pod: is it active, ready, available. */
import type { Pod, StatusCondition } from './kinds.ts';

export function podCondition(pod: Pod, type: string): StatusCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Succeeded or Failed: its containers will not run again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither terminal nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Since when a ready pod has been ready, in milliseconds of the epoch. */
export function readySinceMs(pod: Pod): number | undefined {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True' || condition.lastTransitionTime === undefined) return undefined;
  return Date.parse(condition.lastTransitionTime);
}

/** When a ready pod becomes available; undefined for one that is not ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySinceMs(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1_000;
}

export function restarts(pod: Pod): number {
  const counts = (pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0);
  return counts.length > 0 ? Math.max(...counts) : 0;
}

/** A time as Kubernetes stores it: RFC 3339, whole seconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Milliseconds of an object's creation; objects not stored yet are the newest. */
export function createdMs(object: { metadata: { creationTimestamp?: string } }): number {
  const created = object.metadata.creationTimestamp;
  return created === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(created);
}
