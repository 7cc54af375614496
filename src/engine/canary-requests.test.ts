/** A canary whose stages tell requests apart: what is refused, planned, directed and taken back. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { CanarySpec } from '../api/strategy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import {
  policySpec,
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
  wrote,
} from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import { step } from './step.ts';
import { previewPlan } from './preview.ts';
import { validatePolicy } from './validate.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
type Stages = CanarySpec['stages'];

const yes = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const beta = { cookie: { name: 'beta', exact: '1' } };
const mirror = { percent: 30, methods: 'Safe' as const };
const canary = (stages: Stages, rest: Partial<CanarySpec> = {}): Partial<PolicySpec> => ({
  strategy: { canary: { stages, timeout: '10m', ...rest } },
});
const unrouted = { traffic: { services: [{ name: 'web' }], settle: '1s', drain: '1s' } };

describe('refused, with the field, the reason and the fix', () => {
  const stages = (...all: Stages) => canary(all);
  const rows: Record<string, [Partial<PolicySpec>, string]> = {
    'weight 0 with neither': [
      stages({ weight: 0 }),
      'stages[0].weight: a stage with weight 0 and without match or mirror sends the candidate nothing; begin with 1 or more, or say which requests it gets',
    ],
    'weights that fall': [
      stages({ weight: 20 }, { weight: 10 }),
      'stages[1].weight: 10 does not rise above the stage before it (20); order the stages by rising weight, or set spec.strategy.canary.allowLower: true',
    ],
    'the same weight again': [
      stages({ weight: 20, match: [yes] }, { weight: 20, match: [yes] }),
      'stages[1].weight: 20 does not rise above the stage before it (20); order the stages by rising weight, or set spec.strategy.canary.allowLower: true',
    ],
    'match at 100 %': [
      stages({ weight: 100, match: [yes] }),
      'stages[0].match: means nothing at weight 100, where all requests go to the candidate; remove it, or lower the weight',
    ],
    'mirror at 100 %': [
      stages({ weight: 100, mirror }),
      'stages[0].mirror: means nothing at weight 100, where all requests go to the candidate; remove it, or lower the weight',
    ],
    'fewer pods than the weight asks': [
      stages({ weight: 20, capacity: 10 }),
      'stages[0].capacity: 10 % of the pods cannot carry 20 % of the traffic; write 20 or more, or leave it out',
    ],
    'every path': [
      stages({ weight: 5, match: [{ path: { prefix: '/' } }] }),
      'stages[0].match[0].path.prefix: every path begins with it; name a path below it, or leave path out',
    ],
    'a path that proxies write otherwise': [
      stages({ weight: 5, match: [{ path: { exact: '/a/../b' } }] }),
      'stages[0].match[0].path.exact: it has an empty part, or one that is . or .., which proxies take out of paths; write the path as it is once they are out',
    ],
    'no path': [
      stages({ weight: 5, match: [{ path: {} }] }),
      'stages[0].match[0].path: says no path; set exactly one of exact, prefix and regex',
    ],
    'two paths': [
      stages({ weight: 5, match: [{ path: { exact: '/a', prefix: '/a' } }] }),
      'stages[0].match[0].path: says more than one path; set exactly one of exact, prefix and regex',
    ],
    'a match that asks for nothing': [
      stages({ weight: 5, match: [{}] }),
      'stages[0].match[0]: asks for nothing, so every request matches it; name a header, a cookie, a parameter of the query, a path or a method',
    ],
    'no value': [
      stages({ weight: 5, match: [{ headers: [{ name: 'x' }] }] }),
      'stages[0].match[0].headers[0]: says no value; set exactly one of exact and regex',
    ],
    'two values': [
      stages({ weight: 5, match: [{ query: [{ name: 'x', exact: '1', regex: '1' }] }] }),
      'stages[0].match[0].query[0]: says both exact and regex; set exactly one of exact and regex',
    ],
    'no regular expression': [
      stages({ weight: 5, match: [{ query: [{ name: 'x', regex: '(' }] }] }),
      'stages[0].match[0].query[0].regex: "(" is not a regular expression that gateways read; write it in the syntax of RE2: no look-ahead, no look-behind, no back-references',
    ],
    'what RE2 lacks': [
      stages({ weight: 5, match: [{ cookie: { name: 'x', regex: '(?=a)b' } }] }),
      'stages[0].match[0].cookie.regex: "(?=a)b" is not a regular expression that gateways read; write it in the syntax of RE2: no look-ahead, no look-behind, no back-references',
    ],
    'one header twice': [
      stages({
        weight: 5,
        match: [
          {
            headers: [
              { name: 'x-a', exact: '1' },
              { name: 'X-A', exact: '2' },
            ],
          },
        ],
      }),
      'stages[0].match[0].headers[1].name: X-A is asked for twice in one entry; write one regular expression for both, or an entry for each',
    ],
    'one entry twice': [
      stages({
        weight: 5,
        match: [
          { headers: [{ name: 'x-a', exact: '1' }] },
          { headers: [{ name: 'x-a', exact: '2' }] },
          { headers: [{ name: 'X-A', exact: '1' }] },
        ],
      }),
      'stages[0].match[2]: asks for the same as spec.strategy.canary.stages[0].match[0]; take one of the two out',
    ],
    'a cookie and its header': [
      stages({ weight: 5, match: [{ ...beta, headers: [{ name: 'Cookie', exact: 'a=1' }] }] }),
      'stages[0].match[0].headers[0].name: asks for the header Cookie beside a cookie; leave one of the two out',
    ],
    'a cookie that cannot be': [
      stages({ weight: 5, match: [{ cookie: { name: 'a', exact: 'b; c' } }] }),
      'stages[0].match[0].cookie.exact: "b; c" cannot be the value of a cookie; write it as it is sent, without quotes, spaces, commas and semicolons',
    ],
    'a hold of "10"': [
      stages({ weight: 5, hold: '10' }),
      'stages[0].hold: "10" is not a hold; write a duration with its unit (10m), or {atMost: 10m}',
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [spec, expected]) => {
    const problems = validatePolicy(policySpec(spec)).map(
      ({ field, message, fix }) => `${field}: ${message}; ${fix}`,
    );
    expect(problems).toEqual([`spec.strategy.canary.${expected}`]);
  });

  test('without a router nothing can tell requests apart or copy them', () => {
    const spec = policySpec({
      ...canary([{ weight: 5, match: [yes], mirror }], { match: [beta] }),
      ...unrouted,
    });
    const found = validatePolicy(spec).filter(({ message }) =>
      message.includes('without a router'),
    );
    expect(found.map(({ field }) => field)).toEqual([
      'spec.strategy.canary.match',
      'spec.strategy.canary.stages[0].match',
      'spec.strategy.canary.stages[0].mirror',
    ]);
    expect(found[0]?.fix).toContain('gatewayAPI');
  });
});

test.each([
  [
    'weights that fall where that is wanted',
    [{ weight: 20 }, { weight: 10 }],
    { allowLower: true },
  ],
  ['weight 0 with match', [{ weight: 0, match: [yes] }], {}],
  ['weight 0 with the match of the canary', [{ weight: 0 }], { match: [yes] }],
  ['weight 0 with mirror', [{ weight: 0, mirror }], {}],
  [
    'one weight with other requests',
    [
      { weight: 0, match: [yes] },
      { weight: 0, mirror },
    ],
    {},
  ],
] as [string, Stages, Partial<CanarySpec>][])('not refused: %s', (_, stages, rest) => {
  expect(validatePolicy(policySpec(canary(stages, rest)))).toEqual([]);
});

const STAGES: Stages = [
  { weight: 0, match: [yes] },
  { weight: 0, mirror },
  { weight: 5, capacity: 50 },
  { weight: 5, match: [yes] },
];

test('the plan has pods for what matches and for the copies, and matches of both kinds', () => {
  const { plan } = compilePlan(policySpec(canary(STAGES, { match: [beta] })));
  expect(
    plan.stages.map(({ weight, capacityPercent, match, mirror: copies }) => [
      weight,
      capacityPercent,
      match?.length ?? 0,
      copies?.percent,
    ]),
  ).toEqual([
    [0, 1, 2, undefined],
    [0, 30, 1, 30],
    [5, 50, 1, undefined],
    [5, 5, 2, undefined],
    [100, 100, 0, undefined],
  ]);
});

test('the pods that the plan tells of are never fewer at a later stage', () => {
  const { stages } = previewPlan('web', policySpec(canary(STAGES, { match: [beta] })), {
    replicas: 10,
  });
  expect(stages.map(({ candidatePods }) => candidatePods)).toEqual([1, 3, 5, 5, 10]);
});

describe('a stage of weight 0 that gets what matches', () => {
  const spec: Partial<PolicySpec> = {
    ...canary(STAGES),
    checks: [{ name: 'errors', scope: 'Version', interval: '10s', window: '1m', max: 0.01 }],
  };
  const inStage = (rest: ReleaseStatus = {}): ReleaseStatus => ({
    step: 'Stage',
    stepSince: at(-60_000),
    stage: 0,
    stageReplicas: 4,
    startedAt: at(-90_000),
    traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-30_000) },
    ...rest,
  });
  const matched = { dedicated: true, route: 'Split', weight: 0, requestsOf: 0 } as const;
  const decide = (status: ReleaseStatus, available: number, state = {}) =>
    step(
      snapshot({
        release: release(status, spec),
        workload: workload('v2', {
          candidate: setOf('v2', { owner: 'Release', replicas: 1, current: 1, available }),
        }),
        traffic: reading({ endpoints: { stable: 4, candidate: available }, ...state }),
      }),
    );

  test('waits for its pod, then asks the router for the rules and writes that down first', () => {
    expect(decide(inStage(), 0).traffic).toMatchObject({ weight: 0, rules: {} });
    const next = decide(inStage(), 1);
    expect(next.traffic).toMatchObject({ weight: 0, rules: { match: [yes] } });
    expect(next.release).toMatchObject({ persist: 'Now', status: { traffic: { requestsOf: 0 } } });
    // What was read was the route without them.
    expect(next.release?.status.traffic?.readBackAt).toBeUndefined();
  });

  test('is judged by its checks, once it has them', () => {
    expect(decide(inStage(), 0).measure).toBeUndefined();
    const status = inStage({ traffic: { ...matched, readBackAt: at(-30_000) } });
    expect(decide(status, 1).measure?.checks).toEqual(['errors']);
  });

  test('gives them back to stable when its pods are lost', () => {
    const status = inStage({ traffic: { ...matched, readBackAt: at(-30_000) } });
    expect(decide(status, 0).traffic).toMatchObject({ weight: 0, rules: {} });
  });

  test('drains when it is taken back', () => {
    const status = inStage({ traffic: { ...matched, readBackAt: at(-30_000) } });
    const taken = decide({ ...status, undone: { traffic: 1 } }, 1, {
      route: 'Other',
      by: wrote('flux'),
    });
    expect(taken.release?.status).toMatchObject({
      towards: 'Aborted',
      reason: 'RouteContested',
      drainSince: at(0),
    });
    expect(taken.traffic).toMatchObject({ weight: 0, rules: {} });
  });
});
