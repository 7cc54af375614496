/** What an HTTPProxy cannot be used for, looked for before a release. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { leadsToOurs, withoutRequests } from '../split-route/check.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import { checkPlaces } from './check-places.ts';
import { notTheOnlyOne } from './one-host.ts';
import { isBefore, isDisjoint, pathOf, rankOf } from './precedence.ts';
import { addedConditions, methodOf, nameOf, namesAsked, type ProxyRoute } from './request-rules.ts';
import type { ProxyService } from './services.ts';

const UPSTREAM_PROTOCOL = /^projectcontour\.io\/upstream-protocol\./;

export function checkProxy(scope: RouterScope, route: CheckedRoute): Problem[] {
  const routed = route.rules.filter((rule) => leadsToOurs(route, rule));
  return [
    ...routed.flatMap((rule) => [
      ...speaksByAnnotation(route, rule),
      ...(rule.list === 'routes'
        ? ofRequests(scope, route, rule)
        : [...mirrorsConnections(rule), ...withoutRequests(scope, rule, 'spec.routes')]),
    ]),
    ...notTheOnlyOne(route),
    ...checkPlaces(scope, route),
  ];
}

function ofRequests(scope: RouterScope, route: CheckedRoute, rule: CheckedRule): Problem[] {
  return [
    ...asksTheSame(scope, rule),
    ...mirrorsAlready(scope, rule),
    ...unknownMethods(scope, rule),
    ...competes(scope, route, rule),
  ];
}

/** The Services of each version do not have the annotations of the user's. */
function speaksByAnnotation({ dialect, objects }: CheckedRoute, rule: CheckedRule): Problem[] {
  return rule.refs.flatMap((ref: ProxyService) => {
    const service = dialect.nameOf(ref)?.service;
    if (service === undefined || ref.protocol !== undefined) return [];
    const { annotations = {} } = objects.get(KINDS.service, service)?.metadata ?? {};
    const found = Object.keys(annotations).find((name) => UPSTREAM_PROTOCOL.test(name));
    if (found === undefined) return [];
    const message = `Service ${service} says by the annotation ${found} how it is reached, and the Services of each version do not`;
    return [{ field: rule.refsAt, message, fix: 'write protocol (h2, h2c or tls) here' }];
  });
}

function conditionsOf({ rule }: CheckedRule) {
  return (rule as ProxyRoute).conditions ?? [];
}

/** Two exact values of one header are no valid route. */
function asksTheSame(scope: RouterScope, rule: CheckedRule): Problem[] {
  const asked = namesAsked(scope.rules);
  const found = conditionsOf(rule).map(nameOf);
  return found
    .filter((name) => asked.includes(name))
    .slice(0, 1)
    .map((name) => ({
      field: `${rule.at}.conditions`,
      message: `this route asks for ${name} already, and so does a match of the policy`,
      fix: 'match by another name, or take this condition out of the route',
    }));
}

/** Contour takes one mirror a route. */
function mirrorsAlready(scope: RouterScope, { refs, refsAt }: CheckedRule): Problem[] {
  if (!isMirroring(refs) || scope.rules.every(({ mirror }) => !mirror)) return [];
  return [
    {
      field: refsAt,
      message: 'this route copies requests already, and so would the policy',
      fix: 'remove the service with mirror for the release, or remove mirror from spec.strategy',
    },
  ];
}

function isMirroring(refs: readonly ProxyService[]): boolean {
  return refs.some(({ mirror }) => mirror);
}

/** To a TCP proxy it is a destination like any other. */
function mirrorsConnections({ refs, refsAt }: CheckedRule): Problem[] {
  if (!isMirroring(refs)) return [];
  const message = 'a service has mirror set, and Contour sends it connections like any other';
  return [{ field: refsAt, message, fix: 'take the service with mirror out of spec.tcpproxy' }];
}

/** What a pattern and the safe methods have in common cannot be written. */
function unknownMethods(scope: RouterScope, { rule, at }: CheckedRule): Problem[] {
  if (scope.rules.every(({ mirror }) => !mirror)) return [];
  const method = methodOf(rule);
  if (method === undefined || method.exact !== undefined) return [];
  return [
    {
      field: `${at}.conditions`,
      message: 'it asks for :method other than by exact, and the policy has mirror',
      fix: 'write a route for each method, with exact, or remove mirror from spec.strategy',
    },
  ];
}

/** Routes of one path are asked by what they ask for, wherever they stand: none of another's may come behind one
 * that is added, nor before, where it was the other way round. */
function competes(scope: RouterScope, route: CheckedRoute, own: CheckedRule): Problem[] {
  const conditions = conditionsOf(own);
  const rank = rankOf(conditions);
  const users = route.rules.map(({ rule }) => rule);
  const added = scope.rules.flatMap((rules) => {
    const { matched, mirrored } = addedConditions(own.rule, { ...rules, users });
    return [...matched, ...(mirrored ? [[...mirrored, ...conditions]] : [])];
  });
  const ranks = added.map(rankOf);
  const harmless = (other: CheckedRule) => {
    const its = rankOf(conditionsOf(other));
    const getsTheSame = leadsToOurs(route, other) && methodOf(other.rule) === undefined;
    return (
      isBefore(rank, its) ||
      (isBefore(its, rank) && getsTheSame) ||
      ranks.every((one) => isBefore(its, one))
    );
  };
  return route.rules
    .filter(
      (other) =>
        other !== own &&
        other.list === own.list &&
        pathOf(conditionsOf(other)) === pathOf(conditions) &&
        !isDisjoint(conditionsOf(other), conditions) &&
        !harmless(other),
    )
    .slice(0, 1)
    .map((other) => ({
      field: `${own.at}.conditions`,
      message: `${other.at} has the same path, and Contour would ask it before or behind a route for single requests by the number of conditions alone`,
      fix: 'give one of the two a path of its own, or remove match and mirror from spec.strategy',
    }));
}
