/**
 * The rules that Segue adds to an HTTPRoute for the requests that the weight does not count for, in
 * front of the rule of the user's that they come from: one sends what matches to the candidate, one
 * copies requests to it, three keep users with the version they came to first. The user's own rules
 * stay as they are.
 */
import type {
  Mirror,
  RequestMatch,
  RequestRules,
  Sticky,
  ValueMatch,
} from '../../api/request-match.ts';
import { isDeepStrictEqual } from 'node:util';
import { dedicatedName } from '../dedicated-services.ts';
import { type BackendRef, type NameRef, type RefGroup, toSplit } from './backend-refs.ts';

export interface HeaderMatch {
  type?: string;
  name: string;
  value: string;
}

export interface RouteMatch {
  path?: { type?: string; value?: string };
  method?: string;
  headers?: HeaderMatch[];
  queryParams?: HeaderMatch[];
}

interface RouteFilter {
  type: string;
  requestMirror?: { backendRef?: BackendRef; percent?: number };
  responseHeaderModifier?: { add?: { name: string; value: string }[] };
  [key: string]: unknown;
}

export interface RouteRule {
  name?: string;
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  backendRefs?: BackendRef[];
  [key: string]: unknown;
}

/** RFC 9110, 9.2.1, without TRACE, which asks for no service. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

const SET_COOKIE = 'Set-Cookie';

/** What a rule matches that names nothing. */
const EVERYTHING: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };

export function matchesOf(rule: RouteRule): RouteMatch[] {
  return rule.matches?.length ? rule.matches : [EVERYTHING];
}

interface Added extends RequestRules {
  groups: RefGroup[];
  weight: number;
  candidateHash: string;
}

/** The rules to put before one of the user's, whose refs are split already. */
export function addedRules(
  rule: RouteRule,
  { groups, weight, candidateHash, match, mirror, sticky }: Added,
): RouteRule[] {
  if (groups.length === 0) return [];
  const rules = [];
  if (match) rules.push(matchingRule(rule, groups, { match, mirror }));
  if (sticky)
    rules.push(...stickyRules(rule, { groups, weight, arms: armsOf(sticky, candidateHash) }));
  if (mirror) rules.push(...mirroringRule(rule, { groups, weight, mirror }));
  return rules;
}

function matchingRule(rule: RouteRule, groups: RefGroup[], rules: RequestRules): RouteRule {
  const { match = [], mirror } = rules;
  const narrowed = matchesOf(rule).flatMap((one) => match.map((entry) => narrow(one, entry)));
  // A rule with a method goes before one with headers: so does this one, where mirroring has methods.
  const matches = mirror?.methods === 'Safe' ? narrowed.flatMap(orSafe) : narrowed;
  const backendRefs = groups.flatMap((group) => toSplit(group, 100).slice(1));
  return { ...unnamed(rule), matches, backendRefs };
}

/** What the cookie of each version says. It names the release, so that what a browser still has of an
 * earlier one means nothing. */
interface Arms {
  stable: RequestMatch;
  candidate: RequestMatch;
  setCookie: (version: 'stable' | 'candidate') => string;
}

function armsOf({ cookie: name, maxAgeSeconds }: Sticky, candidateHash: string): Arms {
  const value = { stable: `a-${candidateHash}`, candidate: `b-${candidateHash}` };
  return {
    stable: { cookie: { name, exact: value.stable } },
    candidate: { cookie: { name, exact: value.candidate } },
    setCookie: (version) =>
      `${name}=${value[version]}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`,
  };
}

/** Who has a cookie of this release goes where it says; who has none goes by weight, and is told which
 * version that was. */
function stickyRules(
  rule: RouteRule,
  { groups, weight, arms }: { groups: RefGroup[]; weight: number; arms: Arms },
): RouteRule[] {
  const kept = (version: 'stable' | 'candidate'): RouteRule => ({
    ...unnamed(rule),
    matches: matchesOf(rule).map((one) => narrow(one, arms[version])),
    backendRefs: groups.flatMap((group) => {
      const [stable, candidate] = toSplit(group, version === 'stable' ? 0 : 100);
      return [version === 'stable' ? stable : candidate].filter((ref) => ref !== undefined);
    }),
  });
  const versions = ['stable', 'candidate'] as const;
  const backendRefs = groups.flatMap((group) =>
    toSplit(group, weight).map((ref, i) => marking(ref, arms.setCookie(versions[i] ?? 'stable'))),
  );
  const divided = { ...unnamed(rule), matches: matchesOf(rule), backendRefs };
  return [kept('candidate'), kept('stable'), divided];
}

function marking(ref: BackendRef, cookie: string): BackendRef {
  const filters = (ref['filters'] ?? []) as RouteFilter[];
  const add = [{ name: SET_COOKIE, value: cookie }];
  const filter = { type: 'ResponseHeaderModifier', responseHeaderModifier: { add } };
  return { ...ref, filters: [...filters, filter] };
}

function mirroringRule(
  rule: RouteRule,
  { groups, weight, mirror }: { groups: RefGroup[]; weight: number; mirror: Mirror },
): RouteRule[] {
  const matches = mirror.methods === 'Safe' ? matchesOf(rule).flatMap(safeOnly) : matchesOf(rule);
  if (matches.length === 0) return [];
  const filters = [...(rule.filters ?? []), ...groups.map((group) => mirrorTo(group, mirror))];
  const backendRefs = groups.flatMap((group) => toSplit(group, weight));
  return [{ ...unnamed(rule), matches, filters, backendRefs }];
}

