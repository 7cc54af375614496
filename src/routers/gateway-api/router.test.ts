import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  acceptRoutes,
  applier,
  defaulted,
  httpRoute,
  NAMESPACE,
  reportRoute,
  service,
  splitIntent,
  PLACES,
} from '../../testing/router-conformance-objects.ts';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { describeRouter } from '../../testing/router-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { gatewayAPI } from './router.ts';

type Rule = Record<string, unknown> & { backendRefs?: Record<string, unknown>[] };

/** What JSON can carry: there is no -0 in it. */
/** But for a field that the JSON patches of the server in memory (rfc6902) lose. */
const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

const match: RequestMatch[] = [
  { headers: [{ name: 'x-canary', exact: 'yes' }], query: [{ name: 'beta', regex: '1|2' }] },
  { cookie: { name: 'canary', exact: 'yes' } },
];
const scope = {
  namespace: NAMESPACE,
  services: ['web', 'api'],
  config: { httpRoute: 'web' },
  rules: [
    { match },
    { match: PLACES },
    { match: match.slice(1), mirror: { percent: 20, methods: 'Safe' as const } },
    { mirror: { percent: 100, methods: 'All' as const } },
    { sticky: { cookie: 'ab', maxAgeSeconds: 60 } },
  ],
};
const route = { ...KINDS.httpRoute, name: 'web' };
const OWN = /^(web|api)(-stable|-candidate)?$/;

const header = (name: string) => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { set: [{ name, value: '1' }] },
});
const mirror = {
  type: 'RequestMirror',
  requestMirror: { backendRef: { name: 'web', port: 80 } },
};
/** The rules that the router has to do with: filters, weights and idle refs of others included. */
const webRule = (): Rule => ({
  matches: [{ path: { type: 'PathPrefix', value: '/' } }],
  filters: [mirror],
  backendRefs: [{ name: 'web', port: 80, filters: [header('x-web')] }],
});
const apiRule = (): Rule => ({
  matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
  backendRefs: [
    { name: 'api', port: 8080, weight: 7 },
    { name: 'old', port: 80, weight: 0 },
  ],
});
const services = [service('web'), service('api', { ports: [{ name: 'http', port: 8080 }] })];
const withRules = (...rules: Rule[]): KubeObject[] => [httpRoute('web', rules), ...services];

const isForeign = (ref: Record<string, unknown>) =>
  ref['namespace'] === 'elsewhere' || !OWN.test(String(ref['name']));

/** Added for single requests. An edit of the user's writes the list without them. */
function isAdded({ matches = [], filters = [], backendRefs = [] }: Rule): boolean {
  const mirrors = (filters as { requestMirror?: { backendRef: { name: string } } }[]).some(
    ({ requestMirror }) => requestMirror?.backendRef.name.endsWith('-candidate'),
  );
  const sticks = /"(Set-)?Cookie"/.test(JSON.stringify([matches, backendRefs]));
  const names = backendRefs.map(({ name }) => String(name));
  return (
    mirrors || sticks || (names.length > 0 && names.every((name) => name.endsWith('-candidate')))
  );
}

function rulesOf(object: KubeObject | undefined): Rule[] {
  return (object?.['spec'] as { rules: Rule[] } | undefined)?.rules ?? [];
}

const foreignRef = fc.record(
  {
    name: fc.constantFrom('old', 'other', 'web'),
    namespace: fc.constant('elsewhere'),
    port: fc.integer({ min: 1, max: 65_535 }),
    weight: fc.integer({ min: 0, max: 9 }),
    filters: fc.constant([header('x-foreign')]),
    newField: json,
  },
  { requiredKeys: ['name', 'namespace', 'port'] },
);
/** A ref to web: with or without what may be left out. */
const webRef = fc
  .record(
    {
      group: fc.constant(''),
      kind: fc.constant('Service'),
      namespace: fc.constant(NAMESPACE),
      port: fc.constantFrom(80, 443),
      weight: fc.integer({ min: 0, max: 1000 }),
      filters: fc.constantFrom([header('x-a')], [header('x-b')], []),
      newField: json,
    },
    { requiredKeys: ['port'] },
  )
  .map((ref) => ({ name: 'web', ...ref }));
