/** What keeps a route from being split, whatever kind it is. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import { serviceSpec } from '../service-spec.ts';
import { groupsOf, isAlone, type Named, named, type Ref, slotsOf } from './refs.ts';
import type { CheckedRoute, CheckedRule } from './shape.ts';

export function checkRefs(scope: RouterScope, route: CheckedRoute): Problem[] {
  const { title, by, rules, dialect } = route;
  const leads = rules.flatMap(({ refs }) =>
    refs.flatMap((ref) => named(dialect, ref, isAlone(dialect, refs)) ?? []),
  );
  return [
    ...scope.services.flatMap((service) => unroutable({ service, title, by }, leads)),
    ...rules.flatMap((rule) => sharesAlready(route, rule)),
    ...rules.flatMap((rule) => ofNoPort(route, rule)),
  ];
}

/** Nothing leads to a Service, or what another release has left.
 * @param by what of the route leads to Services */
export function unroutable(
  { service, title: field, by }: { service: string; title: string; by: string },
  leads: readonly Named[],
): Problem[] {
  const roles = new Set(leads.filter((to) => to.service === service).map(({ role }) => role));
  if (roles.size === 1 && roles.has('Service')) return [];
  if (roles.size === 0)
    return [
      {
        field,
        message: `no ${by} leads to Service ${service}`,
        fix: `add a ${by} that leads to ${service}, or take it out of spec.traffic.services`,
      },
    ];
  return [
    {
      field,
      message: `it points at the dedicated Services of ${service} while no release is in progress`,
      fix: `point it at Service ${service}`,
    },
  ];
}

/** Whether a rule leads to one of the policy's Services. */
export function leadsToOurs({ dialect }: CheckedRoute, { refs }: CheckedRule): boolean {
  return groupsOf(slotsOf(dialect, refs)).length > 0;
}

/** Its labels would choose among the pods of one version, and nothing says of the Services of each what it is. */
export function ofASubset(
  { dialect }: CheckedRoute,
  { refs, refsAt: field }: CheckedRule,
  subsetOf: (ref: Ref) => string | undefined,
): Problem[] {
  return refs.flatMap((ref) => {
    const subset = subsetOf(ref);
    const service = dialect.nameOf(ref)?.service;
    if (subset === undefined || service === undefined) return [];
    const message = `it leads to subset ${subset}, and the Services of each version have no subsets`;
    return [
      { field, message, fix: `leave subset out: Service ${service} itself selects the pods` },
    ];
  });
}

/** A pair takes the whole share of a rule; beside destinations of others the weights would mean less. */
function sharesAlready({ dialect }: CheckedRoute, { refsAt, refs }: CheckedRule): Problem[] {
  const active = refs.filter((ref) => dialect.weightOf(ref, isAlone(dialect, refs)) > 0);
  const routed = active.filter((ref) => dialect.nameOf(ref)?.role === 'Service');
  if (routed.length === 0 || active.length === 1) return [];
  return [
    {
      field: refsAt,
      message: `it shares requests between ${active.map((ref) => dialect.textOf(ref)).join(', ')}`,
      fix: 'leave one destination with a weight in this rule, or move the others to a rule of their own',
    },
  ];
}

function ofNoPort(
  { dialect, objects }: CheckedRoute,
  { refsAt: at, refs }: CheckedRule,
): Problem[] {
  if (dialect.portless) return [];
  return refs.flatMap((ref): Problem[] => {
    const found = named(dialect, ref, isAlone(dialect, refs));
    if (found?.role !== 'Service') return [];
    return missingPorts(objects, { ...found, port: dialect.portOf(ref), at });
  });
}

/** A port of a Service that is not there: no request arrives by it. None at all is its only one. */
export function missingPorts(
  objects: TrafficObjects,
  { service, port, at }: { service: string; port: unknown; at: string },
): Problem[] {
  const found = objects.get(KINDS.service, service);
  const ports = (found && serviceSpec(found).ports) ?? [];
  const only = port === undefined && ports.length === 1;
  if (ports.length === 0 || only || ports.some((one) => one.port === port || one.name === port))
    return [];
  const message = `it leads to port ${String(port)}, which Service ${service} does not have`;
  return [{ field: at, message, fix: `write one of ${ports.map((one) => one.port).join(', ')}` }];
}

/** Connections have no headers. */
export function withoutRequests(
  scope: RouterScope,
  { list, at }: CheckedRule,
  instead: string,
): Problem[] {
  const asked = scope.rules.flatMap((one) =>
    (['match', 'mirror', 'sticky'] as const).filter((name) => one[name] !== undefined),
  );
  return [...new Set(asked)].map((name) => ({
    field: at,
    message: `${name} needs requests, and rules of spec.${list} see connections only`,
    fix: `remove ${name} from spec.strategy, or route by ${instead} with this router`,
  }));
}
