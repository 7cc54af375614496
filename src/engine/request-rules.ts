/** Which requests are treated apart from the weight: by the plan, and at present. */
import type { Plan, ReleaseStatus, Stage } from '../api/release.ts';
import type { RequestRules } from '../api/request-match.ts';
import { sameJson } from '../api/same-json.ts';

/** Those that the status says are in effect. */
export function currentRules(plan: Plan, traffic: ReleaseStatus['traffic']): RequestRules {
  if (traffic?.requestsOf === undefined) return {};
  return rulesOf(plan.stages[traffic.requestsOf]);
}

/** Every one that the plan has. */
export function plannedRules(plan: Plan): RequestRules[] {
  return plan.stages
    .filter(hasRules)
    .filter((stage, i, all) => indexOfSame(all, stage) === i)
    .map(rulesOf);
}

/** The first stage with the rules of this one; undefined when it has none. */
export function requestsOf(plan: Plan, stage: Stage): number | undefined {
  return hasRules(stage) ? indexOfSame(plan.stages, stage) : undefined;
}

export function hasRules(stage: Stage | undefined): boolean {
  return [stage?.match, stage?.mirror, stage?.sticky].some((rule) => rule !== undefined);
}

function rulesOf(stage: Stage | undefined): RequestRules {
  const { match, mirror, sticky } = stage ?? {};
  return { ...(match && { match }), ...(mirror && { mirror }), ...(sticky && { sticky }) };
}

function indexOfSame(stages: readonly Stage[], stage: Stage): number {
  return stages.findIndex((other) => sameJson(rulesOf(other), rulesOf(stage)));
}
