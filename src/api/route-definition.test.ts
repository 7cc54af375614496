import { expect, test } from 'vitest';
import { controllerRules } from '../cli/controller-rules.ts';
import { KINDS } from './group.ts';
import type { GroupKind, KubeObject } from './object.ts';
import { formatProblem } from './problem.ts';
import { DEFINITION_KEY, DEFINITION_LABEL, readDefinition } from './route-definition.ts';

const GOOD = `group: split.smi-spec.io
versions: [v1alpha2]
kind: TrafficSplit
destinations:
  - spec.backends[]
service: service
weight: weight
`;

function configMap(text: unknown): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'smi', namespace: 'shop', labels: { [DEFINITION_LABEL]: '' } },
    ...(text !== undefined && { data: { [DEFINITION_KEY]: text } }),
  };
}

const told = (text: unknown) => {
  const read = readDefinition(configMap(text));
  return Array.isArray(read) ? read.map(formatProblem) : [];
};

/** The good one with a line in place of another, or after all. */
const but = (from: string, to: string) => GOOD.replace(from, to);

test('is read once, with what it leaves out filled in', () => {
  const object = configMap(GOOD);
  expect(readDefinition(object)).toEqual({
    group: 'split.smi-spec.io',
    versions: ['v1alpha2'],
    kind: 'TrafficSplit',
    destinations: ['spec.backends[]'],
    service: 'service',
    weight: 'weight',
    weights: { total: 100, text: false, optional: false },
  });
  expect(readDefinition(object)).toBe(readDefinition(object));
});

const at = (line: number, field: string) => `ConfigMap smi data.router.yaml:${line} ${field}`;

