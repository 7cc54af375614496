/** Routes of the Gateway API. Their rules are read by the sandbox's gateway, which is written from its reference. */
import type { KubeObject } from '../../api/object.ts';
import type { RuleMatch } from '../../sandbox/gateway/route.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import { compareMatches, compileRoute } from '../../sandbox/gateway/route.ts';
import type { Chance } from '../chance.ts';
import { isTrue, type Said, saying } from './condition.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import {
  metadataOf,
  objectOf,
  type RouteKind,
  type RouterInput,
  type RouteRule,
  type Share,
  sharesBy,
  type Stored,
  type Taker,
  type Verdict,
} from './route-kind.ts';

const VERSION = 'gateway.networking.k8s.io/v1';
const LINKERDS = 'policy.linkerd.io/v1beta3';

/** Each parent says of the generation that it has seen whether it accepts it and finds what it leads to. */
function statusOf(_: KubeObject, verdict: Verdict): Record<string, unknown> {
  const conditions = [
    saying('Accepted', verdict, 'UnsupportedValue'),
    saying('ResolvedRefs', { ...verdict, ok: true }, ''),
  ];
  return { parents: [{ parentRef: { name: 'gw' }, conditions }] };
}

function hasTaken({ metadata, ...object }: KubeObject): boolean {
  const { parents = [] } = (object['status'] ?? {}) as { parents?: { conditions: Said[] }[] };
  return parents.every(({ conditions }) =>
    conditions.every((one) => isTrue(one, metadata.generation)),
  );
}

const shared = {
  foreign: (object: KubeObject, own: KubeObject) =>
    withoutMoved(object, own, {
      rules: 'rules',
      refs: 'backendRefs',
      nameOf: (ref) => String(ref['name']),
    }),
};

function takerOf(kind: string): Taker {
  return { kinds: [kind], status: statusOf, hasTaken };
}

function bareName(service: string): string {
  return service.split('/').at(-1) ?? '';
}

/** As the sandbox's gateway has it, in the order in which rules are asked. */
export function rulesOf(matches: readonly RuleMatch[]): RouteRule[] {
  return matches.toSorted(compareMatches).map((match) => {
    const { rule } = match;
    const test = (request: RequestView) => match.test(request);
    const to = rule.backends.map(({ service, weight, filters }) => ({
      service: bareName(service),
      weight,
      cookie: cookieIn(filters.response),
    }));
    const copies = [rule.filters, ...rule.backends.map(({ filters }) => filters)].flatMap(
      ({ mirrors }) =>
        mirrors.map(({ service, share }): Share => {
          return { service: bareName(service), percent: share * 100 };
        }),
    );
    const needs = rule.needs && bareName(rule.needs.service);
    return { test, to: sharesBy(to), copies, ...(needs !== undefined && { needs }) };
  });
}

interface Modifier {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
}

function cookieIn(modifiers: readonly Modifier[]): string | undefined {
  return modifiers
    .flatMap(({ set = [], add = [] }) => [...set, ...add])
    .find(({ name }) => name.toLowerCase() === 'set-cookie')?.value;
}

export const httpRoute: RouteKind = {
  ...shared,
  kind: 'HTTPRoute',
  served: { HTTPRoute: VERSION },
  router: { gatewayAPI: { httpRoute: 'web' } },
  draw: () => [routeObject()],
  rules: (stored) => rulesOf(matchesOf(stored.get('HTTPRoute', 'web'))),
  taker: takerOf('HTTPRoute'),
};

/** Of policy.linkerd.io, on the Service that it leads to. */
export const linkerdRoute: RouteKind = {
  ...httpRoute,
  served: { HTTPRoute: LINKERDS },
  router: { linkerd: { httpRoute: 'web' } },
  draw() {
    const { spec, ...route } = routeObject();
    const parentRefs = [{ group: 'core', kind: 'Service', name: 'web', port: 80 }];
    return [{ ...route, apiVersion: LINKERDS, spec: { ...(spec as object), parentRefs } }];
  },
};

/** Two rules: one with fields of the user's that must survive, one that is nobody's business. */
function routeObject(): KubeObject {
  const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }];
  return {
    apiVersion: VERSION,
    kind: 'HTTPRoute',
    metadata: metadataOf(),
    spec: {
      parentRefs: [{ name: 'gw' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/docs' } }],
          backendRefs: [{ name: 'docs', port: 80, weight: 7 }],
        },
        {
          filters,
          timeouts: { request: '10s' },
          backendRefs: [{ name: 'web', port: 80, weight: 3, filters }],
        },
      ],
    },
  };
}

