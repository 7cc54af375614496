/**
 * A canary of a StatefulSet: no pod is added, so that a weight is a number of its ordinals, from the highest down.
 * Whole pods are at least what the weight asks for, and below 100 % one old pod stays to be compared with.
 */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { Stage } from '../api/release.ts';

/** Pods are whole numbers: a share that is further off than this is worth a warning. */
const TOLERANCE_PERCENT = 5;

/** How many of the pods have the new version at a stage. */
export function ordinalPods(
  replicas: number,
  { weight, capacityPercent }: Pick<Stage, 'weight' | 'capacityPercent'>,
): number {
  const pods = Math.ceil((replicas * capacityPercent) / 100);
  // The only one has all of the traffic or none.
  return weight === 100 || replicas <= 1 ? Math.min(pods, replicas) : Math.min(pods, replicas - 1);
}

/** Weights that whole pods do not come near, and pods that a stage takes from the users of the others. */
export function ordinalWarnings(spec: PolicySpec, replicas: number): Problem[] {
  if (spec.targetRef.kind !== 'StatefulSet' || replicas === 0) return [];
  const routed = (spec.traffic?.routers ?? []).length > 0;
  let capacityPercent = 0;
  return (spec.strategy.canary?.stages ?? []).flatMap(({ weight, capacity = 0, mirror }, i) => {
    const copies = mirror?.percent ?? 0;
    const bySize = Math.max(weight, capacity);
    // No stage gives back what the one before it had.
    const byCopies = copies > Math.max(bySize, capacityPercent);
    capacityPercent = Math.max(capacityPercent, bySize, copies);
    const share = { weight, pods: ordinalPods(replicas, { weight, capacityPercent }), replicas };
    const found = routed ? loadOf(share) : shareOf(share);
    if (!found) return [];
    const stage = `spec.strategy.canary.stages[${i}]`;
    if (!byCopies) return [{ field: `${stage}.weight`, ...found }];
    const fix = 'lower it, or run more replicas: there are as many new pods as copies need';
    return [{ field: `${stage}.mirror.percent`, ...found, fix }];
  });
}

interface Share {
  weight: number;
  pods: number;
  replicas: number;
}

function shareOf({ weight, pods, replicas }: Share) {
  const percent = Math.round((100 * pods) / replicas);
  if (Math.abs(percent - weight) <= TOLERANCE_PERCENT) return undefined;
  const is = `it is ${pods} of ${replicas} pods, ${percent} %`;
  return {
    message: `${weight} % cannot be had with ${replicas} replicas: ${is}`,
    fix: `write ${percent}, or run more replicas`,
  };
}

/** A route sends any share anywhere; what it does not send to the new pods the others have to take. */
function loadOf({ weight, pods, replicas }: Share) {
  const left = replicas - pods;
  if (left === 0)
    return weight === 100
      ? undefined
      : { message: `with ${replicas} replicas it is all of the traffic`, fix: 'run more replicas' };
  const more = Math.round(((100 - weight) * replicas) / left) - 100;
  if (more <= TOLERANCE_PERCENT) return undefined;
  const has = `${pods} of ${replicas} pods have the new version and ${weight} % of the traffic`;
  return {
    message: `${has}: each of the others takes ${more} % more than when all are there`,
    fix: `write ${Math.round((100 * pods) / replicas)}, or run more replicas`,
  };
}
