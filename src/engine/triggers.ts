/** What ends a release before its plan does: whatever the step, looked at before it. */
import { beginAbort } from './abort.ts';
import { candidateServes } from './candidate-serves.ts';
import { failedCheck } from './checks.ts';
import { enterDrain } from './forward.ts';
import { configNews } from './config.ts';
import { newConfigText } from './config-difference.ts';
import { endKeepOnTriggers } from './keep.ts';
import { isNative } from './native.ts';
import { isUncounted } from './ordinals-end.ts';
import { fail } from './stage-gates.ts';
import { pairLoss } from './pair.ts';
import type { Turn } from './turn.ts';

/** A set that is gone may have gone with its target, which is seen a moment later. The stable
 * version has the traffic meanwhile. */
const GONE_MS = 1_000;

/** At most one fires; after it the release is on its way back, or forward without waiting. */
export function fireTriggers(turn: Turn): void {
  const step = turn.status.step;
  if (step === 'Drain' || turn.status.towards !== undefined) return;
  if (step === 'Keep') return endKeepOnTriggers(turn);
  if (!turn.workload) return beginAbort(turn, 'TargetDeleted', 'the workload was deleted');
  if (turn.release.deleting)
    return beginAbort(turn, 'ReleaseDeleted', 'the Release object was deleted');
  const baking = step === 'Bake';
  if (!turn.snapshot.policy || turn.snapshot.policy.deleting) {
    // At 100 % and well: the user's objects are put back fastest by going on.
    if (baking && bakesWell(turn)) return enterDrain(turn);
    return beginAbort(turn, 'PolicyDeleted', 'the ReleasePolicy was deleted');
  }
  if (setLost(turn, baking) || newTemplate(turn, baking)) return;
  failOnEvidence(turn);
}

/** A check fails at any moment, not only when its stage is about to be left. */
function failOnEvidence(turn: Turn): void {
  const failed = failedCheck(turn);
  if (failed && !turn.status.skipped) fail(turn, failed);
}

/** One of a pair was deleted. Without the old one there is no way back: who deletes it once the new one
 * has all the traffic wants no more of it. */
function sideLost(turn: Turn): boolean {
  const lost = pairLoss(turn);
  if (!lost) return false;
  const { pair, target } = turn.spec;
  if (lost === 'New') beginAbort(turn, 'CandidateDeleted', `Deployment ${pair?.name} was deleted`);
  else if (turn.status.step === 'Bake' && bakesWell(turn)) enterDrain(turn);
  else beginAbort(turn, 'TargetDeleted', `Deployment ${target.name} was deleted`);
  return true;
}

function setLost(turn: Turn, baking: boolean): boolean {
  return sideLost(turn) || candidateLost(turn, baking) || stableGone(turn);
}

/** A stable set that is gone half way has left the candidate alone with all pods, unproven. */
function stableGone(turn: Turn): boolean {
  const { workload, stage, status } = turn;
  if (!isNative(turn) || status.step !== 'Stage' || !workload || workload.stable) return false;
  const alone = (workload.candidate?.replicas ?? 0) >= workload.replicas;
  if (!workload.candidate || alone || stage === turn.plan.stages.at(-1)) return false;
  const { replicaSet } = turn.spec.stable;
  beginAbort(turn, 'StableDeleted', `ReplicaSet ${replicaSet}, which users have, was deleted`);
  return true;
}

/** There is no candidate, and Segue cannot make one. */
function candidateLost(turn: Turn, baking: boolean): boolean {
  const { candidate } = turn.workload ?? {};
  const { replicaSet } = turn.spec.candidate;
  if (candidate?.owner === 'Other') {
    const what = `ReplicaSet ${replicaSet} is there already and belongs to somebody else`;
    beginAbort(turn, 'CandidateNameTaken', `${what}: delete it, or give it another name`);
    return true;
  }
  // The target is held, so nobody makes it again; and the old version is there in full size.
  if (candidate || !baking || turn.plan.stages.length === 0) return false;
  const { unavailableSince } = turn.status;
  const endMs = turn.sinceMs(unavailableSince) + GONE_MS;
  if (unavailableSince === undefined || turn.now < endMs) {
    turn.wakeAt(endMs);
    return false;
  }
  beginAbort(turn, 'CandidateDeleted', `ReplicaSet ${replicaSet} was deleted`);
  return true;
}

/** The template changed half way: back to stable's, or on to a newer one. */
function newTemplate(turn: Turn, baking: boolean): boolean {
  const template = turn.workload?.templateHash;
  if (template === turn.spec.candidate.templateHash) return newConfig(turn, baking);
  if (template === turn.spec.stable.templateHash) {
    beginAbort(turn, 'TemplateReverted', "the stable version's template was put back");
    return true;
  }
  if (turn.status.step === 'Swap') return false;
  // It is the live one already: what is written into it now is held, and said after the release.
  if (turn.spec.pair && baking) return false;
  // What carries all traffic and bakes is the next release's stable version: finish with it.
  if (baking && bakesWell(turn)) enterDrain(turn);
  else beginAbort(turn, 'Superseded', 'a newer revision arrived');
  return true;
}

/** The same of what the template refers to. */
function newConfig(turn: Turn, baking: boolean): boolean {
  if (turn.status.step === 'Swap') return false;
  const news = configNews(turn);
  if (!news) return false;
  const { config } = turn.snapshot;
  if (news === 'Reverted')
    beginAbort(turn, 'ConfigReverted', "the stable version's configuration was put back");
  else if (baking && bakesWell(turn)) enterDrain(turn);
  else beginAbort(turn, 'Superseded', newConfigText(turn.spec, config?.version));
  return true;
}

/** Nothing speaks against the version that bakes, so that going on is as good as going back. */
function bakesWell(turn: Turn): boolean {
  const { paused, traffic } = turn.status;
  if (turn.plan.stages.length === 0) return true;
  if (isUncounted(turn)) return false;
  if (turn.hasTraffic && traffic?.weight !== 100) return false;
  if (paused?.reason === 'CheckFailed' || !candidateServes(turn)) return false;
  return failedCheck(turn) === undefined;
}
