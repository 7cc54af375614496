import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { apisixRouteSpec } from '../../testing/apisix-schema.ts';
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
import type { HttpRule } from './request-rules.ts';
import { apisix } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.apisixRoute;

const rules: RequestRules[] = [{ match: MATCH }, { match: MATCH.slice(1) }];
const copying: RequestRules[] = [
  { mirror: { percent: 20, methods: 'Safe' } },
  { match: MATCH, mirror: { percent: 100, methods: 'All' } },
];

function apisixRoute(http: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'apisix.apache.org/v2',
    kind: 'ApisixRoute',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { ingressClassName: 'apisix', ...spec, http },
  };
}

const to = (name: string, port: number | string = 80): Fields => ({
  serviceName: name,
  servicePort: port,
});
const rule = (name: string, more: Fields = {}, backends: Fields[] = [to('web')]): Fields => ({
  name,
  ...more,
  match: { paths: ['/*'], ...(more['match'] as Fields | undefined) },
  backends,
});
const header = (name: string, value: string) => ({
  subject: { scope: 'Header', name },
  op: 'Equal',
  value,
});

function isAdded({ backends = [], plugins = [] }: Fields): boolean {
  const names = (backends as { serviceName: string }[]).map((one) => one.serviceName);
  const copies = (plugins as { config?: { host?: string } }[]).some(({ config }) =>
    config?.host?.includes('-candidate.'),
  );
  return copies || (names.length > 0 && names.every((name) => name.endsWith('-candidate')));
}

describeRouter(
  splitFixture({
    router: apisix,
    config: { apisixRoute: 'web' },
    kind,
    route: apisixRoute,
    list: 'http',
    refs: 'backends',
    rule: (path) => ({ name: `r${path}`, match: { paths: [`${path}*`] }, timeout: { read: '5s' } }),
    ref: to,
    beside: (ref) => ({ ...ref, weight: 100 }),
    decorated: (ref, what) => ({ ...ref, resolveGranularity: what }),
    other: { sharing: { ...to('other'), weight: 30 }, idle: { ...to('next'), weight: 0 } },
    left: to('api-stable', 8080),
    leadsTo: (ref) => String(ref['serviceName']),
    isAdded,
    rules: [...rules, { match: PLACES }, ...copying],
  }),
);

