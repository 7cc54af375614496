/** The way of a release that goes well: prepare, stages, swap, bake, drain. */
import { formatDuration } from '../api/duration.ts';
import type { ReleaseStatus, Stage } from '../api/release.ts';
import { beginAbort, NO_OUTCOME } from './abort.ts';
import { enterKeep } from './ending.ts';
import { staysBehind } from './left-behind.ts';
import { isNative } from './native.ts';
import { isUncounted } from './ordinals-end.ts';
import { pairWaitsFor } from './pair.ts';
import { candidateSuffices, retire } from './candidate-serves.ts';
import { HALF_PERCENT, podShare, shareText } from './pod-shares.ts';
import { readWindow } from './gates.ts';
import { gatesOpen, passGates, testsPassed } from './stage-gates.ts';
import { runTasks, stageMoment } from './tasks.ts';
import { journalStrategy } from './strategy-journal.ts';
import { direct, directionOf, endpointsSuffice, isSent, settled } from './traffic.ts';
import { nextLook, report, reportTrouble, troubleText } from './trouble.ts';
import type { Turn } from './turn.ts';

export function enterPrepare(turn: Turn): void {
  turn.change({
    journal: journalOf(turn),
    ...(turn.hasTraffic && { traffic: { dedicated: true, route: 'Service', weight: 0 } }),
  });
  turn.enter('Prepare', { persist: turn.status.step === 'Wait' });
}

function journalOf({ workload, snapshot, plan, status }: Turn): ReleaseStatus['journal'] {
  const { minReadySeconds, progressDeadlineSeconds } = workload ?? {};
  const own = { minReadySeconds, progressDeadlineSeconds };
  // While a swap is under way what is stored is Segue's.
  const { strategy } = workload?.swapClean === false ? (status.journal ?? {}) : (workload ?? {});
  return { strategy, routers: snapshot.capture, ...(plan.roll && own) };
}

/** Makes the Services of each version and routes through them, all to stable, before the first
 * candidate pod exists. */
export function prepare(turn: Turn): void {
  if (!turn.workload || !hasRoom(turn)) return;
  if (turn.hasTraffic && !splitReached(turn)) return;
  const waits = pairWaitsFor(turn);
  if (waits !== '') return awaitBegin(turn, waits + reportTrouble(turn, waits));
  if (turn.plan.stages.length === 0) return enterSwap(turn);
  enterStage(turn, 0);
}

/** The route leads to the Services of each version. */
function splitReached(turn: Turn): boolean {
  if (turn.status.traffic?.route === 'Service') {
    // Names that were taken out, as with a Service that is gone, settle again once they are back.
    if (turn.snapshot.traffic?.named === false) forgetReadBack(turn);
    const missing = missingForSplit(turn);
    if (missing !== '') {
      awaitBegin(turn, missing);
      return false;
    }
    if (!announced(turn)) return false;
    direct(turn, { route: 'Split', weight: 0 });
    // A restart that took the user's Service for the route would put both versions behind it.
    turn.persistNow = true;
  }
  return isAhead(turn, turn.plan.stages[0]) || arrived(turn);
}

/** What cannot send anything to a Service that it has only just been told of has known them long enough. */
function announced(turn: Turn): boolean {
  const { named, message = '' } = turn.snapshot.traffic ?? {};
  if (named === undefined) return true;
  if (named) return settled(turn);
  awaitBegin(turn, message || 'the route to name the Services of each version');
  return false;
}

function forgetReadBack(turn: Turn): void {
  const { traffic } = turn.status;
  if (traffic?.readBackAt === undefined) return;
  const { readBackAt: _, ...rest } = traffic;
  turn.change({ traffic: rest });
}

function missingForSplit(turn: Turn): string {
  if (turn.snapshot.traffic?.dedicated !== 'Present') return servicesMissing(turn);
  const needed = turn.workload?.stable?.available ?? 0;
  if (endpointsSuffice(turn, 'stable', needed)) return '';
  return `the ${needed} stable pods to be endpoints of their Service`;
}

