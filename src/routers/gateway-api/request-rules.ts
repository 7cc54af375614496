/**
 * The rules that Segue adds to an HTTPRoute for the requests that the weight does not count for, in
 * front of the rule of the user's that they come from: one sends what matches to the candidate, one
 * copies requests to it, three keep users with the version they came to first. The user's own rules
 * stay as they are.
 */
import type { Mirror, RequestMatch, RequestRules } from '../../api/request-match.ts';
import { dedicatedName } from '../dedicated-services.ts';
import { isSafe, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import { type Arms, armsOf } from '../split-route/arms.ts';
import type { Ref, SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules } from '../split-route/shape.ts';
import type { BackendRef } from './backend-refs.ts';
import { httpPlace } from './http-place.ts';
import { asksWhat, demandsOf, narrowed, type Place, type RouteMatch } from './narrow.ts';

interface RouteFilter {
  type: string;
  requestMirror?: { backendRef?: BackendRef; percent?: number };
  urlRewrite?: { path?: { type?: string } };
  requestRedirect?: { path?: { type?: string } };
  responseHeaderModifier?: { add?: { name: string; value: string }[] };
  [key: string]: unknown;
}

export interface RouteRule {
  name?: string;
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  backendRefs?: Ref[];
  [key: string]: unknown;
}

const SET_COOKIE = 'Set-Cookie';

const { matchesOf } = httpPlace;

/** The rules to put before one of the user's, whose refs are split already. */
export function addedRules(rule: RouteRule, given: Added, place = httpPlace): RouteRule[] {
  const { groups, weight, candidateHash, match, mirror, sticky } = given;
  if (groups.length === 0) return [];
  const rules = [];
  if (match) rules.push(...matchingRule(rule, given, place));
  if (sticky)
    rules.push(...stickyRules(rule, { groups, weight, arms: armsOf(sticky, candidateHash) }));
  if (mirror) rules.push(...mirroringRule(rule, { groups, weight, mirror }));
  return rules;
}

function matchingRule(
  rule: RouteRule,
  { groups, users, match = [], mirror }: Added,
  place: Place,
): RouteRule[] {
  const others = users.flatMap(place.matchesOf);
  const asked = place
    .matchesOf(rule)
    .flatMap((one) =>
      match.flatMap((entry) =>
        isLost(rule, entry) ? [] : (narrowed(place, { match: one, others }, entry) ?? []),
      ),
    );
  // A rule with a method goes before one with headers: so does this one, where mirroring has methods.
  const matches = mirror?.methods === 'Safe' ? asked.flatMap(orSafe) : asked;
  // Without any it would take everything.
  if (matches.length === 0) return [];
  const backendRefs = groups.map(({ pair }) => pair(100)[1]);
  return [{ ...unnamed(rule), matches, backendRefs }];
}

/** Who has a cookie of this release goes where it says; who has none goes by weight, and is told which
 * version that was. */
function stickyRules(
  rule: RouteRule,
  { groups, weight, arms }: { groups: SplitGroup[]; weight: number; arms: Arms },
): RouteRule[] {
  const kept = (version: 'stable' | 'candidate'): RouteRule => ({
    ...unnamed(rule),
    matches: matchesOf(rule).flatMap(
      (one) => narrowed(httpPlace, { match: one, others: [] }, arms[version]) ?? [],
    ),
    backendRefs: groups.map(({ pair }) => (version === 'stable' ? pair(0)[0] : pair(100)[1])),
  });
  const backendRefs = groups.flatMap(({ pair }) => {
    const [stable, candidate] = pair(weight);
    return [
      marking(stable, arms.setCookie('stable')),
      marking(candidate, arms.setCookie('candidate')),
    ];
  });
  const divided = { ...unnamed(rule), matches: matchesOf(rule), backendRefs };
  return [kept('candidate'), kept('stable'), divided];
}

function marking(ref: Ref, cookie: string): Ref {
  const filters = (ref['filters'] ?? []) as RouteFilter[];
  const add = [{ name: SET_COOKIE, value: cookie }];
  const filter = { type: 'ResponseHeaderModifier', responseHeaderModifier: { add } };
  return { ...ref, filters: [...filters, filter] };
}

function mirroringRule(
  rule: RouteRule,
  { groups, weight, mirror }: { groups: SplitGroup[]; weight: number; mirror: Mirror },
): RouteRule[] {
  const matches = mirror.methods === 'Safe' ? matchesOf(rule).flatMap(safeOnly) : matchesOf(rule);
  if (matches.length === 0) return [];
  const filters = [...(rule.filters ?? []), ...groups.map((group) => mirrorTo(group, mirror))];
  const backendRefs = groups.flatMap(({ pair }) => pair(weight));
  return [{ ...unnamed(rule), matches, filters, backendRefs }];
}

function mirrorTo({ service, port }: SplitGroup, { percent }: Mirror): RouteFilter {
  const backendRef = {
    group: '',
    kind: 'Service',
    name: dedicatedName(service, 'candidate'),
    ...(typeof port === 'number' && { port }),
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
  if (match.method) return isSafe(match.method) ? [match] : [];
  return SAFE_METHODS.map((method) => ({ ...match, method }));
}

/** What is rewritten is the prefix that was matched, and would be a longer one. */
export function rewritesPrefix({ filters = [], backendRefs = [] }: RouteRule): boolean {
  const all = [
    ...filters,
    ...backendRefs.flatMap((ref) => (ref['filters'] ?? []) as RouteFilter[]),
  ];
  return all.some(({ urlRewrite, requestRedirect }) =>
    [urlRewrite, requestRedirect].some((one) => one?.path?.type === 'ReplacePrefixMatch'),
  );
}

function isLost(rule: RouteRule, { path }: RequestMatch): boolean {
  return path !== undefined && rewritesPrefix(rule);
}

/** What added rules match, of the rule of the user's that they come from.
 * @param users all rules of the route that are the user's */
export function matchedBy(
  rule: RouteRule,
  entry: RequestMatch,
  { users, place }: { users: readonly RouteRule[]; place: Place },
): RouteMatch[] | undefined {
  const others = users.flatMap(place.matchesOf);
  const all = place.matchesOf(rule).map((match) => narrowed(place, { match, others }, entry));
  return all.includes(undefined) ? undefined : all.flatMap((one) => one ?? []);
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

export function isAdded(rule: RouteRule, known: KnownRules, place = httpPlace): boolean {
  const mirrors = (rule.filters ?? []).flatMap(
    ({ requestMirror }) => requestMirror?.backendRef ?? [],
  );
  const told = {
    refs: rule.backendRefs ?? [],
    copies: mirrors,
    marks: isMarking,
    asksFor: (entries: readonly RequestMatch[]) => asksFor(rule, entries, place),
  };
  return toldAsAdded(told, known);
}

/** One of the two tells of a user's version, whichever a half of the pair is left. */
function isMarking(ref: Ref, { setCookie }: Arms): boolean {
  const cookies = [setCookie('stable'), setCookie('candidate')];
  const filters = (ref['filters'] ?? []) as RouteFilter[];
  return filters.some(({ responseHeaderModifier }) =>
    responseHeaderModifier?.add?.some(({ value }) => cookies.includes(value)),
  );
}

/** Each of its matches asks for what one of these does. */
export function asksFor(
  rule: RouteRule,
  entries: readonly RequestMatch[],
  place = httpPlace,
): boolean {
  return place
    .matchesOf(rule)
    .every((match) => entries.some((entry) => asksWhat(place, match, entry)));
}
