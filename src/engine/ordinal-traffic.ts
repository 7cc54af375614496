/**
 * What a route sends to the new pods of a StatefulSet. No pod is added, so that one that is changed is missing: on the
 * way the route follows the pods, move by move, so that each of those that are left has no more than its part.
 */
import type { Stage } from '../api/release.ts';
import { isOrdinal } from './native.ts';
import { ordinalPods } from './ordinal-shares.ts';
import { direct, endpointsSuffice, settled } from './traffic.ts';
import type { Turn } from './turn.ts';

/** While one more pod is away: an equal part for each of the others, and never more than the stage says. */
export function weightOnTheWay(replicas: number, fresh: number, at: Stage): number {
  const others = replicas - 1;
  if (fresh === 0 || others <= 0) return 0;
  return Math.min(stageWeight(replicas, at), Math.floor((100 * Math.min(fresh, others)) / others));
}

/** Where no old pod is left the new ones have everything. */
export function stageWeight(replicas: number, at: Stage): number {
  return ordinalPods(replicas, at) >= replicas ? 100 : at.weight;
}

/** An old pod takes at most this much of what it has when all are there. */
const TWICE = 2;

/** On the way back: as little as the old pods can do without that their Service knows of. */
function weightBack({ workload, snapshot }: Turn): number {
  const { replicas = 0, stable, candidate } = workload ?? {};
  if (replicas === 0 || (candidate?.available ?? 0) === 0) return 0;
  const available = stable?.available ?? 0;
  const known = Math.min(available, snapshot.traffic?.endpoints.stable ?? available);
  return Math.max(0, Math.ceil(100 - (TWICE * 100 * known) / replicas));
}

/** What the candidate has while it is taken back. */
export function retreatWeight(turn: Turn): number {
  if (!isOrdinal(turn)) return 0;
  // It takes nothing up that it did not have.
  return Math.min(turn.status.traffic?.weight ?? 0, weightBack(turn));
}

/** Old pods that their Service does not know of yet are about to take more, before the next new one goes. */
function stableIsKnown(turn: Turn): boolean {
  const { available = 0 } = turn.workload?.stable ?? {};
  if (turn.status.traffic?.weight === 0 || endpointsSuffice(turn, 'stable', available)) return true;
  turn.waitFor(`the ${available} stable pods to be endpoints of their Service`);
  return false;
}

/** True when the next pod may go back. */
export function routedBack(turn: Turn): boolean {
  const split = turn.status.traffic?.route === 'Split';
  if (!turn.hasTraffic || !split) return true;
  send(turn, retreatWeight(turn));
  return settled(turn) && stableIsKnown(turn) && isRelieved(turn);
}

/** A new pod that answers goes when the others can take what they have without it, or an old one that comes has taken
 * over from it. */
function isRelieved(turn: Turn): boolean {
  const { stable, candidate, replicas = 0 } = turn.workload ?? {};
  const coming = stable ? stable.current - stable.available : 0;
  const left = Math.max(0, (candidate?.available ?? 0) - 1);
  const weight = turn.status.traffic?.weight ?? 0;
  if (coming <= 0 || weight * replicas <= TWICE * 100 * left) return true;
  turn.waitFor(`${coming} old pods to become available`);
  return false;
}

/**
 * On the way back the new pods have nothing any more: what is under way in them ends in the drain time since that was
 * read back, and before that none of them goes.
 */
export function drainsBack(turn: Turn): boolean {
  const { traffic, drainSince } = turn.status;
  const left = traffic?.route === 'Split' && traffic.weight === 0;
  // Without a reading there is nothing to count from, and what had no traffic has nothing to end.
  if (!turn.hasTraffic || !left || drainSince === undefined || traffic.readBackAt === undefined)
    return false;
  return !hasDrained(turn, 'the new pods');
}

/** Since the route as it is was read back the drain time is over. */
export function hasDrained(turn: Turn, what: string): boolean {
  const endMs = turn.sinceMs(turn.status.traffic?.readBackAt) + turn.plan.drainMs;
  if (turn.now >= endMs) return true;
  turn.waitFor(`${what} to drain`, endMs);
  return false;
}

export function send(turn: Turn, weight: number, requestsOf?: number): void {
  const { traffic } = turn.status;
  const same = traffic?.weight === weight && traffic.requestsOf === requestsOf;
  direct(turn, { route: 'Split', weight, requestsOf });
  // A restart must not take a weight between two stages for somebody else's work.
  if (!same) turn.persistNow = true;
}
