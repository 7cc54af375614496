/** `match` by a definition that says where a rule has its headers: rules put in front of those of users. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import {
  DEFINITION_KEY,
  DEFINITION_LABEL,
  readDefinition,
  type RouteDefinition,
} from '../../api/route-definition.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  applier,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { custom } from './router.ts';

type Fields = Record<string, unknown>;

function defined(text: string): RouteDefinition {
  const labels = { [DEFINITION_LABEL]: 'true' };
  const read = readDefinition({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ours', namespace: NAMESPACE, labels },
    data: { [DEFINITION_KEY]: text },
  });
  if (Array.isArray(read)) throw new Error(JSON.stringify(read));
  return read;
}

const BASE = `
group: edge.example.com
versions: [v2]
kind: Lane
destinations: ['spec.lanes[].targets[]']
service: host
port: port
weight: share
weights: { optional: true }
`;
const lists = defined(`${BASE}
match:
  order: First
  headers: { at: 'when.headers[]', name: key, value: text.is, fixed: { type: Exact, invert: false } }
`);
const alternatives = defined(`${BASE}
match:
  order: First
  headers: { at: 'matchers[].headers[]', name: name, value: value }
  ruleName: meta.name
`);

const kind = { group: 'edge.example.com', kind: 'Lane' };
const lane = (rules: Fields[], spec: Fields = {}): KubeObject => ({
  apiVersion: 'edge.example.com/v2',
  kind: 'Lane',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: { ...spec, lanes: rules },
});
const to = (host: string, port = 80): Fields => ({ host, port });
const MATCH: RequestMatch[] = [
  {
    headers: [
      { name: 'X-Canary', exact: 'yes' },
      { name: 'x-team', exact: 'shop' },
    ],
  },
  { headers: [{ name: 'X-Beta', exact: '1' }] },
];

const isAdded = ({ targets = [] }: Fields) => {
  const hosts = (targets as { host: string }[]).map(({ host }) => host);
  return hosts.length > 0 && hosts.every((host) => host.endsWith('-candidate'));
};

const config = (route: RouteDefinition) => ({ definition: 'ours', object: 'web', route });

function fixture(route: RouteDefinition, rule: (path: string) => Fields) {
  return splitFixture({
    router: custom,
    config: config(route),
    kind,
    route: lane,
    list: 'lanes',
    refs: 'targets',
    rule,
    ref: to,
    beside: (ref) => ({ ...ref, share: 100 }),
    decorated: (ref, what) => ({ ...ref, retries: what }),
    other: { sharing: { ...to('other'), share: 30 }, idle: { ...to('next'), share: 0 } },
    left: to('api-stable', 8080),
    leadsTo: (ref) => String(ref['host']),
    isAdded,
    rules: [{ match: MATCH }, { match: MATCH.slice(1) }],
  });
}

describe('a list of conditions in each rule', () => {
  describeRouter(fixture(lists, (path) => ({ when: { prefix: path } })));
});

describe('alternatives with a list of conditions in each', () => {
  const rule = (path: string) => ({
    meta: { name: `r${path}`, team: 'shop' },
    matchers: [
      { prefix: path, headers: [{ name: 'x-tenant', value: 'a' }] },
      { prefix: `${path}x` },
    ],
  });
  describeRouter(fixture(alternatives, rule));
});

/** What is stored of the rules, for an object with these. */
function routed(
  route: RouteDefinition,
  rules: Fields[],
  match: RequestMatch[] = MATCH,
): { store: ObjectStore; rules: Fields[]; check: string[] } {
  const store = new ObjectStore([lane(rules), service('web')]);
  const intent = splitIntent(config(route), { rules: [{ match }], match });
  const check = custom.check(intent, store).map(({ field, message }) => `${field}: ${message}`);
  applier(custom)(store, { ...intent, journal: custom.capture(intent, store) });
  const { lanes } = store.get(kind, 'web')?.['spec'] as { lanes: Fields[] };
  return { store, rules: lanes, check };
}

const pair = [
  { host: 'web-stable', port: 80, share: 95 },
  { host: 'web-candidate', port: 80, share: 5 },
];
const candidate = [{ host: 'web-candidate', port: 80, share: 100 }];

