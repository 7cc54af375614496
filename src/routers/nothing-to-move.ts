/** The reading of a route through which nothing goes: nothing is to be put back there, and nothing to be split. */
import type { RouteReading, TrafficIntent } from '../ports/traffic-router.ts';

/** @param message why, for people */
export function nothingToMove({ route }: TrafficIntent, message: string): RouteReading {
  return route === 'Service'
    ? { route, accepted: true, missing: true, message }
    : { route: 'Other', accepted: false, missing: true, message };
}
