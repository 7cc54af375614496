/**
 * A match of a route of the Gateway API that asks for what a policy asks for too. What asks for most of a place goes first,
 * wherever its rule stands: requests that another match of the route has by a place in between are none of this one,
 * and stay where they are.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
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

type Placed = Pick<RouteMatch, 'path' | 'method'>;

/** How a kind of route says where a request goes to: by path and method, or by a call of gRPC. */
export interface Place {
  /** Of a match: what says it. */
  field: keyof Placed;
  /** One for everything where the rule names none. */
  matchesOf: (rule: { matches?: RouteMatch[] }) => RouteMatch[];
  /** What both ask for: none where no request is for both, undefined where it cannot be said. */
  inCommon: (match: RouteMatch, entry: RequestMatch) => Placed[] | undefined;
  /** Every place of the first is one of the second, as far as that is known. */
  isWithin: (one: RouteMatch, other: RouteMatch) => boolean;
  /** It is within what the entry asks for. */
  asks: (match: RouteMatch, entry: RequestMatch) => boolean;
  /** What counts first stands first, and the greater is asked first. */
  rankOf: (match: RouteMatch) => number[];
  /** Some request may be for both. */
  mayOverlap: (one: RouteMatch, other: RouteMatch) => boolean;
  /** Where it stands is up to each gateway. */
  isPattern: (match: RouteMatch) => boolean;
  /** For people. */
  textOf: (match: RouteMatch) => string;
}

/** One, none where no request is for both or others have them all, undefined where it cannot be said.
 * @param others matches of the route, this one may be among them */
export function narrowed(
  place: Place,
  { match, others }: { match: RouteMatch; others: readonly RouteMatch[] },
  entry: RequestMatch,
): RouteMatch[] | undefined {
  const { headers, queryParams } = demandsOf(entry);
  return place
    .inCommon(match, entry)
    ?.map((one) => ({
      ...match,
      ...one,
      ...(headers.length > 0 && { headers: [...(match.headers ?? []), ...headers] }),
      ...(queryParams.length > 0 && {
        queryParams: [...(match.queryParams ?? []), ...queryParams],
      }),
    }))
    .filter(
      (one) => !entry.path || !others.some((other) => hasThemAll(place, other, [one, match])),
    );
}

/** It was asked before the user's match, and has every request that the narrower one would have. */
function hasThemAll(
  place: Place,
  other: RouteMatch,
  [narrower, users]: [RouteMatch, RouteMatch],
): boolean {
  const { [place.field]: _, ...more } = other;
  const asksMore = Object.values(more).some((one) => !Array.isArray(one) || one.length > 0);
  return (
    !asksMore &&
    place.isWithin(narrower, other) &&
    isBefore(place.rankOf(other), place.rankOf({ [place.field]: users[place.field] }))
  );
}

export function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const i = one.findIndex((value, at) => value !== other[at]);
  return i !== -1 && (one[i] ?? 0) > (other[i] ?? 0);
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

/** It ends with what the entry asks, and its place is within that of the entry. */
export function asksWhat(place: Place, match: RouteMatch, entry: RequestMatch): boolean {
  const { headers, queryParams } = demandsOf(entry);
  return (
    endsWith(match.headers, headers) &&
    endsWith(match.queryParams, queryParams) &&
    place.asks(match, entry)
  );
}

function endsWith(list: HeaderMatch[] = [], end: HeaderMatch[]): boolean {
  return end.length === 0 || isDeepStrictEqual(list.slice(-end.length), end);
}
