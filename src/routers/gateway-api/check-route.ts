/** What keeps a route of the Gateway API from telling requests apart, looked for before a release. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import { LINKERD_MATCHES_MAX } from '../../api/request-limits/gateway-api.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { routersThat } from '../../api/routed.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { leadsToOurs } from '../split-route/check.ts';
import { groupsToAdd, slotsOf } from '../split-route/refs.ts';
import type { CheckedRoute, CheckedRule, RequestShape } from '../split-route/shape.ts';
import { isKong, LINKERD, reporters } from './acceptance.ts';
import { checkPlaces } from './check-places.ts';
import { grpcPlace } from './grpc-place.ts';
import { addedGrpcRules } from './grpc-rules.ts';
import { httpPlace } from './http-place.ts';
import type { Place, RouteMatch } from './narrow.ts';
import { overruled, type Parent, parentsOf, servicesOf } from './on-service.ts';
import { addedRules, demandsOfAll, type RouteRule } from './request-rules.ts';

/** What HTTPRoutes and GRPCRoutes do not have in common. */
interface Words {
  /** What is allowed in one route: rules, matches of one rule, matches of all. */
  most: { by: string; rules: number; matches: number; allMatches: number };
  added: RequestShape['added'];
  place: Place;
  /** But for headers and query they ask for the same requests. */
  samePlace: (one: RouteMatch, other: RouteMatch) => boolean;
}

const GATEWAY = { by: 'the Gateway API', rules: 16, matches: 64, allMatches: 128 };
const LINKERDS = { by: 'Linkerd', rules: 16, matches: LINKERD_MATCHES_MAX, allMatches: 128 };

const HTTP: Words = { most: GATEWAY, added: addedRules, place: httpPlace, samePlace: samePath };
const GRPC: Words = {
  most: GATEWAY,
  added: addedGrpcRules,
  place: grpcPlace,
  samePlace: sameMethod,
};

export function checkHttp(scope: RouterScope, route: CheckedRoute): Problem[] {
  return [...onServersOnly(route), ...overruled(scope, route), ...checkAdded(scope, route, HTTP)];
}

/** Of policy.linkerd.io. */
export function checkLinkerd(scope: RouterScope, route: CheckedRoute): Problem[] {
  const unfit = [...withoutWeights(route), ...onNoService(route)];
  if (unfit.length > 0) return unfit;
  return [...overruled(scope, route), ...checkAdded(scope, route, { ...HTTP, most: LINKERDS })];
}

/** The server would take the weights out. */
function withoutWeights({ title, route: { apiVersion } }: CheckedRoute): Problem[] {
  if (!/\/v1(alpha1|beta1)$/.test(apiVersion)) return [];
  return [
    {
      field: title,
      message: `${apiVersion} has no weights, and the API server prefers it`,
      fix: 'use a Linkerd that has v1beta2 of it, or an HTTPRoute of gateway.networking.k8s.io',
    },
  ];
}

/** That of a Server says who may send requests, and sends none. */
function onNoService({ title, route }: CheckedRoute): Problem[] {
  return servicesOf(route).length > 0 ? [] : [ofServers(title, 'it is on no Service')];
}

/** But for Linkerd's own HTTPRoute a parent may be of any kind. */
function onServersOnly({ title, route }: CheckedRoute): Problem[] {
  const parents = parentsOf(route);
  const isServer = ({ group, kind }: Parent) => kind === 'Server' && group === LINKERD_GROUP;
  return parents.length > 0 && parents.every(isServer)
    ? [ofServers(title, 'it is on a Server')]
    : [];
}

function ofServers(title: string, what: string): Problem {
  return {
    field: `${title} spec.parentRefs`,
    message: `${what}, and Linkerd sends requests by the routes of Services only`,
    fix: 'write a parentRef with group core, kind Service, and the name and port of the Service',
  };
}

const LINKERD_GROUP = KINDS.linkerdRoute.group;

export function checkGrpc(scope: RouterScope, route: CheckedRoute): Problem[] {
  return [...onServersOnly(route), ...overruled(scope, route), ...checkAdded(scope, route, GRPC)];
}

function checkAdded(scope: RouterScope, route: CheckedRoute, words: Words): Problem[] {
  const each = route.rules.flatMap((one) =>
    leadsToOurs(route, one)
      ? [...asksTheSame(scope.rules, one, words), ...modifiesAnswers(scope, one)]
      : goesBehind(scope.rules, route, { ...one, words }),
  );
  const many = scope.rules.flatMap((one) => tooMany(one, route, words));
  return [
    ...each,
    ...many,
    ...linkerdDoesNotCopy(scope, route),
    ...kongCannot(scope, route),
    ...checkPlaces(scope, route, words.place),
  ];
}

/** Linkerd takes up nothing of a route that copies requests, and leaves the Service to all its pods. */
function linkerdDoesNotCopy({ rules }: RouterScope, { title, route }: CheckedRoute): Problem[] {
  if (rules.every(({ mirror }) => !mirror) || !reporters(route).includes(LINKERD)) return [];
  return [
    {
      field: title,
      message: 'Linkerd reports on it, which has no RequestMirror',
      fix: `remove mirror from spec.strategy, or use a gateway or a mesh that copies requests, by this router or another one (${others('mirror')})`,
    },
  ];
}

/** Kong has no RequestMirror and no filters of backendRefs, by which the cookie of a version is set: its admission
 * refuses such a route, or all of it is taken up without them. */
