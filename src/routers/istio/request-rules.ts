/**
 * The rules that Segue adds to a VirtualService for the requests that the weight does not count for. The
 * first rule that matches is the one, so that each stands just before the rule of the user's that it comes
 * from: one sends what matches to the candidate, three keep users with the version they came to first, one
 * copies requests to the candidate.
 */
import type { Mirror, RequestMatch } from '../../api/request-match.ts';
import { isSafe, onlyGroup, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import { type Arms, armsOf } from '../split-route/arms.ts';
import type { Ref, SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import type { RouteDestination } from './destinations.ts';
import { asksWhat, demandsOf, type HttpMatch, narrowed, type StringMatch } from './narrow.ts';

export interface HttpRule extends Rule {
  name?: string;
  match?: HttpMatch[];
  route?: Ref[];
  rewrite?: { uri?: string };
  mirror?: RouteDestination['destination'];
  mirrors?: unknown[];
}

const SAFE: StringMatch = { regex: `^(?:${SAFE_METHODS.join('|')})$` };

const SET_COOKIE = 'Set-Cookie';

/** Alternatives; a rule without any matches everything. */
export function matchesOf({ match }: HttpRule): HttpMatch[] {
  return match?.length ? match : [{}];
}

export function addedRules(
  rule: HttpRule,
  { groups, weight, candidateHash, match, mirror, sticky }: Added,
): HttpRule[] {
  const group = onlyGroup({ groups });
  if (!group) return [];
  return [
    ...(match ? matching(rule, group, match) : []),
    ...(sticky ? staying(rule, group, { weight, arms: armsOf(sticky, candidateHash) }) : []),
    ...(mirror ? mirroring(rule, group, { weight, mirror }) : []),
  ];
}

function matching(rule: HttpRule, { pair }: SplitGroup, entries: RequestMatch[]): HttpRule[] {
  const match = matchesOf(rule).flatMap((one) =>
    entries.flatMap((entry) =>
      entry.path && rewritesPrefix(rule) ? [] : (narrowed(one, entry) ?? []),
    ),
  );
  // Without any it would take everything.
  return match.length > 0 ? [{ ...unnamed(rule), match, route: [pair(100)[1]] }] : [];
}

/** What is rewritten is the prefix that was matched, and would be a longer one. */
export function rewritesPrefix({ rewrite }: HttpRule): boolean {
  return rewrite?.uri !== undefined;
}

/** Who has a cookie of this release goes where it says; who has none goes by weight, and is told which
 * version that was. */
function staying(
  rule: HttpRule,
  { pair }: SplitGroup,
  { weight, arms }: { weight: number; arms: Arms },
): HttpRule[] {
  const kept = (entry: RequestMatch, ref: Ref): HttpRule => ({
    ...unnamed(rule),
    match: matchesOf(rule).flatMap((one) => narrowed(one, entry) ?? []),
    route: [ref],
  });
  const [stable, candidate] = pair(weight);
  const route = [
    marking(stable, arms.setCookie('stable')),
    marking(candidate, arms.setCookie('candidate')),
  ];
  return [
    kept(arms.candidate, pair(100)[1]),
    kept(arms.stable, pair(0)[0]),
    { ...unnamed(rule), route },
  ];
}

function marking(ref: Ref, cookie: string): Ref {
  const { headers = {} } = ref as RouteDestination;
  const { response = {} } = headers;
  const add = { ...response.add, [SET_COOKIE]: cookie };
  return { ...ref, headers: { ...headers, response: { ...response, add } } };
}

function mirroring(
  rule: HttpRule,
  { pair }: SplitGroup,
  { weight, mirror }: { weight: number; mirror: Mirror },
): HttpRule[] {
  const match = mirror.methods === 'Safe' ? matchesOf(rule).flatMap(safeOnly) : rule.match;
  if (match?.length === 0) return [];
  const { destination } = pair(100)[1] as RouteDestination;
  return [
    {
      ...unnamed(rule),
      ...(match && { match }),
      route: pair(weight),
      mirror: destination,
      mirrorPercentage: { value: mirror.percent },
    },
  ];
}

function safeOnly(match: HttpMatch): HttpMatch[] {
  const { method } = match;
  if (method === undefined) return [{ ...match, method: SAFE }];
  return isSafe(method.exact) ? [match] : [];
}

/** Two rules of one name would be one in the telemetry. */
function unnamed(rule: HttpRule): HttpRule {
  const { name: _, ...rest } = rule;
  return rest;
}

/** What all added rules ask of requests: names of headers and of parameters. */
export function namesAsked(planned: KnownRules['rules']) {
  const entries = planned.flatMap(({ match = [], sticky }) => [
    ...match,
    ...(sticky ? [armsOf(sticky, '').candidate] : []),
  ]);
  const demands = entries.map(demandsOf);
  return {
    headers: demands.flatMap(({ headers }) => Object.keys(headers)),
    queryParams: demands.flatMap(({ queryParams }) => Object.keys(queryParams)),
  };
}

export function isAdded(rule: HttpRule, known: KnownRules): boolean {
  const told = {
    refs: rule.route ?? [],
    copies: rule.mirror ? [{ destination: rule.mirror }] : [],
    marks: isMarking,
    asksFor: (entries: readonly RequestMatch[]) => asksFor(rule, entries),
  };
  return toldAsAdded(told, known);
}

function isMarking(ref: Ref, { setCookie }: Arms): boolean {
  const cookie = (ref as RouteDestination).headers?.response?.add?.[SET_COOKIE];
  return cookie === setCookie('stable') || cookie === setCookie('candidate');
}

/** Each of its matches asks at least what one of these does. */
export function asksFor(rule: HttpRule, entries: readonly RequestMatch[]): boolean {
  return matchesOf(rule).every((match) => entries.some((entry) => asksWhat(match, entry)));
}