function matchesOf(route: KubeObject | undefined): RuleMatch[] {
  return route ? compileRoute(route).matches : [];
}

interface GrpcMatch {
  method?: { service?: string; method?: string };
  [key: string]: unknown;
}

/** A call is a POST to the path of its service and method. */
export const grpcRoute: RouteKind = {
  ...shared,
  kind: 'GRPCRoute',
  served: { GRPCRoute: VERSION },
  router: { gatewayAPI: { grpcRoute: 'web' } },
  paths: ['/shop.Shop/Buy', '/shop.Prices/Get', '/docs.Docs/Read'],
  draw: drawGrpc,
  rules(stored) {
    const route = stored.get('GRPCRoute', 'web');
    if (!route) return [];
    const { rules = [], ...spec } = specOf(route) as { rules?: { matches?: GrpcMatch[] }[] };
    const asHttp = rules.map(({ matches, ...rule }) => ({
      ...rule,
      ...(matches && { matches: matches.map(byPath) }),
    }));
    return rulesOf(matchesOf({ ...route, spec: { ...spec, rules: asHttp } } as KubeObject));
  },
  taker: takerOf('GRPCRoute'),
};

function byPath({ method, ...match }: GrpcMatch) {
  if (!method?.service) return match;
  const exact = method.method !== undefined;
  const value = `/${method.service}${exact ? `/${method.method}` : ''}`;
  return { ...match, path: { type: exact ? 'Exact' : 'PathPrefix', value } };
}

function drawGrpc(chance: Chance): KubeObject[] {
  const docs = {
    matches: [{ method: { type: 'Exact', service: 'docs.Docs' } }],
    backendRefs: [{ name: 'docs', port: 80 }],
  };
  const prices = {
    name: 'prices',
    matches: [{ method: { service: 'shop.Prices', method: 'Get' } }],
    timeouts: { request: '2s' },
    backendRefs: [{ name: 'web', port: 80, weight: 1 }],
  };
  const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }];
  const rest = {
    ...(chance.maybe(0.5) && { filters }),
    backendRefs: [{ name: 'web', port: 80, ...(chance.maybe(0.5) && { weight: 7 }) }],
  };
  const rules = [
    ...(chance.maybe(0.5) ? [docs] : []),
    ...(chance.maybe(0.5) ? [prices] : []),
    rest,
  ];
  return [routeOf('GRPCRoute', { parentRefs: [{ name: 'gw' }], rules })];
}

function routeOf(kind: string, spec: object): KubeObject {
  return objectOf(VERSION, kind, spec);
}

/** Of connections: one rule, and nothing is asked. */
function ofConnections(kind: 'TLSRoute' | 'TCPRoute', router: RouterInput): RouteKind {
  return {
    ...shared,
    kind,
    served: { [kind]: VERSION },
    router,
    paths: ['/'],
    draw(chance) {
      const hostnames = kind === 'TLSRoute' && { hostnames: ['shop.example.com'] };
      const ref = { name: 'web', port: 80, ...(chance.maybe(0.4) && { weight: 4 }) };
      const idle = chance.maybe(0.3) ? [{ name: 'beta', port: 80, weight: 0 }] : [];
      const rules = [{ name: 'all', backendRefs: [ref, ...idle] }];
      const parentRefs = [{ name: 'gw', sectionName: 'tcp' }];
      return [routeOf(kind, { parentRefs, ...hostnames, rules })];
    },
    rules: (stored) => connectionsOf(stored, kind),
    taker: takerOf(kind),
  };
}

function connectionsOf(stored: Stored, kind: string): RouteRule[] {
  const { rules = [] } = specOf(stored.get(kind, 'web')) as {
    rules?: { backendRefs?: { name: string; weight?: number }[] }[];
  };
  return rules.map(({ backendRefs = [] }) => ({
    test: () => true,
    to: sharesBy(backendRefs.map(({ name, weight = 1 }) => ({ service: name, weight }))),
    copies: [],
  }));
}

export const tlsRoute = ofConnections('TLSRoute', { gatewayAPI: { tlsRoute: 'web' } });
export const tcpRoute = ofConnections('TCPRoute', { gatewayAPI: { tcpRoute: 'web' } });
