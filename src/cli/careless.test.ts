/** Files as people write them in a hurry: each is answered with file, line, field, reason and fix. */
import { expect, test } from 'vitest';
import { SOURCE_NAMES } from '../api/check-sources/index.ts';
import { FakeCluster } from './testing/fake-cluster.ts';
import { GOOD } from './testing/good-policy.ts';
import { validateText } from './validate-text.ts';

const STAGE = 'spec.strategy.canary.stages[0]';
const WHOLE = 'must be a whole number from 0 to 100, not';
const HOLD = 'is not a hold; write a duration with its unit (10m), or {atMost: 10m}';
const DURATION = 'is not a duration; write it with its unit, as in 90s, 10m or 1h30m';
const SOURCES = `${SOURCE_NAMES.slice(0, -1).join(', ')} and ${SOURCE_NAMES.at(-1)}`;
const STRATEGIES = 'canary, blueGreen, recreate, rolling, abTest';
const strategy = GOOD.slice(GOOD.indexOf('  strategy:'));
const stages = GOOD.slice(GOOD.indexOf('      stages:'));
const more = (text: string): [string, string] => ['  strategy:', `  ${text}\n  strategy:`];

/** What is wrong, what is replaced, by what; line, field and what is said. */
const WRONG: [string, [string, string], number, string][] = [
  [
    'a weight as text',
    ['weight: 5\n', 'weight: "5"\n'],
    12,
    `${STAGE}.weight: ${WHOLE} the text "5"; write 5`,
  ],
  [
    'a weight in percent',
    ['weight: 5\n', 'weight: 5%\n'],
    12,
    `${STAGE}.weight: ${WHOLE} the text "5%"; write 5`,
  ],
  [
    'no weight',
    ['weight: 5\n', 'weight:\n'],
    12,
    `${STAGE}.weight: is empty; write a whole number from 0 to 100`,
  ],
  [
    'a weight below 0',
    ['weight: 5\n', 'weight: -5\n'],
    12,
    `${STAGE}.weight: -5 is under 0, which is the least; write 0 or more`,
  ],
  [
    'a huge weight',
    ['weight: 5\n', 'weight: 1e30\n'],
    12,
    `${STAGE}.weight: 1e+30 is over 100, which is the most; write 100 or less`,
  ],
  [
    'half a percent',
    ['weight: 5\n', 'weight: 5.5\n'],
    12,
    `${STAGE}.weight: ${WHOLE} 5.5; write 6`,
  ],
  ['no number', ['weight: 5\n', 'weight: .nan\n'], 12, `${STAGE}.weight: ${WHOLE} NaN`],
  ['a hold without a unit', ['hold: 10m', 'hold: 10'], 13, `${STAGE}.hold: 10 ${HOLD}`],
  ['an empty hold', ['hold: 10m', 'hold: ""'], 13, `${STAGE}.hold: "" ${HOLD}`],
  [
    'a hold of days',
    ['hold: 10m', 'hold: 1d'],
    13,
    `${STAGE}.hold: "1d" is not a hold: a duration has no days; write 24h`,
  ],
  ['a hold below zero', ['hold: 10m', 'hold: -10m'], 13, `${STAGE}.hold: "-10m" ${HOLD}`],
  ['a hold in words', ['hold: 10m', 'hold: 10 minutes'], 13, `${STAGE}.hold: "10 minutes" ${HOLD}`],
  [
    'a hold longer than dates go',
    ['hold: 10m', 'hold: 99999999h'],
    13,
    `${STAGE}.hold: "99999999h" ${HOLD}`,
  ],
  [
    'a hold of another kind',
    ['hold: 10m', 'hold: {atLeast: 10m}'],
    13,
    `${STAGE}.hold: {"atLeast":"10m"} ${HOLD}`,
  ],
  [
    'a bake in seconds',
    more('bake: 600'),
    9,
    'spec.bake: must be a duration with its unit, as in 90s, 10m or 1h30m, not 600; write 600s, if seconds are meant',
  ],
  ['an empty bake', more('bake: ""'), 9, `spec.bake: "" ${DURATION}`],
  ['a bake longer than dates go', more('bake: 99999999h'), 9, `spec.bake: "99999999h" ${DURATION}`],
  [
    'an object for a list',
    [stages, '      stages: {weight: 5}\n'],
    11,
    'spec.strategy.canary.stages: must be a list, not an object; begin each entry with a dash',
  ],
  [
    'a list for an object',
    [strategy, '  strategy:\n  - blueGreen: {}\n'],
    9,
    `spec.strategy: must be an object with some of ${STRATEGIES}, not a list; write it without the dashes`,
  ],
  [
    'no stage',
    [stages, '      stages: []\n'],
    11,
    'spec.strategy.canary.stages: is empty, 1 entry is the least; add to it',
  ],
  [
    'a name of another tool',
    ['stages:', 'steps:'],
    11,
    'spec.strategy.canary.steps: unknown field; write stages',
  ],
  [
    'two letters swapped',
    ['hold: 10m', 'hodl: 10m'],
    13,
    `${STAGE}.hodl: unknown field; write hold`,
  ],
  [
    'another case',
    [strategy, '  strategy: {bluegreen: {}}\n'],
    9,
    'spec.strategy.bluegreen: unknown field; write blueGreen',
  ],
  [
    'one for several',
    ['services:', 'service:'],
    7,
    'spec.traffic.service: unknown field; write services',
  ],
  [
    'a field of another kind',
    ['targetRef: {name', 'targetRef: {apiVersion: apps/v1, name'],
    5,
    'spec.targetRef.apiVersion: unknown field; known here: group, kind, name',
  ],
  [
    'no strategy',
    [strategy, '  strategy: {}\n'],
    9,
    'spec.strategy: no strategy; set exactly one of canary, blueGreen, rolling, recreate and abTest',
  ],
  [
    'an empty strategy',
    [strategy, '  strategy:\n'],
    9,
    `spec.strategy: is empty; write an object with some of ${STRATEGIES}`,
  ],
  [
    'two strategies',
    ['    canary:', '    blueGreen: {}\n    canary:'],
    9,
    'spec.strategy: 2 strategies; set exactly one of canary, blueGreen, rolling, recreate and abTest',
  ],
  [
    'an empty name',
    ['metadata: {name: web}', 'metadata: {name: ""}'],
    3,
    'metadata: has no name; set metadata.name',
  ],
  [
    'a name in capitals',
    ['metadata: {name: web}', 'metadata: {name: Web_1}'],
    3,
    'metadata.name: "Web_1" is not a Kubernetes name; write small letters, digits, dashes and dots',
  ],
  [
    'a number as name',
    ['metadata: {name: web}', 'metadata: {name: 12}'],
    3,
    'metadata.name: 12 is not text; write it in quotes',
  ],
  [
    'a name too long for a label',
    ['metadata: {name: web}', `metadata: {name: ${'a'.repeat(64)}}`],
    3,
    'metadata.name: is 64 characters long, 63 fit in a label; choose a shorter name',
  ],
  ['no metadata', ['metadata: {name: web}\n', ''], 1, 'metadata: is missing; write {name: …}'],
  [
    'a list of metadata',
    ['metadata: {name: web}', 'metadata: [web]'],
    3,
    'metadata: is no object; write {name: …}',
  ],
  [
    'no spec',
    [GOOD.slice(GOOD.indexOf('spec:')), ''],
    1,
    'spec: is missing; add an object, {targetRef: …, strategy: …}',
  ],
  [
    'the name alone',
    ['targetRef: {name: web}', 'targetRef: web'],
    5,
    'spec.targetRef: must be an object, {name: …}, not the text "web"; write {name: web}',
  ],
  [
    'names alone',
    ['services: [{name: web}]', 'services: [web]'],
    7,
    'spec.traffic.services[0]: must be an object, {name: …}, not the text "web"; write {name: web}',
  ],
  [
    'a kind that is not released',
    ['targetRef: {name', 'targetRef: {kind: ReplicaSet, name'],
    5,
    'spec.targetRef.kind: "ReplicaSet" cannot be released: it keeps the template that it was made with; name the Deployment that it belongs to, or make one',
  ],
  [
    'a Job',
    ['targetRef: {name', 'targetRef: {kind: Job, name'],
    5,
    'spec.targetRef.kind: "Job" cannot be released: it runs once to its end, and its template never changes; make it a hook of the workload that it belongs to (spec.hooks.before, after or onAbort)',
  ],
  [
    'a CronJob',
    ['targetRef: {name', 'targetRef: {kind: CronJob, name'],
    5,
    'spec.targetRef.kind: "CronJob" cannot be released: each of its Jobs runs to its end with the template that it began with, so that there is nothing to move from one version to the other; ' +
      "change it with 'kubectl apply', and its next Job has the new version; to try that first, 'kubectl create job NAME --from=cronjob/…'",
  ],
  [
    'checks by name',
    more('checks: {errors: {max: 1%}}'),
    9,
    'spec.checks: must be a list, not an object; begin each entry with a dash',
  ],
  [
    'a check of nothing',
    more('checks: [{name: errors, max: 1%}]'),
    9,
    `spec.checks[0]: says nowhere to measure; set exactly one of ${SOURCES}`,
  ],
  [
    'a window in words',
    more('window: "9-17"'),
    9,
    'spec.window: must be an object with some of timeZone, open, freeze, not the text "9-17"',
  ],
  [
    'a whole day',
    more('window: {open: [{days: [Monday]}]}'),
    9,
    'spec.window.open[0].days[0]: "Monday" is none of Mon, Tue, Wed, Thu, Fri, Sat, Sun; write Mon',
  ],
  [
    'an early time',
    more('window: {open: [{from: "9:00"}]}'),
    9,
    'spec.window.open[0].from: "9:00" is not a time of day; write it as 09:30',
  ],
  [
    'an action alone',
    more('onFailure: abort'),
    9,
    'spec.onFailure: must be an object with some of revertTemplate, action, not the text "abort"',
  ],
  [
    'a small letter',
    more('onFailure: {action: abort}'),
    9,
    'spec.onFailure.action: "abort" is none of Abort, Pause; write Abort',
  ],
  [
    'a Job of nothing',
    more('hooks: {before: [{name: x, job: {}}]}'),
    9,
    'spec.hooks.before[0].job.spec: is missing; add it',
  ],
  [
    'a moment that is none',
    more('hooks: {pre: []}'),
    9,
    'spec.hooks.pre: unknown field; known here: before, after, onAbort',
  ],
  [
    'a name with blanks',
    more('hooks: {before: [{name: my hook, webhook: {url: "http://a"}}]}'),
    9,
    'spec.hooks.before[0].name: "my hook" is not a name; write small letters, digits and dashes',
  ],
  [
    'an approval as yes',
    ['hold: 10m', 'approval: true'],
    13,
    `${STAGE}.approval: must be an object, not true; write {}`,
  ],
  [
    'a router that there is none of',
    ['{gatewayAPI: {httpRoute: web}}', '{haproxy: {ingress: web}}'],
    8,
    'spec.traffic.routers[0].haproxy: unknown field; known here: gatewayAPI, istio, contour, ingressNginx, alb, apisix, traefik, custom, consul, linkerd',
  ],
  [
    'a field beside the spec',
    ['spec:', 'strategy: {}\nspec:'],
    4,
    'strategy: unknown field; is it misspelt or at the wrong depth?',
  ],
  [
    'another version',
    ['v1alpha1', 'v1'],
    1,
    'apiVersion: there is no "segue.dev/v1" here; write segue.dev/v1alpha1',
  ],
  [
    'another group',
    ['segue.dev', 'segue.io'],
    1,
    'apiVersion: there is no "segue.io/v1alpha1" here; write segue.dev/v1alpha1',
  ],
  [
    'no version',
    ['apiVersion: segue.dev/v1alpha1\n', ''],
    1,
    'apiVersion: is missing; write segue.dev/v1alpha1',
  ],
];

