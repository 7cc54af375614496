/** What rolling and recreate ask of the workload, and the facts about it that they go by. */
import { sameJson } from '../api/same-json.ts';
import type { NativeIntent, SetState, WorkloadMove, WorkloadState } from '../ports/workload.ts';
import { HOLD_CONTESTED } from './contest.ts';
import { isActive } from './lost-hold.ts';
import { isLeftMixed } from './ordinals-mixed.ts';
import { limitsOf, standstill } from './move.ts';
import type { Turn } from './turn.ts';

export function isNative(turn: Turn): boolean {
  return turn.plan.roll !== undefined;
}

/** A StatefulSet, whose pods are changed by their ordinals. */
export function isOrdinal({ plan }: Turn): boolean {
  return plan.roll?.type === 'Ordinals';
}

/** A DaemonSet, whose pods are changed node by node. */
export function isByNodes({ plan }: Turn): boolean {
  return plan.roll?.type === 'Nodes';
}

/** Nobody may be served while it goes from one version to the other. */
export function recreates(turn: Turn): boolean {
  return turn.plan.roll?.type === 'Recreate';
}

/** Pods that the two sets want. */
export function sizes({ stable, candidate }: WorkloadState) {
  return { stable: stable?.replicas ?? 0, candidate: candidate?.replicas ?? 0 };
}

/** The policy's, or the workload's own. */
export function rollLimits({ plan, status, workload }: Turn) {
  return limitsOf(plan.roll, status.journal?.strategy, workload?.replicas ?? 0);
}

/** What is the user's, before Segue writes over it; also when they change it in between. */
export function journalOwn(turn: Turn): void {
  const { workload } = turn;
  const { journal } = turn.status;
  if (!workload || !workload.swapClean) return;
  const { move, strategy, minReadySeconds, progressDeadlineSeconds } = workload;
  if (move?.stored || (move && journal?.minReadySeconds === undefined)) return;
  const fresh = move ? {} : { minReadySeconds, progressDeadlineSeconds };
  const next = { ...journal, strategy, ...fresh };
  if (sameJson(next, journal)) return;
  turn.change({ journal: next });
  turn.persistNow = true;
}

/** How the target is to be kept or moved, for the status as it is now. */
export function nativeIntent(turn: Turn): NativeIntent {
  const { workload, status, move } = turn;
  const { minReadySeconds = 0, progressDeadlineSeconds } = status.journal ?? {};
  const own = { minReadySeconds, progressDeadlineSeconds };
  if (move) return { phase: 'Move', move, ...own };
  const at = { replicas: workload?.replicas ?? 0, ...sizes(workload ?? NOTHING) };
  const stands: WorkloadMove = recreates(turn)
    ? { type: 'Recreate' }
    : { type: 'RollingUpdate', ...standstill(at) };
  if (status.towards === 'Aborted') return { phase: 'Back', move: stands, ...own };
  const held = status.step === 'Stage' && !recreates(turn);
  return { phase: held ? 'Hold' : 'Own', move: stands, ...own };
}

const NOTHING = { stable: undefined, candidate: undefined } as WorkloadState;

/** Sets that a release has no use for: of the candidate's template, by which the target's controller would
 * take them for the new one, or with pods, where it does not empty them by itself. */
export function looseSets(turn: Turn, { strays, owned }: WorkloadState): SetState[] {
  const { stable, candidate } = turn.spec;
  const made = owned.filter(
    (set) =>
      set.name !== stable.replicaSet &&
      set.name !== candidate.replicaSet &&
      (set.templateHash === candidate.templateHash || (isActive(set) && !recreates(turn))),
  );
  return [...strays, ...made];
}

/** What users have was deleted at the very end: its set, made anew, is the release's once more and is given to the target,
 * whatever its controller has taken up in its place. So long as that swap is not over the release is not. */
export function isMadeAnew({ plan, status, workload }: Turn): boolean {
  if (!workload || status.towards !== 'Promoted') return false;
  const { candidate, carrier, swapClean, swapping } = workload;
  if (candidate?.owner === 'Release') return true;
  // While pods are moved neither set is the only one, and nothing is swapped.
  return plan.roll ? swapping === true : carrier !== 'Neither' && !swapClean;
}

