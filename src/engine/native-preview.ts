/** What rolling and recreate would do: sizes of both sets, and what is written on the way. */
import type { Plan, Stage } from '../api/release.ts';
import { limitsOf } from './move.ts';
import { jobWrites, type PlannedWrite, revertWrites } from './planned-writes.ts';

/** Sizes at a stage. Where the policy leaves the limits to the workload they are Kubernetes' own. */
export function rolledSizes(
  { roll, stages }: Plan,
  stage: Stage,
  { replicas, goal }: { replicas: number; goal: number },
): { candidatePods: number; stablePods: number; extraPods: number } {
  const whole = stage === stages.at(-1);
  const candidatePods = Math.min(replicas, stage.pods ?? goal);
  const { surge } =
    roll?.type === 'RollingUpdate' ? limitsOf(roll, undefined, replicas) : { surge: 0 };
  const stablePods = whole ? 0 : Math.min(replicas, Math.max(0, replicas + surge - candidatePods));
  const now = Math.max(0, candidatePods + stablePods - replicas);
  // On the way to the last pod there are as many too many as at any other move.
  return { candidatePods, stablePods, extraPods: whole ? Math.min(surge, replicas) : now };
}

export function rolledWrites(target: string, plan: Plan): PlannedWrite[] {
  const { roll } = plan;
  const deployment = `Deployment ${target}`;
  const candidate = `ReplicaSet ${target}-<new>`;
  const held = 'paused: true, for as long as the policy is there';
  const recreates = roll?.type === 'Recreate';
  const move = recreates
    ? 'resumed with strategy Recreate: all old pods stop, nobody is served until new ones are ready; paused'
    : 'resumed by one move of its maxSurge and maxUnavailable, and paused';
  const brake = {
    when: 'start',
    object: deployment,
    what: 'minReadySeconds and progressDeadlineSeconds set aside',
  };
  return [
    { when: 'once', object: deployment, what: held },
    { when: 'start', object: 'Release', what: 'created: the plan and the record' },
    ...jobWrites(plan.before?.tasks, 'start'),
    ...(recreates ? [] : [brake]),
    { when: 'start', object: candidate, what: `created empty, for ${deployment} to fill` },
    { when: recreates ? 'stage 1' : 'each move', object: deployment, what: move },
    { when: 'last pod', object: deployment, what: 'strategy and what was set aside put back' },
    ...jobWrites(plan.after, 'end'),
    ...jobWrites(plan.onAbort, 'on abort'),
    ...revertWrites(plan, deployment),
  ];
}
