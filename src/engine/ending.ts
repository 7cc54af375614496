/** How every release ends: the user's own objects as they were, then the outcome. */
import { formatDuration } from '../api/duration.ts';
import { isMadeAnew } from './native.ts';
import { isLeftMixed } from './ordinals-mixed.ts';
import { differenceText } from './config-difference.ts';
import { pairLeft } from './pair.ts';
import { runTasks } from './tasks.ts';
import { direct, settled } from './traffic.ts';
import type { Turn } from './turn.ts';

/** One version is left behind the user's Service: traffic goes to it as it used to. */
export function restore(turn: Turn): void {
  if (candidateRuns(turn)) return turn.enter('SwapBack', { persist: true });
  if (turn.hasTraffic) {
    if (turn.status.traffic?.route === 'Split' && !othersGone(turn)) return;
    direct(turn, { route: 'Service', weight: turn.status.traffic?.weight ?? 0 });
    if (!settled(turn)) return;
  }
  // A Service that names one of two workloads stays at the one it was moved to.
  const weight = turn.spec.pair ? (turn.status.traffic?.weight ?? 0) : 0;
  turn.change({ traffic: { dedicated: false, route: 'Service', weight } });
  // A restart must not route once more to Services that are about to go.
  turn.enter('CleanUp', { persist: true });
}

/**
 * On the way back the target has the candidate's pods again, or still: the set of stable was deleted
 * just before it was seen in its place, or a last move had been made that was not seen yet. Or what the
 * target was resumed with has taken the place of stable, whose set is made anew beside it.
 */
function candidateRuns(turn: Turn): boolean {
  const { status, plan, spec } = turn;
  if (status.towards !== 'Aborted' || plan.stages.length === 0 || spec.pair) return false;
  if (isLeftMixed(turn)) return false;
  const { carrier, candidate, stable } = turn.workload ?? {};
  const again = carrier === 'Candidate' && (candidate?.replicas ?? 0) > 0;
  return again || stable?.owner === 'Release';
}

/**
 * The user's Service selects both versions. The one that went has no pods by the count of its set,
 * which may be ahead of the endpoints, of its own Service and of the user's. Bounded: pods that somebody
 * orphaned would stay for ever. Without its workload a release keeps no set, and what pods there are
 * now are whom users need.
 */
function othersGone(turn: Turn): boolean {
  if (!turn.workload || turn.spec.pair) return true;
  const role = turn.status.towards === 'Promoted' ? 'stable' : 'candidate';
  const { endpoints, lingering } = turn.snapshot.traffic ?? {};
  const left = Math.max(endpoints?.[role] ?? 0, lingering?.[role] ?? 0);
  const endMs = turn.sinceMs(turn.status.stepSince) + turn.plan.progressDeadlineMs;
  if (left === 0 || turn.now >= endMs) return true;
  turn.waitFor(`${left} endpoints of the ${role} pods to go`, endMs);
  return false;
}

/** Segue's own objects go; what it borrowed is given back. */
export function cleanUp(turn: Turn): void {
  if (candidateRuns(turn)) return turn.enter('SwapBack', { persist: true });
  const left = leftRoutes(turn) || (turn.spec.pair ? pairLeft(turn) : leftSets(turn));
  if (left !== '') return turn.waitFor(left);
  if (stillMoves(turn)) return;
  if (revertsTemplate(turn)) return turn.waitFor("the stable version's template to be put back");
  if (!hooksRan(turn, turn.status.towards)) return;
  if (isHeldForNobody(turn)) {
    turn.letsGo = true;
    return turn.waitFor('the target to be resumed, since nobody holds it any more');
  }
  finish(turn);
}

/** A StatefulSet that is not held again is found where Segue sent it. Bounded: until all of its pods are
 * ready its controller does not say that all have the version, and one may have broken since. */
function stillMoves(turn: Turn): boolean {
  const { workload, status, plan } = turn;
  const endMs = turn.sinceMs(status.stepSince) + plan.progressDeadlineMs;
  if (!workload?.ordinals || turn.now >= endMs) return false;
  const unheld = workload.ordinals.moving !== undefined;
  // It makes one more pod of the version that was taken back, as long as it has not seen the hold.
  const unseen = status.towards === 'Aborted' && workload.observedGeneration < workload.generation;
  if (!unheld && !unseen) return false;
  turn.waitFor(
    unheld
      ? 'the StatefulSet to be held again'
      : 'the controller of the StatefulSet to see the hold',
    endMs,
  );
  return true;
}

/** The policy is gone, for all its finalizer: nobody else would resume the target. */
function isHeldForNobody({ snapshot, workload }: Turn): boolean {
  return !snapshot.policy && workload?.held === true && workload.running !== undefined;
}

