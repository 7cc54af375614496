/** abTest: what is refused, what its plan is, and how it ends. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import { sourceOf } from '../api/check-sources/index.ts';
import { formatProblem } from '../api/problem.ts';
import { policySpecSchema, type PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { RequestAction } from '../api/release-request.ts';
import {
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
  wrote,
} from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import { previewPlan } from './preview.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;
const errors = { name: 'errors', scrape: { pods: { port: 1 }, total: 't', bad: 'b' }, max: '5%' };
const goal = { name: 'orders', scrape: { pods: { port: 1 }, total: 't', good: 'g' } };
const beta = { cookie: { name: 'beta', exact: '1' } };
const sticky = { percent: 20 };

const LOGS = { address: 'http://logs', index: 'logs-*', total: 'hash:{{hash}}' };
/** Goals of sources that count the events of any time. */
const GOALS: Loose[] = [
  { web: { url: 'http://stats/{{hash}}?seconds={{seconds}}', total: 'visits', good: 'orders' } },
  { elasticsearch: { ...LOGS, good: 'hash:{{hash}} AND order:yes' } },
  {
    influxdb: { address: 'http://influx', database: 'shop', total: 'v{{hash}}', good: 'o{{hash}}' },
  },
  {
    newRelic: {
      account: 1,
      secretRef: { name: 'newrelic' },
      total: `SELECT count(*) FROM Visit WHERE hash = '{{hash}}' SINCE {{seconds}} seconds ago`,
      good: `SELECT count(*) FROM Order WHERE hash = '{{hash}}' SINCE {{seconds}} seconds ago`,
    },
  },
];

function specOf(abTest: Loose, rest: Loose = {}): PolicySpec {
  return policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers: [{ gatewayAPI: { httpRoute: 'web' } }] },
    strategy: { abTest: { duration: '168h', goal, ...abTest } },
    checks: [errors],
    ...rest,
  });
}

describe('refused, with the field, the reason and the fix', () => {
  const FIELD = 'spec.strategy.abTest';
  const arms = (...names: string[]) => ({ sticky, arms: names.map((name) => ({ name })) });
  const rows: Record<string, [Loose, string]> = {
    'a third arm': [
      arms('blue', 'green', 'red'),
      '.arms: 3 arms: a release has the version that users have and one new version; name two; test a third one against the better of them in a release after this',
    ],
    'one arm': [
      arms('blue'),
      '.arms: 1 arm: a release has the version that users have and one new version; name two; test a third one against the better of them in a release after this',
    ],
    'two of one name': [
      arms('blue', 'blue'),
      '.arms: both arms have one name; name them apart, or leave arms out',
    ],
    'no users': [
      {},
      ': does not say who gets the new version; set exactly one of match (by header, cookie or query) and sticky (a percentage of the users)',
    ],
    'users told twice': [
      { sticky, match: [beta] },
      ': says both match and sticky; set exactly one of match (by header, cookie or query) and sticky (a percentage of the users)',
    ],
    'a match that asks for nothing': [
      { match: [{}] },
      '.match[0]: asks for nothing, so every request matches it; name a header, a cookie, a parameter of the query, a path or a method',
    ],
    'a duration of "10"': [
      { sticky, duration: '10' },
      '.duration: "10" is not a duration; write a duration with its unit (10m), or {atMost: 10m}',
    ],
    'no time at all': [
      { sticky, duration: { atMost: '0s' } },
      '.duration: a test without a time compares nothing; write how long both versions are to be there, whole weeks by rule: 168h',
    ],
    'a cookie that ends before the test': [
      { sticky: { percent: 20, maxAge: '1h' } },
      '.sticky.maxAge: 1h is shorter than the test ("168h"): users would change versions in it; write a longer one',
    ],
    'a cookie that browsers refuse': [
      { sticky: { percent: 20, cookie: '__Host-ab' } },
      '.sticky.cookie: browsers refuse __Host-ab from a listener without TLS, and users would change versions; take another name, or leave it out',
    ],
    'fewer pods than users': [
      { sticky, capacity: 10 },
      '.capacity: 10 % of the pods cannot carry 20 % of the users; write 20 or more, or leave it out',
    ],
    'the name of a check': [
      { sticky, goal: { ...goal, name: 'errors' } },
      '.goal.name: a check has the name errors; rename one of them',
    ],
    'a goal that names no version': [
      {
        sticky,
        goal: {
          name: 'orders',
          prometheus: { address: 'http://p', total: 'v', good: 'o{{hash}}' },
        },
      },
      '.goal.prometheus.total: names no version, so that it mixes the stable and the new one; select one with {{hash}} (pod-template-hash) or {{pods}} (as in pod=~"{{pods}}"), or say scope: Service to judge the mixture',
    ],
    'a goal counted nowhere': [
      { sticky, goal: { name: 'orders' } },
      '.goal: says nowhere to measure; set exactly one of prometheus, scrape, web, influxdb, elasticsearch and newRelic',
    ],
    'a goal by a source whose points are rounded': [
      { sticky, goal: { name: 'orders', datadog: { total: 'v', good: 'o' } } },
      '.goal.datadog: has coarser points the longer the time is, which begin before the test: a goal cannot be counted by it; use one of prometheus, scrape, web, influxdb, elasticsearch, newRelic',
    ],
    'a goal by a source that mixes the versions': [
      { sticky, goal: { name: 'orders', elasticsearch: { ...LOGS, good: 'order:yes' } } },
      '.goal.elasticsearch.good: names no version, so that it mixes the stable and the new one; select one with {{hash}} (pod-template-hash) or {{pods}} (as in pod=~"{{pods}}"), or say scope: Service to judge the mixture',
    ],
    'a guardrail that is no check': [
      { sticky, guardrails: ['latency'] },
      '.guardrails: there is no check latency; use one of errors',
    ],
    'a difference that is no share': [
      { sticky, goal: { ...goal, effect: '5m' } },
      '.goal.effect: "5m" is not a share, between 0 and 1; write points, as in effect: 1%',
    ],
    'two tests in one': [
      { sticky, goal: { ...goal, effect: '1%', maxSamples: 9_000 } },
      '.goal.effect: stands beside maxSamples, by which another test is meant; keep effect for a test that may end at any time, maxSamples for one of a fixed size',
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [abTest, expected]) => {
    expect(validatePolicy(specOf(abTest)).map(formatProblem)).toEqual([`${FIELD}${expected}`]);
  });

  test.each(GOALS)('a goal by another source: %j', (source) => {
    const spec = specOf({ sticky, goal: { name: 'orders', ...source } });
    expect(validatePolicy(spec)).toEqual([]);
    const [name = ''] = Object.keys(source);
    const check = compilePlan(spec).checks.at(-1);
    expect(check).toMatchObject({ name: 'orders', scope: 'Version', ...source });
    expect(check && sourceOf(check)).toBe(name);
  });

  test.each([
    ['match', { match: [beta] }],
    ['sticky', { sticky }],
  ])('%s without a router', (key, abTest) => {
    const spec = specOf(abTest, { traffic: { services: [{ name: 'web' }] } });
    expect(validatePolicy(spec).map(formatProblem)).toEqual([
      `${FIELD}.${key}: nothing can tell users apart without a router; add gatewayAPI with your HTTPRoute to spec.traffic.routers, which can`,
    ]);
  });

  test.each([0, 100])('%d percent of the users', (percent) => {
    expect(() => specOf({ sticky: { percent } })).toThrow(/percent/);
  });
});

