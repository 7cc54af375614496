/** What a VirtualService cannot be used for, looked for before a release. */
import type { Problem } from '../../api/problem.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { checkNarrowing } from '../split-route/narrowing.ts';
import { leadsToOurs, ofASubset, withoutRequests } from '../split-route/check.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import { isSegues } from '../subsets/shape.ts';
import { isBySubset } from './destination-rule.ts';
import type { RouteDestination } from './destinations.ts';
import { serviceOf } from './host.ts';
import { type HttpMatch, narrowed } from './narrow.ts';
import { connectionsOfDelegate, entrancesOf, handingOver, outsideOfRoots } from './roots.ts';
import { asksFor, type HttpRule, matchesOf, namesAsked, rewritesPrefix } from './request-rules.ts';

export function checkVirtualService(scope: RouterScope, route: CheckedRoute): Problem[] {
  const routed = route.rules.filter((rule) => leadsToOurs(route, rule));
  const http = routed.filter(({ list }) => list === 'http');
  return [
    ...routed.flatMap((rule) => [
      ...ofASubset(route, rule, (ref: RouteDestination) => ref.destination?.subset),
      ...(rule.list === 'http'
        ? [...ofRequests(scope, rule), ...outsideOfRoots(scope, route, rule)]
        : withoutRequests(scope, rule, 'spec.http')),
      ...connectionsOfDelegate(route, rule),
    ]),
    ...outsideOfTheMesh(scope, route),
    ...checkNarrowing(scope, {
      title: route.title,
      rules: http,
      field: 'match',
      narrowed: narrowedRule,
      rewrites: (rule: HttpRule) =>
        [rule, ...handingOver(route, rule).map((root) => root.rule)].some(rewritesPrefix),
      asksFor,
    }),
  ];
}

function narrowedRule(rule: HttpRule, entry: RequestMatch): HttpMatch[] | undefined {
  const all = matchesOf(rule).map((match) => narrowed(match, entry));
  return all.includes(undefined) ? undefined : all.flatMap((one) => one ?? []);
}

/** A gateway does not see who sends a request. */
function outsideOfTheMesh({ rules }: RouterScope, route: CheckedRoute): Problem[] {
  const asks = rules.some(({ match = [] }) => match.some(({ sourceLabels }) => sourceLabels));
  const [first, ...others] = entrancesOf(route);
  const inside = [first, ...others].some((one) => one?.gateways?.includes('mesh') ?? true);
  if (!asks || !first || inside) return [];
  return [
    {
      field: `${first.title} spec.gateways`,
      message: 'it is for gateways only, where labels of the pod that sends are not known',
      fix: 'add the gateway mesh, or match by something else than sourceLabels',
    },
  ];
}

/** Destinations by which a part of the pods is chosen otherwise than by version. */
export function ofOwnSubset(scope: RouterScope, { rules, dialect }: CheckedRoute): Problem[] {
  if (!isBySubset(scope)) return [];
  return rules.flatMap(({ refs, refsAt: field }) =>
    refs.flatMap((ref: RouteDestination): Problem[] => {
      const { host = '', subset } = ref.destination ?? {};
      const service = serviceOf(host, scope.namespace) ?? '';
      const moves =
        scope.services.includes(service) && dialect.weightOf(ref, refs.length === 1) > 0;
      if (!moves || subset === undefined || isSegues([subset, undefined])) return [];
      return [
        {
          field,
          message: `it leads to subset ${subset}, and a version is pods of its own`,
          fix: `leave subset out: Segue itself tells the pods of each version of ${service}`,
        },
      ];
    }),
  );
}

function ofRequests(scope: RouterScope, rule: CheckedRule): Problem[] {
  return [
    ...asksTheSame(scope, rule),
    ...mirrorsAlready(scope, rule),
    ...setsCookies(scope, rule),
    ...unknownMethods(scope, rule),
  ];
}

/** A map has one demand on a header. */
function asksTheSame(scope: RouterScope, { rule, at }: CheckedRule): Problem[] {
  const asked = namesAsked(scope.rules);
  const found = matchesOf(rule as HttpRule).flatMap(({ headers = {}, queryParams = {} }) => [
    ...Object.keys(headers).filter((name) => asked.headers.includes(name.toLowerCase())),
    ...Object.keys(queryParams).filter((name) => asked.queryParams.includes(name)),
  ]);
  return found.slice(0, 1).map((name) => ({
    field: `${at}.match`,
    message: `this rule asks for ${name} already, and so does a match of the policy`,
    fix: `match by another name, or take ${name} out of the rule`,
  }));
}

function mirrorsAlready(scope: RouterScope, { rule, at }: CheckedRule): Problem[] {
  const { mirror, mirrors = [] } = rule as HttpRule;
  if ((!mirror && mirrors.length === 0) || scope.rules.every((one) => !one.mirror)) return [];
  return [
    {
      field: `${at}.${mirror ? 'mirror' : 'mirrors'}`,
      message: 'this rule copies requests already, and so would the policy',
      fix: 'remove it from the rule for the release, or remove mirror from spec.strategy',
    },
  ];
}

function setsCookies(scope: RouterScope, { refs, refsAt }: CheckedRule): Problem[] {
  if (scope.rules.every(({ sticky }) => !sticky)) return [];
  const taken = refs.some((ref) => {
    const { response } = (ref as RouteDestination).headers ?? {};
    return Object.keys(response?.add ?? {}).some((name) => name.toLowerCase() === 'set-cookie');
  });
  if (!taken) return [];
  return [
    {
      field: refsAt,
      message:
        'a destination adds Set-Cookie to answers already, where the cookie of sticky is set',
      fix: 'move it to the headers of the rule',
    },
  ];
}

/** What a pattern and the safe methods have in common cannot be written. */
function unknownMethods(scope: RouterScope, { rule, at }: CheckedRule): Problem[] {
  if (scope.rules.every(({ mirror }) => mirror?.methods !== 'Safe')) return [];
  const patterns = matchesOf(rule as HttpRule).some(
    ({ method }) => method !== undefined && method.exact === undefined,
  );
  if (!patterns) return [];
  return [
    {
      field: `${at}.match`,
      message: 'it matches methods by a pattern, and only GET, HEAD and OPTIONS are to be copied',
      fix: 'write a match for each method, with exact, or set mirror.methods to All',
    },
  ];
}