function kongCannot({ rules }: RouterScope, { title, route }: CheckedRoute): Problem[] {
  if (!reporters(route).some(isKong)) return [];
  const lacks = { mirror: 'no RequestMirror', sticky: 'no filters in backendRefs' } as const;
  return (['mirror', 'sticky'] as const)
    .filter((what) => rules.some((one) => one[what]))
    .map((what) => ({
      field: title,
      message: `Kong reports on it, which has ${lacks[what]}`,
      fix: `remove ${what} from spec.strategy, or use a gateway that has them, by this router or another one (${others(what)})`,
    }));
}

/** Of other objects than routes of the Gateway API. */
function others(what: 'mirror' | 'sticky'): string {
  return routersThat(({ able }) => able[what])
    .filter((name) => !name.startsWith('gatewayAPI.'))
    .join(', ');
}

/** Of two demands on one header the Gateway API heeds the first only. */
function asksTheSame(
  planned: RequestRules[],
  { rule, at }: CheckedRule,
  { place: { matchesOf } }: Words,
): Problem[] {
  const demands = demandsOfAll(planned);
  const lower = (name: string) => name.toLowerCase();
  const headers = demands.flatMap((one) => one.headers.map(({ name }) => lower(name)));
  const query = demands.flatMap((one) => one.queryParams.map(({ name }) => name));
  const found = matchesOf(rule).flatMap((match) => [
    ...(match.headers ?? []).filter(({ name }) => headers.includes(lower(name))),
    ...(match.queryParams ?? []).filter(({ name }) => query.includes(name)),
  ]);
  return found.slice(0, 1).map(({ name }) => ({
    field: `${at}.matches`,
    message: `this rule asks for ${name} already, and so does a match of the policy`,
    fix: `match by another name, or take ${name} out of the rule`,
  }));
}

/** A ref can have one filter of a kind, and the cookie takes that. */
function modifiesAnswers(scope: RouterScope, { refs, refsAt: field }: CheckedRule): Problem[] {
  if (scope.rules.every(({ sticky }) => !sticky)) return [];
  const taken = refs.some(({ filters = [] }) =>
    (filters as { type?: string }[]).some(({ type }) => type === 'ResponseHeaderModifier'),
  );
  if (!taken) return [];
  return [
    {
      field,
      message:
        'a backendRef modifies headers of answers already, where the cookie of sticky is set',
      fix: 'move its ResponseHeaderModifier to the filters of the rule',
    },
  ];
}

/**
 * A rule of others by header or query goes before a rule of the same path or method without them; it would not
 * go before the one that is added to that.
 */
function goesBehind(
  planned: RequestRules[],
  route: CheckedRoute,
  { rule, refs, at, words: { place, samePlace } }: CheckedRule & { words: Words },
): Problem[] {
  if (planned.every(({ match, mirror, sticky }) => !match && !sticky && mirror?.methods !== 'Safe'))
    return [];
  const routed = route.rules.filter((other) => leadsToOurs(route, other));
  const ours = routed.flatMap((other) => place.matchesOf(other.rule));
  const narrow = place
    .matchesOf(rule)
    .filter((match) => (match.headers?.length ?? 0) + (match.queryParams?.length ?? 0) > 0);
  if (!narrow.some((match) => ours.some((other) => samePlace(match, other)))) return [];
  const [first] = refs.map((ref) => route.dialect.textOf(ref));
  return [
    {
      field: `${at}.matches`,
      message: `its requests by header or query, which go to ${first ?? 'nowhere'}, could go to the candidate instead: match, mirror and sticky need rules that come first`,
      fix: 'move this rule to a route of its own, or remove match, mirror and sticky',
    },
  ];
}

function samePath(one: RouteMatch, other: RouteMatch): boolean {
  const path = ({ path: { type = 'PathPrefix', value = '/' } = {} }: RouteMatch) =>
    `${type} ${value}`;
  const apart = one.method && other.method && one.method !== other.method;
  return path(one) === path(other) && !apart;
}

function sameMethod(one: RouteMatch, other: RouteMatch): boolean {
  const method = ({ method: given }: RouteMatch) => {
    const { type = 'Exact', service = '', method = '' } = (given ?? {}) as Record<string, string>;
    return `${type} ${service}/${method}`;
  };
  return method(one) === method(other);
}

function tooMany(
  planned: RequestRules,
  { title, rules, dialect, objects, route: { metadata } }: CheckedRoute,
  { added, most, place: { matchesOf } }: Words,
): Problem[] {
  const users = rules.map(({ rule }) => rule);
  const { namespace = '' } = metadata;
  const known = { namespace, objects, config: {} };
  const given = { ...planned, ...known, users, weight: 0, candidateHash: '' };
  const all = rules.flatMap(({ rule, refs }): RouteRule[] => {
    const groups = groupsToAdd(dialect, slotsOf(dialect, refs));
    return [...added(rule, { ...given, groups }), rule];
  });
  const counts = all.map((rule) => matchesOf(rule).length);
  const sum = counts.reduce((total, count) => total + count, 0);
  const longest = Math.max(...counts);
  const found = [
    { count: all.length, max: most.rules, what: 'rules' },
    { count: longest, max: most.matches, what: 'matches in one rule' },
    { count: sum, max: most.allMatches, what: 'matches in all' },
  ].filter(({ count, max }) => count > max);
  return found.slice(0, 1).map(({ count, max, what }) => ({
    field: title,
    message: `match, mirror and sticky would make it ${count} ${what}, and ${most.by} allows ${max}`,
    fix: 'ask for fewer: one entry of match with a regular expression, or fewer matches in its rules',
  }));
}