describe('apisix', () => {
  const intent = splitIntent({ apisixRoute: 'web' });
  const stored = (...http: Fields[]) => new ObjectStore([apisixRoute(http), service('web')]);
  const go = applier(apisix);
  const rulesOf = (store: ObjectStore) =>
    (store.get(kind, 'web')?.['spec'] as { http: HttpRule[] }).http;

  test('an entry of match is a rule of its own, of a greater priority and another name', () => {
    const own = header('X-Tenant', 'a');
    const store = stored(
      rule('main', { priority: 7, match: { exprs: [own] } }, [to('web', 'http')]),
    );
    go(store, { ...intent, rules, match: MATCH });
    const candidate = [{ ...to('web-candidate', 'http'), weight: 100 }];
    const beta = { subject: { scope: 'Query', name: 'beta' }, op: 'RegexMatch' };
    const cookie = { subject: { scope: 'Cookie', name: 'canary' }, op: 'Equal', value: 'yes' };
    expect(rulesOf(store)).toEqual([
      {
        name: 'segue-main-0',
        priority: 8,
        match: {
          paths: ['/*'],
          exprs: [own, header('X-Canary', 'yes'), { ...beta, value: '^(?:1|2)\\z' }],
        },
        backends: candidate,
      },
      {
        name: 'segue-main-1',
        priority: 8,
        match: { paths: ['/*'], exprs: [own, cookie] },
        backends: candidate,
      },
      {
        name: 'main',
        priority: 7,
        match: { paths: ['/*'], exprs: [own] },
        backends: [
          { ...to('web-stable', 'http'), weight: 95 },
          { ...to('web-candidate', 'http'), weight: 5 },
        ],
      },
    ]);
  });

  const cors = { name: 'cors', enable: true, config: { allow_origins: '*' } };
  const mirror = { percent: 20, methods: 'All' as const };
  const copyTo = (port: number, ratio = 0.2) => ({
    name: 'proxy-mirror',
    enable: true,
    config: { host: `http://web-candidate.${NAMESPACE}.svc:${port}`, sample_ratio: ratio },
  });

  test('copies are made by a rule of its own, with the plugins of the user beside', () => {
    const own = rule('main', { plugins: [cors] }, [to('web', 'http')]);
    const store = stored(own);
    const before = structuredClone(store.get(kind, 'web')?.['spec']);
    const given = { ...intent, rules: [{ match: MATCH.slice(1), mirror }] };
    const journal = apisix.capture(given, store);
    go(store, { ...given, journal, match: MATCH.slice(1), mirror });
    const pair = [
      { ...to('web-stable', 'http'), weight: 95 },
      { ...to('web-candidate', 'http'), weight: 5 },
    ];
    expect(rulesOf(store)).toMatchObject([
      { name: 'segue-main-0', priority: 2, plugins: [cors] },
      { name: 'segue-main-copies', priority: 1, plugins: [cors, copyTo(80)], backends: pair },
      { ...own, backends: pair },
    ]);
    expect(rulesOf(store)[2]).not.toHaveProperty('priority');
    go(store, { ...given, journal, mirror: { ...mirror, percent: 100 } });
    expect(rulesOf(store)).toMatchObject([
      { name: 'segue-main-copies', priority: 1, plugins: [cors, copyTo(80, 1)] },
      { name: 'main', plugins: [cors] },
    ]);
    go(store, { ...given, journal, route: 'Service' });
    expect(store.get(kind, 'web')?.['spec']).toEqual(before);
  });

  test('of safe methods alone, as far as the rule has any', () => {
    const safe = { percent: 20, methods: 'Safe' as const };
    const methodsOf = (match?: Fields) => {
      const store = stored(rule('main', { match }));
      go(store, { ...intent, rules: [{ mirror: safe }], mirror: safe });
      return rulesOf(store).map((one) => one.match?.methods);
    };
    expect(methodsOf()).toEqual([['GET', 'HEAD', 'OPTIONS'], undefined]);
    expect(methodsOf({ methods: ['GET', 'POST'] })).toEqual([['GET'], ['GET', 'POST']]);
    expect(methodsOf({ methods: ['POST'] })).toEqual([['POST']]);
  });

  test('copies of the user to an address of another namespace are not those of a release', () => {
    const host = 'http://web-candidate.elsewhere.svc:80';
    const own = { ...copyTo(80), config: { host, sample_ratio: 1 } };
    const store = stored(rule('other', { plugins: [own] }, [to('other')]), rule('main'));
    go(store, { ...intent, rules });
    expect(rulesOf(store).map(({ name }) => name)).toEqual(['other', 'main']);
  });

  test('a headless Service has no address that requests are copied to', () => {
    const store = new ObjectStore([
      apisixRoute([rule('a')]),
      service('web', { clusterIP: 'None' }),
    ]);
    const told = (planned: RequestRules[]) =>
      apisix.check({ ...intent, rules: planned }, store).map(({ field }) => field);
    expect(told([{ mirror }])).toContain('Service web spec.clusterIP');
    expect(told(rules)).not.toContain('Service web spec.clusterIP');
  });

  test.each<[string, Fields, string]>([
    ['the plugin that copies', { plugins: [copyTo(80)] }, 'copies its requests already'],
    [
      'one that rewrites',
      { plugins: [{ name: 'proxy-rewrite', enable: true, config: { uri: '/' } }] },
      'after they are copied',
    ],
    ['a plugin configuration', { plugin_config_name: 'more' }, 'is not seen'],
  ])('to copy requests of a rule with %s is refused', (_, more, says) => {
    const told = (planned: RequestRules[]) =>
      apisix.check({ ...intent, rules: planned }, stored(rule('a', more)));
    expect(told([{ mirror }]).map(({ message }) => message)).toEqual([
      expect.stringContaining(says),
    ]);
    expect(told(rules)).toEqual([]);
  });

  test('what it makes is what the API reference says', () => {
    for (const wanted of [{}, ...rules, ...copying]) {
      const store = stored(rule('a', { plugins: [cors] }), rule('b', { match: { paths: ['/b'] } }));
      go(store, { ...intent, rules: [...rules, ...copying], ...wanted });
      const made = store.get(kind, 'web')?.['spec'];
      expect(apisixRouteSpec.safeParse(made).error).toBeUndefined();
    }
    expect(apisixRouteSpec.safeParse({ http: [{ ...rule('a'), unknown: 1 }] }).success).toBe(false);
  });

  test.each<[string, Fields, string]>([
    ['a subset', rule('a', {}, [{ ...to('web'), subset: 'v1' }]), 'subset v1'],
    ['upstreams', rule('a', { upstreams: [{ name: 'x' }] }), 'shares requests'],
    [
      'the plugin that splits',
      rule('a', { plugins: [{ name: 'traffic-split', enable: true }] }),
      'traffic-split',
    ],
    [
      'another backend that does not say its weight',
      rule('a', {}, [to('web'), to('other')]),
      'shares requests between web, other',
    ],
  ])('refuses %s', (_, one, says) => {
    const problems = apisix.check({ ...intent, rules }, stored(one));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.fix).toMatch(/\w+ \w+/);
  });

  test('refuses connections, which have no weights', () => {
    const stream = [{ name: 's', protocol: 'TCP', match: { ingressPort: 1 }, backend: to('web') }];
    const store = new ObjectStore([apisixRoute([rule('a')], { stream }), service('web')]);
    expect(apisix.check(intent, store)).toMatchObject([
      { field: 'ApisixRoute web spec.stream[0].backend' },
    ]);
  });

  describe('rules of one path, of which the priority counts', () => {
    const other = (more: Fields = {}) => rule('o', more, [to('other')]);
    const told = (planned: RequestRules[], ...http: Fields[]) =>
      apisix.check({ ...intent, rules: planned }, stored(...http)).map(({ message }) => message);

    test.each<[string, Fields[]]>([
      ['of less', [rule('a', { priority: 1 }), other()]],
      ['of two more', [rule('a'), other({ priority: 2 })]],
      ['of another path', [rule('a'), other({ match: { paths: ['/x'] } })]],
      [
        'of another host',
        [rule('a', { match: { hosts: ['a.b'] } }), other({ match: { hosts: ['c.b'] } })],
      ],
      [
        'of another header',
        [
          rule('a', { match: { exprs: [header('t', '1')] } }),
          other({ match: { exprs: [header('t', '2')] } }),
        ],
      ],
      ['that get the same rules', [rule('a'), rule('b', { priority: 1 })]],
    ])('takes those %s', (_, http) => {
      expect(told(rules, ...http)).toEqual([]);
    });

    test('needs room for two where requests are matched and copied at once', () => {
      const http = [rule('a'), other({ priority: 2 })];
      expect(told([{ mirror }], ...http)).toEqual([]);
      expect(told([{ mirror, match: MATCH.slice(1) }], ...http)).toEqual([
        expect.stringContaining('has the same path'),
      ]);
    });

    test.each<[string, Fields[]]>([
      ['of the same', [rule('a'), other()]],
      ['of one more', [rule('a'), other({ priority: 1 })]],
      [
        'of a wildcard host',
        [rule('a', { match: { hosts: ['a.b'] } }), other({ match: { hosts: ['*.b'] } })],
      ],
    ])('refuses those %s, where something is added', (_, http) => {
      expect(told([{ mirror }], ...http)).toEqual([expect.stringContaining('has the same path')]);
      expect(told(rules, ...http)).toEqual([expect.stringContaining('has the same path')]);
      expect(told([], ...http)).toEqual([]);
    });
  });

  test('is accepted where this generation is, or nothing is said', () => {
    const observed = (condition: Fields) => {
      const store = stored(rule('a'));
      go(store, intent);
      const conditions = [{ type: 'Accepted', ...condition }];
      store.edit(kind, 'web', (object) => void (object['status'] = { conditions }));
      return apisix.observe(intent, store);
    };
    expect(observed({ type: 'Other' })).toMatchObject({ weight: 5, accepted: true });
    expect(observed({ status: 'True', observedGeneration: 2 })).toMatchObject({ accepted: true });
    expect(observed({ status: 'True', observedGeneration: 1 })).toMatchObject({ accepted: false });
    const reason = { reason: 'SyncFailed', message: 'no APISIX' };
    expect(observed({ status: 'False', observedGeneration: 2, ...reason }).message).toContain(
      'Accepted is False (SyncFailed: no APISIX)',
    );
  });
});
