/** How many pods a version needs before it may carry a share of the traffic. */
import type { Stage } from '../api/release.ts';

/** Pods of the candidate at a stage. Sized from the present `spec.replicas`, and never below its
 * share of what stood when the stage began: an HPA that shrinks the target half way must not take
 * pods from under the traffic. */
export function candidateReplicas(
  capacityPercent: number,
  replicas: { now: number; atStageBegin: number },
): number {
  const base = Math.max(replicas.now, replicas.atStageBegin);
  return Math.ceil((base * capacityPercent) / 100);
}

/** The same of a stage, which may say its size in pods: as many at most as there are to be in all. */
export function stagePods(
  { pods, capacityPercent }: Pick<Stage, 'pods' | 'capacityPercent'>,
  replicas: { now: number; atStageBegin: number },
): number {
  if (pods === undefined) return candidateReplicas(capacityPercent, replicas);
  return Math.min(pods, candidateReplicas(100, replicas));
}

/** Whether pods of the candidate come for this stage, or get their first share of the traffic at it: they are cold. */
export function isColdAt(
  stages: readonly Pick<Stage, 'pods' | 'capacityPercent' | 'weight'>[],
  index: number,
): boolean {
  const { pods, capacityPercent = 0 } = stages[index] ?? {};
  const before = stages.slice(0, index);
  if (pods !== undefined || before.every(({ weight }) => weight === 0)) return true;
  return before.every((one) => one.capacityPercent < capacityPercent);
}
