/**
 * StatefulSets: their own controller replaces the pods one by one, from the highest ordinal down to where Segue
 * lets it. Held, each pod keeps the version it has, and one that is made anew has that of users.
 */
import type { WorkloadState } from '../ports/workload.ts';
import type { Stage } from '../api/release.ts';
import { beginAbort } from './abort.ts';
import { awaitCandidate, knownToService, retire } from './candidate-serves.ts';
import { arrived, enterLastStage, insideWindow } from './forward.ts';
import { journalOwn, looseSets } from './native.ts';
import { hasDrained, send, weightOnTheWay } from './ordinal-traffic.ts';
import { ordinalPods } from './ordinal-shares.ts';
import { goalOf, isWhole, mayMove, reached } from './roll.ts';
import { passGates } from './stage-gates.ts';
import type { Turn } from './turn.ts';

/** What pods come with that are made anew is then what the template says. */
const NOTHING_LEFT =
  'it was scaled to zero half way; nothing would keep its next pods from having the new version, so that the template is put back too';

/** One stage: pod by pod, then gates. */
export function ordinalStage(turn: Turn): void {
  const { workload, status, plan } = turn;
  if (!workload) return;
  if (workload.replicas === 0) return beginAbort(turn, 'ScaledToZero', NOTHING_LEFT);
  journalOwn(turn);
  if (turn.hasTraffic) retire(turn);
  if (status.full && turn.stage !== plan.stages.at(-1)) return enterLastStage(turn, ordinalStage);
  if (!isHeldIn(turn, workload)) return;
  const { moving, has } = standing(workload);
  const inTheWay = otherPods(turn, workload);
  if (inTheWay !== '') return awaitOthers(turn, inTheWay);
  if (!isWhole(turn, workload)) return stayMoving(turn, moving);
  if (has < goalIn(turn, workload) && !mayBeBehind(turn, workload)) return goOn(turn, workload);
  turn.change({ move: undefined });
  reached(turn, ordinalStage);
}

/** One pod more, once the route has followed those that there are. */
function goOn(turn: Turn, workload: WorkloadState): void {
  const { moving, has } = standing(workload);
  if (!routedOnTheWay(turn, workload)) return stayMoving(turn, moving);
  if (mayMove(turn, workload)) return beginMove(turn, has + 1);
  stayPaused(turn);
}

/** Paused it goes no further, and what its pods do is all that is asked where no route has to follow them. */
function mayBeBehind(turn: Turn, workload: WorkloadState): boolean {
  return !turn.hasTraffic && !mayMove(turn, workload);
}

/** No move is under way, and the candidate has no pods that the stage does not give it. */
function isHeldIn(turn: Turn, workload: WorkloadState): boolean {
  const { moving, has } = standing(workload);
  const most = mostOf(turn, workload);
  // Scaled up on the way, the pods beyond would have the new version as well.
  const moves = moving !== undefined && has < moving && moving <= most;
  if (moves) keepMoving(turn, moving);
  const gives = !moves && has > most && goesBack(turn, workload);
  if (gives) giveBack(turn, has, most);
  return !moves && !gives;
}

/** Pods of the candidate, and how many it is on the way to. */
function standing({ ordinals, candidate }: WorkloadState) {
  return { moving: ordinals?.moving, has: candidate?.current ?? 0 };
}

/** A stage takes nothing back from the one before it: 3 pods are more than the 25 % after them may be. */
function mostOf(turn: Turn, workload: WorkloadState): number {
  const stages = turn.plan.stages.slice(0, (turn.status.stage ?? 0) + 1);
  return Math.max(...stages.map((stage) => goalIn(turn, workload, stage)));
}

/** A stage of a canary leaves an old pod for the rest of the traffic. */
function goalIn(turn: Turn, workload: WorkloadState, stage = turn.stage): number {
  const { replicas } = workload;
  const goal = goalOf(turn, workload, stage);
  if (turn.spec.strategy !== 'canary' || !stage) return goal;
  return Math.min(goal, ordinalPods(replicas, { ...stage, capacityPercent: 100 }));
}

/** While pods that are made anew have the version of users. */
function goesBack({ spec }: Turn, { ordinals }: WorkloadState): boolean {
  return ordinals?.base === spec.stable.replicaSet;
}

/** Somebody else let its controller go further, or it was scaled up in the middle of a move. */
function giveBack(turn: Turn, has: number, most: number): void {
  turn.ordinals = { phase: 'Hold', most };
  turn.waitFor(`${has - most} pods to go back, which are more than this stage has`);
}

/** What is to become of the pods of neither version before the next one is moved, for people; '' when there
 * is nothing. */
function otherPods(turn: Turn, workload: WorkloadState): string {
  const loose = looseSets(turn, workload).map(({ name }) => name);
  if (loose.length > 0) return `the pods of ${loose.join(' and ')} to be replaced`;
  const { candidate, stable, replicas } = workload;
  const missing = replicas - (candidate?.current ?? 0) - (stable?.current ?? 0);
  // One that is made while pods are moved would have the new version, also where nobody asked for that.
  return missing > 0 ? `${missing} more pods to be made${ofBroken(stable)}` : '';
}

/** Its controller makes them in their order, and waits for each to be ready. */
function ofBroken(stable: WorkloadState['stable']): string {
  const broken = stable ? stable.current - stable.ready : 0;
  return broken > 0 ? `, while ${broken} of ${stable?.name} are not ready` : '';
}

/** Each of them has the time of the progress deadline to itself, as one that is moved. */
function awaitOthers(turn: Turn, what: string): void {
  if (turn.status.move !== what) turn.change({ move: what, unavailableSince: turn.nowIso });
  awaitCandidate(turn, what);
}

function keepMoving(turn: Turn, updated: number): void {
  turn.ordinals = { phase: 'Move', updated };
  awaitCandidate(turn, 'the workload controller to replace the next pod');
}

/** The route sends what the pods can take that are left while the next one is changed. */
function routedOnTheWay(turn: Turn, { replicas, candidate }: WorkloadState): boolean {
  const { stage: at } = turn;
  if (!turn.hasTraffic || !at) return true;
  const { weight: now = 0, requestsOf } = turn.status.traffic ?? {};
  const weight = Math.min(
    mayGetMore(turn, at) ? 100 : now,
    weightOnTheWay(replicas, candidate?.ready ?? 0, at),
  );
  if (weight > now && !mayRaise(turn, at)) return false;
  send(turn, weight, weight === 0 ? undefined : requestsOf);
  return arrived(turn) && hasLeft(turn, weight);
}

function mayRaise(turn: Turn, at: Stage): boolean {
  return insideWindow(turn, at) && knownToService(turn);
}

/** The old pods that are left have nothing any more. */
function hasLeft(turn: Turn, weight: number): boolean {
  return weight < 100 || hasDrained(turn, 'the old pods');
}

/** What is to be tried first gets no more before, nor does what a person has paused. */
function mayGetMore({ status }: Turn, { tests }: Stage): boolean {
  return tests === undefined && status.paused === undefined;
}

/** Short of the pods of its stage it has no more than what these can take, whatever the stage says. */
function stayPaused(turn: Turn): void {
  turn.change({ move: undefined });
  if (turn.stage) passGates(turn, turn.stage);
}

/** Between two pods of one way there is nothing to hold; unless it has just been given up. */
function stayMoving(turn: Turn, moving: number | undefined): void {
  if (moving !== undefined && turn.status.towards === undefined)
    turn.ordinals = { phase: 'Move', updated: moving };
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