test('an entry is a rule before the user’s own, which asks for all that is asked for there', () => {
  const own = { key: 'x-tenant', text: { is: 'a' }, type: 'Exact', invert: false };
  const user = { when: { prefix: '/', headers: [own] }, timeout: '5s' };
  const docs = { when: { prefix: '/docs' }, targets: [to('docs')] };
  const { rules, check } = routed(lists, [docs, { ...user, targets: [to('web')] }]);
  const asks = (key: string, is: string) => ({ type: 'Exact', invert: false, key, text: { is } });
  const added = (...conditions: Fields[]) => ({
    ...user,
    when: { prefix: '/', headers: [own, ...conditions] },
    targets: candidate,
  });
  expect(check).toEqual([]);
  expect(rules).toEqual([
    docs,
    added(asks('X-Canary', 'yes'), asks('x-team', 'shop')),
    added(asks('X-Beta', '1')),
    { ...user, targets: pair },
  ]);
});

test('alternatives are one rule without a name, each of them with each entry', () => {
  const user = {
    meta: { name: 'shop', team: 'a' },
    matchers: [{ prefix: '/a', headers: [{ name: 'x-tenant', value: 'a' }] }, { prefix: '/b' }],
  };
  const { rules, check } = routed(alternatives, [{ ...user, targets: [to('web')] }]);
  const first = [
    { name: 'X-Canary', value: 'yes' },
    { name: 'x-team', value: 'shop' },
  ];
  const second = [{ name: 'X-Beta', value: '1' }];
  const tenant = { name: 'x-tenant', value: 'a' };
  expect(check).toEqual([]);
  expect(rules).toEqual([
    {
      meta: { team: 'a' },
      matchers: [
        { prefix: '/a', headers: [tenant, ...first] },
        { prefix: '/a', headers: [tenant, ...second] },
        { prefix: '/b', headers: first },
        { prefix: '/b', headers: second },
      ],
      targets: candidate,
    },
    { ...user, targets: pair },
  ]);
});

test.each<[string, RouteDefinition, Fields, string]>([
  [
    'a header that the rule asks for already, in any case',
    lists,
    { when: { headers: [{ key: 'x-beta', text: { is: '2' } }] } },
    'Lane web spec.lanes[0].when.headers: this rule asks for header X-Beta already, and so does a match of the policy',
  ],
  [
    'the same in an alternative',
    alternatives,
    { matchers: [{ prefix: '/a' }, { headers: [{ name: 'X-TEAM', value: '2' }] }] },
    'Lane web spec.lanes[0].matchers: this rule asks for header x-team already, and so does a match of the policy',
  ],
  ...[{ headers: { 'x-a': 'b' } }, 'Prefix(`/`)', ['/']].map(
    (when): [string, RouteDefinition, Fields, string] => [
      `conditions written otherwise: ${JSON.stringify(when)}`,
      lists,
      { when },
      'Lane web spec.lanes[0].when.headers: what it has there is no list of conditions',
    ],
  ),
  ...[undefined, [], ['/a'], [{ headers: {} }, { prefix: '/b' }]].map(
    (matchers): [string, RouteDefinition, Fields, string] => [
      `alternatives written otherwise: ${JSON.stringify(matchers)}`,
      alternatives,
      matchers ? { matchers } : {},
      'Lane web spec.lanes[0].matchers: what it has there is no list of alternatives with conditions at headers',
    ],
  ),
])('refuses %s', (_, route, rule, says) => {
  expect(routed(route, [{ ...rule, targets: [to('web')] }]).check).toEqual([says]);
  // Rules that lead elsewhere are nobody's business.
  const user = route === lists ? {} : { matchers: [{ prefix: '/' }] };
  const rules = [
    { ...rule, targets: [to('docs')] },
    { ...user, targets: [to('web')] },
  ];
  expect(routed(route, rules).check).toEqual([]);
});

test.each<RequestMatch>([
  { cookie: { name: 'a', exact: 'b' } },
  { headers: [{ name: 'a', regex: 'b.*' }] },
  { headers: [{ name: 'a', exact: 'b' }], method: 'GET' },
])('what cannot be said gets no rule, were it asked for in spite of validation: %j', (entry) => {
  for (const route of [lists, alternatives]) {
    const user = { when: { prefix: '/' }, matchers: [{ prefix: '/' }] };
    const { rules } = routed(route, [{ ...user, targets: [to('web')] }], [entry]);
    expect(rules).toEqual([{ ...user, targets: pair }]);
  }
});

