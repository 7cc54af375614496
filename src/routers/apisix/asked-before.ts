/**
 * Rules of other ApisixRoutes that APISIX asks before those of the policy, for all that they take. Among rules of one host
 * and path it asks that of the greatest priority first; of two of one priority it is not said which.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import { hasThem, mayHaveThem } from '../elsewhere.ts';
import { leadsToOurs } from '../split-route/check.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { type HttpRule, priorityOf } from './request-rules.ts';

export function askedBefore(route: CheckedRoute): Problem[] {
  const { metadata } = route.route;
  const others = route.objects
    .list(KINDS.apisixRoute)
    .filter(
      (one) =>
        one.metadata.name !== metadata.name &&
        !one.metadata.deletionTimestamp &&
        specOf(one).ingressClassName === specOf(route.route).ingressClassName,
    )
    .flatMap((one) =>
      (specOf(one).http ?? []).map((rule, i) => ({
        rule,
        by: `ApisixRoute ${one.metadata.name} spec.http[${i}]`,
      })),
    );
  return route.rules
    .filter((rule) => leadsToOurs(route, rule))
    .flatMap(({ rule, at }) => {
      const priority = priorityOf(rule);
      const found = others
        .filter((other) => priorityOf(other.rule) >= priority)
        .flatMap((other) => takenOf(rule, other.rule).map((what) => ({ ...other, what })));
      return found.slice(0, 1).map(({ rule: other, by, what }) => {
        const its = priorityOf(other);
        if (its > priority) return hasThem({ at, by, first: `has a priority of ${its}`, what });
        const orElse = 'APISIX does not say which of the two goes first';
        return mayHaveThem({ at, by, priority: its, what, orElse });
      });
    });
}

interface Spec {
  http?: HttpRule[];
  ingressClassName?: string;
}

function specOf(route: KubeObject): Spec {
  return route['spec'] ?? {};
}

type Match = NonNullable<HttpRule['match']>;

/** Hosts and paths of the first of which the other has all requests. */
function takenOf({ match: own = {} }: HttpRule, { match: its = {} }: HttpRule): string[] {
  if (asksMore(its, own)) return [];
  const hosts = hostsOf(its);
  const shared = (own.paths ?? []).filter((path) => its.paths?.includes(path));
  return hostsOf(own)
    .filter((host) => hosts.includes(host))
    .flatMap((host) => shared.map((path) => `${host}${path}`));
}

/** Besides host and path. */
function asksMore(its: Match, own: Match): boolean {
  const { methods = [], exprs = [], remoteAddrs = [], filter_func: byFunction } = its;
  const { methods: ofOwn = [], exprs: more = [] } = own;
  const isAll = (all: readonly string[]) => all.length === 0;
  const byMethod =
    !isAll(methods) && (isAll(ofOwn) || ofOwn.some((method) => !methods.includes(method)));
  const byValue = exprs.some((one) => !more.some((other) => isDeepStrictEqual(one, other)));
  return byMethod || byValue || remoteAddrs.length > 0 || Boolean(byFunction);
}

function hostsOf({ hosts = [] }: Match): string[] {
  return hosts.length > 0 ? hosts.map((host) => host.toLowerCase()) : ['*'];
}
