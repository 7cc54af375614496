/** What keeps a route from being split, whatever kind it is. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceSpec } from '../service-spec.ts';
import { isAlone, named } from './refs.ts';
import type { CheckedRoute } from './shape.ts';

export function checkRefs(scope: RouterScope, route: CheckedRoute): Problem[] {
  return [
    ...scope.services.flatMap((service) => unroutable(service, route)),
    ...route.rules.flatMap((rule) => sharesAlready(route, rule)),
    ...route.rules.flatMap((rule) => missingPorts(route, rule)),
  ];
}

/** Nothing leads to it, or what another release has left. */
function unroutable(service: string, { title, rules, dialect }: CheckedRoute): Problem[] {
  const roles = new Set(
    rules.flatMap(({ refs }) =>
      refs.flatMap((ref) => {
        const found = named(dialect, ref, isAlone(dialect, refs));
        return found?.service === service ? [found.role] : [];
      }),
    ),
  );
  if (roles.size === 1 && roles.has('Service')) return [];
  const problem =
    roles.size === 0
      ? {
          message: `no rule sends requests to Service ${service}`,
          fix: `add a destination to ${service}, or take it out of spec.traffic.services`,
        }
      : {
          message: `it points at the dedicated Services of ${service} while no release is in progress`,
          fix: `point it at Service ${service}`,
        };
  return [{ field: title, ...problem }];
}

type CheckedRule = CheckedRoute['rules'][number];

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

/** Ports of Services that are not there: no request arrives by them. */
function missingPorts(
  { dialect, objects }: CheckedRoute,
  { refsAt, refs }: CheckedRule,
): Problem[] {
  return refs.flatMap((ref): Problem[] => {
    const found = named(dialect, ref, isAlone(dialect, refs));
    if (found?.role !== 'Service') return [];
    const service = objects.get(KINDS.service, found.service);
    const ports = (service && serviceSpec(service).ports) ?? [];
    const port = dialect.portOf(ref);
    const only = port === undefined && ports.length === 1;
    if (ports.length === 0 || only || ports.some((one) => one.port === port || one.name === port))
      return [];
    const message = `it leads to port ${String(port)}, which Service ${found.service} does not have`;
    return [
      { field: refsAt, message, fix: `write one of ${ports.map((one) => one.port).join(', ')}` },
    ];
  });
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
