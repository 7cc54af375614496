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
  PLACES,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import type { HttpRoute } from './request-rules.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.ingressRoute;

const rules: RequestRules[] = [{ match: MATCH }, { match: MATCH.slice(1) }];
const copying: RequestRules[] = [
  { match: MATCH.slice(1), mirror: { percent: 20, methods: 'Safe' } },
  { mirror: { percent: 100, methods: 'All' } },
  { mirror: { percent: 7, methods: 'Safe' } },
];

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

/** It leads to the candidate alone, which needs no weight there, or to what copies. */
function isAdded({ services = [] }: Fields): boolean {
  const found = services as { name: string; weight?: number }[];
  return (
    found.some(({ name }) => name.startsWith('web-segue-')) ||
    (found.length > 0 &&
      found.every(({ name, weight }) => name.endsWith('-candidate') && weight === undefined))
  );
}

describeRouter({
  ...splitFixture({
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
    rules: [...rules, ...copying, { match: PLACES }],
  }),
  // One for what copies the requests of each Service.
  writesMax: 3,
});

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

  describe('copies of requests', () => {
    const release = { name: 'web-1', uid: 'uid-of-web-1', policy: 'web' };
    const mirroring = { ...intent, rules: copying, release };
    const mirrorsIn = (store: ObjectStore) => store.list(KINDS.traefikService);
    const own = { ...route('Host(`a.b`)', { ...to('web'), scheme: 'h2c' }), middlewares: [] };
    const safe = '(Host(`a.b`)) && (Method(`GET`) || Method(`HEAD`) || Method(`OPTIONS`))';

    test('are of what the stable version gets, by a TraefikService of the Release', () => {
      const store = stored(own);
      const journal = traefik.capture(mirroring, store);
      const mirror = { percent: 20, methods: 'Safe' } as const;
      go(store, { ...mirroring, journal, mirror });
      const [made] = mirrorsIn(store);
      expect(made).toMatchObject({
        metadata: {
          name: expect.stringMatching(/^web-segue-[0-9a-f]{8}$/) as string,
          ownerReferences: [{ kind: 'Release', uid: release.uid }],
        },
        spec: {
          mirroring: {
            ...to('web-stable'),
            scheme: 'h2c',
            mirrors: [{ ...to('web-candidate'), scheme: 'h2c', percent: 20 }],
          },
        },
      });
      const copied = { name: made?.metadata.name, kind: 'TraefikService', weight: 95 };
      const half = { ...candidate(5), scheme: 'h2c' };
      expect(routesOf(store)).toEqual([
        { ...own, match: safe, priority: 12, services: [copied, half] },
        { ...own, services: [{ ...stable(95), scheme: 'h2c' }, half] },
      ]);
      // Only their share changes.
      const percent = { percent: 40, methods: 'Safe' } as const;
      const writes = traefik.render({ ...mirroring, journal, mirror: percent }, store);
      expect(writes.map(({ op }) => op)).toEqual(['Patch']);
      go(store, { ...mirroring, journal, weight: 0, mirror: percent });
      expect(routesOf(store)[0]?.services).toEqual([{ ...copied, weight: 100 }]);
      expect(typeProblems([...mirrorsIn(store), store.get(kind, 'web') as KubeObject])).toEqual([]);
      go(store, { ...mirroring, journal, route: 'Service' });
      expect(mirrorsIn(store)).toEqual([]);
      expect(routesOf(store)).toEqual([own]);
    });

    test('stand there before the route leads to them, and go after it', () => {
      const store = stored(own);
      const wanted = { ...mirroring, mirror: { percent: 20, methods: 'All' } as const };
      expect(traefik.render(wanted, store).map(({ op }) => op)).toEqual(['Create', 'Patch']);
      go(store, wanted);
      const ops = traefik.render({ ...wanted, mirror: undefined }, store).map(({ op }) => op);
      expect(ops).toEqual(['Patch', 'Delete']);
      store.remove(kind, 'web');
      expect(traefik.render(wanted, store).map(({ op }) => op)).toEqual(['Delete']);
    });

    test('come after what matches, and are none where the candidate has everything', () => {
      const store = stored(own);
      const wanted = { ...mirroring, ...copying[0] };
      go(store, wanted);
      expect(routesOf(store).map(({ priority }) => priority)).toEqual([13, 12, undefined]);
      go(store, { ...mirroring, mirror: { percent: 20, methods: 'All' } });
      expect(routesOf(store)[0]).toMatchObject({ match: '(Host(`a.b`))', priority: 12 });
      go(store, { ...wanted, weight: 100 });
      expect(routesOf(store).map(({ priority }) => priority)).toEqual([12, undefined]);
      expect(mirrorsIn(store)).toEqual([]);
    });

    test('count only where they stand as they should', () => {
      const wanted = { ...mirroring, ...copying[2] };
      const read = (change: (store: ObjectStore, name: string) => void) => {
        const store = stored(own);
        go(store, wanted);
        change(store, mirrorsIn(store)[0]?.metadata.name ?? '');
        return { store, reading: traefik.observe(wanted, store) };
      };
      expect(read(() => {}).reading).toMatchObject({ weight: 5, accepted: true });
      const edited = read((store, name) =>
        store.edit(KINDS.traefikService, name, (object) => void (object['spec'] = {})),
      );
      expect(edited.reading).toMatchObject({ weight: 5, accepted: false });
      expect(edited.reading.message).toContain('is out of date');
      const gone = read((store, name) => store.remove(KINDS.traefikService, name));
      expect(gone.reading.message).toContain('is not there');
      for (const { store } of [edited, gone]) {
        go(store, wanted);
        expect(traefik.observe(wanted, store)).toMatchObject({ accepted: true });
      }
      const { store } = read(() => {});
      const others = { ...mirroring, release: { ...release, uid: 'of-another' } };
      expect(traefik.observe({ ...others, ...copying[2] }, store).message).toContain(
        'is of somebody else',
      );
      expect(traefik.render({ ...others, ...copying[2] }, store)).toEqual([]);
      const back = traefik.render({ ...others, route: 'Service' }, store);
      expect(back.map(({ op }) => op)).toEqual(['Patch']);
      store.edit(kind, 'web', (object) => void ((object['spec'] as Fields)['routes'] = [own]));
      expect(traefik.observe({ ...mirroring, route: 'Service' }, store)).toMatchObject({
        route: 'Service',
        accepted: false,
        message: expect.stringContaining('is still there') as string,
      });
    });

    test('are refused where there can be no TraefikService', () => {
      const store = stored(own);
      go(store, { ...mirroring, ...copying[2] });
      const [made] = mirrorsIn(store);
      const told = (objects: ObjectStore) =>
        traefik.check(mirroring, objects).map(({ message }) => message);
      const bare = (change?: (objects: ObjectStore) => void) => {
        const objects = stored(own);
        change?.(objects);
        return objects;
      };
      expect(told(bare())).toEqual([]);
      expect(told(bare(({ unserved }) => void unserved.add('TraefikService')))).toEqual([
        'the API server has no kind TraefikService in traefik.io',
      ]);
      expect(told(bare(({ refused }) => void refused.add('TraefikService')))).toEqual([
        expect.stringContaining('may not read kind TraefikService'),
      ]);
      const taken = new ObjectStore([ingressRoute([own]), service('web'), made as KubeObject]);
      expect(told(taken)).toEqual(['it belongs to the Release web-1']);
    });

    test('need room for two priorities with a match', () => {
      const beside = { ...route('Path(`/x`)', to('other')), priority: 13 };
      const told = (planned: RequestRules[]) =>
        traefik.check({ ...mirroring, rules: planned }, stored(own, beside));
      expect(told(copying.slice(0, 1))).toMatchObject([
        { fix: 'write priority: 14 there, or remove match, mirror and sticky from spec.strategy' },
      ]);
      expect(told(copying.slice(1))).toEqual([]);
      expect(told([...rules, ...copying.slice(1)])).toEqual([]);
    });
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
    ['priorities beyond all numbers', [{ ...web, priority: 2 ** 53 }], 'can have more'],
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
