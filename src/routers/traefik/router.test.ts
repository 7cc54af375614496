import {
  IngressRoute,
  type IIngressRoute,
} from '@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  applier,
  MATCH,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import type { HttpRoute } from './request-rules.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.ingressRoute;

const rules: RequestRules[] = [{ match: MATCH }, { match: MATCH.slice(1) }];

function ingressRoute(routes: Fields[], spec: Fields = {}, name = 'web'): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name, namespace: NAMESPACE },
    spec: { entryPoints: ['websecure'], ...spec, routes },
  };
}

const to = (name: string, port: number | string = 80): Fields => ({ name, port });
const route = (match: string, ...services: Fields[]): Fields => ({ kind: 'Rule', match, services });

/** It leads to the candidate alone, which needs no weight there. */
function isAdded({ services = [] }: Fields): boolean {
  const found = services as { name: string; weight?: number }[];
  return (
    found.length > 0 &&
    found.every(({ name, weight }) => name.endsWith('-candidate') && weight === undefined)
  );
}

describeRouter(
  splitFixture({
    router: traefik,
    config: { ingressRoute: 'web' },
    kind,
    route: ingressRoute,
    list: 'routes',
    refs: 'services',
    rule: (path) => ({
      kind: 'Rule',
      match: `Host(\`shop.example.com\`) && PathPrefix(\`${path}\`)`,
      middlewares: [{ name: 'compress' }],
    }),
    ref: to,
    beside: (ref) => ({ ...ref, weight: 7 }),
    decorated: (ref, what) => ({ ...ref, serversTransport: what }),
    other: { sharing: { ...to('other'), weight: 30 }, idle: { ...to('next'), weight: 0 } },
    left: to('api-stable', 8080),
    leadsTo: (ref) => String(ref['name']),
    isAdded,
    rules,
  }),
);

