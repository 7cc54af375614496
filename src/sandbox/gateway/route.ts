/** An HTTPRoute made ready to route by: pure. */
import { parseDuration } from '../../api/duration.ts';
import type { KubeObject } from '../../api/object.ts';
import type { ConnectionRule } from './connection-rule.ts';
import { compileFilters, type Filters } from './filters.ts';
import type { ListenerProtocol } from './listening.ts';
import { byPrecedence, compileMatches, type Match } from './match.ts';
import type { Backend, Shares } from './shares.ts';
import {
  routeKey,
  specOf,
  type BackendRef,
  type ParentRef,
  type RouteSpec,
  type RuleSpec,
} from './objects.ts';

export interface Rule extends Shares {
  route: string;
  filters: Filters;
  timeoutMs: number | undefined;
  /** Gets everything while it has no endpoints: nothing stands beside an upstream that there is not. */
  needs?: Backend;
  /** Without endpoints of one of its backends there is no such rule. */
  allOrNone?: true;
  /** What is wrong with the rule: requests that match it are answered with 500. */
  problem: string | undefined;
  /** Of an Ingress: what its controller counts a request under, whichever version answers. */
  ingress?: { service: string; path: string };
}

export interface RuleMatch extends Match {
  rule: Rule;
  /** Among equal matches the older route goes first, then the name, then the place in the route. */
  order: [createdAt: string, route: string, rule: number];
}

export interface ReferenceProblem {
  reason: 'RefNotPermitted' | 'InvalidKind' | 'UnsupportedValue';
  message: string;
}

export interface CompiledRoute {
  key: string;
  namespace: string;
  object: KubeObject;
  hostnames: string[];
  parents: ParentRef[];
  matches: RuleMatch[];
  /** For connections that nobody reads as HTTP. */
  connections: ConnectionRule[];
  /** Of the listeners that it may be attached to. */
  protocols: readonly ListenerProtocol[];
  /** Services the route sends to, as `namespace/name`. */
  services: Set<string>;
  /** Why the route is not accepted. */
  problem: string | undefined;
  reference: ReferenceProblem | undefined;
  /** Of its rules those that are as if they were not written, and why. */
  unheeded?: string;
}

const PROTOCOLS: Record<string, CompiledRoute['protocols']> = {
  TCPRoute: ['TCP'],
  TLSRoute: ['TLS'],
  VirtualService: ['HTTP', 'TLS', 'TCP'],
};

/** One that takes nothing yet. */
export function emptyRoute(object: KubeObject): CompiledRoute {
  const { parentRefs = [], hostnames = [] } = specOf<RouteSpec>(object);
  return {
    key: routeKey(object),
    namespace: object.metadata.namespace ?? '',
    object,
    hostnames: hostnames.map((hostname) => hostname.toLowerCase()),
    parents: parentRefs,
    matches: [],
    connections: [],
    protocols: PROTOCOLS[object.kind] ?? ['HTTP'],
    services: new Set(),
    problem: undefined,
    reference: undefined,
  };
}

export function compileRoute(object: KubeObject): CompiledRoute {
  const spec = specOf<RouteSpec>(object);
  const route = emptyRoute(object);
  const createdAt = object.metadata.creationTimestamp ?? '';
  (spec.rules ?? [{}]).forEach((ruleSpec, index) => {
    const rule = compileRule(ruleSpec, route);
    const matches = matchesOf(ruleSpec, route);
    for (const match of matches)
      route.matches.push({ ...match, rule, order: [createdAt, route.key, index] });
  });
  return route;
}

function matchesOf({ matches }: RuleSpec, route: CompiledRoute): Match[] {
  try {
    return compileMatches(matches);
  } catch (error) {
    route.problem = (error as Error).message;
    return [];
  }
}

const RULE_FIELDS = new Set(['name', 'matches', 'filters', 'backendRefs', 'timeouts']);

export function compileRule(spec: RuleSpec, route: CompiledRoute): Rule {
  const rule: Rule = {
    route: route.key,
    filters: compileFilters(undefined, route.namespace),
    backends: [],
    totalWeight: 0,
    timeoutMs: timeoutOf(spec),
    problem: undefined,
  };
  try {
    const unknown = Object.keys(spec).find((name) => !RULE_FIELDS.has(name));
    if (unknown) throw new Error(`${unknown} is not supported by the sandbox gateway`);
    rule.filters = compileFilters(spec.filters, route.namespace);
    for (const ref of spec.backendRefs ?? []) rule.backends.push(compileBackend(ref, route));
  } catch (error) {
    rule.problem = (error as Error).message;
    route.problem = rule.problem;
  }
  for (const { weight } of rule.backends) rule.totalWeight += weight;
  return rule;
}

export function compileBackend(ref: BackendRef, route: CompiledRoute): Backend {
  const filters = compileFilters(ref.filters, route.namespace);
  if (filters.redirect || filters.rewrite || filters.mirrors.length > 0)
    throw new Error(`backendRef ${ref.name}: only header filters are supported on a backendRef`);
  const reference = referenceProblem(ref, route.namespace);
  route.reference ??= reference;
  const service = `${ref.namespace ?? route.namespace}/${ref.name}`;
  if (!reference) route.services.add(service);
  // A service that cannot be referred to keeps its share of requests: they are answered with 500.
  const { port = 0, weight = 1 } = ref;
  return { service: reference ? '' : service, port, weight, filters };
}

function referenceProblem(ref: BackendRef, namespace: string): ReferenceProblem | undefined {
  const { group = '', kind = 'Service', name, port } = ref;
  if (group !== '' || kind !== 'Service')
    return { reason: 'InvalidKind', message: `backendRef ${name}: ${kind} is not a Service` };
  if (ref.namespace !== undefined && ref.namespace !== namespace)
    return {
      reason: 'RefNotPermitted',
      message: `backendRef ${ref.namespace}/${name}: the sandbox gateway has no ReferenceGrants; name a Service of namespace ${namespace}`,
    };
  if (port === undefined)
    return { reason: 'UnsupportedValue', message: `backendRef ${name}: port is missing` };
  return undefined;
}

function timeoutOf({ timeouts }: RuleSpec): number | undefined {
  const all = [timeouts?.request, timeouts?.backendRequest].map((text) =>
    parseDuration(text ?? ''),
  );
  const set = all.filter((ms): ms is number => ms !== undefined && ms > 0);
  return set.length > 0 ? Math.min(...set) : undefined;
}

/** Sorts the match that goes first to the front. */
export function compareMatches(one: RuleMatch, other: RuleMatch): number {
  const [createdAt, route, rule] = one.order;
  return (
    byPrecedence(one, other) ||
    createdAt.localeCompare(other.order[0]) ||
    route.localeCompare(other.order[1]) ||
    rule - other.order[2]
  );
}