test.each<[string, unknown, string[]]>([
  [
    'no text',
    undefined,
    ['ConfigMap smi data.router.yaml: is missing; write the definition there'],
  ],
  ['nothing', '', ['ConfigMap smi data.router.yaml: it is empty; write one definition there']],
  [
    'two documents',
    `${GOOD}---\n${GOOD}`,
    ['ConfigMap smi data.router.yaml: it is more than one document; write one definition there'],
  ],
  [
    'no YAML',
    but('versions: [v1alpha2]', 'versions: [v1alpha2'),
    [
      'ConfigMap smi data.router.yaml:3: it is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; look at the indentation and the brackets here and in the line before',
    ],
  ],
  [
    'no object',
    'hello',
    [`ConfigMap smi data.router.yaml:1: "hello" is not right here; write an object`],
  ],
  [
    'a field that is missing',
    but('kind: TrafficSplit\n', ''),
    [`${at(1, 'kind')}: is missing; add it`],
  ],
  [
    'a field that is empty',
    but('kind: TrafficSplit', 'kind:'),
    [`${at(3, 'kind')}: is empty; fill it in`],
  ],
  [
    'a field that there is not',
    `${GOOD}mirror: true\n`,
    [
      `${at(8, 'mirror')}: unknown field; write one of group, versions, kind, destinations, service, weight, port, namespace, weights, root, accepted, match`,
    ],
  ],
  [
    'a field of weights that there is not',
    `${GOOD}weights: {sum: 100}\n`,
    [`${at(8, 'weights.sum')}: unknown field; write one of total, text, optional`],
  ],
  [
    'a list that is none',
    but('destinations:\n  - spec.backends[]', 'destinations: spec.backends[]'),
    [`${at(4, 'destinations')}: "spec.backends[]" is not right here; write a list`],
  ],
  [
    'no destinations',
    but('destinations:\n  - spec.backends[]', 'destinations: []'),
    [`${at(4, 'destinations')}: [] is too little; write 1 or more`],
  ],
  ...[
    'backends[]',
    'spec.backends',
    'spec[]',
    'spec.a[].b[].c[]',
    'metadata.x[]',
    'spec.__x[]',
  ].map((path): [string, string, string[]] => [
    `destinations at ${path}`,
    but('spec.backends[]', path),
    [
      `${at(5, 'destinations[0]')}: "${path}" does not do; write a path to a list in spec, such as spec.backends[] or spec.routes[].services[]`,
    ],
  ]),
  [
    'an expression',
    but('service: service', 'service: $.backends[?(@.weight)]'),
    [
      `${at(6, 'service')}: "$.backends[?(@.weight)]" does not do; write a path such as service or destination.host`,
    ],
  ],
  [
    'a group that is none',
    but('split.smi-spec.io', 'split.smi-spec.io/v1'),
    [
      `${at(1, 'group')}: "split.smi-spec.io/v1" does not do; write an API group such as split.smi-spec.io`,
    ],
  ],
  [
    'a version that is none',
    but('v1alpha2', 'alpha'),
    [`${at(2, 'versions[0]')}: "alpha" does not do; write a version such as v1 or v1alpha2`],
  ],
  [
    'a kind that is none',
    but('TrafficSplit', 'trafficsplits'),
    [`${at(3, 'kind')}: "trafficsplits" does not do; write a kind such as TrafficSplit`],
  ],
  [
    'a root outside of spec',
    `${GOOD}root: metadata.name\n`,
    [`${at(8, 'root')}: "metadata.name" does not do; write a path in spec, such as spec.service`],
  ],
  [
    'weights that whole percents do not fit into',
    `${GOOD}weights:\n  total: 256\n`,
    [`${at(9, 'weights.total')}: 256 does not do; write a multiple of 100`],
  ],
  [
    'weights of less than percents',
    `${GOOD}weights: {total: 0}\n`,
    [`${at(8, 'weights.total')}: 0 is too little; write 100 or more`],
  ],
  [
    'weights that are fractions',
    `${GOOD}weights: {total: 100.5}\n`,
    [`${at(8, 'weights.total')}: 100.5 is not right here; write a whole number`],
  ],
  [
    'a status that conditions do not have',
    `${GOOD}accepted: {type: Ready, status: 'Yes'}\n`,
    [`${at(8, 'accepted.status')}: "Yes" is not known; write one of True, False`],
  ],
  [
    'a condition without a type',
    `${GOOD}accepted: {status: 'True'}\n`,
    [`${at(8, 'accepted.type')}: is missing; add it`],
  ],
  [
    'a kind that has a router',
    but('split.smi-spec.io', 'projectcontour.io').replace('TrafficSplit', 'HTTPProxy'),
    [
      `${at(3, 'kind')}: HTTPProxy of projectcontour.io has a router of its own, which knows more of it; use contour.httpProxy`,
    ],
  ],
  ...[
    ['apps', 'Deployment'],
    ['rbac.authorization.k8s.io', 'RoleBinding'],
    ['segue.dev', 'Release'],
    ['k8s.io', 'Lane'],
    ['consul.hashicorp.com', 'ServiceResolver'],
  ].map(([group = '', kind = '']): [string, string, string[]] => [
    `${kind} of ${group}`,
    but('split.smi-spec.io', group).replace('TrafficSplit', kind),
    [
      `${at(3, 'kind')}: ${kind} of ${group} is a kind of Kubernetes, of Segue or of a router of its own, and no definition may have Segue write it; name a kind that Segue has nothing to do with`,
    ],
  ]),
])('refuses %s, naming the line', (_, text, says) => {
  expect(told(text)).toEqual(says);
});

const MATCH = `${GOOD.replace('spec.backends[]', 'spec.routes[].to[]')}match:
  order: First
  headers:
    at: when.headers[]
    name: name
    value: value
`;

test('match is read with what it leaves out filled in', () => {
  expect(readDefinition(configMap(MATCH))).toMatchObject({
    match: {
      order: 'First',
      headers: { at: 'when.headers[]', name: 'name', value: 'value', fixed: {} },
    },
  });
  const more = `${MATCH}    fixed: { type: Exact, invert: false, weight: 2 }\n  ruleName: name\n`;
  expect(readDefinition(configMap(more))).toMatchObject({
    match: { headers: { fixed: { type: 'Exact', invert: false, weight: 2 } }, ruleName: 'name' },
  });
});

const FIXED = 'up to 8 fields such as type, each with a word, a number, or true or false';

