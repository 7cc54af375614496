import {
  HTTPProxy,
  type IHTTPProxy,
} from '@kubernetes-models/contour/projectcontour.io/v1/HTTPProxy';
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
import type { ProxyRoute } from './request-rules.ts';
import { contour } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.httpProxy;

const rules: RequestRules[] = [
  { match: MATCH },
  { match: MATCH.slice(1), mirror: { percent: 20, methods: 'Safe' } },
  { mirror: { percent: 100, methods: 'All' } },
  { mirror: { percent: 7, methods: 'Safe' } },
];

function httpProxy(routes: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'projectcontour.io/v1',
    kind: 'HTTPProxy',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { virtualhost: { fqdn: 'shop.example.com' }, ...spec, routes },
  };
}

const to = (name: string, port = 80): Fields => ({ name, port });
const header = (name: string, value: Fields): Fields => ({ header: { name, ...value } });
const safe = header(':method', { regex: '^(?:GET|HEAD|OPTIONS)$' });

/** It leads to the candidate alone, or copies what is safe. */
function isAdded(route: Fields): boolean {
  const { conditions = [], services = [] } = route as ProxyRoute;
  const names = services.flatMap(({ name, mirror }) => (mirror ? [] : [name]));
  return (
    conditions.some((one) => one.header?.name === ':method') ||
    (names.length > 0 && names.every((name) => name?.endsWith('-candidate')))
  );
}

describeRouter(
  splitFixture({
    router: contour,
    config: { httpProxy: 'web' },
    kind,
    route: httpProxy,
    list: 'routes',
    refs: 'services',
    rule: (path) => ({ conditions: [{ prefix: path }], timeoutPolicy: { response: '5s' } }),
    ref: to,
    beside: (ref) => ({ ...ref, weight: 100 }),
    decorated: (ref, name) => ({
      ...ref,
      requestHeadersPolicy: { set: [{ name, value: '1' }] },
    }),
    other: { sharing: { ...to('other'), weight: 30 }, idle: to('next') },
    left: to('api-stable', 8080),
    leadsTo: (ref) => String(ref['name']),
    isAdded,
    rules: [...rules, { match: PLACES }],
  }),
);

