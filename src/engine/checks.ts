/** Which checks are asked at present, and which of them takes the release back. */
import { failedOf, gatesAt } from './check-gates.ts';
import { isNative } from './native.ts';
import { hasRules } from './request-rules.ts';
import { reachesCandidate } from './traffic.ts';
import type { Turn } from './turn.ts';

/** The checks that are asked at present: those of the stage or of the bake, once there is traffic
 * to judge, and what is measured with them for information. */
export function measuredChecks(turn: Turn): string[] {
  const gates = gatesNow(turn);
  if (gates === undefined) return [];
  const more = turn.spec.checks.filter(({ dryRun }) => dryRun === true).map(({ name }) => name);
  return [...new Set([...gates, ...more])];
}

/** Undefined while there is nothing to measure. */
function gatesNow(turn: Turn): readonly string[] | undefined {
  if (turn.status.step === 'Stage') return stageChecks(turn);
  const judged = turn.status.step === 'Swap' || turn.status.step === 'Bake';
  return judged && (turn.hasTraffic || isNative(turn)) ? turn.plan.bakeChecks : undefined;
}

/** While pods are changed every check is asked: one that fails takes it back wherever it is. */
function rolledChecks({ workload, spec }: Turn): string[] | undefined {
  const serves = (workload?.candidate?.available ?? 0) > 0;
  return serves ? gatesAt(spec.checks, { weight: 0 }) : undefined;
}

function stageChecks(turn: Turn): readonly string[] | undefined {
  const at = turn.stage;
  if (!at) return undefined;
  if (isNative(turn)) return rolledChecks(turn);
  const asked = at.weight === 0 && !hasRules(at);
  return asked || reachesCandidate(turn) ? at.checks : undefined;
}

/** The first check that has failed and takes the release back, with its because; asked at every moment, not only at
 * gates. */
export function failedCheck(turn: Turn): string | undefined {
  return failedOf(turn.spec.checks, gatesNow(turn) ?? [], turn.evidence, true);
}
