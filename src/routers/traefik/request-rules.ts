/**
 * The route that Segue adds to an IngressRoute for the requests that the weight does not count for, one for each of
 * the user's. Traefik asks routes by priority, wherever they stand; without one of its own that is the length of the
 * rule. An added route has one more than the one it comes from, and so overtakes no other that came before that.
 */
import type { RequestMatch } from '../../api/request-match.ts';
import { onlyGroup, toldAsAdded } from '../split-route/added.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import { asking, ending } from './rule-expression.ts';
import type { TraefikRef } from './services.ts';

export interface HttpRoute extends Rule {
  match?: string;
  priority?: number;
  syntax?: string;
  services?: TraefikRef[];
}

export function addedRoutes(route: HttpRoute, { groups, match }: Added): HttpRoute[] {
  const group = onlyGroup({ groups });
  // Traefik takes up no route without a rule.
  if (!group || !match || !route.match) return [];
  // Alone it needs no weight. Those that stand for the user's have one: by that the two are told apart.
  const { weight: _, ...candidate } = group.pair(100)[1];
  const priority = priorityOf(route) + 1;
  return [{ ...route, match: asking(route.match, match), priority, services: [candidate] }];
}

/** As Traefik counts it: by default, which 0 is too, the bytes of the rule. */
export function priorityOf({ match = '', priority = 0 }: HttpRoute): number {
  return priority === 0 ? Buffer.byteLength(match) : priority;
}

export function isAdded(route: HttpRoute, known: KnownRules): boolean {
  const { match: rule = '', services = [] } = route;
  if (services.some(({ weight }) => weight !== undefined)) return false;
  const asked = known.rules.map(({ match }) => match);
  const asksFor = (match: readonly RequestMatch[] | undefined) =>
    match !== undefined && rule.endsWith(ending(match));
  const told = { refs: services, copies: [], marks: () => false };
  return toldAsAdded({ ...told, asksFor: () => asked.some(asksFor) }, known);
}