test.each<[string, string, string, string[]]>([
  ['no order', '  order: First\n', '', [`${at(8, 'match.order')}: is missing; add it`]],
  [
    'another order',
    'order: First',
    'order: Longest',
    [`${at(9, 'match.order')}: "Longest" is not known; write one of First`],
  ],
  [
    'what it cannot say',
    'order: First',
    'order: First\n  path: when.path',
    [`${at(10, 'match.path')}: unknown field; write one of order, headers, ruleName`],
  ],
  [
    'what headers do not have',
    'value: value',
    'value: value\n    regex: regex',
    [`${at(14, 'match.headers.regex')}: unknown field; write one of at, name, value, fixed`],
  ],
  ...['when', 'spec.when', 'when[].a[].b[]', '__x[]', '[]', 'a..b[]'].map(
    (path): [string, string, string, string[]] => [
      `headers at ${path}`,
      'when.headers[]',
      `'${path}'`,
      [
        `${at(11, 'match.headers.at')}: "${path}" does not do; write a path to a list in a rule, such as match.headers[] or matches[].headers[]`,
      ],
    ],
  ),
  [
    'text of anybody’s',
    'value: value',
    'value: value\n    fixed: { type: "return 200;" }',
    [
      `${at(14, 'match.headers.fixed.type')}: "return 200;" does not do; write a word, a number, or true or false`,
    ],
  ],
  [
    'a field of no name',
    'value: value',
    'value: value\n    fixed: { a.b: c }',
    [`${at(14, 'match.headers.fixed')}: {"a.b":"c"} does not do; write ${FIXED}`],
  ],
  [
    'more than a few fields',
    'value: value',
    'value: value\n    fixed: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }',
    [
      `${at(14, 'match.headers.fixed')}: {"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1} does not do; write ${FIXED}`,
    ],
  ],
  [
    'no rules to put one in front of',
    'spec.routes[].to[]',
    'spec.to[]',
    [
      `${at(4, 'destinations')}: there are no rules to put one in front of; with match, write one path with a list of rules, such as spec.routes[].services[], or leave match out`,
    ],
  ],
  [
    'several lists of rules',
    '- spec.routes[].to[]',
    '- spec.routes[].to[]\n  - spec.tcp[].to[]',
    [
      `${at(4, 'destinations')}: it is several; with match, write one path with a list of rules, such as spec.routes[].services[], or leave match out`,
    ],
  ],
  [
    'headers where destinations are',
    'at: when.headers[]',
    'at: to[].headers[]',
    [`${at(11, 'match.headers.at')}: to is where destinations are; name a place of its own`],
  ],
  [
    'a value in the place of the name',
    'value: value',
    'value: name.exact',
    [
      `${at(13, 'match.headers.value')}: name.exact is where the name of the header is; name a place of its own`,
    ],
  ],
  [
    'something fixed in the place of the value',
    'value: value',
    'value: value.exact\n    fixed: { value: x }',
    [
      `${at(14, 'match.headers.fixed.value')}: value is where its value is; name a place of its own`,
    ],
  ],
  [
    'a name of the rule around what it asks for',
    'order: First',
    'order: First\n  ruleName: when',
    [`${at(10, 'match.ruleName')}: when is where headers are; name a place of its own`],
  ],
])('match: refuses %s, naming the line', (_, from, to, says) => {
  expect(told(MATCH.replace(from, to))).toEqual(says);
});

test('all that is wrong is told at once', () => {
  expect(told('kind: x\n')).toHaveLength(6);
});

test('nothing that the controller may write for other purposes can be named', () => {
  const known: readonly GroupKind[] = Object.values(KINDS);
  const writing = controllerRules()
    .filter(({ verbs }) => verbs.includes('patch') || verbs.includes('update'))
    .flatMap(({ apiGroups: [group = ''], resources }) =>
      resources.map((resource) => ({ group, resource })),
    );
  const open = writing.filter(({ group, resource }) => {
    const isIt = (one: GroupKind) => one.group === group && isPlural(resource, one.kind);
    const { kind } = known.find(isIt) ?? { kind: 'Unheard' };
    return told(but('split.smi-spec.io', group).replace('TrafficSplit', kind)).length === 0;
  });
  expect(writing.length).toBeGreaterThan(9);
  expect(open).toEqual([]);
});

function isPlural(resource: string, kind: string): boolean {
  const lower = kind.toLowerCase();
  return [`${lower}s`, `${lower}es`, `${lower.slice(0, -1)}ies`].includes(resource);
}