/** A set that a quota certainly keeps from filling is not begun. */
function hasRoom(turn: Turn): boolean {
  const { room } = turn.snapshot;
  if (!room) return true;
  const short = room.certain ? 'room for the candidate' : 'there may be no room for the candidate';
  report(turn, room, `${short}: ${room.message}`);
  if (!room.certain) return true;
  turn.wakeAt(nextLook(turn, turn.status.stepSince));
  awaitBegin(turn, `room for the candidate: ${room.message}`);
  return false;
}

function servicesMissing(turn: Turn): string {
  const { inTheWay = '' } = turn.snapshot.traffic ?? {};
  return `the Services of each version${inTheWay === '' ? '' : `: ${inTheWay}`}`;
}

/** Bounded: something may be in the way that stays there. */
function awaitBegin(turn: Turn, what: string): void {
  const { progressDeadlineMs } = turn.plan;
  const deadlineMs = turn.sinceMs(turn.status.stepSince) + progressDeadlineMs;
  if (turn.now < deadlineMs) return turn.waitFor(what, deadlineMs);
  const waited = formatDuration(progressDeadlineMs);
  beginAbort(turn, 'ProgressDeadlineExceeded', `waited ${waited} for ${what}`);
}

function enterStage(turn: Turn, stage: number): void {
  turn.change({
    stage,
    approved: undefined,
    skipped: undefined,
    stageReplicas: turn.workload?.replicas ?? 0,
    gateSince: undefined,
    promoted: undefined,
    unavailableSince: turn.nowIso,
    availableSince: undefined,
  });
  turn.enter('Stage');
}

/** One stage: capacity, then traffic, then gates. */
export function stage(turn: Turn): void {
  const at = turn.stage;
  if (!at) return enterSwap(turn);
  if (turn.status.full && nextStage(turn)) return enterLastStage(turn, stage);
  if (!isReady(turn, at)) return;
  if (isAhead(turn, nextStage(turn)) && gatesOpen(turn, at)) return leaveStage(turn);
  if (!mayMoveOn(turn, at)) return;
  direct(turn, directionOf(turn, at));
  if (!arrived(turn)) return;
  if (turn.status.gateSince === undefined) beginGates(turn, at);
  runTasks(turn, stageMoment(turn.status.stage), at.tasks);
  if (passGates(turn, at)) leaveStage(turn);
}

/** Its pods were tried, and the window has not shut until they were there. */
function mayMoveOn(turn: Turn, at: Stage): boolean {
  if (turn.status.gateSince !== undefined) return true;
  return testsPassed(turn, at) && insideWindow(turn, at);
}

/** The window of what is before the stage. Where pods are the shares they have it as soon as they are there. */
export function insideWindow(turn: Turn, at: Stage): boolean {
  const { promoted, skipped, full, windowPassed, stage: number = 0 } = turn.status;
  const asked = [promoted, skipped, full, windowPassed].includes(true);
  if (asked || turn.plan.byPods || isSent(turn, directionOf(turn, at))) return true;
  const { window } = turn.plan.stages[number - 1] ?? turn.plan.before ?? {};
  const reading = readWindow(window, turn.now);
  if (reading.is === 'Waiting') turn.waitFor(reading.for, reading.untilMs);
  return reading.is === 'Open';
}

function beginGates(turn: Turn, { weight }: Stage): void {
  turn.change({ gateSince: turn.nowIso, windowPassed: undefined });
  if (weight === 100) turn.change({ drainSince: turn.nowIso });
  turn.tell('Normal', 'StageReached', stageMessage(turn));
}

/** A person opened the gates of all stages. */
export function enterLastStage(turn: Turn, next: (turn: Turn) => void): void {
  enterStage(turn, turn.plan.stages.length - 1);
  next(turn);
}

function isReady(turn: Turn, at: Stage): boolean {
  return candidateSuffices(turn) && podsInPlace(turn, at);
}

/** Where pods are the shares, the sets have changed places beyond half, and only as many old pods are
 * left as the share says. */
