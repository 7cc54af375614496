/** The size of the candidate that the present step asks for. */
import { stagePods } from './capacity.ts';
import { isSwapped, podShare } from './pod-shares.ts';
import type { Turn } from './turn.ts';

/** How many pods the candidate needs at the present stage. */
export function neededReplicas(turn: Turn): number {
  const now = sizeNow(turn);
  const atStageBegin = turn.status.stageReplicas ?? now;
  // The target sizes it now, an autoscaler may be at work: what stood before is enough.
  if (turn.status.step === 'Bake' || isSwapped(turn)) return Math.min(now, atStageBegin);
  const at = turn.status.step === 'Stage' ? turn.stage : undefined;
  if (at && turn.plan.byPods) return podShare(now, at.weight).candidate;
  return stagePods(at ?? { capacityPercent: 100 }, { now, atStageBegin });
}

/** Of the version with the traffic; of a pair each has a size of its own. */
function sizeNow({ workload, status, spec }: Turn): number {
  const { replicas = 0, pair } = workload ?? {};
  return spec.pair && status.step === 'Bake' ? (pair?.idle?.replicas ?? replicas) : replicas;
}
