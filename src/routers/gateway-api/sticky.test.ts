/** How an HTTPRoute keeps users with the version they came to first, and what is refused for it. */
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
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

const sticky = { cookie: 'segue-ab.web', maxAgeSeconds: 3_600 };
const planned: RequestRules[] = [{ sticky }];
const ref = { name: 'web', port: 80 };
const path = (value: string) => ({ path: { type: 'PathPrefix', value } });
const header = { type: 'Exact', name: 'x-a', value: '1' };
const setsHeaders = {
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { set: [{ name: 'x-b', value: '2' }] },
};

const stored = (...rules: Record<string, unknown>[]) =>
  new ObjectStore([httpRoute('web', rules), service('web')], defaulted);
const rulesOf = (store: ObjectStore) =>
  (store.get(KINDS.httpRoute, 'web')?.['spec'] as { rules: RouteRule[] }).rules;

function intentOf(rest: Partial<TrafficIntent> = {}): TrafficIntent {
  return {
    namespace: NAMESPACE,
    services: ['web'],
    config: { httpRoute: 'web' },
    rules: planned,
    route: 'Split',
    weight: 20,
    sticky,
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
const pair = ['web-stable 80', 'web-candidate 20'];
const added = [['web-candidate 100'], ['web-stable 100'], pair];

test('three rules come before that of the user: one for each cookie, and one that gives it', () => {
  const filters = [{ type: 'URLRewrite', urlRewrite: { hostname: 'inside' } }];
  const own = {
    name: 'shop',
    matches: [path('/shop'), { ...path('/cart'), headers: [header] }],
    filters,
    timeouts: { request: '10s' },
    backendRefs: [{ ...ref, filters }],
  };
  const store = stored(own);
  const before = structuredClone(rulesOf(store));
  const rules = go(store, intentOf());
  expect(names(rules)).toEqual([...added, pair]);
  const [b, a, divided, users] = rules as [RouteRule, RouteRule, RouteRule, RouteRule];
  const cookie = (value: string) => ({
    type: 'RegularExpression',
    name: 'Cookie',
    value: `^(?:.*; *)?segue-ab\\.web=${value}(?: *;.*)?$`,
  });
  const withCookie = (value: string) => [
    { ...path('/shop'), headers: [cookie(value)] },
    { ...path('/cart'), headers: [header, cookie(value)] },
  ];
  expect(b.matches).toEqual(withCookie('b-bbb'));
  expect(a.matches).toEqual(withCookie('a-bbb'));
  expect(divided.matches).toEqual(users.matches);
  for (const rule of [b, a, divided]) {
    expect(rule).toMatchObject({ filters, timeouts: own.timeouts });
    expect(rule.name).toBeUndefined();
  }
  const given = divided.backendRefs?.map(({ filters: all }) => (all as object[]).slice(1));
  const gives = (value: string) => [
    {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: {
        add: [
          {
            name: 'Set-Cookie',
            value: `segue-ab.web=${value}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax`,
          },
        ],
      },
    },
  ];
  expect(given).toEqual([gives('a-bbb'), gives('b-bbb')]);
  expect(users.backendRefs).toMatchObject([{ filters }, { filters }]);
  expect(gatewayAPI.observe(intentOf(), store)).toMatchObject({ weight: 20, accepted: true });
  expect(gatewayAPI.render(intentOf(), store)).toEqual([]);
  const made = store.get(KINDS.httpRoute, 'web') as KubeObject;
  expect(() => new HTTPRoute(made as unknown as HTTPRoute).validate()).not.toThrow();
  go(store, intentOf({ route: 'Service', sticky: undefined }));
  expect(rulesOf(store)).toEqual(before);
});

test('an end of the test moves all users at once, and leaves nothing of it', () => {
  for (const weight of [0, 100]) {
    const store = stored({ backendRefs: [ref] });
    go(store, intentOf());
    const rules = go(store, intentOf({ sticky: undefined, weight }));
    expect(names(rules)).toEqual([[`web-stable ${100 - weight}`, `web-candidate ${weight}`]]);
    expect(JSON.stringify(rules)).not.toContain('segue-ab');
  }
});

test('the cookie of an earlier release says nothing', () => {
  const store = stored({ backendRefs: [ref] });
  const [b] = go(store, intentOf({ candidateHash: 'ccc' }));
  const value = b?.matches?.[0]?.headers?.[0]?.value ?? '';
  expect(new RegExp(value).test('x=1; segue-ab.web=b-ccc; y=2')).toBe(true);
  expect(new RegExp(value).test('segue-ab.web=b-bbb')).toBe(false);
});

test('what somebody changes in the rules that were added is put back', () => {
  const changes: ((rules: RouteRule[]) => void)[] = [
    (rules) => void rules.splice(0, 1),
    (rules) => void rules.splice(1, 2),
    (rules) => void (rules[2]!.backendRefs![0]!.weight = 1),
    (rules) => void rules[2]!.backendRefs!.shift(),
  ];
  for (const change of changes) {
    const store = stored({ backendRefs: [ref] });
    go(store, intentOf());
    store.edit(KINDS.httpRoute, 'web', (route) =>
      change((route['spec'] as { rules: RouteRule[] }).rules),
    );
    expect(gatewayAPI.observe(intentOf(), store).accepted).toBe(false);
    expect(names(go(store, intentOf()))).toEqual([...added, pair]);
  }
});

describe('refused', () => {
  const other = {
    matches: [{ ...path('/'), headers: [header] }],
    backendRefs: [{ name: 'other' }],
  };
  test.each([
    [
      'a rule that asks for the header Cookie',
      [{ matches: [{ headers: [{ ...header, name: 'cookie' }] }], backendRefs: [ref] }],
      /asks for cookie already/,
    ],
    [
      'a backendRef that modifies answers',
      [{ backendRefs: [{ ...ref, filters: [setsHeaders] }] }],
      /modifies headers of answers already/,
    ],
    ['a rule of others by header', [{ backendRefs: [ref] }, other], /could go to the candidate/],
    [
      'too many rules',
      Array.from({ length: 5 }, (_, i) => ({ matches: [path(`/${i}`)], backendRefs: [ref] })),
      /make it 20 rules, and the Gateway API allows 16/,
    ],
  ])('%s', (_, rules, message) => {
    const problems = gatewayAPI.check(intentOf(), stored(...rules));
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
  });

  test('none of it where nothing sticks', () => {
    const store = stored({ backendRefs: [{ ...ref, filters: [setsHeaders] }] }, other);
    expect(gatewayAPI.check(intentOf({ rules: [], sticky: undefined }), store)).toEqual([]);
  });
});