function podsInPlace(turn: Turn, at: Stage): boolean {
  if (!turn.plan.byPods || at.weight <= HALF_PERCENT || !turn.workload) return true;
  if (turn.workload.carrier !== 'Candidate' || !turn.workload.swapClean) {
    enterSwap(turn);
    return false;
  }
  const tooMany =
    (turn.workload.stable?.current ?? 0) - podShare(turn.workload.replicas, at.weight).stable;
  if (tooMany <= 0) return true;
  turn.waitFor(`${tooMany} old pods to go`);
  return false;
}

/** @param next what looks at the stage after it */
export function leaveStage(turn: Turn, next: (turn: Turn) => void = stage): void {
  if (!nextStage(turn)) return changesPlaces(turn) ? enterSwap(turn) : enterBake(turn);
  const { promoted, skipped, stage: number = 0 } = turn.status;
  enterStage(turn, number + 1);
  turn.change({ windowPassed: promoted || skipped || undefined });
  next(turn);
}

/** At the end of the stages, two sets under one target. */
function changesPlaces(turn: Turn): boolean {
  return !isNative(turn) && !turn.plan.byPods && !turn.spec.pair;
}

function nextStage(turn: Turn): Stage | undefined {
  return turn.plan.stages[(turn.status.stage ?? 0) + 1];
}

/** The route has the weight of the next stage already: the controller was stopped after it wrote
 * that, and before the status told of it. Going back first would move users twice. */
function isAhead(turn: Turn, next: Stage | undefined): boolean {
  const { traffic } = turn.snapshot;
  if (!next || traffic?.route !== 'Split') return false;
  return traffic.weight === next.weight && traffic.weight !== turn.status.traffic?.weight;
}

export function stageMessage(turn: Turn): string {
  const number = (turn.status.stage ?? 0) + 1;
  const what = `stage ${number} of ${turn.plan.stages.length} (${turn.stage?.name})`;
  return turn.stage && turn.hasTraffic ? what + shareOf(turn, turn.stage) : what;
}

function shareOf({ plan, workload }: Turn, { weight, match, mirror, sticky }: Stage): string {
  if (plan.byPods)
    return `, ${shareText(podShare(workload?.replicas ?? 0, weight))} of the traffic`;
  const also = `${match ? ' and what matches' : ''}${mirror ? ', and copies' : ''}`;
  return `, ${weight} % of the ${sticky ? 'users' : 'traffic'}${also}`;
}

/** The traffic is where it was sent; a route that does not take it up in time ends the release. */
export function arrived(turn: Turn): boolean {
  if (settled(turn)) return true;
  const { traffic, message = '' } = turn.status;
  if (traffic?.readBackAt !== undefined || traffic?.since === undefined) return false;
  const deadlineMs = turn.sinceMs(traffic.since) + turn.plan.progressDeadlineMs;
  if (turn.now < deadlineMs) {
    turn.wakeAt(deadlineMs);
    return false;
  }
  const waited = formatDuration(turn.plan.progressDeadlineMs);
  beginAbort(turn, 'RouteNotAccepted', `${message}, after ${waited}`);
  return false;
}

/** From here on a restart must know that the two sets are changing places. */
function enterSwap(turn: Turn): void {
  const workload = turn.workload;
  if (!workload) return;
  const available = workload.candidate?.available ?? 0;
  if (turn.plan.stages.length > 0 && available < workload.replicas)
    return turn.waitFor(`${available} of ${workload.replicas} candidate pods available`);
  turn.change({
    gateSince: undefined,
    promoted: undefined,
    approved: undefined,
    skipped: undefined,
    full: undefined,
  });
  journalStrategy(turn);
  turn.enter('Swap', { persist: true });
}

/** Candidate and stable change places under the target. */
export function swap(turn: Turn): void {
  const workload = turn.workload;
  if (!workload) return;
  if (workload.carrier === 'Stable') journalStrategy(turn);
  if (turn.plan.stages.length > 0) retire(turn);
  if (workload.carrier !== 'Candidate' || !workload.swapClean)
    return turn.waitFor((workload.swapWaitsFor || 'the sets to change places') + troubleText(turn));
  if (turn.plan.byPods) return turn.enter('Stage', { persist: true });
  enterBake(turn);
}

