/** What objects of Traefik cannot be used for, looked for before a release. */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { notThere } from '../not-there.ts';
import { takenBy } from '../owned-by-release.ts';
import { leadsToOurs } from '../split-route/check.ts';
import { checkNarrowing } from '../split-route/narrowing.ts';
import { isAlone, named, type Ref } from '../split-route/refs.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import { nameBeside } from './services-beside.ts';
import { mayOverlap } from './overlap.ts';
import { type HttpRoute, priorityAdded, priorityOf } from './request-rules.ts';
import { mayAskFor } from './rule-expression.ts';
import type { TraefikRef } from './services.ts';

export function checkIngressRoute(scope: RouterScope, route: CheckedRoute): Problem[] {
  const routed = route.rules.filter((rule) => leadsToOurs(route, rule));
  const added = priorityAdded(scope.rules);
  return [
    ...byNodePort(scope, route),
    ...servedInTwoWays(route),
    ...(scope.rules.some(({ match }) => match) ? routed.flatMap(olderSyntax) : []),
    ...(added > 0 ? routed.flatMap((rule) => hasRoom(route, rule, added)) : []),
    ...(scope.rules.some(({ mirror, sticky }) => mirror ?? sticky) ? noServices(scope, route) : []),
    ...(scope.rules.some(({ sticky }) => sticky) ? keptApart(route) : []),
    ...checkNarrowing(scope, {
      title: route.title,
      rules: routed,
      field: 'match',
      narrowed: ({ match = '' }: HttpRoute, entry) => (mayAskFor(match, entry) ? [entry] : []),
      // An added route is told by how its rule ends, and any share that is left is that of its user's.
      asksFor: () => false,
    }),
  ];
}

/** A cookie says which of the two Services of one destination it was, and to another it says nothing. */
function keptApart(route: CheckedRoute): Problem[] {
  const all = new Set(ours(route).map(({ service, ref }) => `${service}:${ref.port ?? ''}`));
  if (all.size < 2) return [];
  const message = `it leads to ${[...all].join(' and ')}, and Traefik keeps users with each of them apart: one could have two versions`;
  const fix = 'lead all routes to one port of one Service, or use match instead of sticky';
  return [{ field: route.title, message, fix }];
}

/** What copies, or keeps users, is an object of Segue's own. */
function noServices(scope: RouterScope, route: CheckedRoute): Problem[] {
  const { objects } = route;
  const kind = KINDS.traefikService;
  const names = new Set(
    ours(route).map(({ service, ref }) => nameBeside(scope, { service, port: ref.port })),
  );
  const missing = objects.refusal(kind) !== undefined || !objects.serves(kind);
  return [...names].flatMap((name) =>
    missing
      ? [notThere({ kind, name, field: 'spec.strategy' }, objects)]
      : takenBy(kind.kind, objects.get(kind, name)),
  );
}

/** The Services of each version have no ports on nodes. */
export function byNodePort(_: RouterScope, route: CheckedRoute): Problem[] {
  return ours(route).flatMap(({ service, ref, at: field }) =>
    ref.nodePortLB
      ? [
          {
            field,
            message: `it reaches Service ${service} by ports on nodes, and the Services of each version have none`,
            fix: 'remove nodePortLB',
          },
        ]
      : [],
  );
}

/** Destinations that the policy moves. */
function ours({ rules, dialect }: CheckedRoute) {
  return rules.flatMap(({ refs, refsAt: at }) =>
    refs.flatMap((ref: TraefikRef) => {
      const found = named(dialect, ref, isAlone(dialect, refs));
      return found ? [{ service: found.service, ref, at }] : [];
    }),
  );
}

/** Among others Traefik knows a destination by its Service and port alone, and what one route says of it holds for all. */
function servedInTwoWays(route: CheckedRoute): Problem[] {
  const { dialect } = route;
  const all = ours(route);
  const plain = (ref: Ref) => dialect.essence({ ...ref, kind: undefined, namespace: undefined });
  const second = all.find(({ service, ref }, i) =>
    all
      .slice(0, i)
      .some(
        (first) =>
          first.service === service &&
          first.ref.port === ref.port &&
          !isDeepStrictEqual(plain(first.ref), plain(ref)),
      ),
  );
  if (second === undefined) return [];
  const { service, at: field } = second;
  const message = `it leads to Service ${service} with other options than a route before it, and beside a weight Traefik would take those of one for both`;
  return [{ field, message, fix: 'write the same options in both, or give each its own Service' }];
}

function olderSyntax({ rule, at }: CheckedRule): Problem[] {
  const { syntax } = rule as HttpRoute;
  if (syntax !== 'v2') return [];
  return [
    {
      field: `${at}.syntax`,
      message: 'its rule has the syntax of Traefik 2, and match is written in that of version 3',
      fix: 'write the rule in the syntax of version 3 and remove syntax, or remove match from spec.strategy',
    },
  ];
}

/** @param added how much greater priorities of added routes are, at most */
function hasRoom(route: CheckedRoute, rule: CheckedRule, added: number): Problem[] {
  if (Number.isSafeInteger(priorityOf(rule.rule) + added)) return competes(route, rule, added);
  const message = 'no route for single requests can have more';
  return [{ field: `${rule.at}.priority`, message, fix: 'write a smaller number' }];
}

interface Placed {
  at: string;
  rule: HttpRoute;
}

/** Where two have one priority it is not said which one comes first: none of others may have that of an added one. */
function competes(route: CheckedRoute, own: CheckedRule, added: number): Problem[] {
  const { match = '' } = own.rule as HttpRoute;
  const priority = priorityOf(own.rule);
  const others: Placed[] = route.rules.filter(
    (other) => other !== own && !leadsToOurs(route, other),
  );
  const isTaken = (its: number) => its > priority && its <= priority + added;
  return [...others, ...elsewhere(route)]
    .filter(({ rule }) => isTaken(priorityOf(rule)))
    .filter(({ rule }) => mayOverlap(match, rule.match ?? ''))
    .slice(0, 1)
    .map((other) => ({
      field: `${own.at}.priority`,
      message: `${other.at} has a priority of ${priorityOf(other.rule)}, and a route for single requests would have ${priority + added}`,
      fix: `write priority: ${priority + added + 1} there, or remove match, mirror and sticky from spec.strategy`,
    }));
}

/** Routes in other objects of the namespace. */
function elsewhere({ objects, route }: CheckedRoute): Placed[] {
  return objects
    .list(KINDS.ingressRoute)
    .filter(({ metadata }) => metadata.name !== route.metadata.name)
    .flatMap(({ metadata, ...object }) => {
      const { routes = [] } = (object['spec'] ?? {}) as { routes?: HttpRoute[] };
      return routes.map((rule, i) => ({
        at: `IngressRoute ${metadata.name} spec.routes[${i}]`,
        rule,
      }));
    });
}
