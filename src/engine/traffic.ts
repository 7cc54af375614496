/** Where the traffic is to go, and whether it got there: stored, accepted, and settled. */
import type { Stage } from '../api/release.ts';
import { requestsOf } from './request-rules.ts';
import type { TrafficReading } from './snapshot.ts';
import type { Turn } from './turn.ts';

interface Direction {
  route: 'Service' | 'Split';
  weight: number;
  /** The stage whose match and mirror apply; none by default. */
  requestsOf?: number | undefined;
}

/** Sends the traffic there from now on; asking for what is already asked for changes nothing. */
export function direct(turn: Turn, direction: Direction): void {
  if (isSent(turn, direction)) return;
  const { route, weight, requestsOf } = direction;
  const traffic = turn.status.traffic;
  // A restart must not take the rules of another stage for somebody else's work.
  if (traffic?.requestsOf !== requestsOf) turn.persistNow = true;
  const { dedicated = true, announcing } = traffic ?? {};
  turn.change({
    traffic: {
      dedicated,
      route,
      weight,
      ...(requestsOf !== undefined && { requestsOf }),
      ...(route === 'Split' && announcing && { announcing }),
      since: turn.nowIso,
    },
  });
}

/** It is where the traffic has been sent already. */
export function isSent({ status }: Turn, { route, weight, requestsOf }: Direction): boolean {
  const { traffic } = status;
  const same = traffic?.requestsOf === requestsOf;
  return same && traffic?.route === route && traffic.weight === weight;
}

/** Where a stage sends the traffic. */
export function directionOf(turn: Turn, stage: Stage): Direction {
  const { weight } = stage;
  return { route: 'Split', weight, requestsOf: requestsOf(turn.plan, stage) };
}

/** Some requests are meant to reach the candidate, by weight or otherwise. */
export function reachesCandidate({ status }: Turn): boolean {
  const { route, weight = 0, requestsOf: rules } = status.traffic ?? {};
  return route === 'Split' && (weight > 0 || rules !== undefined);
}

/**
 * A weight counts only after it was read back, accepted and given its settle time (invariant 8).
 * Remembers when it was first read back, forgets it when it no longer is.
 */
export function settled(turn: Turn): boolean {
  if (!turn.hasTraffic) return true;
  const traffic = turn.status.traffic;
  const reading = turn.snapshot.traffic;
  if (!traffic || !reading) return false;
  if (!inEffect(turn, traffic, reading)) {
    if (traffic.readBackAt !== undefined) turn.change({ traffic: lost(traffic, turn.nowIso) });
    const message = reading.message || `the route to take up weight ${traffic.weight}`;
    turn.waitFor(message, reading.lookAgainAtMs);
    return false;
  }
  if (traffic.readBackAt === undefined) {
    turn.change({ traffic: { ...traffic, readBackAt: turn.nowIso } });
  }
  const settledAtMs = turn.sinceMs(turn.status.traffic?.readBackAt) + turn.plan.settleMs;
  if (turn.now >= settledAtMs) return true;
  turn.waitFor('the route to settle', settledAtMs);
  return false;
}

function inEffect(turn: Turn, wanted: Direction, reading: TrafficReading): boolean {
  // It was read by the rules that were wanted when this turn began.
  if (wanted.requestsOf !== turn.release.status.traffic?.requestsOf) return false;
  // Through a route that is gone nothing reaches the version that has to go.
  if (reading.missing) return turn.status.towards !== undefined;
  // Nothing is written and read back where pods are the shares: no answer to a write would come to be
  // looked at.
  if (turn.plan.byPods) return true;
  // Routers do not take up a way to a version without endpoints; where there are no pods to wait for,
  // waiting would keep a target that runs nothing from what mends it.
  const accepted = reading.accepted || (wanted.route === 'Split' && hasNoPods(turn, wanted.weight));
  if (!accepted || reading.route !== wanted.route) return false;
  return wanted.route === 'Service' || reading.weight === wanted.weight;
}

function hasNoPods({ workload }: Turn, weight: number): boolean {
  if (!workload || workload.replicas === 0) return true;
  return weight === 0 && (workload.stable?.available ?? 0) === 0;
}

function lost(traffic: NonNullable<Turn['status']['traffic']>, since: string) {
  const { readBackAt: _, ...rest } = traffic;
  return { ...rest, since };
}

/** The ready endpoints behind a version's Service suffice; true where there is no such Service. */
export function endpointsSuffice(
  turn: Turn,
  role: 'stable' | 'candidate',
  needed: number,
): boolean {
  const ready = turn.snapshot.traffic?.endpoints[role];
  return ready === undefined || ready >= needed;
}
