/**
 * What somebody took out of a route that has to name the versions for some time before they can get anything: it is not
 * led there at once, but names them first, as at the beginning of a release. Until then requests go where that somebody
 * has them go, or to the user's own Service, which leads to the pods of both.
 */
import type { TrafficReading } from './snapshot.ts';
import type { Turn } from './turn.ts';

type Traffic = NonNullable<Turn['status']['traffic']>;

/** Remembers since when they are named again, and forgets it when requests may go there. */
export function announceAnew(turn: Turn): void {
  const { traffic } = turn.status;
  const reading = turn.snapshot.traffic;
  if (!traffic || reading?.named === undefined) return;
  const next = announcing(turn, traffic, reading);
  if (next?.since === traffic.announcing?.since && !next === !traffic.announcing) return;
  const { announcing: _, ...rest } = traffic;
  turn.change({ traffic: next ? { ...rest, announcing: next } : rest });
  // A restart would lead requests there at once.
  if (next) turn.persistNow = true;
}

function announcing(turn: Turn, traffic: Traffic, reading: TrafficReading): Traffic['announcing'] {
  const { namingRoute } = reading;
  if (traffic.route !== 'Split' || namingRoute === 'Split' || reading.missing) return undefined;
  if (!reading.named) {
    turn.waitFor(`the versions to be named again: ${reading.message}`);
    return {};
  }
  if (!traffic.announcing) return isTakenBack(turn, reading) ? known(turn, turn.nowIso) : undefined;
  return reading.accepted
    ? known(turn, traffic.announcing.since ?? turn.nowIso)
    : traffic.announcing;
}

/** News of two objects that somebody wrote at once come one after the other, and what is written meanwhile is named
 * a moment later than it seems. */
export const NEWS_MS = 1_000;

/** Undefined once they are. */
function known(turn: Turn, since: string): Traffic['announcing'] {
  const untilMs = turn.sinceMs(since) + turn.plan.settleMs + NEWS_MS;
  if (turn.now >= untilMs) return undefined;
  turn.waitFor('the versions, which were named again, to be known', untilMs);
  return { since };
}

/** All of it is at the user's Service, where it was shared before. Who wrote that may have taken out what names the
 * versions too, in another object. */
function isTakenBack({ release }: Turn, { namingRoute }: TrafficReading): boolean {
  const { step, traffic } = release.status;
  // Nobody has led it anywhere yet, where the decision to do so was all that was written.
  const isBegun = step !== 'Prepare' || traffic?.readBackAt !== undefined;
  return namingRoute === 'Service' && traffic?.route === 'Split' && isBegun;
}
