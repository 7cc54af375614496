/**
 * The routes that Segue adds to an HTTPProxy for the requests that the weight does not count for. Conditions of
 * a route are an and, so that each entry of `match` has a route of its own. Contour does not heed the order of
 * routes: of those with one path it asks first those that ask for a method, then those with more headers, then
 * those with more parameters, and of two with the same conditions it keeps one. So an added route asks for more
 * than the one it comes from, and what would ask for the same goes into the user's own route: copies of requests.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Mirror, RequestMatch, RequestRules, ValueMatch } from '../../api/request-match.ts';
import { inCommon, isWithin, pathsByStart, type PathSet } from '../path-match.ts';
import { isSafe, onlyGroup, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import { cookiePattern } from '../split-route/arms.ts';
import type { Ref, SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import { type Condition, isBefore, METHOD, pathRankOf, type ValueCondition } from './precedence.ts';
import type { ProxyService } from './services.ts';

export interface ProxyRoute extends Rule {
  conditions?: Condition[];
  services?: ProxyService[];
  pathRewritePolicy?: { replacePrefix?: unknown[] };
}

const SAFE: Condition = { header: { name: METHOD, regex: `^(?:${SAFE_METHODS.join('|')})$` } };

export function addedRules(rule: ProxyRoute, given: Added): ProxyRoute[] {
  const group = onlyGroup(given);
  if (!group) return [];
  const { conditions = [], services = [] } = rule;
  const othersCopies = services.filter(({ mirror }) => mirror);
  const { matched, mirrored } = addedConditions(rule, given);
  const asking = (conditions: Condition[], to: Ref[]) => ({ ...rule, conditions, services: to });
  return [
    ...matched.map((all) => asking(all, [group.pair(100)[1], ...othersCopies])),
    ...(given.mirror && mirrored
      ? [asking([...mirrored, ...conditions], [...services, copyTo(group, given.mirror)])]
      : []),
  ];
}

/** All that routes for what matches ask for, and what one that copies asks for besides the conditions of its own. */
export function addedConditions(
  rule: ProxyRoute,
  { match = [], mirror, users }: RequestRules & Pick<Added, 'users'>,
): { matched: Condition[][]; mirrored: Condition[] | undefined } {
  const all = match.flatMap((entry) => matchedBy(rule, entry, users) ?? []);
  const unique = all.filter(
    (one, i) => all.findIndex((other) => isDeepStrictEqual(one, other)) === i,
  );
  const mirrored = mirror?.methods === 'Safe' && methodOf(rule) === undefined ? [SAFE] : undefined;
  // Who asks for a method comes first, so that what matches has to ask for it too.
  const matched = unique.flatMap((one) => [
    ...(mirrored && !methodOf({ conditions: one }) ? [[SAFE, ...one]] : []),
    one,
  ]);
  return { matched, mirrored };
}

/** Conditions of what both the route and the entry are for, without what another route has by a path in between;
 * undefined where they cannot be said. */
export function matchedBy(
  route: ProxyRoute,
  entry: RequestMatch,
  users: readonly ProxyRoute[],
): Condition[][] | undefined {
  const { conditions = [] } = route;
  if (entry.path && rewritesPrefix(route)) return undefined;
  const all = narrowed(conditions, entry);
  if (!entry.path) return all;
  return all?.filter(
    (one) => !users.some((other) => hasThemAll(other.conditions ?? [], one, conditions)),
  );
}

/** What is rewritten is the prefix that was matched, and would be a longer one. */
export function rewritesPrefix({ pathRewritePolicy }: ProxyRoute): boolean {
  return (pathRewritePolicy?.replacePrefix ?? []).length > 0;
}

function narrowed(conditions: Condition[], entry: RequestMatch): Condition[][] | undefined {
  const { path, method } = entry;
  const own = methodOf({ conditions });
  if (method !== undefined && own && own.exact === undefined) return undefined;
  if (method !== undefined && own && own.exact !== method) return [];
  const more = [
    ...demandsOf(entry),
    ...(method === undefined || own ? [] : [{ header: { name: METHOD, exact: method } }]),
  ];
  // Whether a path is exact Contour reads from the last condition.
  if (!path) return [[...more, ...conditions]];
  const others = conditions.filter(({ header, queryParameter }) => header ?? queryParameter);
  return inCommon(pathIn(conditions), pathsByStart(path))?.map((one) => [
    ...more,
    ...others,
    pathCondition(one),
  ]);
}

