/** The way back: traffic first, then the sets, then the candidate goes. */
import {
  isByNodes,
  isNative,
  isOrdinal,
  leftByRecreate,
  recreatedBack,
  recreates,
} from './native.ts';
import { nodesBack } from './nodes-back.ts';
import { retreatWeight, send } from './ordinal-traffic.ts';
import { ordinalsBack } from './ordinals-back.ts';
import { journalStrategy } from './strategy-journal.ts';
import { sharesService } from './shelter.ts';
import { direct, reachesCandidate, settled } from './traffic.ts';
import { troubleText } from './trouble.ts';
import type { SetState } from '../ports/workload.ts';
import type { Turn } from './turn.ts';

const ABORTABLE = new Set(['Wait', 'Prepare', 'Stage', 'Swap', 'Bake', 'Keep']);

/** The release can still be given up: the old version is there in full size. */
export function canAbort(turn: Turn): boolean {
  return ABORTABLE.has(turn.status.step ?? 'Prepare');
}

/** Of a release that is in progress, or is so again. */
export const NO_OUTCOME = { outcome: undefined, endedAt: undefined, revision: undefined };

export function beginAbort(turn: Turn, reason: string, message: string): void {
  const split = turn.status.traffic?.route === 'Split';
  const carried = split && carriesTraffic(turn);
  turn.move = undefined;
  turn.ordinals = undefined;
  turn.nodes = undefined;
  turn.change({
    towards: 'Aborted',
    reason,
    because: message,
    message,
    paused: undefined,
    gateSince: undefined,
    promoted: undefined,
    approved: undefined,
    skipped: undefined,
    full: undefined,
    unavailableSince: undefined,
    availableSince: undefined,
    // One that was kept had been promoted before.
    ...NO_OUTCOME,
    // Only a candidate that had traffic needs time to drain, and what lost it a moment ago still does.
    drainSince: carried ? turn.nowIso : turn.status.drainSince,
  });
  if (split) direct(turn, { route: 'Split', weight: retreatWeight(turn) });
  turn.enter('Retreat', { persist: true });
  turn.tell('Warning', reason, `taking it back: ${message}`);
}

/** By what is asked for or by what is routed: after a restart the weight that was reached may not have
 * been written yet. */
function carriesTraffic(turn: Turn): boolean {
  const { traffic } = turn.snapshot;
  return reachesCandidate(turn) || (traffic?.weight ?? 0) > 0 || traffic?.missing === true;
}

/** All traffic back on stable, read back and settled. */
export function retreat(turn: Turn): void {
  if (sharesService(turn)) {
    direct(turn, { route: 'Split', weight: 0 });
    turn.change({ drainSince: turn.nowIso });
  }
  const routed = turn.status.traffic?.route === 'Split';
  // Written by whoever did not know yet that it goes back.
  if (routed && turn.status.drainSince === undefined && carriesTraffic(turn)) {
    turn.change({ drainSince: turn.nowIso });
    // A restart would find the weight put back, and not know.
    turn.persistNow = true;
  }
  // What old pods could not take a moment ago they may be able to now: that does not wait for the route to settle.
  if (routed && isOrdinal(turn)) send(turn, retreatWeight(turn));
  // What pods share leaves with them, which is what comes next.
  const moved = routed && !turn.plan.byPods;
  if (moved && !settled(turn)) return;
  // The candidate begins to drain now that its traffic has left.
  if (turn.status.drainSince !== undefined) turn.change({ drainSince: turn.nowIso });
  turn.enter('SwapBack');
}

/** Somebody deleted it: it is made anew, and the target gets it back. */
function stableMissing({ workload, plan }: Turn): boolean {
  return plan.stages.length > 0 && workload?.carrier === 'Candidate' && !workload.stable;
}

/** True when the target's own controller has brought the old pods back. */
function broughtBack(turn: Turn): boolean | undefined {
  if (recreates(turn)) return recreatedBack(turn);
  if (isByNodes(turn)) return nodesBack(turn);
  return isOrdinal(turn) ? ordinalsBack(turn) : undefined;
}

/** Stable belongs to the target again. */
export function swapBack(turn: Turn): void {
  const brought = broughtBack(turn);
  if (brought !== undefined) return brought ? turn.enter('Discard') : undefined;
  if (stableMissing(turn)) return turn.waitFor('the old set to be made anew');
  const workload = turn.workload;
  if (workload?.carrier === 'Candidate') journalStrategy(turn);
  if (workload && workload.stable && !(workload.carrier === 'Stable' && workload.swapClean))
    return awaitSwapBack(turn, workload.swapWaitsFor || 'the sets to change places back');
  turn.enter('Discard');
}

function awaitSwapBack(turn: Turn, what: string): void {
  if (isShort(turn.workload?.stable)) turn.wakeAt(refillEndMs(turn));
  turn.waitFor(what + troubleText(turn));
}

/** How long the set of stable is given to fill up before it goes back as it is. */
const REFILL_MS = 5_000;

export function refillEndMs(turn: Turn): number {
  return turn.sinceMs(turn.status.stepSince) + REFILL_MS;
}

function isShort(stable: SetState | undefined): boolean {
  return stable?.owner === 'Release' && stable.current < stable.replicas && stable.current > 0;
}

/**
 * Stable wants more pods than it may have: it grew with the target, and a quota is full of the
 * candidate's. All traffic is on what it has already; the rest comes when the candidate has gone, and
 * that can only go when the sets have changed places.
 */
export function cannotRefill(turn: Turn): boolean {
  return isShort(turn.workload?.stable) && turn.now >= refillEndMs(turn);
}

/** The candidate's pods go, after they had time to finish what they were doing. */
export function discard(turn: Turn): void {
  if (candidateDraining(turn)) {
    const endMs = turn.sinceMs(turn.status.drainSince) + turn.plan.drainMs;
    return turn.waitFor('the candidate to drain', endMs);
  }
  if (leftByRecreate(turn)) return turn.waitFor('the template of its user to be put back');
  const candidate = turn.workload?.candidate;
  // One that belongs to the target is an empty set of its history, with the same template.
  if (candidate?.owner === 'Release') {
    const why = servesAlone(turn, candidate) ? ALONE : '';
    return turn.waitFor(`${candidate.current} candidate pods to go${why}`);
  }
  turn.enter('Restore', { persist: true });
}

const ALONE =
  ', which serve alone: no pod of the version before is available; mend those, or write a template that works';

/** Its pods are all that users have, and nobody has written anything newer yet. */
export function servesAlone(turn: Turn, candidate: SetState): boolean {
  const { workload, spec } = turn;
  if (!isNative(turn) || candidate.ready === 0 || (workload?.stable?.available ?? 0) > 0)
    return false;
  const known = [spec.stable.templateHash, spec.candidate.templateHash];
  return workload !== undefined && known.includes(workload.templateHash);
}

export function candidateDraining(turn: Turn): boolean {
  // Without a router its traffic leaves with its pods, which drain while they terminate.
  if (turn.status.drainSince === undefined || turn.plan.byPods) return false;
  return turn.now < turn.sinceMs(turn.status.drainSince) + turn.plan.drainMs;
}