test('nothing is refused, and nothing added, where nothing is matched', () => {
  const rule = { when: 'Prefix(`/`)', targets: [to('web')] };
  const store = new ObjectStore([lane([rule]), service('web')]);
  const intent = splitIntent(config(lists));
  expect(custom.check(intent, store)).toEqual([]);
  applier(custom)(store, intent);
  expect(store.get(kind, 'web')?.['spec']).toEqual({ lanes: [{ ...rule, targets: pair }] });
});

test('what is written otherwise half way gets no rule: without the headers it would take everything', () => {
  const { store } = routed(lists, [{ when: { prefix: '/' }, targets: [to('web')] }]);
  store.edit(kind, 'web', (object) => {
    const spec = object['spec'] as { lanes: Fields[] };
    spec.lanes = [{ when: 'Prefix(`/`)', targets: [to('web')] }];
  });
  const intent = splitIntent(config(lists), { rules: [{ match: MATCH }], match: MATCH });
  applier(custom)(store, intent);
  const { lanes } = store.get(kind, 'web')?.['spec'] as { lanes: Fields[] };
  expect(lanes).toEqual([{ when: 'Prefix(`/`)', targets: pair }]);
});

test('an added rule is known by its headers, whatever the server or somebody has written beside', () => {
  const user = { when: { prefix: '/' }, targets: [to('web')] };
  const { store } = routed(lists, [user]);
  store.edit(kind, 'web', (object) => {
    const { lanes } = object['spec'] as { lanes: { when: { headers?: Fields[] } }[] };
    for (const { when } of lanes)
      for (const one of when.headers ?? []) Object.assign(one, { ignoreCase: false });
  });
  const intent = splitIntent(config(lists), { rules: [{ match: MATCH }], match: MATCH });
  expect(custom.observe(intent, store)).toMatchObject({ route: 'Split', accepted: false });
  const back = { ...intent, route: 'Service' as const, match: undefined };
  applier(custom)(store, { ...back, journal: { refs: [to('web')] } });
  expect(store.get(kind, 'web')?.['spec']).toEqual({ lanes: [user] });
});

test.each<Record<string, string>>([{}, { 'X-Canary': 'no' }, { 'X-Canary': 'yes', 'x-team': 'b' }])(
  'a rule of the user’s, half of whose pair somebody took out, is none that was added: %j',
  (asked) => {
    const headers = Object.entries(asked).map(([key, is]) => ({ key, text: { is } }));
    const theirs = { when: { prefix: '/new', headers } };
    const user = { when: { prefix: '/' }, targets: [to('web')] };
    const { store } = routed(lists, [user]);
    store.edit(kind, 'web', (object) => {
      const spec = object['spec'] as { lanes: Fields[] };
      spec.lanes = [{ ...theirs, targets: candidate }, ...spec.lanes];
    });
    const intent = splitIntent(config(lists), { rules: [{ match: MATCH }], match: MATCH });
    expect(custom.observe(intent, store)).toMatchObject({ route: 'Other' });
    const back = { ...intent, route: 'Service' as const, match: undefined };
    applier(custom)(store, { ...back, journal: { refs: [to('web')] } });
    expect(store.get(kind, 'web')?.['spec']).toEqual({
      lanes: [{ ...theirs, targets: [to('web')] }, user],
    });
  },
);

test('whatever is asked for is written below spec, at the place that is named, and nowhere else', () => {
  const text = fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/);
  const entry = fc
    .uniqueArray(text, { minLength: 1, maxLength: 3, selector: (one) => one.toLowerCase() })
    .map((names) => ({ headers: names.map((name) => ({ name, exact: '__proto__"/{}' })) }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (match) => {
      const { rules, store } = routed(
        lists,
        [{ when: { prefix: '/' }, targets: [to('web')] }],
        match,
      );
      expect(rules.map(({ when }) => when)).toEqual([
        ...match.map(({ headers }) => ({
          prefix: '/',
          headers: headers.map(({ name, exact }) => ({
            type: 'Exact',
            invert: false,
            key: name,
            text: { is: exact },
          })),
        })),
        { prefix: '/' },
      ]);
      expect(store.get(kind, 'web')?.metadata.labels).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});
