/** What releasing a StatefulSet would do: which pods are changed in which order, how long that may take, and
 * what is written on the way. */
import type { Plan, Stage } from '../api/release.ts';
import { stageWeight } from './ordinal-traffic.ts';
import {
  endWrites,
  jobWrites,
  type Planned,
  type PlannedWrite,
  revertWrites,
  routeWrites,
  rulesText,
  versionServices,
} from './planned-writes.ts';

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

export function ordinalWrites(planned: Planned): PlannedWrite[] {
  const { target, plan, traffic, replicas } = planned;
  const routed = traffic !== undefined && traffic.routers.length > 0;
  const services = routed ? versionServices(traffic) : [];
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
    ...services.map((object) => ({ when: 'start', object, what: 'created' })),
    ...(routed ? routeWrites(planned, { when: 'start', weight: 0 }) : []),
    ...(routed ? [{ when: 'each pod', object: 'the route', what: FOLLOWS }] : []),
    { when: 'each pod', object: set, what: 'partition lowered by one' },
    ...(routed ? plan.stages.flatMap((stage, i) => routeAt(planned, stage, i, replicas)) : []),
    { when: 'each hold', object: set, what: 'partition put back: no pod is changed by that' },
    ...(routed ? endWrites(planned) : []),
    ...services.map((object) => ({ when: 'end', object, what: 'deleted' })),
    ...jobWrites(plan.after, 'end'),
    ...(routed ? [{ when: 'on abort', object: 'the route', what: LEAVES }] : []),
    { when: 'on abort', object: set, what: back },
    { when: 'on abort', object: set, what: whole },
    ...jobWrites(plan.onAbort, 'on abort'),
    ...revertWrites(plan, set),
  ];
}

const FOLLOWS =
  'no pod gets more than its part while one is away, nor the new ones more than the stage says';
const LEAVES =
  'to stable; where fewer than half of the pods are old, as far as these can take twice what they have';

function routeAt(planned: Planned, stage: Stage, index: number, replicas: number): PlannedWrite[] {
  const weight = stageWeight(replicas, stage);
  return routeWrites(planned, {
    when: `stage ${index + 1}`,
    weight,
    rules: rulesText(stage, planned),
  });
}