export function pathIn(conditions: readonly Condition[]): PathSet {
  const {
    exact,
    prefix = '/',
    regex,
  } = conditions.find((one) => one.exact ?? one.prefix ?? one.regex) ?? {};
  if (exact) return { exact };
  return regex ? { regex } : { start: prefix };
}

function pathCondition(path: PathSet): Condition {
  if ('exact' in path || 'regex' in path) return path;
  return { prefix: 'start' in path ? path.start : path.parts };
}

/** It was asked before the user's route, and has every request that the narrower one would have. */
function hasThemAll(other: Condition[], narrower: Condition[], users: Condition[]): boolean {
  const asksMore = other.some(({ header, queryParameter }) => header ?? queryParameter);
  return (
    !asksMore &&
    isWithin(pathIn(narrower), pathIn(other)) &&
    isBefore(pathRankOf(other), pathRankOf(users))
  );
}

/** Copies of all that the user's route gets. */
export function copies(rule: ProxyRoute, given: Added): Ref[] {
  const group = onlyGroup(given);
  if (!group || !given.mirror) return [];
  const method = methodOf(rule);
  const unsafe = method === undefined || !isSafe(method.exact);
  return given.mirror.methods === 'Safe' && unsafe ? [] : [copyTo(group, given.mirror)];
}

function copyTo({ pair }: SplitGroup, { percent }: Mirror): Ref {
  return { ...pair(percent)[1], mirror: true };
}

export function methodOf({
  conditions = [],
}: Pick<ProxyRoute, 'conditions'>): ValueCondition | undefined {
  return conditions.find(({ header }) => header?.name.toLowerCase() === METHOD)?.header;
}

function demandsOf({ headers = [], cookie, query = [] }: RequestMatch): Condition[] {
  return [
    ...headers.map((one) => ({ header: condition(one) })),
    ...(cookie ? [{ header: { name: 'Cookie', regex: cookiePattern(cookie) } }] : []),
    ...query.map((one) => ({ queryParameter: condition(one) })),
  ];
}

function condition({ name, exact, regex }: ValueMatch): ValueCondition {
  return exact === undefined ? { name, regex: `^(?:${regex})$` } : { name, exact };
}

/** Names that the conditions of a policy ask for, written small: twice the same is no valid route. */
export function namesAsked(planned: readonly RequestRules[]): string[] {
  return planned.flatMap(({ match = [] }) => match.flatMap(demandsOf).map(nameOf));
}

/** `header x-canary` */
export function nameOf({ header, queryParameter }: Condition): string {
  if (header) return `header ${header.name.toLowerCase()}`;
  return queryParameter ? `parameter ${queryParameter.name.toLowerCase()}` : 'path';
}

export function isAdded(rule: ProxyRoute, known: KnownRules): boolean {
  const { services = [], conditions = [] } = rule;
  const asksAll = (wanted: Condition[]) =>
    wanted.every((one) => conditions.some((other) => isDeepStrictEqual(one, other)));
  const told = {
    refs: services.filter(({ mirror }) => !mirror),
    // The user's own route copies too.
    copies: asksAll([SAFE]) ? services.flatMap(copied) : [],
    marks: () => false,
    asksFor: (entries: readonly RequestMatch[]) => asksFor(rule, entries),
  };
  return toldAsAdded(told, known);
}

/** Every request of the route is for one of these. */
export function asksFor({ conditions = [] }: ProxyRoute, entries: readonly RequestMatch[]) {
  const has = (wanted: Condition) => conditions.some((one) => isDeepStrictEqual(one, wanted));
  return entries.some(
    ({ path, method, ...entry }) =>
      demandsOf(entry).every(has) &&
      (method === undefined || methodOf({ conditions })?.exact === method) &&
      (!path || pathsByStart(path).some((one) => isWithin(pathIn(conditions), one))),
  );
}

function copied({ mirror, ...service }: ProxyService): Ref[] {
  return mirror ? [service] : [];
}
