/**
 * A match of an HTTPRoute that asks for what a policy asks for too. The longest path goes first, wherever its rule stands:
 * requests that another match of the route has by a path in between are none of this one, and stay where they are.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { bareOf, inCommon, isWithin, mayMeet, pathByParts, type PathSet } from '../path-match.ts';
import { cookiePattern } from '../split-route/arms.ts';

export interface HeaderMatch {
  type?: string;
  name: string;
  value: string;
}

export interface RouteMatch {
  path?: { type?: string; value?: string };
  /** Of a GRPCRoute: a service and a method. */
  method?: unknown;
  headers?: HeaderMatch[];
  queryParams?: HeaderMatch[];
}

/** One, none where no request is for both or others have them all, undefined where it cannot be said.
 * @param others matches of the route, this one may be among them */
export function narrowed(
  match: RouteMatch,
  entry: RequestMatch,
  others: readonly RouteMatch[],
): RouteMatch[] | undefined {
  const { path, method } = entry;
  const common = path ? inCommon(pathOf(match), [pathByParts(path)]) : [undefined];
  if (common === undefined) return undefined;
  if (method !== undefined && match.method && match.method !== method) return [];
  const { headers, queryParams } = demandsOf(entry);
  return common
    .map((one) => ({
      ...match,
      ...(one && { path: written(one) }),
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && { headers: [...(match.headers ?? []), ...headers] }),
      ...(queryParams.length > 0 && {
        queryParams: [...(match.queryParams ?? []), ...queryParams],
      }),
    }))
    .filter((one) => !path || !others.some((other) => hasThemAll(other, one, match)));
}

function pathOf({ path: { type = 'PathPrefix', value = '/' } = {} }: RouteMatch): PathSet {
  if (type === 'Exact') return { exact: value };
  return type === 'PathPrefix' ? { parts: value } : { regex: value };
}

function written(path: PathSet): NonNullable<RouteMatch['path']> {
  if ('exact' in path) return { type: 'Exact', value: path.exact };
  if ('regex' in path) return { type: 'RegularExpression', value: path.regex };
  return { type: 'PathPrefix', value: 'parts' in path ? path.parts : path.start };
}

/** It was asked before the user's match, and has every request that the narrower one would have. */
function hasThemAll(other: RouteMatch, narrower: RouteMatch, users: RouteMatch): boolean {
  const { path: _, ...more } = other;
  const asksMore = Object.values(more).some((one) => !Array.isArray(one) || one.length > 0);
  return (
    !asksMore &&
    isWithin(pathOf(narrower), pathOf(other)) &&
    isBefore(rankOf(other), rankOf({ path: users.path ?? EVERY }))
  );
}

const EVERY = { type: 'PathPrefix', value: '/' };

/** What counts first stands first, and the greater is asked first. Where a pattern stands is up to each gateway. */
export function rankOf({ path, method, headers = [], queryParams = [] }: RouteMatch): number[] {
  const { type = 'PathPrefix', value = '/' } = path ?? EVERY;
  const kind = ['RegularExpression', 'PathPrefix', 'Exact'].indexOf(type);
  return [kind, bareOf(value).length, method ? 1 : 0, headers.length, queryParams.length];
}

export function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const i = one.findIndex((value, at) => value !== other[at]);
  return i !== -1 && (one[i] ?? 0) > (other[i] ?? 0);
}

/** Some request may be for both, by path and method. */
export function mayOverlap(one: RouteMatch, other: RouteMatch): boolean {
  const apart = one.method && other.method && !isDeepStrictEqual(one.method, other.method);
  return !apart && mayMeet(pathOf(one), pathOf(other));
}

/** An entry in the words of the Gateway API. */
export function demandsOf({ headers = [], cookie, query = [] }: RequestMatch) {
  return {
    headers: [...headers.map(valueMatch), ...(cookie ? [cookieMatch(cookie)] : [])],
    queryParams: query.map(valueMatch),
  };
}

function cookieMatch(cookie: NonNullable<RequestMatch['cookie']>): HeaderMatch {
  return { type: 'RegularExpression', name: 'Cookie', value: cookiePattern(cookie) };
}

function valueMatch({ name, exact, regex }: ValueMatch): HeaderMatch {
  return exact === undefined
    ? { type: 'RegularExpression', name, value: `^(?:${regex})$` }
    : { type: 'Exact', name, value: exact };
}

/** It ends with what the entry asks, and its path and method are within those. */
export function asksWhat(match: RouteMatch, entry: RequestMatch): boolean {
  const { headers, queryParams } = demandsOf(entry);
  const { path, method } = entry;
  return (
    endsWith(match.headers, headers) &&
    endsWith(match.queryParams, queryParams) &&
    (method === undefined || match.method === method) &&
    (!path || isWithin(pathOf(match), pathByParts(path)))
  );
}

function endsWith(list: HeaderMatch[] = [], end: HeaderMatch[]): boolean {
  return end.length === 0 || isDeepStrictEqual(list.slice(-end.length), end);
}