type Towards = Turn['status']['towards'];

/** What the policy has run at the end. One that fails is told of and changes nothing any more. */
function hooksRan(turn: Turn, towards: Towards): boolean {
  const promoted = towards === 'Promoted';
  const { after = [], onAbort = [] } = turn.plan;
  for (const task of promoted ? after : onAbort) {
    const reading = runTasks(turn, promoted ? 'after' : 'on-abort', [task]);
    if (reading.is !== 'Waiting') continue;
    turn.waitFor(reading.for);
    return false;
  }
  return true;
}

/** The template that was taken back is not left in the target, where the policy says so. */
export function revertsTemplate({ plan, status, workload, spec }: Turn): boolean {
  if (plan.revertTemplate !== true || status.towards !== 'Aborted') return false;
  return workload !== undefined && workload.templateHash === spec.candidate.templateHash;
}

/** What of that which led requests to each version is still there, for people; '' when nothing is. */
function leftRoutes({ hasTraffic, snapshot: { traffic } }: Turn): string {
  if (!hasTraffic) return '';
  if (traffic?.dedicated !== 'Absent') return 'the Services of each version to go';
  return traffic.left === true ? 'what the route led to each version by to go' : '';
}

/** What is still to become of the sets, for people; '' when nothing is. */
function leftSets(turn: Turn): string {
  const { workload, snapshot, status, plan } = turn;
  const { ownSets } = snapshot;
  if (!workload)
    return ownSets.length > 0 ? `${ownSets.join(' and ')} to go, since the workload is gone` : '';
  const { strays, stable, fresh, move } = workload;
  if (strays.length > 0) return `${strays.map((set) => set.name).join(' and ')} to go`;
  if (fresh) return `${fresh.name} to go, which was there to be compared with`;
  const promoted = status.towards === 'Promoted';
  if (isMadeAnew(turn)) return 'the set of the new version, made anew, to be given to the target';
  if (move) return 'the strategy of the workload to be put back';
  if (!promoted || stable?.owner !== 'Release') return '';
  return plan.oldVersion === 'Delete' ? 'the old set to go' : 'the old set to be given back';
}

export function finish(turn: Turn): void {
  const outcome = turn.status.towards ?? 'Aborted';
  const known = turn.status.outcome !== undefined;
  const message = conclude(turn, outcome);
  turn.change({ traffic: undefined, drainSince: undefined });
  turn.enter('Done', { persist: true });
  if (known) return;
  const images = turn.spec.candidate.images.join(', ');
  if (outcome === 'Promoted') turn.tell('Normal', 'Promoted', message);
  else turn.tell('Warning', 'Aborted', `${images} taken back: ${message}`);
  tellOfConfig(turn, outcome);
}

/** Nobody has put back what the release was taken back with: that is not Segue's to change. */
function tellOfConfig(turn: Turn, outcome: NonNullable<Towards>): void {
  const { config } = turn.spec;
  const stored = turn.snapshot.config?.version;
  if (outcome !== 'Aborted' || !config || stored?.digest !== config.candidate.digest) return;
  if (config.candidate.digest === config.stable.digest) return;
  const what = differenceText(config.stable, config.candidate);
  turn.tell(
    'Warning',
    'ConfigStays',
    `${what}: what is stored is still what was taken back. Pods of the old version read it when they ` +
      'start, and at once where it is a volume: put it back, or go on from here; ConfigMaps that are ' +
      'immutable, with a new name for each content, do not have this',
  );
}

/** The outcome for people and scripts, once. */
function conclude(turn: Turn, outcome: NonNullable<Towards>): string {
  const promoted = outcome === 'Promoted';
  const { reason = outcome, because = reason, startedAt, endedAt = turn.nowIso } = turn.status;
  const took = formatDuration(turn.sinceMs(endedAt) - turn.sinceMs(startedAt));
  const images = turn.spec.candidate.images.join(', ');
  const message = promoted ? `${images} released in ${took}` : because;
  const revision = promoted
    ? (turn.status.revision ?? turn.workload?.candidate?.revision)
    : undefined;
  turn.change({ outcome, reason, message, endedAt, revision });
  return message;
}

/** The release has its outcome, and the old version stays. */
export function enterKeep(turn: Turn): void {
  if (!hooksRan(turn, 'Promoted')) return;
  const message = conclude(turn, 'Promoted');
  turn.change({
    gateSince: undefined,
    promoted: undefined,
    full: undefined,
    skipped: undefined,
    unavailableSince: undefined,
    availableSince: undefined,
  });
  turn.tell('Normal', 'Promoted', message);
  turn.enter('Keep', { persist: true });
}
