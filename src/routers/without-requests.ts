/** What routers have in common that move a Service and see no requests: what they can, and what they refuse,
 * with what can be used instead. */
import { KINDS } from '../api/group.ts';
import type { Problem } from '../api/problem.ts';
import type { RequestRules } from '../api/request-match.ts';
import type { RouterScope, TrafficObjects } from '../ports/traffic-router.ts';
import { unsharable } from './service-spec.ts';

/** Apart from its weights. */
export const SEES_NO_REQUESTS = {
  dedicatedServices: false,
  match: false,
  mirror: false,
  sticky: false,
} as const;

export function checkWithoutRequests(
  { rules, services }: Pick<RouterScope, 'rules' | 'services'>,
  objects: TrafficObjects,
): Problem[] {
  return [
    ...cannotTell(rules),
    ...services.flatMap((name) => unsharable(name, objects.get(KINDS.service, name)) ?? []),
  ];
}

function cannotTell(rules: readonly RequestRules[]): Problem[] {
  const match = rules.some((one) => one.match !== undefined);
  const mirror = rules.some((one) => one.mirror !== undefined);
  const sticky = rules.some((one) => one.sticky !== undefined);
  const fix = 'use the router gatewayAPI, or remove it from spec.strategy';
  return [
    ...(match ? [{ field: 'match', message: 'a Service cannot tell requests apart', fix }] : []),
    ...(mirror ? [{ field: 'mirror', message: 'a Service cannot copy requests', fix }] : []),
    ...(sticky ? [{ field: 'sticky', message: 'a Service cannot tell users apart', fix }] : []),
  ];
}