/** By that swap the old set became the release's, until it is given back. */
export function hasOldSet({ status, workload }: Turn): boolean {
  return status.towards === 'Promoted' && workload?.stable?.owner === 'Release';
}

/** The candidate's set, where it was taken from the target: it is of no use there, and the target's controller would
 * never fill it. */
export function begunByOthers({ plan, workload }: Turn): SetState | undefined {
  const { candidate } = workload ?? {};
  return plan.roll !== undefined && candidate?.owner === 'Release' ? candidate : undefined;
}

/** The old version runs again, and the target still says what Segue wrote for that. */
export function leftByRecreate(turn: Turn): boolean {
  const { status, workload, spec } = turn;
  if (!writesTemplate(turn) || (status.step !== 'SwapBack' && status.step !== 'Discard'))
    return false;
  // Put back by its user, or so that who resumes it again and again finds nothing else, it stays.
  // Of a DaemonSet what is journalled was written after that.
  const reverted = status.reason === 'TemplateReverted' && !isByNodes(turn);
  if (reverted || status.reason === HOLD_CONTESTED) return false;
  // It goes on going back.
  if (isLeftMixed(turn)) return false;
  // Without pods a StatefulSet has nothing else to say what users have.
  if (isOrdinal(turn) && workload?.replicas === 0) return false;
  return workload?.templateHash === spec.stable.templateHash;
}

/** On the way back. Of a DaemonSet what was taken back is never written again, only what came after it. */
function writesTemplate(turn: Turn): boolean {
  if (isByNodes(turn)) return turn.status.journal?.template !== undefined;
  return recreates(turn) || isOrdinal(turn);
}

/** What the target is to say when stable runs again: what its user wrote last. */
export function wantedTemplate(turn: Turn): unknown {
  return turn.status.journal?.template ?? turn.spec.candidate.template;
}

/**
 * The way back of a recreate: the target is told to run stable's template, and its controller stops
 * every new pod before it starts an old one. True when the old set has its pods to run.
 */
export function recreatedBack(turn: Turn): boolean {
  const { workload } = turn;
  if (!workload || isUntouched(workload)) return true;
  // Given up before its first move, by somebody who resumed the target.
  journalOwn(turn);
  journalTemplate(turn, workload);
  const { stable, candidate } = sizes(workload);
  const back = workload.templateHash === turn.spec.stable.templateHash;
  if (candidate === 0 && stable >= workload.replicas && back) return true;
  const twin = stableTwin(turn, workload);
  if (candidate === 0 && twin) {
    turn.waitFor(`${twin.name} to go`);
    return false;
  }
  turn.move = { type: 'Recreate' };
  turn.wakeAt(turn.now + RECREATE_LOOK_MS);
  turn.waitFor('the old pods to start again once the new ones are gone');
  return false;
}

/** A set that the target's controller made of stable's template while nobody held it: it would be the
 * one to be filled. */
function stableTwin({ spec }: Turn, { owned }: WorkloadState): SetState | undefined {
  const { replicaSet, templateHash } = spec.stable;
  return owned.find((set) => set.name !== replicaSet && set.templateHash === templateHash);
}

const RECREATE_LOOK_MS = 15_000;

/** Nothing has been stopped yet, or everything runs again. */
function isUntouched(workload: WorkloadState): boolean {
  const { stable, candidate } = sizes(workload);
  return workload.held && candidate === 0 && stable >= workload.replicas;
}

/** What a user wrote meanwhile goes back into the target when stable runs again. */
export function journalTemplate(
  turn: Turn,
  { templateHash, template, generation }: WorkloadState,
): void {
  const { stable, candidate } = turn.spec;
  if (templateHash === stable.templateHash || templateHash === candidate.templateHash) return;
  const { journal } = turn.status;
  if (sameJson(journal?.template, template) && journal?.templateSeen === generation) return;
  turn.change({ journal: { ...journal, template, templateSeen: generation } });
  turn.persistNow = true;
}
