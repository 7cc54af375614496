/** Which pods of a set go first when it shrinks. */
import type { Pod } from '../kinds.ts';
import { createdMs, isActive, isReady, readySinceMs, restarts } from '../pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

interface Ranked {
  pod: Pod;
  /** Active pods of the same owner on the same node, this one included. */
  neighbours: number;
}

/**
 * The `count` pods to delete: unscheduled before scheduled, pending before running, unready before
 * ready, cheap before dear, doubled up on a node before alone, ready for less time, more restarts,
 * younger. Ages are compared by orders of magnitude, so that not always the newest goes.
 */
export function podsToDelete(
  pods: Pod[],
  choice: { count: number; related: Pod[]; nowMs: number },
): Pod[] {
  if (choice.count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of choice.related) {
    const node = pod.spec.nodeName ?? '';
    if (isActive(pod)) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return pods
    .map((pod) => ({ pod, neighbours: perNode.get(pod.spec.nodeName ?? '') ?? 0 }))
    .sort((a, b) => compare(a, b, choice.nowMs))
    .slice(0, choice.count)
    .map(({ pod }) => pod);
}

function compare(a: Ranked, b: Ranked, nowMs: number): number {
  return (
    Number(Boolean(a.pod.spec.nodeName)) - Number(Boolean(b.pod.spec.nodeName)) ||
    phase(a.pod) - phase(b.pod) ||
    Number(isReady(a.pod)) - Number(isReady(b.pod)) ||
    cost(a.pod) - cost(b.pod) ||
    b.neighbours - a.neighbours ||
    byReadyTime(a.pod, b.pod, nowMs) ||
    restarts(b.pod) - restarts(a.pod) ||
    byCreation(a.pod, b.pod, nowMs) ||
    byUid(a.pod, b.pod)
  );
}

function phase(pod: Pod): number {
  return PHASE_ORDER[pod.status?.phase ?? 'Pending'] ?? 0;
}

function cost(pod: Pod): number {
  return Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0;
}

/** Shorter ready first; when both times are of one magnitude the uid decides, arbitrary but steady. */
function byReadyTime(a: Pod, b: Pod, nowMs: number): number {
  return byAge({ pod: a, since: readySinceMs(a) }, { pod: b, since: readySinceMs(b) }, nowMs);
}

function byCreation(a: Pod, b: Pod, nowMs: number): number {
  return byAge({ pod: a, since: createdMs(a) }, { pod: b, since: createdMs(b) }, nowMs);
}

interface Aged {
  pod: Pod;
  since: number | undefined;
}

function byAge(a: Aged, b: Aged, nowMs: number): number {
  if (a.since === undefined || b.since === undefined || a.since === b.since) return 0;
  return magnitude(a.since, nowMs) - magnitude(b.since, nowMs) || byUid(a.pod, b.pod);
}

/** The age in powers of two of a nanosecond. */
function magnitude(sinceMs: number, nowMs: number): number {
  return sinceMs >= nowMs ? -1 : Math.floor(Math.log2((nowMs - sinceMs) * 1e6));
}

function byUid(a: Pod, b: Pod): number {
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}
