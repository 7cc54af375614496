/** What keeps an HTTPRoute from being routed by, looked for before a release. */
import type { Problem } from '../../api/problem.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { type BackendRef, groupsOf, refNamer, slotsOf, weightOf } from './backend-refs.ts';
import {
  addedRules,
  demandsOfAll,
  matchesOf,
  type RouteMatch,
  type RouteRule,
} from './request-rules.ts';

/** What the Gateway API allows in one HTTPRoute: rules, matches of one rule, matches of all. */
const MOST = { rules: 16, matches: 64, allMatches: 128 };

export function checkRoute(scope: RouterScope, title: string, rules: RouteRule[]): Problem[] {
  const name = refNamer(scope);
  const all = rules.flatMap(refsOf);
  const unnamed = scope.services.flatMap((service): Problem[] => {
    const roles = new Set(
      all.flatMap((ref) => {
        const named = name(ref);
        return named?.service === service ? [named.role] : [];
      }),
    );
    const routed = roles.size === 1 && roles.has('Service');
    return routed ? [] : [unroutable(title, service, roles.size)];
  });
  const each = rules.flatMap((rule, i) =>
    checkRule(scope, refsOf(rule), `${title} spec.rules[${i}]`),
  );
  const problems = [...unnamed, ...each];
  // What would be added is told only for a route that is fit otherwise.
  return problems.length > 0 ? problems : checkAdded(scope, title, rules);
}

function refsOf(rule: RouteRule): BackendRef[] {
  return rule.backendRefs ?? [];
}

function unroutable(title: string, service: string, found: number): Problem {
  return found === 0
    ? {
        field: title,
        message: `no rule sends requests to Service ${service}`,
        fix: `add a backendRef to ${service}, or take it out of spec.traffic.services`,
      }
    : {
        field: title,
        message: `it points at the dedicated Services of ${service} while no release is in progress`,
        fix: `point its backendRefs at Service ${service}`,
      };
}

/** A pair takes the whole share of a rule; beside refs of others the weights would mean less. */
function checkRule(scope: RouterScope, refs: BackendRef[], field: string): Problem[] {
  const name = refNamer(scope);
  const active = refs.filter((ref) => weightOf(ref) > 0);
  const routed = active.filter((ref) => name(ref)?.role === 'Service');
  if (routed.length === 0 || active.length === 1) return [];
  return [
    {
      field: `${field}.backendRefs`,
      message: `it shares requests between ${active.map((ref) => ref.name).join(', ')}`,
      fix: 'leave one backendRef with a weight in this rule, or move the others to a rule of their own',
    },
  ];
}

function checkAdded(scope: RouterScope, title: string, rules: RouteRule[]): Problem[] {
  const routed = rules.map((rule) => leadsToOurs(scope, rule));
  const each = rules.flatMap((rule, i) => {
    const field = `${title} spec.rules[${i}].matches`;
    return routed[i]
      ? [...asksTheSame(scope.rules, rule, field), ...modifiesAnswers(scope, rule, field)]
      : goesBehind(scope, rules, rule, field);
  });
  return [...each, ...scope.rules.flatMap((one) => tooMany(scope, one, { title, rules }))];
}

function leadsToOurs(scope: RouterScope, rule: RouteRule): boolean {
  return groupsOf(slotsOf(refsOf(rule), refNamer(scope))).length > 0;
}

/** Of two demands on one header the Gateway API heeds the first only. */
function asksTheSame(planned: RequestRules[], rule: RouteRule, field: string): Problem[] {
  const demands = demandsOfAll(planned);
  const lower = (name: string) => name.toLowerCase();
  const headers = demands.flatMap((one) => one.headers.map(({ name }) => lower(name)));
  const query = demands.flatMap((one) => one.queryParams.map(({ name }) => name));
  const found = matchesOf(rule).flatMap((match) => [
    ...(match.headers ?? []).filter(({ name }) => headers.includes(lower(name))),
    ...(match.queryParams ?? []).filter(({ name }) => query.includes(name)),
  ]);
  return found.slice(0, 1).map(({ name }) => ({
    field,
    message: `this rule asks for ${name} already, and so does a match of the policy`,
    fix: `match by another name, or take ${name} out of the rule`,
  }));
}

/** A ref can have one filter of a kind, and the cookie takes that. */
function modifiesAnswers(scope: RouterScope, rule: RouteRule, field: string): Problem[] {
  if (scope.rules.every(({ sticky }) => !sticky)) return [];
  const taken = refsOf(rule).some(({ filters = [] }) =>
    (filters as { type?: string }[]).some(({ type }) => type === 'ResponseHeaderModifier'),
  );
  if (!taken) return [];
  return [
    {
      field: field.replace(/matches$/, 'backendRefs'),
      message:
        'a backendRef modifies headers of answers already, where the cookie of sticky is set',
      fix: 'move its ResponseHeaderModifier to the filters of the rule',
    },
  ];
}

/**
 * A rule of others by header or query goes before a rule of the same path without them; it would not
 * go before the one that is added to that.
 */
function goesBehind(
  scope: RouterScope,
  rules: RouteRule[],
  rule: RouteRule,
  field: string,
): Problem[] {
  if (
    scope.rules.every(
      ({ match, mirror, sticky }) => !match && !sticky && mirror?.methods !== 'Safe',
    )
  )
    return [];
  const ours = rules.filter((other) => leadsToOurs(scope, other)).flatMap(matchesOf);
  const narrow = matchesOf(rule).filter(
    (match) => (match.headers?.length ?? 0) + (match.queryParams?.length ?? 0) > 0,
  );
  if (!narrow.some((match) => ours.some((other) => samePlace(match, other)))) return [];
  return [
    {
      field,
      message: `its requests by header or query, which go to ${refsOf(rule)[0]?.name ?? 'nowhere'}, could go to the candidate instead: match, mirror and sticky need rules that come first`,
      fix: 'move this rule to an HTTPRoute of its own, or remove match, mirror and sticky',
    },
  ];
}

function samePlace(one: RouteMatch, other: RouteMatch): boolean {
  const path = ({ path: { type = 'PathPrefix', value = '/' } = {} }: RouteMatch) =>
    `${type} ${value}`;
  const apart = one.method && other.method && one.method !== other.method;
  return path(one) === path(other) && !apart;
}

function tooMany(
  scope: RouterScope,
  planned: RequestRules,
  { title, rules }: { title: string; rules: RouteRule[] },
): Problem[] {
  const name = refNamer(scope);
  const all = rules.flatMap((rule) => {
    const groups = groupsOf(slotsOf(refsOf(rule), name));
    return [...addedRules(rule, { ...planned, groups, weight: 0, candidateHash: '' }), rule];
  });
  const counts = all.map((rule) => matchesOf(rule).length);
  const sum = counts.reduce((total, count) => total + count, 0);
  const most = Math.max(...counts);
  const found = [
    { count: all.length, max: MOST.rules, what: 'rules' },
    { count: most, max: MOST.matches, what: 'matches in one rule' },
    { count: sum, max: MOST.allMatches, what: 'matches in all' },
  ].filter(({ count, max }) => count > max);
  return found.slice(0, 1).map(({ count, max, what }) => ({
    field: title,
    message: `match, mirror and sticky would make it ${count} ${what}, and the Gateway API allows ${max}`,
    fix: 'ask for fewer: one entry of match with a regular expression, or fewer matches in its rules',
  }));
}