describe('the plan', () => {
  const planOf = (abTest: Loose, rest: Loose = {}) => compilePlan(specOf(abTest, rest));

  test('is a stage with the users of B, and all of them after it', () => {
    const { strategy, plan, checks } = planOf({ sticky, arms: [{ name: 'old' }, { name: 'new' }] });
    expect(validatePolicy(specOf({ sticky }))).toEqual([]);
    expect(strategy).toBe('abTest');
    expect(plan.stages).toMatchObject([
      {
        name: 'old against new',
        weight: 20,
        capacityPercent: 20,
        holdMs: 168 * 3_600_000,
        checks: ['orders', 'errors'],
        sticky: { cookie: 'segue-ab-web', maxAgeSeconds: 720 * 3_600 },
        atEnd: 'Ask',
      },
      { weight: 100, capacityPercent: 100, checks: [] },
    ]);
    // With all users on B there is nothing to count it against.
    expect(plan.bakeChecks).toEqual(['errors']);
    expect(checks).toMatchObject([
      { name: 'errors' },
      { name: 'orders', goal: {}, minSamples: 100 },
    ]);
  });

  test('has all pods for those who match, since nobody knows how many they are', () => {
    const [test] = planOf({ match: [beta] }).plan.stages;
    expect(test).toMatchObject({ weight: 0, capacityPercent: 100, match: [beta] });
    expect(test?.sticky).toBeUndefined();
    expect(planOf({ match: [beta], capacity: 25 }).plan.stages[0]?.capacityPercent).toBe(25);
  });

  test.each([
    ['Ask', 'Ask'],
    ['KeepA', 'TakeBack'],
    ['PromoteB', undefined],
    ['Winner', 'Winner'],
  ])('atEnd %s is %s', (atEnd, expected) => {
    expect(planOf({ sticky, atEnd }).plan.stages[0]?.atEnd).toBe(expected);
    expect(previewPlan('web', specOf({ sticky, atEnd }), { replicas: 4 }).stages[0]?.atEnd).toBe(
      expected,
    );
  });

  test('may be ended by what the goal has counted', () => {
    const [test] = planOf({ sticky, duration: { atMost: '336h' } }).plan.stages;
    expect(test).toMatchObject({ holdAtMostMs: 336 * 3_600_000 });
    expect(test?.holdMs).toBeUndefined();
  });
});

