/** Where routes send requests, tried one by one. */
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import { kindOf, type RouteName, type Routes, storedOf } from './index.ts';
import { type Asking, requestFor, requestTo } from './requests.ts';
import {
  PATHS,
  type RouteKind,
  type RouteRule,
  type RouteWays,
  type Share,
  type Stored,
} from './route-kind.ts';

export interface RouteReading {
  by: RouteKind;
  rules: RouteRule[];
  /** Those that lead to Service web where its user has written them. */
  paths: readonly string[];
  /** Where plain requests of each of these paths go. */
  ways: Share[][];
  /** Every Service that it leads to, with a share or without: subsets are none. */
  names: ReadonlySet<string>;
  /** Those that requests go to; where versions are subsets, of these. */
  heard: ReadonlySet<string>;
  /** Those that requests may be led to. */
  known: ReadonlySet<string>;
}

/** Of those that are there. */
export function readRoutes(stored: Stored, routes: Routes): RouteReading[] {
  return routes
    .filter((route) => stored.get(kindOf(route).kind, 'web'))
    .map((route) => {
      const by = kindOf(route);
      const rules = by.rules(stored);
      const paths = pathsOf(route);
      const ways = paths.map((path) => wayOf(rules, requestTo(path))?.to ?? []);
      const named = rules.flatMap(({ to, copies }) => [...to, ...copies]);
      const leads = named.filter((one) => !one.subset);
      const names = new Set(leads.map(({ service }) => service));
      const told = by.known ? named.filter(({ subset }) => subset) : leads;
      const heard = new Set(told.filter(({ percent }) => percent > 0).map((one) => one.service));
      const known = new Set(by.known?.(stored) ?? names);
      return { by, rules, paths, ways, names, heard, known };
    });
}

const known = new WeakMap<RouteWays, string[]>();

function pathsOf(route: RouteWays<RouteName>): string[] {
  const found = known.get(route);
  if (found) return found;
  const { paths = PATHS, rules } = kindOf(route);
  const own = rules(storedOf(route.objects));
  const leading = paths.filter((path) => percentTo(wayOf(own, requestTo(path))?.to, 'web') === 100);
  known.set(route, leading);
  return leading;
}

/** The others that a route may have to do with. */
export function foreignPaths({ by, paths }: RouteReading): string[] {
  return (by.paths ?? PATHS).filter((path) => !paths.includes(path));
}

export function wayOf(rules: readonly RouteRule[], request: RequestView): RouteRule | undefined {
  return rules.find(({ test }) => test(request));
}

export function percentTo(way: readonly Share[] = [], service: string): number {
  return way.reduce((sum, one) => sum + (one.service === service ? one.percent : 0), 0);
}

/** Percent of the plain requests to each Service, as far as all of them agree. */
export function agreedWeights(readings: readonly RouteReading[]): Map<string, number> {
  const ways = readings.flatMap((one) => one.ways);
  const names = new Set(ways.flatMap((way) => way.map(({ service }) => service)));
  const agreed = new Map<string, number>();
  for (const name of names) {
    const [percent = 0, another] = new Set(ways.map((way) => percentTo(way, name)));
    if (another === undefined) agreed.set(name, percent);
  }
  return agreed;
}

/** Whether a request that one of these entries is for always reaches the candidate. */
export function isMatched(readings: readonly RouteReading[], entries: readonly RequestMatch[]) {
  return readings.some((reading) =>
    reading.paths.some((path) =>
      entries.some((entry) => reaches(reading, requestFor(path, entry))),
    ),
  );
}

function reaches({ rules }: RouteReading, request: RequestView): boolean {
  return percentTo(wayOf(rules, request)?.to, 'web-candidate') === 100;
}

/** What of the rules for single requests is not so; undefined where all is. */
export function unlikePlanned(reading: RouteReading, planned: RequestRules): string | undefined {
  const found = reading.paths.flatMap((path) => [
    unmatched(reading, path, planned),
    uncopied(reading, path, planned),
    unstuck(reading, path, planned),
  ]);
  return found.find((one) => one !== undefined);
}

function unmatched(reading: RouteReading, path: string, { match = [] }: RequestRules) {
  const missed = match.find((entry) => !reaches(reading, requestFor(path, entry)));
  return missed && `${path} with ${JSON.stringify(missed)} does not reach the candidate`;
}

/** What every request to it is. */
function usualMethod(path: string): string {
  return path.includes('.') ? 'POST' : 'GET';
}

function uncopied({ rules }: RouteReading, path: string, { mirror }: RequestRules) {
  const copied = (method: string) =>
    percentTo(wayOf(rules, requestTo(path, { method }))?.copies, 'web-candidate');
  const wanted = mirror?.percent ?? 0;
  const usual = usualMethod(path);
  if (copied(usual) !== wanted) return `${copied(usual)} % of ${path} are copied, not ${wanted} %`;
  const unsafe = mirror?.methods === 'All' ? wanted : 0;
  return copied('POST') === unsafe ? undefined : `${copied('POST')} % of POST ${path} are copied`;
}

function unstuck({ rules }: RouteReading, path: string, { sticky }: RequestRules) {
  const to = wayOf(rules, requestTo(path))?.to ?? [];
  for (const { service, cookie, percent } of to) {
    // It answers nobody.
    if (percent === 0) continue;
    if ((cookie !== undefined) !== (sticky !== undefined))
      return `answers of ${service} ${cookie === undefined ? 'set no cookie' : 'set a cookie'}`;
    if (cookie === undefined) continue;
    const asking: Asking = { headers: { cookie: `shop=1; ${cookie.split(';')[0]}` } };
    const again = wayOf(rules, requestTo(path, asking));
    if (percentTo(again?.to, service) !== 100)
      return `who has ${cookie} does not stay at ${service}`;
  }
  return undefined;
}
