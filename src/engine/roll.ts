/**
 * Rolling and recreate: the candidate belongs to the target from the beginning, and the target's own
 * controller changes the pods. Segue resumes it for one move at a time, to sizes at which it comes
 * to rest by itself; traffic follows the pods. What a restart finds is what is stored: the sizes,
 * and the numbers of the last move.
 */
import type { Stage } from '../api/release.ts';
import type { WorkloadMove, WorkloadState } from '../ports/workload.ts';
import { candidateReplicas } from './capacity.ts';
import { awaitCandidate, isSteady, knownToService } from './candidate-serves.ts';
import { arrived, enterLastStage, insideWindow, leaveStage, stageMessage } from './forward.ts';
import { nextMove, restOf } from './move.ts';
import { journalOwn, looseSets, recreates, rollLimits, sizes } from './native.ts';
import { send, stageWeight } from './ordinal-traffic.ts';
import { passGates, testsPassed } from './stage-gates.ts';
import { directionOf, isSent } from './traffic.ts';
import { runTasks, stageMoment } from './tasks.ts';
import { reportRecovery } from './trouble.ts';
import type { Turn } from './turn.ts';

/** One stage: pods move by move, then gates. */
export function rollStage(turn: Turn): void {
  const { workload } = turn;
  if (!workload) return;
  journalOwn(turn);
  const last = turn.stage === turn.plan.stages.at(-1);
  if (turn.status.full && !last) return enterLastStage(turn, rollStage);
  const loose = gotLoose(turn, workload);
  if (loose !== '') return turn.waitFor(loose);
  const under = moveUnderWay(workload);
  if (under) return keepMoving(turn, under);
  if (!isWhole(turn, workload)) return;
  const next = mayMove(turn, workload) ? moveToMake(turn, workload) : undefined;
  if (next) return beginMove(turn, next);
  turn.change({ move: undefined });
  reached(turn, rollStage);
}

/** The pods are where the stage wants them, and users are on them: they are tried before the hold counts. */
export function reached(turn: Turn, next: (turn: Turn) => void): void {
  const at = turn.stage;
  if (!at) return;
  const { gateSince, paused } = turn.status;
  if (gateSince === undefined && !testsPassed(turn, at)) return;
  if (!routedAt(turn, at)) return;
  if (gateSince === undefined && !paused) {
    turn.change({ gateSince: turn.nowIso });
    turn.tell('Normal', 'StageReached', stageMessage(turn));
  }
  runTasks(turn, stageMoment(turn.status.stage), at.tasks);
  if (passGates(turn, at)) leaveStage(turn, next);
}

/** True when the route, where there is one, sends what the stage says. */
function routedAt(turn: Turn, at: Stage): boolean {
  if (!turn.hasTraffic) return true;
  // They were lost a moment ago: the others have what they had until they are back.
  if ((turn.workload?.candidate?.available ?? 0) === 0) {
    turn.waitFor('new pods to send it to');
    return false;
  }
  if (turn.status.gateSince === undefined && !insideWindow(turn, at)) return false;
  const weight = stageWeight(turn.workload?.replicas ?? 0, at);
  const to = { ...directionOf(turn, at), weight };
  if (!isSent(turn, to) && !knownToService(turn)) return false;
  send(turn, weight, to.requestsOf);
  return arrived(turn);
}

/** Paused by a person it stays where it is; unless it has no pods at all, since the set was deleted. */
export function mayMove({ status }: Turn, workload: WorkloadState): boolean {
  const { stable, candidate } = sizes(workload);
  return status.paused === undefined || stable + candidate === 0;
}

/**
 * Resumed by somebody else the target goes nowhere Segue sent it: what began is taken back before the
 * next move, and so is an empty set of the candidate's template, which its controller would fill.
 * For people; '' when nothing got loose.
 */
function gotLoose(turn: Turn, workload: WorkloadState): string {
  const { held, move } = workload;
  if (!held && !move?.stored) return 'the hold to be taken again';
  const names = looseSets(turn, workload).map(({ name }) => name);
  return names.length > 0 ? `${names.join(' and ')} to go` : '';
}

/** The move that the target was sent on and is not at the end of. */
function moveUnderWay(workload: WorkloadState): WorkloadMove | undefined {
  const { held, move, replicas } = workload;
  if (held || !move?.stored) return undefined;
  const { stored: _, ...under } = move;
  const { stable, candidate } = sizes(workload);
  if (under.type === 'Recreate') return stable > 0 || candidate < replicas ? under : undefined;
  const rest = restOf(under, replicas);
  return stable > rest.stable || candidate < rest.candidate ? under : undefined;
}

function keepMoving(turn: Turn, move: WorkloadMove): void {
  turn.move = move;
  turn.change({ move: undefined });
  awaitCandidate(turn, 'the workload controller has not moved the pods yet');
}

/** To send the target on a move may take several writes, and turns. */
function beginMove(turn: Turn, move: WorkloadMove): void {
  turn.move = move;
  turn.change({ availableSince: undefined, gateSince: undefined });
  if (turn.status.move !== nameOf(move)) {
    turn.change({ unavailableSince: turn.nowIso, move: nameOf(move) });
    // A restart must not count the time of the moves before against this one.
    turn.persistNow = true;
  }
  awaitCandidate(turn, 'the workload controller to move the pods');
}

function nameOf(move: WorkloadMove): string {
  return move.type === 'Recreate' ? 'Recreate' : `${move.maxSurge}-${move.maxUnavailable}`;
}

/** Every new pod there is serves, for as long as minReadySeconds wants it. */
export function isWhole(turn: Turn, { candidate, replicas }: WorkloadState): boolean {
  const wanted = Math.min(candidate?.replicas ?? 0, replicas);
  const available = candidate?.available ?? 0;
  if (available >= wanted) return hasStood(turn, wanted);
  if (turn.status.unavailableSince === undefined || isSteady(turn))
    turn.change({ unavailableSince: turn.nowIso });
  turn.change({ availableSince: undefined });
  awaitCandidate(turn, `${available} of ${wanted} candidate pods available`);
  return false;
}

function hasStood(turn: Turn, pods: number): boolean {
  const { availableSince = turn.nowIso, journal } = turn.status;
  turn.change({ availableSince });
  const minMs = pods > 0 ? (journal?.minReadySeconds ?? 0) * 1_000 : 0;
  const endMs = turn.sinceMs(availableSince) + minMs;
  if (turn.now < endMs) {
    turn.waitFor('the new pods to be ready for minReadySeconds', endMs);
    return false;
  }
  if (isSteady(turn)) turn.change({ unavailableSince: undefined });
  reportRecovery(turn);
  return true;
}

function moveToMake(turn: Turn, workload: WorkloadState): WorkloadMove | undefined {
  const at = { replicas: workload.replicas, ...sizes(workload) };
  if (recreates(turn))
    return at.stable > 0 || at.candidate < at.replicas ? { type: 'Recreate' } : undefined;
  const whole = turn.stage === turn.plan.stages.at(-1);
  const next = nextMove({ ...at, goal: goalOf(turn, workload), whole }, rollLimits(turn));
  return next && { type: 'RollingUpdate', ...next };
}

export function goalOf(
  turn: Turn,
  { replicas }: WorkloadState,
  stage: Stage | undefined = turn.stage,
): number {
  const { pods, capacityPercent = 100 } = stage ?? {};
  if (pods !== undefined) return Math.min(pods, replicas);
  const atStageBegin = turn.status.stageReplicas ?? replicas;
  return Math.min(replicas, candidateReplicas(capacityPercent, { now: replicas, atStageBegin }));
}
