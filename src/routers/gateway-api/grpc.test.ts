/** GRPCRoutes: weights, what match and mirror make of them, and what is refused. */
import { GRPCRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GRPCRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  acceptRoutes,
  defaulted,
  gatewayRoute,
  NAMESPACE,
  reportRoute,
  service,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import type { RouteRule } from './request-rules.ts';
import { gatewayAPI } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.grpcRoute;
const grpcRoute = (rules: Fields[], spec: Fields = {}) => gatewayRoute(kind, rules, spec);
const byHeader = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const byPattern = { headers: [{ name: 'x-team', regex: 'a|b' }] };
const byCall = [
  { path: { prefix: '/shop.Cart' } },
  { path: { exact: '/shop.Prices/Get' }, ...byHeader },
];
const rules: RequestRules[] = [
  { match: [byHeader, byPattern] },
  { match: byCall },
  { match: [byPattern], mirror: { percent: 20, methods: 'All' } },
  { mirror: { percent: 100, methods: 'All' } },
];
const filter = (name: string) => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { set: [{ name, value: '1' }] },
});
const toCandidate = /-candidate$/;

/** Added for single requests: it copies to the candidate, or leads to it alone. */
function isAdded({ filters = [], backendRefs = [] }: RouteRule): boolean {
  const names = backendRefs.map(({ name }) => String(name));
  return (
    filters.some(({ requestMirror }) => toCandidate.test(requestMirror?.backendRef?.name ?? '')) ||
    (names.length > 0 && names.every((name) => toCandidate.test(name)))
  );
}

describeRouter(
  splitFixture({
    router: gatewayAPI,
    config: { grpcRoute: 'web' },
    kind,
    route: grpcRoute,
    list: 'rules',
    refs: 'backendRefs',
    rule: (path) => (path === '/' ? {} : { matches: [{ method: { service: path } }] }),
    ref: (name, port) => ({ name, port }),
    beside: (ref) => ({ ...ref, weight: 7 }),
    decorated: (ref, name) => ({ ...ref, filters: [filter(name)] }),
    other: {
      sharing: { name: 'other', port: 80, weight: 3 },
      idle: { name: 'next', port: 80, weight: 0 },
    },
    left: { name: 'api-stable', port: 8080 },
    leadsTo: ({ name }) => String(name),
    isAdded,
    rules,
    accept: acceptRoutes,
  }),
);

const ref = { name: 'web', port: 80 };
const method = { service: 'shop.Cart', method: 'Add' };

const stored = (...all: Fields[]) => new ObjectStore([grpcRoute(all), service('web')], defaulted);
const rulesOf = (store: ObjectStore) =>
  (store.get(kind, 'web')?.['spec'] as { rules: RouteRule[] }).rules;

function intentOf(given: RequestRules, rest: Partial<TrafficIntent> = {}): TrafficIntent {
  return {
    namespace: NAMESPACE,
    services: ['web'],
    config: { grpcRoute: 'web' },
    rules: [given],
    route: 'Split',
    weight: 5,
    ...given,
    stableHash: 'aaa',
    candidateHash: 'bbb',
    journal: {},
    ...rest,
  };
}

function go(store: ObjectStore, intent: TrafficIntent): RouteRule[] {
  for (const write of gatewayAPI.render(intent, store)) store.apply(write);
  return rulesOf(store);
}

const names = (all: RouteRule[]) =>
  all.map(({ backendRefs = [] }) =>
    backendRefs.map(({ name, weight }) => `${String(name)} ${String(weight)}`),
  );
const pair = ['web-stable 95', 'web-candidate 5'];