const matches = fc.constantFrom('/a', '/b', '/c').map((value) => [{ path: { value } }]);
const anyRule: fc.Arbitrary<Rule> = fc.record(
  {
    name: fc.constantFrom('first', 'second'),
    matches,
    filters: fc.constantFrom([header('x-rule')], [mirror]),
    timeouts: fc.constant({ request: '10s' }),
    newField: json,
    backendRefs: fc.oneof(
      fc.array(foreignRef, { maxLength: 3 }),
      fc
        .tuple(webRef, fc.array(foreignRef, { maxLength: 2 }), fc.boolean())
        .map(([ref, others, last]) => {
          const idle = others.map((other) => ({ ...other, weight: 0 }));
          return last ? [...idle, ref] : [ref, ...idle];
        }),
    ),
  },
  { requiredKeys: ['matches'] },
);
const variations = fc
  .record({
    rules: fc.array(anyRule, { maxLength: 5 }),
    labels: fc.dictionary(fc.string(), fc.string()),
    annotations: fc.dictionary(fc.string(), fc.string()),
    extra: fc.dictionary(fc.constantFrom('hostnames', 'newField'), json),
  })
  .map(({ rules, labels, annotations, extra }) => {
    const varied = httpRoute('web', [...rules, webRule(), apiRule()], extra);
    Object.assign(varied.metadata, { labels, annotations });
    return [varied, ...services];
  });

const edit = (change: (rules: Rule[]) => Rule[] | void) => (store: ObjectStore) =>
  store.edit(route, 'web', (object) => {
    const users = rulesOf(object).filter((rule) => !isAdded(rule));
    const rules = change(users) ?? users;
    (object['spec'] as { rules: Rule[] }).rules = rules;
  });

describeRouter({
  router: gatewayAPI,
  scope,
  objects: () => withRules(webRule(), apiRule()),
  defaulting: defaulted,
  accept: acceptRoutes,
  written: [route],
  foreign: (object) => {
    const rules = rulesOf(object).filter((rule) => !isAdded(rule));
    (object['spec'] as { rules: Rule[] }).rules = rules;
    for (const rule of rules)
      if (rule.backendRefs) rule.backendRefs = rule.backendRefs.filter(isForeign);
    return object;
  },
  variations,
  edits: [
    { name: 'a rule in front', edit: edit((rules) => [{ timeouts: {} }, ...rules]) },
    { name: 'rules turned round', edit: edit((rules) => rules.toReversed()) },
    { name: 'a rule removed', edit: edit((rules) => rules.slice(1)) },
    {
      name: 'a filter on a rule',
      edit: edit((rules) => void (rules[0]!['filters'] = [header('x-new')])),
    },
    {
      name: 'another backend without a share',
      edit: edit((rules) => void rules[0]!.backendRefs!.push({ name: 'next', weight: 0 })),
    },
    {
      name: 'a second route to the Service',
      edit: edit((rules) => [...rules, { backendRefs: [{ name: 'web', port: 81 }] }]),
    },
  ],
  reverts: [
    { name: 'applied again', edit: edit(() => [webRule(), apiRule()]) },
    {
      name: 'applied again with other rules',
      edit: edit(() => [apiRule(), { backendRefs: [{ name: 'web', port: 81 }] }, webRule()]),
    },
    {
      name: 'one rule pointed back',
      edit: edit(([, ...rest]) => [webRule(), ...rest]),
    },
  ],
  refused: [
    { name: 'no route', objects: services, field: 'HTTPRoute web', says: 'does not exist' },
    {
      name: 'no Service',
      objects: [httpRoute('web', [webRule(), apiRule()]), service('web')],
      field: 'Service api',
      says: 'does not exist',
    },
    {
      name: 'not named',
      objects: withRules(webRule()),
      field: 'HTTPRoute web',
      says: 'Service api',
    },
    {
      name: 'named without a share',
      objects: withRules(webRule(), { backendRefs: [{ name: 'api', port: 80, weight: 0 }] }),
      field: 'HTTPRoute web',
      says: 'Service api',
    },
    {
      name: 'shared with another backend',
      objects: withRules(webRule(), apiRule(), {
        backendRefs: [
          { name: 'web', port: 80 },
          { name: 'other', port: 80 },
        ],
      }),
      field: 'HTTPRoute web spec.rules[2].backendRefs',
      says: 'web, other',
    },
    {
      name: 'left over from a release that never ended',
      objects: withRules(webRule(), {
        backendRefs: [{ name: 'api-stable', port: 80 }],
      }),
      field: 'HTTPRoute web',
      says: 'dedicated',
    },
    {
      name: 'a name that is taken',
      objects: [...withRules(webRule(), apiRule()), service('web-stable')],
      field: 'Service web-stable',
      says: 'taken',
    },
  ],
  writesMax: 1,
});

