/**
 * The routes that Segue adds to an HTTPProxy for the requests that the weight does not count for. Conditions of
 * a route are an and, so that each entry of `match` has a route of its own. Contour does not heed the order of
 * routes: of those with one path it asks first those that ask for a method, then those with more headers, then
 * those with more parameters, and of two with the same conditions it keeps one. So an added route asks for more
 * than the one it comes from, and what would ask for the same goes into the user's own route: copies of requests.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Mirror, RequestMatch, RequestRules, ValueMatch } from '../../api/request-match.ts';
import { isSafe, onlyGroup, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import { cookiePattern } from '../split-route/arms.ts';
import type { Ref, SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import type { ProxyService } from './services.ts';

/** Exactly one of them is set. */
export interface Condition {
  prefix?: string;
  exact?: string;
  regex?: string;
  header?: ValueCondition;
  queryParameter?: ValueCondition;
}

interface ValueCondition {
  name: string;
  exact?: string;
  regex?: string;
  [key: string]: unknown;
}

export interface ProxyRoute extends Rule {
  conditions?: Condition[];
  services?: ProxyService[];
}

/** Methods are a header of that name to Contour. */
export const METHOD = ':method';

const SAFE: Condition = { header: { name: METHOD, regex: `^(?:${SAFE_METHODS.join('|')})$` } };

export function addedRules(rule: ProxyRoute, given: Added): ProxyRoute[] {
  const group = onlyGroup(given);
  if (!group) return [];
  const { conditions = [], services = [] } = rule;
  const othersCopies = services.filter(({ mirror }) => mirror);
  const { matched, mirrored } = addedConditions(rule, given);
  const asking = (more: Condition[], to: Ref[]) => ({
    ...rule,
    // Whether a path is exact Contour reads from the last condition.
    conditions: [...more, ...conditions],
    services: to,
  });
  return [
    ...matched.map((more) => asking(more, [group.pair(100)[1], ...othersCopies])),
    ...(given.mirror && mirrored
      ? [asking(mirrored, [...services, copyTo(group, given.mirror)])]
      : []),
  ];
}

/** What added routes ask for besides the conditions of the one they come from. */
export function addedConditions(
  rule: ProxyRoute,
  { match = [], mirror }: RequestRules,
): { matched: Condition[][]; mirrored: Condition[] | undefined } {
  const demands = match.map(demandsOf);
  const entries = demands.filter(
    (one, i) => demands.findIndex((other) => isDeepStrictEqual(one, other)) === i,
  );
  const mirrored = mirror?.methods === 'Safe' && methodOf(rule) === undefined ? [SAFE] : undefined;
  // Who asks for a method comes first, so that what matches has to ask for it too.
  const matched = entries.flatMap((one) => [...(mirrored ? [[SAFE, ...one]] : []), one]);
  return { matched, mirrored };
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

export function methodOf({ conditions = [] }: ProxyRoute): ValueCondition | undefined {
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
    asksFor: (entries: readonly RequestMatch[]) =>
      entries.some((entry) => asksAll(demandsOf(entry))),
  };
  return toldAsAdded(told, known);
}

function copied({ mirror, ...service }: ProxyService): Ref[] {
  return mirror ? [service] : [];
}