test.each(WRONG)('%s', (_what, [from, to], line, text) => {
  expect(GOOD).toContain(from);
  const { faults } = validateText('a.yaml', GOOD.replace(from, to));
  expect(faults).toContainEqual(
    expect.stringMatching(new RegExp(`^a\\.yaml:${line}: ReleasePolicy `)),
  );
  expect(faults.map((fault) => fault.replace(/^\S+ ReleasePolicy \S+ /, ''))).toContain(text);
});

test('an alias is read as what it stands for', () => {
  const aliased = GOOD.replace(
    stages,
    '      stages:\n      - &s {weight: 5, hold: 10m}\n      - {<<: *s, weight: 50}\n',
  );
  expect(validateText('a.yaml', aliased).faults).toEqual([]);
  expect(validateText('a.yaml', aliased.concat('      - *s\n')).faults).toEqual([
    expect.stringMatching(/^a\.yaml:14: .*stages\[2\]\.weight: 5 does not rise/),
  ]);
});

const MANY = ['a: &a [x, x, x, x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]'];
for (const [of, name] of ['bc', 'cd', 'de', 'ef'])
  MANY.push(`${name}: &${name} [${`*${of}, `.repeat(9)}]`);

test.each([
  ['a text', 'hello\n', '1: is no Kubernetes object; write apiVersion, kind, metadata and spec'],
  ['a list', '- a\n', '1: is no Kubernetes object; write apiVersion, kind, metadata and spec'],
  [
    'nothing in a List',
    'apiVersion: v1\nkind: List\nitems: [null]\n',
    '3: is no Kubernetes object; write apiVersion, kind, metadata and spec',
  ],
  [
    'tabs',
    GOOD.replace('    services', '\tservices'),
    '7: Tabs are not allowed as indentation; indent with spaces',
  ],
  [
    'a key twice',
    GOOD.concat('  strategy: {}\n'),
    '15: Map keys must be unique; take one of the two out',
  ],
  [
    'a template',
    GOOD.replace('{name: web}', '{name: {{ .Values.name }}}'),
    '3: a key is no text: is this a template? Render it first (helm template)',
  ],
  [
    'an alias of itself',
    'a: &a [*a]\n',
    '1: its aliases stand for too much, or for themselves; write it out',
  ],
  [
    'aliases of aliases',
    `${MANY.join('\n')}\n`,
    '1: its aliases stand for too much, or for themselves; write it out',
  ],
])('no manifest: %s', (_what, text, fault) => {
  expect(validateText('a.yaml', text).faults).toEqual([`a.yaml:${fault}`]);
});

test.each([
  ['', 'no ReleasePolicy in it, no object at all; name the file that has one'],
  ['# later\n---\n---\n', 'no ReleasePolicy in it, no object at all; name the file that has one'],
  [
    'apiVersion: apps/v1\nkind: Deployment\n',
    'no ReleasePolicy in it, only Deployment (none); name the file that has one',
  ],
])('a file without a policy says what it has: %j', async (text, message) => {
  const cluster = new FakeCluster();
  cluster.stdin = text;
  for (const command of ['validate', 'plan'])
    expect(await cluster.run(command, '-f', '-')).toEqual({
      code: 1,
      out: '',
      err: `error: -: ${message}\n`,
    });
});

test('a Deployment without a name beside a policy is left alone', () => {
  const text = `apiVersion: apps/v1\nkind: Deployment\n---\n${GOOD}`;
  expect(validateText('a.yaml', text)).toMatchObject({ faults: [], valid: [{ name: 'web' }] });
});
