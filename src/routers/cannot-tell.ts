/** For routers that see no requests: what they refuse, with what can be used instead. */
import type { Problem } from '../api/problem.ts';
import type { RequestRules } from '../api/request-match.ts';

export function cannotTell(rules: readonly RequestRules[]): Problem[] {
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
