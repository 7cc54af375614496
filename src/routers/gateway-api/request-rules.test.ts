/** What match and mirror make of an HTTPRoute, and what is refused for them. */
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Mirror, RequestMatch, RequestRules } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  defaulted,
  httpRoute,
  NAMESPACE,
  service,
} from '../../testing/router-conformance-objects.ts';
import { gatewayAPI } from './router.ts';
import type { RouteRule } from './request-rules.ts';

const byHeader: RequestMatch = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const byCookie: RequestMatch = { cookie: { name: 'beta.user', exact: 'a+b' } };
const byQuery: RequestMatch = { query: [{ name: 'v', regex: '2|3' }] };
const safe: Mirror = { percent: 25, methods: 'Safe' };
const all: Mirror = { percent: 100, methods: 'All' };
const ref = { name: 'web', port: 80 };
const path = (value: string) => ({ path: { type: 'PathPrefix', value } });

const stored = (...rules: Record<string, unknown>[]) =>
  new ObjectStore([httpRoute('web', rules), service('web')], defaulted);
const rulesOf = (store: ObjectStore) =>
  (store.get(KINDS.httpRoute, 'web')?.['spec'] as { rules: RouteRule[] }).rules;

const edit = (store: ObjectStore, change: (rules: RouteRule[]) => void) =>
  store.edit(KINDS.httpRoute, 'web', (route) =>
    change((route['spec'] as { rules: RouteRule[] }).rules),
  );