describe('contour', () => {
  const intent = splitIntent({ httpProxy: 'web' });
  const stored = (...routes: Fields[]) => new ObjectStore([httpProxy(routes), service('web')]);
  const go = applier(contour);
  const routesOf = (store: ObjectStore) =>
    (store.get(kind, 'web')?.['spec'] as { routes: ProxyRoute[] }).routes;
  const pair = [
    { ...to('web-stable'), weight: 95 },
    { ...to('web-candidate'), weight: 5 },
  ];
  const copy = { ...to('web-candidate'), weight: 20, mirror: true };

  test('an entry of match is a route of its own, which asks for more and ends as the one it comes from', () => {
    const store = stored({ conditions: [{ exact: '/cart' }], services: [to('web')] });
    go(store, { ...intent, rules, match: MATCH });
    const all = [{ ...to('web-candidate'), weight: 100 }];
    const cookie = { regex: '^(?:.*; *)?canary=yes(?: *;.*)?$' };
    expect(routesOf(store)).toEqual([
      {
        conditions: [
          header('X-Canary', { exact: 'yes' }),
          { queryParameter: { name: 'beta', regex: '^(?:1|2)$' } },
          { exact: '/cart' },
        ],
        services: all,
      },
      { conditions: [header('Cookie', cookie), { exact: '/cart' }], services: all },
      { conditions: [{ exact: '/cart' }], services: pair },
    ]);
  });

  test('copies of all are an entry among the services, as two routes that ask the same would be one', () => {
    const store = stored({ services: [to('web')] });
    go(store, { ...intent, rules, mirror: { percent: 20, methods: 'All' } });
    expect(routesOf(store)).toEqual([{ services: [...pair, copy] }]);
    go(store, intent);
    expect(routesOf(store)).toEqual([{ services: pair }]);
  });

  test('copies of what is safe have a route that asks for the method, and so has what matches', () => {
    const store = stored({ services: [to('web')] });
    const entry = header('X-Canary', { exact: 'yes' });
    const [first] = MATCH;
    go(store, {
      ...intent,
      rules,
      match: [{ headers: first?.headers }],
      mirror: { percent: 20, methods: 'Safe' },
    });
    const all = [{ ...to('web-candidate'), weight: 100 }];
    expect(routesOf(store)).toEqual([
      { conditions: [safe, entry], services: all },
      { conditions: [entry], services: all },
      { conditions: [safe], services: [...pair, copy] },
      { services: pair },
    ]);
  });

  test('a route for one method copies as it is, or nothing', () => {
    const asking = (exact: string) => ({
      conditions: [header(':method', { exact })],
      services: [to('web')],
    });
    const store = stored(asking('GET'), asking('POST'));
    go(store, { ...intent, rules, mirror: { percent: 20, methods: 'Safe' } });
    expect(routesOf(store).map(({ services }) => services)).toEqual([[...pair, copy], pair]);
  });

  test('the mirror of a user is no destination, and stays where it is', () => {
    const theirs = { ...to('shadow'), mirror: true, weight: 10 };
    const store = stored({ services: [theirs, to('web')] });
    expect(contour.check(intent, store)).toEqual([]);
    const journal = contour.capture(intent, store);
    go(store, { ...intent, rules, match: MATCH.slice(1), journal });
    expect(routesOf(store)).toMatchObject([
      { services: [{ name: 'web-candidate', weight: 100 }, theirs] },
      { services: [theirs, ...pair] },
    ]);
    go(store, { ...intent, rules, route: 'Service', journal });
    expect(routesOf(store)).toEqual([{ services: [theirs, to('web')] }]);
    // Nor does the only destination need a share beside it, where what was there is not known.
    go(store, intent);
    go(store, { ...intent, route: 'Service' });
    expect(routesOf(store)).toEqual([{ services: [theirs, to('web')] }]);
  });

  test('connections are split too', () => {
    const spec = { virtualhost: { fqdn: 'a.b', tls: { passthrough: true } } };
    const tcp = { ...spec, tcpproxy: { services: [to('web')] } };
    const store = new ObjectStore([httpProxy([], tcp), service('web')]);
    const before = store.get(kind, 'web')?.['spec'];
    const journal = contour.capture(intent, store);
    go(store, { ...intent, journal });
    expect(store.get(kind, 'web')?.['spec']).toMatchObject({ tcpproxy: { services: pair } });
    expect(typeProblems([store.get(kind, 'web') as KubeObject])).toEqual([]);
    go(store, { ...intent, journal, route: 'Service' });
    expect(store.get(kind, 'web')?.['spec']).toEqual(before);
    const told = contour.check({ ...intent, rules: rules.slice(0, 1) }, store);
    expect(told.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'HTTPProxy web spec.tcpproxy: match needs requests, and rules of spec.tcpproxy see connections only',
    ]);
  });

  test('what it makes is an HTTPProxy of Contour', () => {
    for (const wanted of [{}, ...rules]) {
      const store = stored({ conditions: [{ prefix: '/' }], services: [to('web')] });
      go(store, { ...intent, rules, ...wanted });
      const made = store.get(kind, 'web') as KubeObject;
      expect(typeProblems([made])).toEqual([]);
      const upstream = (object: unknown) => new HTTPProxy(object as IHTTPProxy).validate();
      expect(() => upstream(made)).not.toThrow();
      expect(() => upstream({ ...made, spec: { routes: [{ services: [{}] }] } })).toThrow(/name/);
    }
  });

  const asking = (...conditions: Fields[]) => ({ conditions, services: [to('web')] });
  test.each<[string, Fields[], string]>([
    ['no weights', [{ services: [to('web'), to('other')] }], 'shares requests between web, other'],
    [
      'a header that the policy asks for too',
      [asking(header('x-canary', { exact: 'no' }))],
      'asks for header x-canary already',
    ],
    [
      'copies of its own',
      [{ services: [to('web'), { ...to('other'), mirror: true }] }],
      'copies requests already',
    ],
    ['methods by a pattern', [asking(header(':method', { contains: 'P' }))], 'asks for :method'],
  ])('refuses %s', (_, routes, says) => {
    const problems = contour.check({ ...intent, rules: rules.slice(0, 2) }, stored(...routes));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.fix).toMatch(/\w+ \w+/);
  });

  test('refuses a Service whose protocol is an annotation, unless the route says it', () => {
    const spoken = service('web');
    spoken.metadata.annotations = { 'projectcontour.io/upstream-protocol.h2c': '80' };
    const told = (services: Fields[]) =>
      contour.check(intent, new ObjectStore([httpProxy([{ services }]), spoken]));
    expect(told([to('web')])[0]?.fix).toContain('protocol');
    expect(told([{ ...to('web'), protocol: 'h2c' }])).toEqual([]);
  });

  describe('routes of one path, which Contour asks by the number of their conditions', () => {
    const other = (...conditions: Fields[]) => ({ conditions, services: [to('other')] });
    const a = header('x-a', { exact: '1' });
    const present = (name: string) => header(name, { present: true });
    const told = (planned: RequestRules[], ...routes: Fields[]) =>
      contour.check({ ...intent, rules: planned }, stored(...routes)).map(({ message }) => message);
    const byHeader: RequestRules[] = [{ match: [{ headers: [{ name: 'x-canary', exact: 'y' }] }] }];
    const safely: RequestRules[] = [{ mirror: { percent: 100, methods: 'Safe' } }];

    test.each<[string, RequestRules[], Fields[]]>([
      ['that stand behind anyway', byHeader, [asking({ prefix: '/' }, a), other({ prefix: '/' })]],
      ['that stay in front', byHeader, [asking(), other(a, present('x-b'))]],
      ['of another path', byHeader, [asking({ prefix: '/' }), other(a, { exact: '/' })]],
      ['that exclude each other', byHeader, [asking(a), other(header('X-A', { exact: '2' }))]],
      ['that get the same routes', byHeader, [asking(), asking(a)]],
      ['where nothing is added', [{}], [asking(), other(a)]],
    ])('takes those %s', (_, planned, routes) => {
      expect(told(planned, ...routes)).toEqual([]);
    });

    test.each<[string, RequestRules[], Fields[]]>([
      ['that an added one would tie with', byHeader, [asking(), other(a)]],
      ['that ask the same', byHeader, [asking({ prefix: '/' }), other()]],
      [
        'that one for a method would overtake',
        safely,
        [asking(), other(a, present('x-b'), present('x-c'))],
      ],
    ])('refuses those %s', (_, planned, routes) => {
      expect(told(planned, ...routes)).toEqual([expect.stringContaining('has the same path')]);
    });
  });

  test('is accepted where Contour calls this generation valid, or says nothing', () => {
    const observed = (condition: Fields) => {
      const store = stored({ services: [to('web')] });
      go(store, intent);
      const conditions = [{ type: 'Valid', ...condition }];
      store.edit(kind, 'web', (object) => void (object['status'] = { conditions }));
      return contour.observe(intent, store);
    };
    expect(observed({ type: 'Other' })).toMatchObject({ weight: 5, accepted: true });
    expect(observed({ status: 'True', observedGeneration: 2 })).toMatchObject({ accepted: true });
    expect(observed({ status: 'True', observedGeneration: 1 })).toMatchObject({ accepted: false });
    const errors = [{ reason: 'ServiceUnresolvedReference', message: 'service not found' }];
    expect(observed({ status: 'False', observedGeneration: 2, errors }).message).toContain(
      'Valid is False (ServiceUnresolvedReference: service not found)',
    );
  });
});