describe('GRPCRoute', () => {
  test('a match keeps the method that its user wrote, and asks for the headers besides', () => {
    const own = {
      name: 'cart',
      matches: [{ method, headers: [{ name: 'x-own', value: '1' }] }, { method }],
      backendRefs: [ref],
    };
    const store = stored(own);
    const [added, users] = go(store, intentOf({ match: [byHeader, byPattern] }));
    expect(names([added!, users!])).toEqual([['web-candidate 100'], pair]);
    const exact = { type: 'Exact', ...method };
    const asked = { type: 'Exact', name: 'x-canary', value: 'yes' };
    const pattern = { type: 'RegularExpression', name: 'x-team', value: '^(?:a|b)$' };
    const given = { type: 'Exact', name: 'x-own', value: '1' };
    expect(added?.matches).toEqual([
      { method: exact, headers: [given, asked] },
      { method: exact, headers: [given, pattern] },
      { method: exact, headers: [asked] },
      { method: exact, headers: [pattern] },
    ]);
    expect(added?.name).toBeUndefined();
  });

  test('a match by call is the service and method that both ask for', () => {
    const store = stored(
      { matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [ref] },
      { matches: [{ method: { method: 'Get' } }], backendRefs: [ref] },
      { backendRefs: [ref] },
    );
    const match = [{ path: { exact: '/shop.Cart/Add' } }, { path: { prefix: '/shop.Prices' } }];
    const given = { match, rules: [{ match }] };
    const all = go(store, intentOf(given));
    const call = (service: string, of?: string) => ({
      method: { type: 'Exact', service, ...(of !== undefined && { method: of }) },
    });
    const added = [pair, pair, pair].flatMap((own) => [['web-candidate 100'], own]);
    expect(names(all)).toEqual(added);
    expect([0, 2, 4].map((i) => all[i]?.matches)).toEqual([
      [call('shop.Cart', 'Add')],
      [call('shop.Prices', 'Get')],
      [call('shop.Prices')],
    ]);
    expect(typeProblems(store.all().filter(({ kind: of }) => of === 'GRPCRoute'))).toEqual([]);
    expect(go(store, intentOf(given))).toEqual(all);
    go(store, intentOf({}, { ...given, route: 'Service' }));
    expect(names(rulesOf(store))).toEqual([['web 1'], ['web 1'], ['web 1']]);
  });

  test('a rule for everything is narrowed by headers alone, and copied without matches', () => {
    const store = stored({ backendRefs: [ref] });
    const both: RequestRules = {
      match: [byHeader],
      mirror: { percent: 20, methods: 'All' },
    };
    const all = go(store, intentOf(both));
    expect(names(all)).toEqual([['web-candidate 100'], pair, pair]);
    expect(all.map(({ matches }) => matches)).toEqual([
      [{ headers: [{ type: 'Exact', name: 'x-canary', value: 'yes' }] }],
      undefined,
      undefined,
    ]);
    expect(all[1]?.filters).toEqual([
      {
        type: 'RequestMirror',
        requestMirror: {
          backendRef: { group: '', kind: 'Service', name: 'web-candidate', port: 80 },
          percent: 20,
        },
      },
    ]);
    go(store, intentOf({}, { route: 'Service', rules: [both] }));
    expect(names(rulesOf(store))).toEqual([['web 1']]);
  });

  test('what it makes is a GRPCRoute of the Gateway API', () => {
    const store = stored(
      { matches: [{ method }], filters: [filter('x-rule')], backendRefs: [ref] },
      { backendRefs: [ref] },
    );
    go(store, intentOf({ match: [byHeader], mirror: { percent: 20, methods: 'All' } }));
    const made = store.get(kind, 'web') as KubeObject;
    const wrong = grpcRoute([{ backendRefs: [{ ...ref, wieght: 1 }] }]);
    expect(typeProblems([made, wrong])).toEqual([expect.stringContaining('wieght')]);
    expect(() => new GRPCRoute(made as unknown as GRPCRoute).validate()).not.toThrow();
  });

  test('is accepted when its parents have accepted this generation', () => {
    const store = stored({ backendRefs: [ref] });
    const intent = intentOf({});
    go(store, intent);
    reportRoute(store, 'web', { kind: kind.kind, generation: 1 });
    expect(gatewayAPI.observe(intent, store)).toMatchObject({
      accepted: false,
      message: expect.stringMatching(/^GRPCRoute web: not accepted: .* generation 1, not yet of 2/),
    });
    acceptRoutes(store);
    expect(gatewayAPI.observe(intent, store)).toMatchObject({ accepted: true, weight: 5 });
  });

  const narrow = (what: Fields) => ({
    matches: [{ ...what, headers: [{ name: 'x-a', value: '1' }] }],
    backendRefs: [{ name: 'other', port: 80 }],
  });
  const own = { matches: [{ method }], backendRefs: [ref] };
  test.each([
    ['a rule of others by header for its method', [own, narrow({ method })], byHeader],
    ['a rule of others by header for everything', [{ backendRefs: [ref] }, narrow({})], byHeader],
  ])('refuses %s', (_, all, entry) => {
    const problems = gatewayAPI.check(intentOf({ match: [entry] }), stored(...all));
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('which go to other, could go to the candidate instead'),
    ]);
  });

  test('leaves a rule of others by header for another method alone', () => {
    const store = stored(own, narrow({ method: { ...method, method: 'Remove' } }));
    expect(gatewayAPI.check(intentOf({ match: [byHeader] }), store)).toEqual([]);
  });

  test('refuses to ask twice for one header, and too many rules', () => {
    const twice = {
      matches: [{ headers: [{ name: 'X-Canary', value: '1' }] }],
      backendRefs: [ref],
    };
    const intent = intentOf({ match: [byHeader] });
    expect(gatewayAPI.check(intent, stored(twice))).toMatchObject(
      [{ field: 'GRPCRoute web spec.rules[0].matches', message: /asks for X-Canary already/ }].map(
        ({ field, message }) => ({ field, message: expect.stringMatching(message) }),
      ),
    );
    const many = Array.from({ length: 9 }, (_, i) => ({
      matches: [{ method: { service: `s${i}` } }],
      backendRefs: [ref],
    }));
    expect(gatewayAPI.check(intent, stored(...many))[0]?.message).toMatch(/18 rules.* allows 16/);
  });
});
