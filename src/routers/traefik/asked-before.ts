/**
 * Routes of other objects that Traefik asks before those of the policy, which have all that is to be shared then. It asks
 * those of the greatest priority first, and of two of one priority either (its router sorts them in the order of a map).
 */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import { hasThem, mayHaveThem } from '../elsewhere.ts';
import { leadsToOurs } from '../split-route/check.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { isWithin } from './overlap.ts';
import { type HttpRoute, priorityOf } from './request-rules.ts';

interface Spec {
  routes?: HttpRoute[];
  entryPoints?: string[];
  tls?: unknown;
  ingressClassName?: string;
  parentRefs?: unknown[];
}

interface Kind {
  kind: GroupKind;
  priorityOf: (route: HttpRoute) => number;
}

export function askedBefore(route: CheckedRoute, of: Kind): Problem[] {
  const others = route.objects
    .list(of.kind)
    .filter(
      (other) =>
        other.metadata.name !== route.route.metadata.name &&
        !other.metadata.deletionTimestamp &&
        isAtTheSameDoor(route.route, other),
    )
    .flatMap((other) =>
      (specOf(other).routes ?? []).map((rule, i) => ({
        rule,
        by: `${other.kind} ${other.metadata.name} spec.routes[${i}]`,
      })),
    );
  return route.rules
    .filter((rule) => leadsToOurs(route, rule))
    .flatMap(({ rule, at }) => {
      const own: HttpRoute = rule;
      const priority = of.priorityOf(own);
      const other = others.find(
        (one) => of.priorityOf(one.rule) >= priority && takesAll(one.rule, own),
      );
      if (!other) return [];
      const its = of.priorityOf(other.rule);
      const what = other.rule.match ?? '';
      if (its > priority)
        return [hasThem({ at, by: other.by, first: `has a priority of ${its}`, what })];
      const orElse = 'which of the two has the requests is chance with Traefik';
      return [mayHaveThem({ at, by: other.by, priority: its, what, orElse })];
    });
}

function takesAll(other: HttpRoute, own: HttpRoute): boolean {
  const { match = '' } = other;
  return match !== '' && other.syntax === own.syntax && isWithin(own.match ?? '', match);
}

/** What comes to the one comes to the other, as far as the two themselves say it. */
function isAtTheSameDoor(own: KubeObject, other: KubeObject): boolean {
  const [one, two] = [specOf(own), specOf(other)];
  const { entryPoints: doors = [] } = two;
  const { entryPoints = [] } = one;
  const isWhole = entryPoints.length > 0 && entryPoints.every((name) => doors.includes(name));
  return (
    (isWhole || entryPoints.length + doors.length === 0) &&
    Boolean(one.tls) === Boolean(two.tls) &&
    JSON.stringify(one.parentRefs ?? []) === JSON.stringify(two.parentRefs ?? []) &&
    classOf(own) === classOf(other)
  );
}

function classOf(route: KubeObject): string {
  const { ingressClassName } = specOf(route);
  return ingressClassName ?? route.metadata.annotations?.['kubernetes.io/ingress.class'] ?? '';
}

function specOf(route: KubeObject): Spec {
  return route['spec'] ?? {};
}

/** Of a route for connections: that for all names comes last by itself. */
export function priorityOfTCP(route: HttpRoute): number {
  const isForAll = /^\s*HostSNI\(\s*[`"]\*[`"]\s*\)\s*$/i.test(route.match ?? '');
  return isForAll && !route.priority ? -1 : priorityOf(route);
}
