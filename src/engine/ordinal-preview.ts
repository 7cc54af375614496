/** What releasing a StatefulSet would do: which pods are changed in which order, how long that may take, and
 * what is written on the way. */
import type { Plan } from '../api/release.ts';
import { jobWrites, type PlannedWrite, revertWrites } from './planned-writes.ts';

export interface PodOrder {
  /** The first and the last of them; the same where there is one. */
  from: string;
  to: string;
  /** The longest a pod may take to become ready before it is taken back, and all of them together. */
  eachMostMs: number;
  mostMs: number;
}

/** Undefined where there are none, or they are changed otherwise. */
export function podOrder(target: string, plan: Plan, replicas: number): PodOrder | undefined {
  if (plan.roll?.type !== 'Ordinals' || replicas === 0) return undefined;
  const { progressDeadlineMs: eachMostMs } = plan;
  return {
    from: `${target}-${replicas - 1}`,
    to: `${target}-0`,
    eachMostMs,
    mostMs: replicas * eachMostMs,
  };
}

export function ordinalWrites(target: string, plan: Plan): PlannedWrite[] {
  const set = `StatefulSet ${target}`;
  const held = 'a partition beyond the last pod, for as long as the policy is there';
  const back =
    'partition put back; new pods deleted one by one, the broken ones at once: they come back as they were';
  const whole =
    'where all pods were changed: template put back until they have changed back, then as it was';
  return [
    { when: 'once', object: set, what: held },
    { when: 'start', object: 'Release', what: 'created: the plan and the record' },
    ...jobWrites(plan.before?.tasks, 'start'),
    { when: 'each pod', object: set, what: 'partition lowered by one' },
    { when: 'each hold', object: set, what: 'partition put back: no pod is changed by that' },
    ...jobWrites(plan.after, 'end'),
    { when: 'on abort', object: set, what: back },
    { when: 'on abort', object: set, what: whole },
    ...jobWrites(plan.onAbort, 'on abort'),
    ...revertWrites(plan, set),
  ];
}