function intentOf(rules: RequestRules, rest: Partial<TrafficIntent> = {}): TrafficIntent {
  return {
    namespace: NAMESPACE,
    services: ['web'],
    config: { httpRoute: 'web' },
    rules: [rules],
    route: 'Split',
    weight: 5,
    ...rules,
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

const names = (rules: RouteRule[]) =>
  rules.map(({ backendRefs = [] }) =>
    backendRefs.map(({ name, weight }) => `${String(name)} ${String(weight)}`),
  );
const pair = ['web-stable 95', 'web-candidate 5'];

describe('match', () => {
  test('is a rule before the one of the user, with its path, filters and timeouts', () => {
    const filters = [{ type: 'URLRewrite', urlRewrite: { hostname: 'inside' } }];
    const own = {
      name: 'shop',
      matches: [path('/shop'), { ...path('/cart'), method: 'POST' }],
      filters,
      timeouts: { request: '10s' },
      backendRefs: [{ ...ref, filters }],
    };
    const store = stored({ ...own, name: 'docs', backendRefs: [{ name: 'docs', port: 80 }] }, own);
    const before = structuredClone(rulesOf(store));
    const rules = go(store, intentOf({ match: [byHeader, { ...byCookie, ...byQuery }] }));
    expect(names(rules)).toEqual([['docs 1'], ['web-candidate 100'], pair]);
    const { matches, ...rest } = rules[1] as RouteRule;
    expect(rest).toMatchObject({ filters, timeouts: own.timeouts, backendRefs: [{ filters }] });
    expect(rest.name).toBeUndefined();
    const header = { type: 'Exact', name: 'x-canary', value: 'yes' };
    const cookie = {
      type: 'RegularExpression',
      name: 'Cookie',
      value: '^(?:.*; *)?beta\\.user=a\\+b(?: *;.*)?$',
    };
    const query = { type: 'RegularExpression', name: 'v', value: '^(?:2|3)$' };
    expect(matches).toEqual([
      { ...path('/shop'), headers: [header] },
      { ...path('/shop'), headers: [cookie], queryParams: [query] },
      { ...path('/cart'), method: 'POST', headers: [header] },
      { ...path('/cart'), method: 'POST', headers: [cookie], queryParams: [query] },
    ]);
    go(
      store,
      intentOf(
        {},
        { route: 'Service', rules: [{ match: [byHeader, { ...byCookie, ...byQuery }] }] },
      ),
    );
    expect(rulesOf(store)).toEqual(before);
  });

  test('a rule that matches everything is narrowed too', () => {
    const [added] = go(stored({ backendRefs: [ref] }), intentOf({ match: [byHeader] }));
    expect(added?.matches).toMatchObject([path('/')]);
  });

  test.each([
    ['canary=yes', true],
    ['a=1; canary=yes', true],
    ['a=1;canary=yes;b=2', true],
    ['canary=yes2', false],
    ['xcanary=yes', false],
    ['a=canary=yes', false],
    ['canary=no; other=canary', false],
  ])('a cookie is one pair of the header: %s', (header, is) => {
    const match = [{ cookie: { name: 'canary', exact: 'yes' } }];
    const [added] = go(stored({ backendRefs: [ref] }), intentOf({ match }));
    const value = added?.matches?.[0]?.headers?.[0]?.value ?? '';
    expect(new RegExp(value).test(header)).toBe(is);
  });

  test('half a pair of the user is not taken for it', () => {
    const store = stored({ backendRefs: [ref] });
    go(store, intentOf({ match: [byHeader] }));
    edit(store, ([, users]) => void users!.backendRefs!.shift());
    expect(names(go(store, intentOf({ match: [byHeader] })))).toEqual([
      ['web-candidate 100'],
      pair,
    ]);
  });

  test('what the user edits in the rule it was made from is copied, and is not interference', () => {
    const store = stored({ backendRefs: [ref] });
    const intent = intentOf({ match: [byHeader] });
    go(store, intent);
    edit(store, ([, users]) => void (users!['timeouts'] = { request: '3s' }));
    expect(gatewayAPI.observe(intent, store)).toMatchObject({ route: 'Split', accepted: false });
    expect(go(store, intent)[0]).toMatchObject({ timeouts: { request: '3s' } });
    expect(gatewayAPI.observe(intent, store)).toMatchObject({ route: 'Split', accepted: true });
  });
});

describe('mirror', () => {
  test('copies requests of safe methods by a rule of its own', () => {
    const filters = [
      { type: 'RequestMirror', requestMirror: { backendRef: { name: 'audit', port: 1 } } },
    ];
    const own = { matches: [path('/a'), { ...path('/b'), method: 'POST' }], filters };
    const store = stored({ ...own, backendRefs: [ref] });
    const rules = go(store, intentOf({ mirror: safe }));
    expect(names(rules)).toEqual([pair, pair]);
    expect(rules[0]?.matches).toEqual(
      ['GET', 'HEAD', 'OPTIONS'].map((method) => ({ ...path('/a'), method })),
    );
    const backendRef = { group: '', kind: 'Service', name: 'web-candidate', port: 80 };
    expect(rules[0]?.filters).toMatchObject([
      ...filters,
      { type: 'RequestMirror', requestMirror: { backendRef, percent: 25 } },
    ]);
    expect(rules[1]).toMatchObject(own);
  });

  test('of all requests where that is asked for, without a percent that older versions lack', () => {
    const rules = go(stored({ backendRefs: [ref] }), intentOf({ mirror: all }));
    expect(rules[0]?.matches).toMatchObject([path('/')]);
    expect(rules[0]?.filters?.[0]?.requestMirror).not.toHaveProperty('percent');
  });

  test('beside match: what matches goes first, whatever its method', () => {
    const rules = go(stored({ backendRefs: [ref] }), intentOf({ match: [byHeader], mirror: safe }));
    expect(names(rules)).toEqual([['web-candidate 100'], pair, pair]);
    const methods = rules[0]?.matches?.map(({ method, headers }) => [method, headers?.length]);
    expect(methods).toEqual([
      [undefined, 1],
      ['GET', 1],
      ['HEAD', 1],
      ['OPTIONS', 1],
    ]);
  });

  test('a route that is read without what was asked for is Other', () => {
    const store = stored({ backendRefs: [ref] });
    go(store, intentOf({}));
    expect(gatewayAPI.observe(intentOf({ mirror: safe }), store)).toMatchObject({
      route: 'Other',
      message: 'HTTPRoute web: 1 rules for single requests wanted, 0 there',
    });
  });
});

test('the rules are rules of the Gateway API', () => {
  const store = stored({ backendRefs: [ref] });
  go(store, intentOf({ match: [byHeader, byCookie, byQuery], mirror: safe }));
  const made = store.get(KINDS.httpRoute, 'web') as KubeObject;
  expect(() => new HTTPRoute(made as unknown as HTTPRoute).validate()).not.toThrow();
});

describe('refused', () => {
  const many = (count: number, one: (i: number) => RequestMatch) =>
    Array.from({ length: count }, (_, i) => one(i));
  const plain = { matches: [path('/')], backendRefs: [ref] };
  const header = (name: string, value = 'x') => ({ type: 'Exact', name, value });
  const other = (match: object) => ({
    matches: [match],
    backendRefs: [{ name: 'other', port: 80 }],
  });
  const entry = (i: number) => ({ headers: [{ name: 'x', exact: `${i}` }] });

  test.each([
    [
      'too many rules',
      Array.from({ length: 9 }, (_, i) => ({ matches: [path(`/${i}`)], backendRefs: [ref] })),
      { match: [byHeader] },
      /make it 18 rules, and the Gateway API allows 16/,
    ],
    [
      'too many matches in a rule',
      [plain],
      { match: many(17, entry), mirror: safe },
      /make it 68 matches in one rule, and the Gateway API allows 64/,
    ],
    [
      'too many matches in all',
      [plain, { ...plain, matches: [path('/a')] }, { ...plain, matches: [path('/b')] }],
      { match: many(15, entry), mirror: safe },
      /make it 192 matches in all, and the Gateway API allows 128/,
    ],
    [
      'the same header',
      [{ ...plain, matches: [{ headers: [header('X-Canary')] }] }],
      { match: [byHeader] },
      /asks for X-Canary already/,
    ],
    [
      'the same parameter',
      [{ ...plain, matches: [{ queryParams: [header('v')] }] }],
      { match: [byQuery] },
      /asks for v already/,
    ],
    [
      'a rule of others by header',
      [plain, other({ ...path('/'), headers: [header('x')] })],
      { match: [byHeader] },
      /go to other, could go to the candidate/,
    ],
    [
      'and mirroring by methods',
      [plain, other({ ...path('/'), headers: [header('x')] })],
      { mirror: safe },
      /go to other, could go to the candidate/,
    ],
  ] as const)('%s', (_, rules, planned, message) => {
    const store = stored(...rules);
    const problems = gatewayAPI.check(intentOf(planned as RequestRules), store);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['by another path', other({ ...path('/o'), headers: [header('x')] }), { match: [byHeader] }],
    ['by another method', other({ ...path('/'), method: 'PUT', headers: [header('x')] }), {}],
    ['where all is mirrored', other({ ...path('/'), headers: [header('x')] }), { mirror: all }],
    ['by path alone', other(path('/')), { match: [byHeader] }],
  ])('not: a rule of others %s', (_, rule, planned) => {
    expect(gatewayAPI.check(intentOf(planned), stored(plain, rule))).toEqual([]);
  });
});
