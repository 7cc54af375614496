/** The end of a StatefulSet's release: all of its pods have the new version, also to its controller. */
import type { Turn } from './turn.ts';

/**
 * All pods have the new version, and its controller has not counted them yet: one that is made anew has the
 * version before, and a template that is written then leaves it so for good. Bounded: it counts when all pods
 * are ready, and one that somebody else added may never be.
 */
export function isUncounted(turn: Turn): boolean {
  const { workload, spec, status, plan } = turn;
  const { base = spec.candidate.replicaSet } = workload?.ordinals ?? {};
  if (plan.stages.length === 0 || base === spec.candidate.replicaSet) return false;
  const endMs = turn.sinceMs(status.stepSince) + plan.bakeMs + plan.progressDeadlineMs;
  if (turn.now >= endMs) return false;
  turn.wakeAt(endMs);
  return true;
}
