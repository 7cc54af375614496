import {
  type IVirtualService,
  VirtualService,
} from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { istioSplit, to, virtualService } from '../../testing/istio-objects.ts';
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
import type { HttpRule } from './request-rules.ts';
import { istio } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.virtualService;

const rules: RequestRules[] = [
  { match: MATCH },
  { match: MATCH.slice(1), mirror: { percent: 20, methods: 'Safe' } },
  { mirror: { percent: 100, methods: 'All' } },
  { sticky: { cookie: 'ab', maxAgeSeconds: 60 } },
];

describeRouter(
  splitFixture(
    istioSplit({
      config: { virtualService: 'web' },
      left: to('api-stable', { port: 8080 }),
      rules: [...rules, { match: PLACES }],
    }),
  ),
);

describe('istio', () => {
  const intent = splitIntent({ virtualService: 'web' });
  const stored = (...http: Fields[]) => new ObjectStore([virtualService(http), service('web')]);
  const go = applier(istio);
  const httpOf = (store: ObjectStore) =>
    (store.get(kind, 'web')?.['spec'] as { http: HttpRule[] }).http;

  test('a destination alone has everything, and is put back without a weight', () => {
    const store = stored({ route: [to('web')] });
    const journal = istio.capture(intent, store);
    go(store, { ...intent, journal });
    expect(httpOf(store)).toEqual([
      {
        route: [
          { ...to('web-stable'), weight: 95 },
          { ...to('web-candidate'), weight: 5 },
        ],
      },
    ]);
    go(store, { ...intent, journal, route: 'Service' });
    expect(httpOf(store)).toEqual([{ route: [to('web')] }]);
  });

  test('a host is of this namespace when it is short, or says so; the pair keeps the form', () => {
    const hosts = ['web', `web.${NAMESPACE}`, `web.${NAMESPACE}.svc.example.org`];
    const others = ['web.elsewhere', 'web.example.com', `web.${NAMESPACE}.example.com`];
    const store = stored(...[...hosts, ...others].map((host) => ({ route: [to(host)] })));
    go(store, intent);
    const first = httpOf(store).map(
      ({ route = [] }) => (route[0] as (typeof route)[0])['destination'],
    );
    expect(first).toEqual([
      ...hosts.map((host) => ({ host: host.replace('web', 'web-stable') })),
      ...others.map((host) => ({ host })),
    ]);
  });

  test('rules for single requests stand before the one they come from, which is the first that matches', () => {
    const store = stored(
      { match: [{ uri: { exact: '/health' } }], directResponse: { status: 200 } },
      { name: 'main', match: [{ uri: { prefix: '/' } }], route: [to('web', { port: 80 })] },
    );
    go(store, { ...intent, rules, match: MATCH });
    const [health, added, main] = httpOf(store);
    expect(health).toEqual({
      match: [{ uri: { exact: '/health' } }],
      directResponse: { status: 200 },
    });
    expect(added).toEqual({
      match: [
        {
          uri: { prefix: '/' },
          headers: { 'x-canary': { exact: 'yes' } },
          queryParams: { beta: { regex: '^(?:1|2)$' } },
        },
        {
          uri: { prefix: '/' },
          headers: { cookie: { regex: '^(?:.*; *)?canary=yes(?: *;.*)?$' } },
        },
      ],
      route: [{ ...to('web-candidate', { port: 80 }), weight: 100 }],
    });
    expect(main).toMatchObject({ name: 'main', match: [{ uri: { prefix: '/' } }] });
  });

  test('copies go by the percentage, of requests that change nothing', () => {
    const store = stored({ route: [to('web', { port: 80 })] });
    go(store, { ...intent, rules, mirror: { percent: 20, methods: 'Safe' } });
    expect(httpOf(store)[0]).toMatchObject({
      match: [{ method: { regex: '^(?:GET|HEAD|OPTIONS)$' } }],
      route: [{ weight: 95 }, { weight: 5 }],
      mirror: { host: 'web-candidate', port: { number: 80 } },
      mirrorPercentage: { value: 20 },
    });
  });

  test('connections are split too, by TLS and TCP rules', () => {
    const spec = {
      tcp: [{ match: [{ port: 5432 }], route: [to('web', { port: 80 })] }],
      tls: [
        { match: [{ port: 443, sniHosts: ['a.example.com'] }], route: [to('web', { port: 80 })] },
      ],
    };
    const store = new ObjectStore([virtualService([], spec), service('web')]);
    const before = store.get(kind, 'web')?.['spec'];
    const journal = istio.capture(intent, store);
    go(store, { ...intent, journal });
    const split = [{ weight: 95 }, { weight: 5 }];
    expect(store.get(kind, 'web')).toMatchObject({
      spec: { tcp: [{ route: split }], tls: [{ route: split }] },
    });
    go(store, { ...intent, journal, route: 'Service' });
    expect(store.get(kind, 'web')?.['spec']).toEqual(before);
  });

  test('what it makes is a VirtualService of Istio', () => {
    for (const wanted of [{}, ...rules]) {
      const store = stored({ match: [{ uri: { prefix: '/' } }], route: [to('web', { port: 80 })] });
      go(store, { ...intent, rules, ...wanted });
      const made = store.get(kind, 'web') as KubeObject;
      expect(typeProblems([made])).toEqual([]);
      const upstream = (object: unknown) =>
        new VirtualService(object as IVirtualService).validate();
      expect(() => upstream(made)).not.toThrow();
      const http = [{ route: [{ destination: {} }] }];
      expect(() => upstream({ ...made, spec: { http } })).toThrow(/host/);
    }
  });

  test.each<[string, Fields, string]>([
    ['a subset', { route: [{ destination: { host: 'web', subset: 'v1' } }] }, 'subset v1'],
    [
      'a header that the policy asks for too',
      { match: [{ headers: { 'x-canary': { exact: 'no' } } }], route: [to('web')] },
      'asks for x-canary already',
    ],
    [
      'copies of its own',
      { route: [to('web')], mirror: { host: 'other' } },
      'copies requests already',
    ],
    [
      'cookies of its own',
      { route: [{ ...to('web'), headers: { response: { add: { 'set-cookie': 'a=b' } } } }] },
      'adds Set-Cookie',
    ],
    [
      'methods by a pattern',
      { match: [{ method: { prefix: 'P' } }], route: [to('web')] },
      'methods by a pattern',
    ],
  ])('refuses %s', (_, rule, says) => {
    const problems = istio.check({ ...intent, rules }, stored(rule));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.fix).toMatch(/\w+ \w+/);
  });

  test('connections have no headers: that is said', () => {
    const spec = { tcp: [{ route: [to('web')] }] };
    const store = new ObjectStore([virtualService([], spec), service('web')]);
    const told = istio.check({ ...intent, rules: rules.slice(0, 1) }, store);
    expect(told.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'VirtualService web spec.tcp[0]: match needs requests, and rules of spec.tcp see connections only',
    ]);
  });

  describe('is accepted', () => {
    const observed = (status: Fields) => {
      const store = stored({ route: [to('web')] });
      go(store, intent);
      store.edit(kind, 'web', (object) => void (object['status'] = status));
      return istio.observe(intent, store);
    };

    test('once it is stored, where Istio writes no status', () => {
      expect(observed({})).toMatchObject({ route: 'Split', weight: 5, accepted: true });
    });

    test('at its own generation, where it does', () => {
      const reconciled = (status: string, observedGeneration: number) =>
        observed({ observedGeneration, conditions: [{ type: 'Reconciled', status }] });
      expect(reconciled('True', 2)).toMatchObject({ accepted: true });
      expect(reconciled('True', 1)).toMatchObject({ accepted: false });
      expect(reconciled('False', 2).message).toContain('Reconciled is False');
    });
  });
});
