/**
 * A canary without a router: the share of the candidate is its share of the ready pods. Up to half,
 * pods of it are added to stable's; beyond that it has as many as the target asks for, belongs to the
 * target, and the old set shrinks. `spec.replicas` is never changed.
 */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { ReleaseIntent } from '../ports/workload.ts';
import { ordinalWarnings } from './ordinal-shares.ts';
import type { Turn } from './turn.ts';

/** From here on the two sets have changed places. */
export const HALF_PERCENT = 50;
/** Pods are whole numbers: a share that is further off than this is worth a warning. */
const TOLERANCE_PERCENT = 5;

export interface PodShare {
  candidate: number;
  stable: number;
  /** Percent of the pods, to be compared with the weight. */
  percent: number;
}

/** How many pods each version has at a weight, with at least one of both below 100. */
export function podShare(replicas: number, weight: number): PodShare {
  if (replicas === 0) return { candidate: 0, stable: 0, percent: weight };
  const rest = 100 - weight;
  const added = weight <= HALF_PERCENT;
  const candidate = added ? atLeastOne((replicas * weight) / rest) : replicas;
  const left = rest === 0 ? 0 : atLeastOne((replicas * rest) / weight);
  const stable = added ? replicas : left;
  return { candidate, stable, percent: Math.round((100 * candidate) / (candidate + stable)) };
}

function atLeastOne(pods: number): number {
  return Math.max(1, Math.round(pods));
}

export function sharesPods(spec: PolicySpec): boolean {
  if (spec.targetRef.kind !== 'Deployment' || spec.strategy.canary === undefined) return false;
  return (spec.traffic?.routers ?? []).length === 0;
}

export function shareText({ candidate, stable, percent }: PodShare): string {
  return `${candidate} of ${candidate + stable} pods, ${percent} %`;
}

/** Weights that whole pods do not come near. */
export function shareWarnings(spec: PolicySpec, replicas: number): Problem[] {
  if (spec.targetRef.kind === 'StatefulSet') return ordinalWarnings(spec, replicas);
  if (!sharesPods(spec) || replicas === 0) return [];
  return (spec.strategy.canary?.stages ?? []).flatMap(({ weight }, i) => {
    const share = podShare(replicas, weight);
    if (Math.abs(share.percent - weight) <= TOLERANCE_PERCENT) return [];
    return [
      {
        field: `spec.strategy.canary.stages[${i}].weight`,
        message: `${weight} % cannot be had with ${replicas} replicas: it is ${shareText(share)}`,
        fix: `write ${share.percent}, run more replicas, or add a router`,
      },
    ];
  });
}

/** The sets have changed places in the present stage. */
export function isSwapped({ plan, stage, workload }: Turn): boolean {
  if (!plan.byPods || (stage?.weight ?? 0) <= HALF_PERCENT) return false;
  return workload?.carrier === 'Candidate' || workload?.carrier === 'Both';
}

/** The old set's pods at present, more where the candidate is short of its own. */
export function outgoingPods(turn: Turn): Partial<ReleaseIntent> {
  const { workload, stage, status } = turn;
  if (!workload?.stable || workload.stable.owner !== 'Release' || !isSwapped(turn)) return {};
  const { stable, candidate, replicas } = workload;
  const available = candidate?.available ?? 0;
  // What the target asks for beyond what stood when the stage began is not waited for.
  const short = Math.min(replicas, status.stageReplicas ?? replicas) - available;
  const wanted = Math.max(podShare(replicas, stage?.weight ?? 100).stable, short);
  return {
    outgoingReplicas: isSeen(turn, stable.available + available)
      ? wanted
      : Math.max(wanted, stable.replicas),
  };
}

/** Pods may be available before they are endpoints: those that serve stay until they are. */
function isSeen({ snapshot }: Turn, pods: number): boolean {
  const seen = snapshot.traffic?.endpoints.shared;
  return seen === undefined || seen >= pods;
}

/** What the Service that both versions share does not lead to; '' when nothing is missing. A version
 * whose labels it does not select would pass every gate without a request. */
export function missingBehindService(turn: Turn, candidatePods: number): string {
  const { replicas = 0, available = 0 } = turn.workload?.stable ?? {};
  const pods = candidatePods + Math.min(replicas, available);
  if (isSeen(turn, pods)) return '';
  return `${turn.snapshot.traffic?.endpoints.shared} of ${pods} pods behind the Service`;
}

/** How many of the candidate's pods stay on the way back, until those of stable are there again. */
export function stillNeeded(turn: Turn): number {
  const { stage, workload, plan, status } = turn;
  if (!workload || !plan.byPods || (stage?.weight ?? 0) <= HALF_PERCENT) return 0;
  const { stable, candidate, replicas } = workload;
  const endMs = turn.sinceMs(status.stepSince) + plan.progressDeadlineMs;
  if (turn.now >= endMs) return 0;
  turn.wakeAt(endMs);
  return Math.min(candidate?.replicas ?? 0, Math.max(0, replicas - (stable?.available ?? 0)));
}
