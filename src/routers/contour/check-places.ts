/** What keeps an HTTPProxy from telling requests apart by a narrower path or a method, looked for before a release. */
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { mayMeet } from '../path-match.ts';
import { leadsToOurs } from '../split-route/check.ts';
import { byPlace, checkNarrowing } from '../split-route/narrowing.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { type Condition, isBefore, isDisjoint, pathRankOf, rankOf } from './precedence.ts';
import { asksFor, matchedBy, pathIn, type ProxyRoute, rewritesPrefix } from './request-rules.ts';

export function checkPlaces(scope: RouterScope, route: CheckedRoute): Problem[] {
  const entries = scope.rules.flatMap(({ match = [] }) => match.filter(byPlace));
  if (entries.length === 0) return [];
  const all = route.rules.filter(({ list }) => list === 'routes');
  const users = all.map(({ rule }) => rule as ProxyRoute);
  const routed = all.filter((rule) => leadsToOurs(route, rule));
  const found = [
    ...included(scope, route),
    ...checkNarrowing(scope, {
      title: route.title,
      rules: routed,
      field: 'conditions',
      narrowed: (rule, entry) => matchedBy(rule, entry, users),
      rewrites: rewritesPrefix,
      asksFor,
    }),
  ];
  if (found.length > 0) return found;
  const others = all
    .filter((rule) => !leadsToOurs(route, rule))
    .map(({ rule, at }) => ({ its: (rule as ProxyRoute).conditions ?? [], at }));
  return routed
    .flatMap(({ rule, at }) =>
      entries
        .flatMap((entry) => matchedBy(rule, entry, users) ?? [])
        .flatMap((added) =>
          overtakes({ own: (rule as ProxyRoute).conditions ?? [], added, at }, others),
        ),
    )
    .slice(0, 1);
}

interface Other {
  its: Condition[];
  at: string;
}

/** Requests of others come to their route today, and would not once a longer path or a method is asked for. */
function overtakes(
  { own, added, at }: { own: Condition[]; added: Condition[]; at: string },
  others: readonly Other[],
): Problem[] {
  const rank = (conditions: Condition[]) => [...pathRankOf(conditions), ...rankOf(conditions)];
  const found = others.find(
    ({ its }) =>
      mayMeet(pathIn(added), pathIn(its)) &&
      !isDisjoint(added, its) &&
      !isBefore(rank(own), rank(its)) &&
      !isBefore(rank(its), rank(added)),
  );
  if (!found) return [];
  return [
    {
      field: `${at}.conditions`,
      message: `a route for single requests would be asked before ${found.at}, and take requests of it`,
      fix: 'ask for a path in match that the other route does not have, or match by header',
    },
  ];
}

/** To its path belongs what the including HTTPProxy says, which may be several. */
function included({ rules }: RouterScope, { title, route }: CheckedRoute): Problem[] {
  const { virtualhost } = (route['spec'] ?? {}) as { virtualhost?: unknown };
  const asks = rules.some(({ match = [] }) => match.some(({ path }) => path));
  if (!asks || virtualhost !== undefined) return [];
  return [
    {
      field: `${title} spec`,
      message:
        'it has no virtualhost: others include it at a path that is not known here, and the policy matches by path',
      fix: 'match by something else than path, or route by the HTTPProxy that has the host',
    },
  ];
}