function mirrorTo({ service, port }: RefGroup, { percent }: Mirror): RouteFilter {
  const backendRef = {
    group: '',
    kind: 'Service',
    name: dedicatedName(service, 'candidate'),
    ...(port !== undefined && { port }),
  };
  // Every request is copied where nothing is said; older versions have no percent.
  return {
    type: 'RequestMirror',
    requestMirror: { backendRef, ...(percent < 100 && { percent }) },
  };
}

/** Names of rules are unique in a route. */
function unnamed(rule: RouteRule): RouteRule {
  const { name: _, ...rest } = rule;
  return rest;
}

function orSafe(match: RouteMatch): RouteMatch[] {
  return match.method ? [match] : [match, ...safeOnly(match)];
}

function safeOnly(match: RouteMatch): RouteMatch[] {
  if (match.method) return SAFE_METHODS.includes(match.method) ? [match] : [];
  return SAFE_METHODS.map((method) => ({ ...match, method }));
}

function narrow(match: RouteMatch, entry: RequestMatch): RouteMatch {
  const { headers, queryParams } = demandsOf(entry);
  return {
    ...match,
    ...(headers.length > 0 && { headers: [...(match.headers ?? []), ...headers] }),
    ...(queryParams.length > 0 && { queryParams: [...(match.queryParams ?? []), ...queryParams] }),
  };
}

/** Everything that added rules ask of requests. */
export function demandsOfAll(planned: readonly RequestRules[]) {
  return planned
    .flatMap(({ match = [], sticky }) => [
      ...match,
      ...(sticky ? [armsOf(sticky, '').candidate] : []),
    ])
    .map(demandsOf);
}

/** An entry in the words of the Gateway API. */
function demandsOf({ headers = [], cookie, query = [] }: RequestMatch) {
  return {
    headers: [...headers.map(valueMatch), ...(cookie ? [cookieMatch(cookie)] : [])],
    queryParams: query.map(valueMatch),
  };
}

function valueMatch({ name, exact, regex }: ValueMatch): HeaderMatch {
  return exact === undefined
    ? { type: 'RegularExpression', name, value: `^(?:${regex})$` }
    : { type: 'Exact', name, value: exact };
}

/** One of the pairs in the Cookie header (RFC 6265, 5.4: `a=1; b=2`). Anchored, so that it means the
 * same whether a gateway matches the whole value or a part of it. */
function cookieMatch({ name, exact, regex }: ValueMatch): HeaderMatch {
  const value = exact === undefined ? `(?:${regex})` : quoted(exact);
  const pair = `${quoted(name)}=${value}`;
  return { type: 'RegularExpression', name: 'Cookie', value: `^(?:.*; *)?${pair}(?: *;.*)?$` };
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * Whether a rule is one that Segue added. Nobody else mirrors to the candidate's Service, and a rule
 * that leads to it alone matches what the plan says; a rule of the user's, half of whose pair
 * somebody took out, does not.
 */
export function isAdded(
  rule: RouteRule,
  name: NameRef,
  { rules: planned, candidateHash }: { rules: readonly RequestRules[]; candidateHash: string },
): boolean {
  if (rule.filters?.some((filter) => mirrorsOurs(filter, name))) return true;
  const refs = rule.backendRefs ?? [];
  const arms = planned.flatMap(({ sticky }) => (sticky ? [armsOf(sticky, candidateHash)] : []));
  if (refs.some((ref) => arms.some((arm) => isMarking(ref, arm)))) return true;
  const roles = new Set(refs.map((ref) => name(ref)?.role));
  const [role, another] = roles;
  if (another !== undefined) return false;
  if (role === 'Stable')
    return asksFor(
      rule,
      arms.map(({ stable }) => stable),
    );
  if (role !== 'Candidate') return false;
  const matches = planned.flatMap(({ match = [] }) => match);
  return asksFor(rule, [...matches, ...arms.map(({ candidate }) => candidate)]);
}

/** One of the two tells of a user's version, whichever a half of the pair is left. */
function isMarking(ref: BackendRef, { setCookie }: Arms): boolean {
  const cookies = [setCookie('stable'), setCookie('candidate')];
  const filters = (ref['filters'] ?? []) as RouteFilter[];
  return filters.some(({ responseHeaderModifier }) =>
    responseHeaderModifier?.add?.some(({ value }) => cookies.includes(value)),
  );
}

/** Each of its matches ends with what one of these asks. */
function asksFor(rule: RouteRule, wanted: readonly RequestMatch[]): boolean {
  const demands = wanted.map(demandsOf);
  return matchesOf(rule).every((match) =>
    demands.some(
      ({ headers, queryParams }) =>
        endsWith(match.headers, headers) && endsWith(match.queryParams, queryParams),
    ),
  );
}

function mirrorsOurs({ requestMirror }: RouteFilter, name: NameRef): boolean {
  return (
    requestMirror?.backendRef !== undefined && name(requestMirror.backendRef)?.role === 'Candidate'
  );
}

function endsWith(list: HeaderMatch[] = [], end: HeaderMatch[]): boolean {
  return end.length === 0 || isDeepStrictEqual(list.slice(-end.length), end);
}