describe('the end', () => {
  const at = (ms: number) => new Date(START_MS + ms).toISOString();
  const HOUR_MS = 3_600_000;
  const counted: Verdict = { check: 'orders', verdict: 'Pass', because: 'candidate 6, stable 5' };
  const well: Verdict = { check: 'errors', verdict: 'Pass', because: 'few' };
  const few: Verdict = { check: 'orders', verdict: 'Undecided', because: 'too few' };
  const bad: Verdict = { check: 'errors', verdict: 'Fail', because: 'many' };

  const begun = (beganMs: number, rest: ReleaseStatus = {}): ReleaseStatus => ({
    step: 'Stage',
    stepSince: at(-beganMs - 60_000),
    stage: 0,
    stageReplicas: 4,
    startedAt: at(-beganMs - 90_000),
    gateSince: at(-beganMs),
    traffic: {
      dedicated: true,
      route: 'Split',
      weight: 20,
      requestsOf: 0,
      readBackAt: at(-beganMs),
    },
    ...rest,
  });
  const asked = (action: RequestAction) => [
    { name: 'r', uid: 'r', spec: { policy: 'web', action } },
  ];
  const decide = (
    abTest: Loose,
    status: ReleaseStatus,
    { evidence = [counted, well], requests = asked('Pause').slice(1), traffic = {} } = {},
  ) =>
    step(
      snapshot({
        release: release(status, specOf({ sticky, ...abTest })),
        workload: workload('v2', {
          candidate: setOf('v2', { owner: 'Release', replicas: 1, current: 1, available: 1 }),
        }),
        traffic: reading({ weight: 20, ...traffic }),
        evidence,
        requests,
      }),
    );
  const over = 169 * HOUR_MS;

  test('nobody is asked before the time is over', () => {
    const { release: early, traffic } = decide({}, begun(167 * HOUR_MS));
    expect(early?.status).toMatchObject({ stage: 0, message: 'hold, 1h left' });
    expect(early?.status.paused).toBeUndefined();
    expect(traffic).toMatchObject({ weight: 20, rules: { sticky: { cookie: 'segue-ab-web' } } });
  });

  test('Ask: the release pauses and says what was counted; both versions stay', () => {
    const { release: asks, traffic, events } = decide({}, begun(over));
    const message =
      'A against B is over, promote or abort; orders: candidate 6, stable 5; errors: few';
    expect(asks?.status.paused).toMatchObject({ reason: 'DecisionNeeded', message });
    expect(asks?.status.stage).toBe(0);
    expect(traffic).toMatchObject({ weight: 20, rules: { sticky: {} } });
    expect(events.map(({ reason }) => reason)).toEqual(['DecisionNeeded']);
    const again = decide({}, asks?.status as ReleaseStatus);
    expect(again.events).toEqual([]);
    expect(again.release?.status.stage).toBe(0);
  });

  test.each([['Promote'], ['PromoteFull'], ['Skip']] as const)(
    '%s is the answer for B',
    (action) => {
      const asks = decide({}, begun(over)).release?.status as ReleaseStatus;
      const { release: next } = decide({}, asks, { requests: asked(action) });
      expect(next?.status).toMatchObject({ stage: 1 });
      expect(next?.status.paused).toBeUndefined();
    },
  );

  test('Resume is the answer for another time as long, counted anew', () => {
    const asks = decide({}, begun(over)).release?.status as ReleaseStatus;
    const { release: next, measure } = decide({}, asks, { requests: asked('Resume') });
    expect(next?.status).toMatchObject({ stage: 0, gateSince: at(0), message: 'hold, 168h left' });
    expect(measure).toMatchObject({ sinceMs: START_MS, checks: ['orders', 'errors'] });
  });

  test('KeepA: the new version is taken back, its users at once', () => {
    const { release: taken, traffic } = decide({ atEnd: 'KeepA' }, begun(over));
    expect(taken?.status).toMatchObject({
      towards: 'Aborted',
      reason: 'StableKept',
      because: expect.stringContaining('orders: candidate 6, stable 5') as string,
    });
    expect(traffic).toMatchObject({ weight: 0, rules: {} });
  });

  test('KeepA: a person may promote B all the same', () => {
    const promoted = begun(HOUR_MS, { promoted: true });
    expect(decide({ atEnd: 'KeepA' }, promoted).release?.status).toMatchObject({ stage: 1 });
  });

  test('PromoteB: goes on by itself', () => {
    const { release: next } = decide({ atEnd: 'PromoteB' }, begun(over));
    expect(next?.status).toMatchObject({ stage: 1 });
  });

  test('PromoteB: not with too few counted; after the timeout a person is asked', () => {
    const evidence = [few, well];
    const abTest = { atEnd: 'PromoteB', timeout: '2h' };
    const waits = decide(abTest, begun(over), { evidence }).release?.status;
    expect(waits).toMatchObject({ stage: 0, message: 'checks: orders: too few' });
    const asks = decide(abTest, begun(171 * HOUR_MS), { evidence }).release?.status;
    expect(asks?.paused?.reason).toBe('EvidenceUndecided');
  });

  test('{atMost} ends as soon as enough was counted', () => {
    const abTest = { atEnd: 'PromoteB', duration: { atMost: '168h' } };
    const waits = decide(abTest, begun(HOUR_MS), { evidence: [few, well] });
    expect(waits.release?.status.stage).toBe(0);
    expect(decide(abTest, begun(HOUR_MS)).release?.status.stage).toBe(1);
  });

  describe('Winner', () => {
    const found = (
      outcome: NonNullable<Verdict['outcome']>,
      verdict: Verdict['verdict'] = 'Pass',
    ): Verdict => ({
      check: 'orders',
      verdict,
      because: `b is ${outcome}`,
      isMeasured: true,
      outcome,
    });
    const ends = (goalSays: Verdict, beganMs = over, duration: unknown = '168h') =>
      decide({ atEnd: 'Winner', duration }, begun(beganMs), { evidence: [goalSays, well] }).release
        ?.status;

    test('is B where it is shown to be better', () => {
      expect(ends(found('Better'))).toMatchObject({ stage: 1 });
    });

    test.each(['Worse', 'Equivalent', 'Open'] as const)('is A where B is %s', (outcome) => {
      expect(ends(found(outcome))).toMatchObject({
        towards: 'Aborted',
        reason: 'StableKept',
        because: expect.stringContaining(`orders: b is ${outcome}`) as string,
      });
    });

    test('is nobody where users were not shared out as was meant: a person is asked', () => {
      const asks = ends(found('Mismatch', 'Undecided'), 171 * HOUR_MS);
      expect(asks?.paused?.reason).toBe('DecisionNeeded');
    });

    test('is not told before the time is over, unless the time is a most', () => {
      expect(ends(found('Better'), HOUR_MS)).toMatchObject({ stage: 0 });
      const atMost = { atMost: '168h' };
      expect(ends(found('Better'), HOUR_MS, atMost)).toMatchObject({ stage: 1 });
      expect(ends(found('Open', 'Undecided'), HOUR_MS, atMost)).toMatchObject({ stage: 0 });
      const inconclusive = ends(found('Open', 'Undecided'), 171 * HOUR_MS, atMost);
      expect(inconclusive).toMatchObject({ towards: 'Aborted', reason: 'StableKept' });
    });

    test('is a person to find where nothing could be counted', () => {
      const asks = ends({ ...found('Open', 'Undecided'), isMeasured: false }, 171 * HOUR_MS);
      expect(asks?.paused?.reason).toBe('EvidenceUndecided');
    });

    test('what decides is asked for as such', () => {
      const planOf = (abTest: Loose) =>
        compilePlan(specOf({ sticky, ...abTest })).checks.at(-1)?.goal;
      const atMost = { duration: { atMost: '168h' } };
      expect(planOf({ atEnd: 'Winner' })).toEqual({});
      expect(planOf({ atEnd: 'Winner', ...atMost })).toEqual({ decides: true });
      expect(planOf({ goal: { ...goal, effect: '1%', alpha: '2%' }, ...atMost })).toEqual({
        decides: true,
        effect: 0.01,
        alpha: 0.02,
      });
    });
  });

  test('a guardrail that fails ends it at any time, also while a person is asked', () => {
    const evidence = [counted, bad];
    const soon = decide({}, begun(HOUR_MS), { evidence }).release?.status;
    expect(soon).toMatchObject({ towards: 'Aborted', reason: 'CheckFailed' });
    const asks = decide({}, begun(over)).release?.status as ReleaseStatus;
    const late = decide({}, asks, { evidence });
    expect(late.release?.status).toMatchObject({ towards: 'Aborted', reason: 'CheckFailed' });
    expect(late.traffic).toMatchObject({ weight: 0, rules: {} });
  });

  test('a check that is no guardrail is not asked', () => {
    const { measure } = decide({ guardrails: [] }, begun(HOUR_MS));
    expect(measure?.checks).toEqual(['orders']);
  });

  test('a route that others sent to B does not lead on past the question', () => {
    const asks = decide({}, begun(over), { traffic: { weight: 100, by: wrote('flux') } });
    expect(asks.release?.status.stage).toBe(0);
  });
});
