/**
 * Routes of Consul's ServiceRouter for the requests that the weight does not count for. The first route that matches is
 * the one, and what none matches goes to the splitter of the same name: so those of a release stand just before each
 * route of the user's that leads to the splitter, and at the end.
 */
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { inCommon, isWithin, pathsByStart, type PathSet } from '../path-match.ts';
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
  pathExact?: string;
  pathPrefix?: string;
  pathRegex?: string;
  caseInsensitive?: boolean;
  methods?: string[];
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
  prefixRewrite?: string;
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
  const added = (route: Route) => entries.flatMap((entry) => matching(route, entry, before));
  const led = users.flatMap((route) =>
    leadsToSplitter(route, before.splitter) ? [...added(route), route] : [route],
  );
  return users.some(takesAll) ? led : [...led, ...added({})];
}

/** Nothing comes to what is after it. */
export function takesAll({ match }: Route): boolean {
  const { pathPrefix, ...rest } = match?.http ?? {};
  const asks = Object.values(rest).some((one) => !Array.isArray(one) || one.length > 0);
  return !asks && [undefined, '', '/'].includes(pathPrefix as string | undefined);
}

function matching(
  route: Route,
  entry: RequestMatch,
  { splitter, service, headers }: Before,
): Route[] {
  const { match = {}, destination = {} } = route;
  return (narrowed(route, entry) ?? []).map((http) => ({
    ...route,
    match: { ...match, http },
    destination: {
      ...destination,
      ...(service !== splitter && { service }),
      serviceSubset: SUBSETS.Candidate,
      ...merged(headers, destination),
    },
  }));
}

/** What both the route and the entry are for, as alternatives; undefined where that cannot be said. */
export function narrowed(route: Route, entry: RequestMatch): HttpMatch[] | undefined {
  const { match } = route;
  if (entry.path && rewritesPrefix(route)) return undefined;
  const { header = [], queryParam = [], ...http } = match?.http ?? {};
  const asked = demandsOf(entry);
  const [ofHeaders, ofQuery] = [
    [...header, ...asked.header],
    [...queryParam, ...asked.queryParam],
  ];
  const { method } = entry;
  const { methods = [] } = http;
  if (method !== undefined && methods.length > 0 && !methods.includes(method)) return [];
  return placesFor(http, entry)?.map((place) => ({
    ...place,
    ...(method !== undefined && { methods: [method] }),
    ...(ofHeaders.length > 0 && { header: ofHeaders }),
    ...(ofQuery.length > 0 && { queryParam: ofQuery }),
  }));
}

/** What is rewritten is the prefix that was matched, and would be a longer one. */
export function rewritesPrefix({ destination }: Route): boolean {
  return (destination?.prefixRewrite ?? '') !== '';
}

function placesFor(http: HttpMatch, { path }: RequestMatch): HttpMatch[] | undefined {
  if (!path) return [http];
  // In any case is more than was asked for.
  if (http.caseInsensitive) return undefined;
  const { pathExact: _, pathPrefix: __, pathRegex: ___, ...rest } = http;
  return inCommon(pathIn(http), pathsByStart(path))?.map((one) => ({ ...written(one), ...rest }));
}

/** None of them is set by an empty text. */
function pathIn({ pathExact = '', pathPrefix = '', pathRegex = '' }: HttpMatch): PathSet {
  if (pathExact !== '') return { exact: pathExact };
  return pathRegex === '' ? { start: pathPrefix } : { regex: pathRegex };
}

function written(path: PathSet): HttpMatch {
  if ('exact' in path) return { pathExact: path.exact };
  if ('regex' in path) return { pathRegex: path.regex };
  return { pathPrefix: 'start' in path ? path.start : path.parts };
}

/** Every request of the route is for one of these, as far as path and method tell. */
export function asksFor({ match }: Route, entries: readonly RequestMatch[]): boolean {
  const { methods = [], ...http } = match?.http ?? {};
  return entries.some(
    ({ path, method, headers = [], cookie, query = [] }) =>
      headers.length + query.length === 0 &&
      !cookie &&
      (method === undefined || (methods.length > 0 && methods.every((one) => one === method))) &&
      (!path || pathsByStart(path).some((one) => isWithin(pathIn(http), one))),
  );
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
