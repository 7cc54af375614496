/**
 * The arithmetic of a rolling update in moves. A Deployment whose new pods never count as available
 * (the brake, see workloads/deployment/native.ts) comes to rest by itself: at `replicas` less
 * maxUnavailable old pods, and maxSurge with maxUnavailable new ones. So each pair of numbers names
 * one exact state, however late or dead whoever wrote it is.
 */
import { parseSize } from './rolling.ts';

/** How many pods there may be too many and too few, as the user wants it. */
export interface Limits {
  surge: number;
  unavailable: number;
}

type Wanted = { maxSurge?: unknown; maxUnavailable?: unknown } | undefined;

/** The policy's, or else the workload's own. As Kubernetes does it: a surge is rounded up, what is
 * missing down, and both cannot be zero. */
export function limitsOf(roll: Wanted, strategy: unknown, replicas: number): Limits {
  const own = (strategy as { rollingUpdate?: Wanted | null } | undefined)?.rollingUpdate;
  const { maxSurge = '25%', maxUnavailable = '25%' } = { ...own, ...roll };
  const surge = podsOf(maxSurge, replicas, Math.ceil);
  const unavailable = Math.min(replicas, podsOf(maxUnavailable, replicas, Math.floor));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** How many pods there are more than wanted, at most. */
export function surgeOf(roll: Wanted, strategy: unknown, replicas: number): number {
  return limitsOf(roll, strategy, replicas).surge;
}

function podsOf(value: unknown, replicas: number, round: (n: number) => number): number {
  const size = parseSize(value) ?? { percent: 25 };
  return 'pods' in size ? size.pods : round((replicas * size.percent) / 100);
}

export interface Standing {
  replicas: number;
  /** Pods the old and the new set want; all of the new one's are available. */
  stable: number;
  candidate: number;
  /** New pods to come to. */
  goal: number;
  /** No old pod is to be left. */
  whole: boolean;
}

/** What to write for the next move; undefined when there is none left to make. */
export function nextMove(at: Standing, limits: Limits): MoveNumbers | undefined {
  const { replicas, stable, candidate, goal, whole } = at;
  if (candidate >= goal && (!whole || stable === 0)) return undefined;
  const { surge, unavailable } = limits;
  const all = replicas + surge;
  // At a hold as many old pods stay as the limits allow.
  const stay = whole ? 0 : Math.max(0, all - goal);
  const old = Math.min(stable, replicas, Math.max(stay, replicas - unavailable - candidate, 0));
  const fresh = Math.max(Math.min(goal, all - old), replicas - old);
  return { maxSurge: old + fresh - replicas, maxUnavailable: replicas - old };
}

export interface MoveNumbers {
  maxSurge: number;
  maxUnavailable: number;
}

/** The sizes at which the Deployment controller comes to rest. */
export function restOf({ maxSurge, maxUnavailable }: MoveNumbers, replicas: number) {
  const stable = Math.max(0, replicas - maxUnavailable);
  return { stable, candidate: Math.min(replicas, replicas + maxSurge - stable) };
}

/** The numbers with which the sizes there are now are that rest, so that nothing is added or taken. */
export function standstill(at: {
  replicas: number;
  stable: number;
  candidate: number;
}): MoveNumbers {
  const { replicas, stable, candidate } = at;
  return {
    maxSurge: Math.max(0, stable + candidate - replicas),
    maxUnavailable: Math.max(0, replicas - stable),
  };
}
