/**
 * Routes of Consul's ServiceRouter for the requests that the weight does not count for. The first route that matches is
 * the one, and what none matches goes to the splitter of the same name: so those of a release stand just before each
 * route of the user's that leads to the splitter, and at the end.
 */
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { cookiePattern } from '../split-route/arms.ts';
import { SUBSETS } from '../subsets/shape.ts';

/** At most one of the two is set; names of headers mean the same in any case. */
interface Demand {
  name: string;
  exact?: string;
  regex?: string;
}

/** All of it is asked for. */
interface HttpMatch {
  header?: Demand[];
  queryParam?: Demand[];
  [key: string]: unknown;
}

/** Of a route and of a split. */
export interface Headers {
  add?: Record<string, string>;
  set?: Record<string, string>;
  remove?: string[];
}

export interface WithHeaders {
  requestHeaders?: Headers;
  responseHeaders?: Headers;
}

export interface Destination extends WithHeaders {
  service?: string;
  serviceSubset?: string;
  namespace?: string;
  partition?: string;
  [key: string]: unknown;
}

export interface Route {
  match?: { http?: HttpMatch; [key: string]: unknown };
  destination?: Destination;
  [key: string]: unknown;
}

/** The splitter that the routes stand before, its Service, and what it does to headers of requests and answers. */
export interface Before {
  splitter: string;
  service: string;
  headers: WithHeaders;
}

/** Nobody else leads to a subset of a release. */
export function isAdded({ destination }: Route): boolean {
  return destination?.serviceSubset === SUBSETS.Candidate;
}

/** It would be split. */
export function leadsToSplitter({ destination = {} }: Route, splitter: string): boolean {
  const { service = '', serviceSubset = '' } = destination;
  return (service === '' || service === splitter) && serviceSubset === '';
}

/** The user's, with those for single requests. */
export function withRoutesFor(
  entries: readonly RequestMatch[],
  users: readonly Route[],
  before: Before,
): Route[] {
  const added = (route: Route) => entries.map((entry) => matching(route, entry, before));
  const led = users.flatMap((route) =>
    leadsToSplitter(route, before.splitter) ? [...added(route), route] : [route],
  );
  return users.some(takesAll) ? led : [...led, ...added({})];
}

/** Nothing comes to what is after it. */
function takesAll({ match }: Route): boolean {
  const { pathPrefix, ...rest } = match?.http ?? {};
  const asks = Object.values(rest).some((one) => !Array.isArray(one) || one.length > 0);
  return !asks && [undefined, '', '/'].includes(pathPrefix as string | undefined);
}

function matching(
  route: Route,
  entry: RequestMatch,
  { splitter, service, headers }: Before,
): Route {
  const { match = {}, destination = {} } = route;
  const { header = [], queryParam = [], ...http } = match.http ?? {};
  const asked = demandsOf(entry);
  const [ofHeaders, ofQuery] = [
    [...header, ...asked.header],
    [...queryParam, ...asked.queryParam],
  ];
  return {
    ...route,
    match: {
      ...match,
      http: {
        ...http,
        ...(ofHeaders.length > 0 && { header: ofHeaders }),
        ...(ofQuery.length > 0 && { queryParam: ofQuery }),
      },
    },
    destination: {
      ...destination,
      ...(service !== splitter && { service }),
      serviceSubset: SUBSETS.Candidate,
      ...merged(headers, destination),
    },
  };
}

function demandsOf({ headers = [], cookie, query = [] }: RequestMatch) {
  const cookies = cookie ? [{ name: 'cookie', regex: cookiePattern(cookie) }] : [];
  return {
    header: [...headers.map((one) => demand(one, one.name.toLowerCase())), ...cookies],
    queryParam: query.map((one) => demand(one, one.name)),
  };
}

function demand({ exact, regex }: ValueMatch, name: string): Demand {
  return exact === undefined ? { name, regex: `^(?:${regex})$` } : { name, exact };
}

const SIDES = ['requestHeaders', 'responseHeaders'] as const;

/** What a split does to headers is done to a request that goes by it only. */
function merged(split: WithHeaders, route: WithHeaders): WithHeaders {
  const sides = SIDES.flatMap((side) => {
    const of = split[side];
    return of ? [[side, both(of, route[side] ?? {})] as const] : [];
  });
  return Object.fromEntries(sides);
}

function both(one: Headers, other: Headers): Headers {
  const [add, set] = (['add', 'set'] as const).map((field) => ({ ...one[field], ...other[field] }));
  const remove = [...(one.remove ?? []), ...(other.remove ?? [])];
  return {
    ...one,
    ...other,
    ...(Object.keys(add ?? {}).length > 0 && { add }),
    ...(Object.keys(set ?? {}).length > 0 && { set }),
    ...(remove.length > 0 && { remove }),
  } as Headers;
}

/** Headers that the split and the route both change: in which order is not to be said in one route. */
export function changedTwice(split: WithHeaders, { destination = {} }: Route): string[] {
  return SIDES.flatMap((side) => {
    const names = namesIn(destination[side]);
    return namesIn(split[side]).filter((name) => names.includes(name));
  });
}

function namesIn({ add = {}, set = {}, remove = [] }: Headers = {}): string[] {
  const names = [...Object.keys(add), ...Object.keys(set), ...remove];
  return names.map((name) => name.toLowerCase());
}
