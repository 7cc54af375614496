/** Where the traffic is to go, and whether it got there: stored, accepted, and settled. */
import type { TrafficReading } from './snapshot.ts';
import type { Turn } from './turn.ts';

interface Direction {
  route: 'Service' | 'Split';
  weight: number;
}

/** Sends the traffic there from now on; asking for what is already asked for changes nothing. */
export function direct(turn: Turn, to: Direction): void {
  const traffic = turn.status.traffic;
  if (traffic?.route === to.route && traffic.weight === to.weight) return;
  turn.change({ traffic: { dedicated: traffic?.dedicated ?? true, ...to } });
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
  if (!inEffect(traffic, reading)) {
    if (traffic.readBackAt !== undefined) turn.change({ traffic: withoutReadBack(traffic) });
    turn.waitFor(reading.message || `the route to take up weight ${traffic.weight}`);
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

function inEffect(wanted: Direction, reading: TrafficReading): boolean {
  if (reading.missing) return true;
  if (!reading.accepted || reading.route !== wanted.route) return false;
  return wanted.route === 'Service' || reading.weight === wanted.weight;
}

function withoutReadBack(traffic: NonNullable<Turn['status']['traffic']>) {
  const { readBackAt: _, ...rest } = traffic;
  return rest;
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
