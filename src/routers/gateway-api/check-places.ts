/** What keeps a route from telling requests apart by a narrower path, a method or a call of gRPC, looked for before a release. */
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { leadsToOurs } from '../split-route/check.ts';
import { byPlace, checkNarrowing } from '../split-route/narrowing.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { isBefore, type Place, type RouteMatch } from './narrow.ts';
import { asksFor, matchedBy, rewritesPrefix, type RouteRule } from './request-rules.ts';

export function checkPlaces(scope: RouterScope, route: CheckedRoute, place: Place): Problem[] {
  if (!scope.rules.some(({ match = [] }) => match.some(byPlace))) return [];
  const users = route.rules.map(({ rule }) => rule as RouteRule);
  const routed = route.rules.filter((rule) => leadsToOurs(route, rule));
  const found = checkNarrowing(scope, {
    title: route.title,
    rules: routed,
    field: 'matches',
    narrowed: (rule, entry) => matchedBy(rule, entry, { users, place }),
    rewrites: rewritesPrefix,
    asksFor: (rule, entries) => asksFor(rule, entries, place),
  });
  if (found.length > 0) return found;
  const others = [
    ...route.rules.filter((rule) => !leadsToOurs(route, rule)).flatMap((one) => placed(one, place)),
    ...elsewhere(route, place),
  ];
  const added = scope.rules.flatMap(({ match = [] }) =>
    match.filter(byPlace).flatMap((entry) =>
      routed.flatMap(({ rule, at }) =>
        place.matchesOf(rule).flatMap((own) =>
          (matchedBy({ matches: [own] }, entry, { users, place }) ?? []).map((match) => ({
            own,
            match,
            at,
          })),
        ),
      ),
    ),
  );
  return added.flatMap((one) => overtakes(one, others, place)).slice(0, 1);
}

interface Placed {
  match: RouteMatch;
  at: string;
}

function placed({ rule, at }: { rule: RouteRule; at: string }, place: Place): Placed[] {
  return place.matchesOf(rule).map((match) => ({ match, at }));
}

/** Requests of others come to their rule today, and would not once a longer path or a method is asked for. */
function overtakes(
  { own, match, at }: Placed & { own: RouteMatch },
  others: readonly Placed[],
  { mayOverlap, isPattern, rankOf, textOf }: Place,
): Problem[] {
  const found = others.find(
    (other) =>
      mayOverlap(match, other.match) &&
      (isPattern(other.match) ||
        (!isBefore(rankOf(own), rankOf(other.match)) &&
          !isBefore(rankOf(other.match), rankOf(match)))),
  );
  if (!found) return [];
  return [
    {
      field: `${at}.matches`,
      message: `a rule for ${textOf(match)} of the policy would take requests of ${found.at}`,
      fix: 'ask for a path in match that the other rule does not have, or match by header',
    },
  ];
}

interface RouteSpec {
  parentRefs?: { namespace?: string; name: string }[];
  hostnames?: string[];
  rules?: RouteRule[];
}

/** Of other routes of the namespace for the same parent and host. */
function elsewhere({ objects, route }: CheckedRoute, place: Place): Placed[] {
  const { kind, apiVersion } = route;
  const [group = ''] = apiVersion.split('/');
  return objects
    .list({ group, kind })
    .filter((other) => other.metadata.name !== route.metadata.name && sharesPlace(route, other))
    .flatMap((other) =>
      (specOf(other).rules ?? []).flatMap((rule, i) =>
        placed({ rule, at: `${kind} ${other.metadata.name} spec.rules[${i}]` }, place),
      ),
    );
}

function sharesPlace(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [one, other].map((route) => {
    const { parentRefs = [], hostnames = [] } = specOf(route);
    const parents = parentRefs.map(
      ({ namespace = route.metadata.namespace, name }) => `${namespace}/${name}`,
    );
    return { parents, hostnames };
  }) as [Shared, Shared];
  const common = (field: keyof Shared) => a[field].some((text) => b[field].includes(text));
  // Of hosts with a wildcard, and of none, any may be the same.
  const anyHost = [a, b].some(
    ({ hostnames }) => hostnames.length === 0 || hostnames.some((host) => host.startsWith('*')),
  );
  return common('parents') && (anyHost || common('hostnames'));
}

type Shared = Record<'parents' | 'hostnames', string[]>;

function specOf(route: KubeObject): RouteSpec {
  return (route['spec'] ?? {}) as RouteSpec;
}