describe('traefik by IngressRoute', () => {
  const intent = splitIntent({ ingressRoute: 'web' });
  const stored = (...routes: Fields[]) => new ObjectStore([ingressRoute(routes), service('web')]);
  const go = applier(traefik);
  const routesOf = (store: ObjectStore) =>
    (store.get(kind, 'web')?.['spec'] as { routes: HttpRoute[] }).routes;
  const stable = (weight: number) => ({ ...to('web-stable'), weight });
  const candidate = (weight: number) => ({ ...to('web-candidate'), weight });

  test('a version without a share is not there: empty, it would take the whole route with it', () => {
    const store = stored(route('Host(`a.b`)', to('web')));
    const journal = traefik.capture(intent, store);
    const reached = [0, 5, 99, 100].map((weight) => {
      go(store, { ...intent, weight, journal });
      expect(traefik.observe({ ...intent, weight, journal }, store)).toMatchObject({
        route: 'Split',
        weight,
        accepted: true,
      });
      return routesOf(store)[0]?.services;
    });
    expect(reached).toEqual([
      [stable(100)],
      [stable(95), candidate(5)],
      [stable(1), candidate(99)],
      [candidate(100)],
    ]);
    go(store, { ...intent, route: 'Service', journal });
    expect(routesOf(store)).toEqual([route('Host(`a.b`)', to('web'))]);
  });

  test('half a pair that somebody took out is missed', () => {
    const store = stored(route('Host(`a.b`)', to('web')));
    go(store, intent);
    store.edit(kind, 'web', (object) => {
      (object['spec'] as Fields)['routes'] = [route('Host(`a.b`)', stable(95))];
    });
    expect(traefik.observe(intent, store)).toMatchObject({ route: 'Split', weight: 0 });
    go(store, intent);
    expect(routesOf(store)).toEqual([route('Host(`a.b`)', stable(95), candidate(5))]);
  });

  test('a match is a route of one more in priority, of all that the user wrote', () => {
    const rule = 'Host(`a.b`) || Host(`c.d`)';
    const own = { ...route(rule, { ...to('web', 'http'), scheme: 'h2c' }), middlewares: [] };
    const store = stored(own, { ...own, match: 'Path(`/x`)', priority: 7 });
    go(store, { ...intent, rules, match: MATCH });
    const asked =
      '(Header(`X-Canary`, `yes`) && QueryRegexp(`beta`, `^(?:1|2)$`)) || ' +
      '(HeaderRegexp(`Cookie`, `^(?:.*; *)?canary=yes(?: *;.*)?$`))';
    const alone = [{ ...to('web-candidate', 'http'), scheme: 'h2c' }];
    const pair = [
      { ...stable(95), port: 'http', scheme: 'h2c' },
      { ...candidate(5), port: 'http', scheme: 'h2c' },
    ];
    expect(routesOf(store)).toEqual([
      { ...own, match: `(${rule}) && (${asked})`, priority: rule.length + 1, services: alone },
      { ...own, services: pair },
      { ...own, match: `(Path(\`/x\`)) && (${asked})`, priority: 8, services: alone },
      { ...own, match: 'Path(`/x`)', priority: 7, services: pair },
    ]);
  });

  test('the length of a rule is that of its bytes', () => {
    const store = stored(route('PathPrefix(`/käse`)', to('web')));
    go(store, { ...intent, rules, match: MATCH.slice(1) });
    expect(routesOf(store)[0]?.priority).toBe('PathPrefix(`/kaese`)'.length + 1);
  });

  test('with everything at the candidate the route of the user is still theirs', () => {
    const match = MATCH.slice(1);
    const [added] = (() => {
      const store = stored(route('Host(`a.b`)', to('web')));
      go(store, { ...intent, rules, match });
      return routesOf(store);
    })();
    // It asks for what an added one would.
    const own = route(String(added?.match), to('web'));
    const store = stored(own);
    const journal = traefik.capture(intent, store);
    go(store, { ...intent, rules, match, journal, weight: 100 });
    expect(routesOf(store)).toHaveLength(2);
    go(store, { ...intent, rules, journal, weight: 100 });
    expect(routesOf(store)).toEqual([{ ...own, services: [candidate(100)] }]);
    go(store, { ...intent, rules, journal, route: 'Service' });
    expect(routesOf(store)).toEqual([own]);
  });

  test('what a string cannot hold between backquotes is written in quotes', () => {
    const store = stored(route('Host(`a.b`)', to('web')));
    const match = [{ headers: [{ name: 'X-A', exact: 'a`b"\\\u0000\ufeff' }] }];
    go(store, { ...intent, rules: [{ match }], match });
    expect(routesOf(store)[0]?.match).toBe(
      '(Host(`a.b`)) && (Header(`X-A`, "a`b\\"\\\\\\u0000\\U0000feff"))',
    );
  });

  test('a Service of another namespace, and a TraefikService, are not of the policy', () => {
    const others = [
      { ...to('web'), namespace: 'elsewhere' },
      { name: 'web', kind: 'TraefikService' },
      { name: 'shop-web-80@kubernetescrd', kind: 'TraefikService' },
    ].map((ref, i) => route(`Path(\`/${i}\`)`, ref));
    const own = route('Host(`a.b`)', { ...to('web'), namespace: NAMESPACE, kind: 'Service' });
    const store = stored(...others, own);
    expect(traefik.check(intent, store)).toEqual([]);
    go(store, intent);
    expect(routesOf(store).slice(0, 3)).toEqual(others);
    expect(routesOf(store)[3]?.services).toMatchObject([{ weight: 95 }, { weight: 5 }]);
    expect(traefik.check(intent, stored(...others))).toMatchObject([
      { message: 'no route leads to Service web' },
    ]);
  });

  test('what it makes is an IngressRoute of Traefik', () => {
    for (const wanted of [{}, { weight: 0 }, ...rules]) {
      const store = stored(route('Host(`a.b`)', to('web')));
      go(store, { ...intent, rules, ...wanted });
      const made = store.get(kind, 'web') as KubeObject;
      expect(typeProblems([made])).toEqual([]);
      const upstream = (object: unknown) => new IngressRoute(object as IIngressRoute).validate();
      expect(() => upstream(made)).not.toThrow();
      expect(() => upstream({ ...made, spec: { routes: [{ services: [{}] }] } })).toThrow(/name/);
    }
  });

  const web = route('Host(`a.b`)', to('web'));
  test.each<[string, Fields[], string]>([
    ['a share of others', [route('Host(`a.b`)', to('web'), to('other'))], 'between web, other'],
    [
      'ports on nodes',
      [route('Host(`a.b`)', { ...to('web'), nodePortLB: true })],
      'ports on nodes',
    ],
    [
      'one Service with two sorts of options',
      [web, route('Path(`/grpc`)', { ...to('web'), scheme: 'h2c' })],
      'with other options',
    ],
    ['rules of Traefik 2', [{ ...web, syntax: 'v2' }], 'the syntax of Traefik 2'],
    ['priorities beyond all numbers', [{ ...web, priority: 2 ** 53 }], 'one more'],
    [
      'another route of the priority that it needs',
      [web, route('Path(`/abc`)', to('other'))],
      'spec.routes[1] has a priority of 12',
    ],
  ])('refuses %s', (_, routes, says) => {
    const [problem, ...more] = traefik.check({ ...intent, rules }, stored(...routes));
    expect(more).toEqual([]);
    expect(problem?.message).toContain(says);
    expect(problem?.fix).toMatch(/\w+ \w+/);
  });

  test('what only a match would need is no matter to weights', () => {
    const { priority: _, ...own } = { ...web, syntax: 'v2', priority: 0 };
    const store = stored(own, route('Path(`/abc`)', to('other')));
    expect(traefik.check(intent, store)).toEqual([]);
    // Its weight is no option, and by another port it is another destination.
    const weighted = { ...to('web'), weight: 3 };
    const byName = { ...to('web', 'http'), scheme: 'h2c' };
    const thrice = stored(web, route('Path(`/x`)', weighted), route('Path(`/grpc`)', byName));
    expect(traefik.check({ ...intent, rules }, thrice)).toEqual([]);
  });

  test('the host is not among headers', () => {
    const match = [{ headers: [{ name: 'host', exact: 'a.b' }] }];
    const told = traefik.check({ ...intent, rules: [{ match }] }, stored(web));
    expect(told).toMatchObject([{ message: expect.stringContaining('host') as string }]);
  });

  describe('another route of the priority that an added one gets', () => {
    const told = (own: string, other: Partial<HttpRoute>, name?: string) => {
      const one = { ...route(own, to('web')), priority: 10 };
      const rest = { priority: 11, services: [to('other')], ...other };
      const objects = name
        ? [ingressRoute([one]), ingressRoute([rest], {}, name)]
        : [ingressRoute([one, rest])];
      const store = new ObjectStore([...objects, service('web')]);
      return traefik.check({ ...intent, rules }, store).length > 0;
    };

    test.each<[string, string]>([
      ['Host(`a.b`)', 'Host("c.d")'],
      ['Host(`a.b`) && PathPrefix(`/`)', 'host(`c.d`) && Path(`/x`)'],
      ['PathPrefix(`/a`)', 'PathPrefix(`/b`)'],
      ['PathPrefix(`/a`)', 'Path(`/b/a`)'],
      ['Path(`/a`)', 'Path(`/b`)'],
      ['Path(`/a`)', 'PathPrefix(`/ab`)'],
    ])('may be there where no request is for both: %s, %s', (own, match) => {
      expect(told(own, { match })).toBe(false);
      expect(told(own, { match }, 'next')).toBe(false);
    });

    test.each<[string, string]>([
      ['Host(`a.b`)', 'Host(`A.B.`)'],
      ['Host(`a.b`)', 'Host(`*.b`)'],
      ['Host(`a.b`)', 'Host(`c.d`) || Path(`/x`)'],
      ['Host(`a.b`)', '!Host(`c.d`)'],
      ['Host(`a.b`)', 'HostRegexp(`a.+`)'],
      ['Host(`a.b`)', 'Path(`/x`)'],
      ['PathPrefix(`/a`)', 'PathPrefix(`/ab`)'],
      ['PathPrefix(`/a`)', 'Path(`/ab`)'],
      ['Path(`/a`)', 'Path(`/{any}`)'],
    ])('is refused where one may be: %s, %s', (own, match) => {
      expect(told(own, { match })).toBe(true);
      expect(told(own, { match }, 'next')).toBe(true);
      expect(told(own, { match, priority: 10 })).toBe(false);
      expect(told(own, { match, priority: 12 })).toBe(false);
      expect(told(own, { match, services: [to('web')] })).toBe(false);
    });
  });
});