describe('gatewayAPI', () => {
  const intent = splitIntent({ httpRoute: 'web' });
  const stored = (...rules: Rule[]) => new ObjectStore(withRules(...rules), defaulted);
  const go = applier(gatewayAPI);

  test('one JSON patch, guarded, that replaces only the refs that change', () => {
    const store = stored({ backendRefs: [{ name: 'other', port: 80 }] }, webRule());
    const part = { group: '', kind: 'Service', port: 80, filters: [header('x-web')] };
    expect(gatewayAPI.render(intent, store)).toMatchObject([
      {
        op: 'Patch',
        type: 'json',
        resourceVersion: '1',
        body: [
          {
            op: 'replace',
            path: '/spec/rules/1/backendRefs',
            value: [
              { ...part, name: 'web-stable', weight: 95 },
              { ...part, name: 'web-candidate', weight: 5 },
            ],
          },
        ],
      },
    ]);
  });

  test('what is back is its user’s alone again, where Segue still manages it', () => {
    const store = new ObjectStore([httpRoute('web', [webRule()]), service('web')], defaulted);
    const intent = splitIntent({ httpRoute: 'web' }, { route: 'Service' });
    const managedBy = (...managers: string[]) => {
      const managedFields = managers.map((manager) => ({ manager, time: '2026-01-01T00:00:00Z' }));
      store.edit(route, 'web', ({ metadata }) => void (metadata.managedFields = managedFields));
      return gatewayAPI.render(intent, store);
    };
    expect(managedBy('git', 'segue')).toMatchObject([
      { op: 'Patch', target: { kind: 'HTTPRoute', name: 'web' }, body: [], disowns: true },
    ]);
    expect(managedBy('git')).toEqual([]);
    managedBy('segue');
    const [split, more] = gatewayAPI.render({ ...intent, route: 'Split' }, store);
    expect(split).not.toHaveProperty('disowns');
    expect(more).toBeUndefined();
  });

  test('the routes it makes are routes of the Gateway API', () => {
    const store = stored(webRule(), apiRule());
    go(store, { ...intent, services: ['web', 'api'] });
    const made = store.get(route, 'web')!;
    expect(typeProblems([made])).toEqual([]);
    // The schema of the upstream CRD: patterns, ranges, lengths.
    const upstream = (object: unknown) => new HTTPRoute(object as HTTPRoute).validate();
    expect(() => upstream(made)).not.toThrow();
    const rules = [{ backendRefs: [{ name: 'web', port: 80, weight: -1 }] }];
    expect(() => upstream({ ...made, spec: { rules } })).toThrow(/weight/);
  });

  test('without a journal the ref comes back by name and port', () => {
    const store = stored({ backendRefs: [{ name: 'web', port: 80, weight: 3 }] });
    go(store, intent);
    go(store, { ...intent, route: 'Service' });
    expect(rulesOf(store.get(route, 'web'))[0]?.backendRefs).toEqual([
      { group: '', kind: 'Service', name: 'web', port: 80, weight: 1 },
    ]);
  });

  test('what a user changes in the pair is kept when the Service comes back', () => {
    const store = stored({ backendRefs: [{ name: 'web', port: 80, weight: 3 }] });
    const journal = gatewayAPI.capture(intent, store);
    go(store, { ...intent, journal });
    edit((rules) => {
      for (const ref of rules[0]!.backendRefs!) ref['filters'] = [header('x-new')];
    })(store);
    go(store, { ...intent, journal, weight: 50 });
    go(store, { ...intent, journal, route: 'Service' });
    expect(rulesOf(store.get(route, 'web'))[0]?.backendRefs).toEqual([
      {
        group: '',
        kind: 'Service',
        name: 'web',
        port: 80,
        weight: 3,
        filters: [header('x-new')],
      },
    ]);
  });

  test("the user's ref beside a pair is their latest word", () => {
    const store = stored(webRule());
    go(store, intent);
    edit((rules) => {
      rules[0]!.backendRefs!.push({ name: 'web', port: 80, filters: [header('x-new')] });
    })(store);
    go(store, intent);
    expect(rulesOf(store.get(route, 'web'))[0]?.backendRefs).toMatchObject([
      { name: 'web-stable', weight: 95, filters: [header('x-new')] },
      { name: 'web-candidate', weight: 5, filters: [header('x-new')] },
    ]);
  });

  test('refs that differ in their filters or port only stay apart', () => {
    const store = stored(webRule());
    const three = [
      { name: 'web', port: 80, filters: [header('x-a')] },
      { name: 'web', port: 80, filters: [header('x-b')] },
      { name: 'web', port: 81, filters: [header('x-b')] },
    ];
    edit((rules) => void (rules[0]!.backendRefs = three))(store);
    go(store, intent);
    const split = rulesOf(store.get(route, 'web'))[0]?.backendRefs;
    expect(split?.map((ref) => ref['port'])).toEqual([80, 80, 80, 80, 81, 81]);
    edit((rules) => void (rules[0]!.backendRefs = three.slice(0, 1)))(store);
    go(store, intent);
    edit((rules) => void rules[0]!.backendRefs!.push(three[2]!))(store);
    go(store, intent);
    const mended = rulesOf(store.get(route, 'web'))[0]?.backendRefs;
    expect(mended?.map((ref) => ref['port'])).toEqual([80, 80, 81, 81]);
    edit((rules) => void (rules[0]!.backendRefs = three))(store);
    go(store, intent);
    go(store, { ...intent, route: 'Service' });
    expect(rulesOf(store.get(route, 'web'))[0]?.backendRefs).toMatchObject(three);
  });

  test('rules that are alike but for their weight get back their own', () => {
    const store = stored(
      ...[3, 1, 2].map((weight) => ({ backendRefs: [{ name: 'web', port: 80, weight }] })),
    );
    const journal = gatewayAPI.capture(intent, store);
    go(store, { ...intent, journal });
    edit((rules) => [{ backendRefs: [{ name: 'other', port: 80 }] }, ...rules])(store);
    go(store, { ...intent, journal, route: 'Service' });
    const rules = rulesOf(store.get(route, 'web'));
    expect(rules.map((rule) => rule.backendRefs?.[0]?.['weight'])).toEqual([1, 3, 1, 2]);
  });

  test('half a pair, or one with weights of somebody else, is Other and mended', () => {
    for (const damage of [
      (refs: Record<string, unknown>[]) => refs.slice(0, 1),
      (refs: Record<string, unknown>[]) => refs.map((ref) => ({ ...ref, weight: 1 })),
      (refs: Record<string, unknown>[]) => [{ name: 'web', port: 80 }, ...refs],
    ]) {
      const store = stored(webRule());
      go(store, intent);
      edit((rules) => void (rules[0]!.backendRefs = damage(rules[0]!.backendRefs!)))(store);
      expect(gatewayAPI.observe(intent, store)).toMatchObject({ route: 'Other', accepted: false });
      go(store, intent);
      expect(gatewayAPI.observe(intent, store)).toMatchObject({ route: 'Split', weight: 5 });
    }
  });

  test('a route that no longer leads to the Service has nothing to move', () => {
    const store = stored({ backendRefs: [{ name: 'other', port: 80 }] });
    expect(gatewayAPI.render(intent, store)).toEqual([]);
    expect(gatewayAPI.observe(intent, store)).toMatchObject({ route: 'Other', missing: true });
  });

  describe('is accepted', () => {
    const observed = (report: Parameters<typeof reportRoute>[2]) => {
      const store = stored(webRule());
      go(store, intent);
      reportRoute(store, 'web', report);
      return gatewayAPI.observe(intent, store);
    };

    test('when no gateway reports on it, once it is stored', () => {
      const store = stored(webRule());
      go(store, intent);
      expect(gatewayAPI.observe(intent, store)).toMatchObject({ accepted: true });
    });

    test('when every parent has accepted this generation', () => {
      expect(observed({})).toMatchObject({ route: 'Split', weight: 5, accepted: true });
    });

    test('not by a report on an older generation', () => {
      expect(observed({ generation: 1 })).toMatchObject({
        accepted: false,
        message:
          'HTTPRoute web: not accepted: parent edge: Accepted speaks of generation 1, not yet of 2',
      });
    });

    test('not with refs that do not resolve, and says why', () => {
      const conditions = [
        { type: 'Accepted' },
        { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message: 'web-stable' },
      ];
      expect(observed({ conditions })).toMatchObject({
        accepted: false,
        message:
          'HTTPRoute web: not accepted: parent edge: ResolvedRefs is False (BackendNotFound: web-stable)',
      });
    });

    test('not before both conditions are there', () => {
      expect(observed({ conditions: [{ type: 'Accepted' }] })).toMatchObject({ accepted: false });
    });

    test('by a parent without conditions: it has not spoken', () => {
      expect(observed({ conditions: [] })).toMatchObject({ accepted: true });
    });
  });
});