function enterBake(turn: Turn): void {
  // Where stable had to take the traffic again the bake begins when it has left once more.
  const gone = !turn.hasTraffic || turn.status.traffic?.weight === 100;
  turn.change({ gateSince: gone ? turn.nowIso : undefined, promoted: undefined });
  if (turn.spec.pair) turn.change({ approved: undefined, skipped: undefined, full: undefined });
  // It comes from a stage and not from a swap, all pods of which are available.
  if (isNative(turn) || turn.spec.pair)
    turn.change({ unavailableSince: undefined, availableSince: undefined });
  turn.enter('Bake', { persist: true });
  if (turn.plan.bakeMs > 0 || turn.plan.bakeChecks.length > 0)
    turn.tell(
      'Normal',
      'Baking',
      `all traffic on ${turn.spec.candidate.images.join(', ')}; baking`,
    );
}

/** The old version stays up for an instant way back. */
export function bake(turn: Turn): void {
  if (!carries(turn)) return;
  const { bakeMs, bakeChecks, bakeTimeoutMs } = turn.plan;
  const checks = turn.hasTraffic || isNative(turn) ? bakeChecks : [];
  const gates = { holdMs: bakeMs, approval: false, checks, timeoutMs: bakeTimeoutMs };
  if (!passGates(turn, gates)) return;
  if (isUncounted(turn))
    return turn.waitFor('the StatefulSet controller to count the new version as that of all pods');
  if (turn.plan.oldVersion === 'Keep') enterKeep(turn);
  else enterDrain(turn);
}

/** The old version does not go while the new one cannot do without it. */
function carries(turn: Turn): boolean {
  // Released at once, since nothing ran: there is nothing to go back to.
  if (turn.plan.stages.length === 0) return true;
  if (!candidateSuffices(turn)) return false;
  if (turn.hasTraffic) direct(turn, { route: 'Split', weight: 100 });
  if (!arrived(turn)) return false;
  if (turn.status.gateSince === undefined)
    turn.change({ gateSince: turn.nowIso, drainSince: turn.nowIso });
  return true;
}

/** Since when the old version has no traffic: at the earliest since it was read back last, whatever
 * happened to the route in between. */
export function drainsSince({ status, nowIso }: Turn): string {
  const { drainSince = nowIso, traffic } = status;
  const { readBackAt = traffic ? nowIso : drainSince } = traffic ?? {};
  return readBackAt > drainSince ? readBackAt : drainSince;
}

/** The point of no return: the old version begins to go. */
export function enterDrain(turn: Turn): void {
  turn.change({
    gateSince: undefined,
    promoted: undefined,
    paused: undefined,
    unavailableSince: undefined,
    availableSince: undefined,
    towards: 'Promoted',
    drainSince: drainsSince(turn),
  });
  turn.enter('Drain', { persist: true });
}

/** The new version has lost all its pods while the old one is whole. */
function isLost(turn: Turn): boolean {
  const { candidate, stable, replicas = 0 } = turn.workload ?? {};
  if (replicas === 0 || turn.plan.stages.length === 0) return false;
  return (candidate?.available ?? 0) === 0 && (stable?.available ?? 0) > 0;
}

/** Nothing is gone yet: the old version takes the traffic again, and there is a way back to it. */
function backToBake(turn: Turn): void {
  turn.change({ towards: undefined, drainSince: undefined, gateSince: undefined, ...NO_OUTCOME });
  turn.enter('Bake', { persist: true });
}

/** Traffic before scale-down (invariant 2): the old pods stay for the drain time, then go. */
export function drain(turn: Turn): void {
  const endMs = turn.sinceMs(turn.status.drainSince) + turn.plan.drainMs;
  if (turn.now < endMs) {
    if (isLost(turn)) return backToBake(turn);
    return turn.waitFor('the old version to drain', endMs);
  }
  // What a set wants counts as well: pods that it takes up anew are not in its status yet.
  const { current = 0, replicas = 0 } = turn.workload?.stable ?? {};
  const left = Math.max(current, replicas);
  if (left > 0 && !staysBehind(turn)) return turn.waitFor(`${left} old pods to go`);
  turn.enter('Restore', { persist: true });
}
