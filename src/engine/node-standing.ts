/** Where the nodes of a DaemonSet stand in a release, and what keeps its pods from going. */
import type { NodesState, PodOnNode, WorkloadState } from '../ports/workload.ts';
import {
  batchLimits,
  type BatchLimits,
  goingNow,
  nextBatch,
  type Standing,
  standingOf,
} from './node-batches.ts';
import type { Turn } from './turn.ts';

export type Daemons = WorkloadState & { nodes: NodesState };

export function isDaemons(workload: WorkloadState | undefined): workload is Daemons {
  return workload?.nodes !== undefined;
}

/** The old pods that are left, at a time at which nothing more is looked at: those that may go. */
export function restOfNodes(turn: Turn): PodOnNode[] {
  const { workload } = turn;
  if (!isDaemons(workload)) return [];
  const at = standing(turn, workload);
  const { missing } = limitsOf(turn, workload);
  const batch = nextBatch(at, { goal: workload.replicas, batch: Infinity });
  return batch ? goingNow(at, batch, missing) : [];
}

/** Where its nodes stand on the way to this version; looked at again when the next pod counts. */
export function standing(
  turn: Turn,
  { nodes, replicas, minReadySeconds }: Daemons,
  hash: string = turn.spec.candidate.hash,
): Standing {
  const label = turn.plan.roll?.nodesBy;
  const at = standingOf(nodes, { now: turn.now, replicas, hash, minReadySeconds, label });
  turn.wakeAt(at.soonestMs);
  return at;
}

export function limitsOf({ plan }: Turn, { nodes, replicas }: Daemons): BatchLimits {
  return batchLimits(plan.roll, nodes.maxUnavailable, replicas);
}

/** Nothing tells that a budget would let a pod go now. */
export const REFUSED_LOOK_MS = 5_000;

/** What keeps the first of these from going, for people; '' when nothing does. */
export function refusalOf(
  { snapshot }: Pick<Turn, 'snapshot'>,
  pods: readonly PodOnNode[],
): string {
  for (const { uid, name, node } of pods) {
    const why = snapshot.refusedEvictions?.get(uid);
    if (why !== undefined) return `${name} on ${node} may not go: ${why}`;
  }
  return '';
}

const CONDITION = 'Evictable';
const REFUSED = 'EvictionRefused';

/** Told when it lasts: a budget counts a pod that has just become ready a moment later. */
export function noticeRefusal(turn: Turn, refused: string): void {
  const before = turn.status.conditions?.find(({ type }) => type === CONDITION);
  if (refused === '') {
    if (before?.status === 'False')
      turn.condition(CONDITION, 'True', 'Asked', 'pods go when asked');
    return;
  }
  turn.wakeAt(turn.now + REFUSED_LOOK_MS);
  const since = before?.status === 'False' ? turn.sinceMs(before.lastTransitionTime) : turn.now;
  const lasts = turn.now >= since + REFUSED_LOOK_MS;
  turn.condition(CONDITION, 'False', lasts ? REFUSED : 'Asked', refused);
  if (lasts && before?.reason !== REFUSED) turn.tell('Warning', 'EvictionRefused', refused);
}
