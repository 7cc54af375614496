/**
 * StatefulSets: their own controller replaces the pods one by one, from the highest ordinal down to where Segue
 * lets it. Held, each pod keeps the version it has, and one that is made anew has that of users.
 */
import type { WorkloadState } from '../ports/workload.ts';
import { awaitCandidate, enterLastStage } from './forward.ts';
import { journalOwn, looseSets } from './native.ts';
import { goalOf, isWhole, mayMove, reached } from './roll.ts';
import type { Turn } from './turn.ts';

/** One stage: pod by pod, then gates. */
export function ordinalStage(turn: Turn): void {
  const { workload, status, plan } = turn;
  if (!workload) return;
  journalOwn(turn);
  if (status.full && turn.stage !== plan.stages.at(-1)) return enterLastStage(turn, ordinalStage);
  const { moving, has } = standing(workload);
  if (moving !== undefined && has < moving) return keepMoving(turn, moving);
  if (!isWhole(turn, workload)) return stayMoving(turn, moving);
  const inTheWay = otherPods(turn, workload);
  if (inTheWay !== '') return turn.waitFor(inTheWay);
  if (has < goalOf(turn, workload) && mayMove(turn, workload)) return beginMove(turn, has + 1);
  turn.change({ move: undefined });
  reached(turn, ordinalStage);
}

/** Pods of the candidate, and how many it is on the way to. */
function standing({ ordinals, candidate }: WorkloadState) {
  return { moving: ordinals?.moving, has: candidate?.current ?? 0 };
}

/** What is to become of the pods of neither version before the next one is moved, for people; '' when there
 * is nothing. */
function otherPods(turn: Turn, workload: WorkloadState): string {
  const loose = looseSets(turn, workload).map(({ name }) => name);
  if (loose.length > 0) return `the pods of ${loose.join(' and ')} to be replaced`;
  const { candidate, stable, replicas } = workload;
  const missing = replicas - (candidate?.current ?? 0) - (stable?.current ?? 0);
  // One that is made while pods are moved would have the new version, also where nobody asked for that.
  return missing > 0 ? `${missing} more pods to be made` : '';
}

function keepMoving(turn: Turn, updated: number): void {
  turn.ordinals = { phase: 'Move', updated };
  awaitCandidate(turn, 'the workload controller to replace the next pod');
}

/** Between two pods of one way there is nothing to hold. */
function stayMoving(turn: Turn, moving: number | undefined): void {
  if (moving !== undefined) turn.ordinals = { phase: 'Move', updated: moving };
}

/** Each pod has the time of the progress deadline to itself. */
function beginMove(turn: Turn, updated: number): void {
  turn.ordinals = { phase: 'Move', updated };
  turn.change({ availableSince: undefined, gateSince: undefined });
  if (turn.status.move !== nameOf(updated)) {
    turn.change({ unavailableSince: turn.nowIso, move: nameOf(updated) });
    // A restart must not count the time of the pods before against this one.
    turn.persistNow = true;
  }
  awaitCandidate(turn, 'the workload controller to replace the next pod');
}

function nameOf(updated: number): string {
  return `ordinals-${updated}`;
}
