/**
 * The routes that Segue adds to an IngressRoute for the requests that the weight does not count for. Traefik asks
 * routes by priority, wherever they stand; without one of its own that is the length of the rule. The added one has one
 * more than the one it comes from, two more where there are copies too, and so overtakes no other that came before that.
 * Where Traefik cannot take it up, since the candidate is gone, the user's own route has its requests.
 */
import type { RequestMatch } from '../../api/request-match.ts';
import { isKeeping } from '../split-route/arms.ts';
import { onlyGroup, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import type { SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import { isCopying, isNameBeside, nameBeside } from './services-beside.ts';
import { asking, askingMethod, ending } from './rule-expression.ts';
import type { TraefikRef } from './services.ts';

export interface HttpRoute extends Rule {
  match?: string;
  priority?: number;
  syntax?: string;
  services?: TraefikRef[];
}

export function addedRoutes(route: HttpRoute, given: Added): HttpRoute[] {
  const { match: rule } = route;
  const group = onlyGroup(given);
  // Traefik takes up no route without a rule.
  if (!group || !rule) return [];
  const { match, mirror } = given;
  const copying = isCopying(given);
  const priority = priorityOf(route);
  // Alone it needs no weight. Those that stand for the user's have one: by that the two are told apart.
  const { weight: _, ...candidate } = group.pair(100)[1];
  const matched = match && {
    match: asking(rule, match),
    priority: priority + (copying ? 2 : 1),
    services: [candidate],
  };
  // Two routes with the same text are one to Traefik, which the brackets prevent.
  const copied = copying && {
    match: mirror?.methods === 'Safe' ? askingMethod(rule, SAFE_METHODS) : `(${rule})`,
    priority: priority + 1,
    services: copyingServices(group, given),
  };
  const kept = isKeeping(given) && {
    match: `(${rule})`,
    priority: priority + 1,
    services: [{ name: nameBeside(given, group), kind: 'TraefikService' }],
  };
  // Users are kept in a test by A and B, where nothing is matched or copied.
  return (kept ? [kept] : [matched, copied]).flatMap((one) => (one ? [{ ...route, ...one }] : []));
}

/** The stable version by way of what copies its requests; the candidate has its own. */
function copyingServices(group: SplitGroup, given: Added): TraefikRef[] {
  const { weight } = given;
  const stable = { name: nameBeside(given, group), kind: 'TraefikService', weight: 100 - weight };
  return weight > 0 ? [stable, group.pair(weight)[1]] : [stable];
}

/** By how much the priorities of added routes are greater, at most. */
export function priorityAdded(rules: KnownRules['rules']): number {
  const some = (wanted: (one: KnownRules['rules'][number]) => unknown) => rules.some(wanted);
  if (some(({ match, mirror }) => match && mirror)) return 2;
  return some(({ match, mirror, sticky }) => match ?? mirror ?? sticky) ? 1 : 0;
}

/** As Traefik counts it: by default, which 0 is too, the bytes of the rule. */
export function priorityOf({ match = '', priority = 0 }: HttpRoute): number {
  return priority === 0 ? Buffer.byteLength(match) : priority;
}

export function isAdded(route: HttpRoute, known: KnownRules): boolean {
  const { match: rule = '', services = [] } = route;
  const beside = services.some(
    ({ kind, name = '' }) => kind === 'TraefikService' && isNameBeside(known, name),
  );
  if (beside) return true;
  if (services.some(({ weight }) => weight !== undefined)) return false;
  const asked = known.rules.map(({ match }) => match);
  const asksFor = (match: readonly RequestMatch[] | undefined) =>
    match !== undefined && rule.endsWith(ending(match));
  const told = { refs: services, copies: [], marks: () => false };
  return toldAsAdded({ ...told, asksFor: () => asked.some(asksFor) }, known);
}
