/** Where the pods of a StatefulSet are to be, and how they get back there. */
import type { OrdinalsIntent, WorkloadState } from '../ports/workload.ts';
import { journalTemplate } from './native.ts';
import { drainsBack, retreatWeight, routedBack, send } from './ordinal-traffic.ts';
import { BACK, isLeftMixed, waitsForBeyond } from './ordinals-mixed.ts';
import type { Turn } from './turn.ts';

/** How far its pods may be changed, for the status as it is now. */
export function ordinalsIntent({ ordinals, status }: Turn): OrdinalsIntent {
  // A retreat moves the traffic first.
  const back = status.towards === 'Aborted' && status.step !== 'Retreat';
  return ordinals ?? { phase: back ? 'Back' : 'Hold' };
}

/**
 * The way back. While pods that are made anew have the version of users, those of the candidate are replaced
 * under the hold. When all of them have had the candidate's, it is what pods are made anew with: then the
 * template is put back for as long as it takes their controller to change them all. True when none is left, or
 * when what is left waits for pods that do not come.
 */
export function ordinalsBack(turn: Turn): boolean {
  const { workload } = turn;
  if (!workload) return true;
  const left = workload.candidate?.current ?? 0;
  const byTemplate = hasTakenOver(turn, workload) || hasEmptied(turn, workload);
  if (left === 0 && !byTemplate) return lastServes(turn, workload) && leaveNobody(turn);
  const { routed, late } = leftBy(turn, left);
  if (isLeftMixed(turn)) return leaveMixed(turn, left);
  if (byTemplate) journalTemplate(turn, workload);
  turn.ordinals = byTemplate
    ? { phase: 'Move', updated: goneBack(turn, workload, routed) }
    : underHold({ routed, late });
  if (routed) turn.waitFor(`${left} pods of the new version to be replaced`);
  return false;
}

function underHold({ routed, late }: { routed: boolean; late: boolean }): OrdinalsIntent {
  return routed ? { phase: 'Back', late } : { phase: 'Hold' };
}

/** The next release begins by taking a pod: not while the one that went back last comes up. */
function lastServes(turn: Turn, { stable, replicas }: WorkloadState): boolean {
  const missing = replicas - (stable?.ready ?? 0);
  const wentBack = turn.status.move?.startsWith(BACK) === true;
  if (!wentBack || missing <= 0 || isLate(turn, 0)) return true;
  turn.waitFor(`${missing} pods that went back to be ready`);
  return false;
}

/** A target that was made smaller loses its new pods first, and the route may send them their part still. */
function leaveNobody(turn: Turn): true {
  const { route, weight } = turn.status.traffic ?? {};
  if (turn.hasTraffic && route === 'Split' && weight !== 0) send(turn, retreatWeight(turn));
  return true;
}

/** Whether the next pod may go, since the route has left it, or since that takes too long. */
function leftBy(turn: Turn, left: number): { routed: boolean; late: boolean } {
  const read = routedBack(turn);
  if (drainsBack(turn)) {
    // The time that a pod has begins when it may go.
    turn.change({ move: undefined });
    return { routed: false, late: false };
  }
  const late = isLate(turn, left);
  return { routed: read || late, late };
}

/** The route follows each of them, where there is one. */
function goneBack({ hasTraffic }: Turn, { replicas, stable }: WorkloadState, routed: boolean) {
  const back = stable?.current ?? 0;
  return hasTraffic ? Math.min(replicas, back + (routed ? 1 : 0)) : replicas;
}

/** A pod that is made anew has the candidate's version. */
function hasTakenOver({ spec }: Turn, { ordinals }: WorkloadState): boolean {
  return ordinals?.base === spec.candidate.replicaSet;
}

/** Without pods it takes the version of its template for that of users, and nothing holds it back. */
function hasEmptied({ spec }: Turn, { replicas, templateHash }: WorkloadState): boolean {
  return replicas === 0 && templateHash === spec.candidate.templateHash;
}

/** A pod that never comes back must not keep the others from going back. */
export function isLate(turn: Turn, left: number): boolean {
  const move = `${BACK}${left}`;
  if (turn.status.move !== move) turn.change({ move, unavailableSince: turn.nowIso });
  const endMs = turn.sinceMs(turn.status.unavailableSince) + turn.plan.progressDeadlineMs;
  const isOver = turn.now >= endMs;
  turn.wakeAt(isOver ? turn.now + turn.plan.progressDeadlineMs : endMs);
  return isOver;
}

function waitsForStable({ spec }: Turn, left: number): string {
  const images = spec.stable.images.join(', ');
  return (
    `${left} pods still have the new version: those of ${images} do not become ready, ` +
    'and the StatefulSet controller waits for them; mend or delete these, and the others go back'
  );
}

function leaveMixed(turn: Turn, left: number): true {
  const { because = '' } = turn.status;
  const { workload } = turn;
  const beyond = left === 0 && workload?.ordinals?.going;
  const what = beyond ? waitsForBeyond(workload) : waitsForStable(turn, left);
  turn.change({ because: `${because}; ${what}` });
  turn.tell('Warning', 'LeftMixed', what);
  return true;
}
