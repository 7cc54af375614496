/** What hangs on a check: what is asked where, what takes a release back, what only asks a person, what nobody waits for. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import type { Check } from '../api/check.ts';
import { formatProblem } from '../api/problem.ts';
import { type PolicySpec, policySpecSchema } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { ask, at, inStage } from '../testing/canary-situations.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { isColdAt } from './capacity.ts';
import { compilePlan } from './plan.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;

const SCRAPE = { pods: { port: 1 }, total: 'all', bad: 'failed' };
const named = (name: string, fields: Loose): Loose => ({ name, scrape: SCRAPE, ...fields });
const compared = named('compared', { compare: {} });
const limited = named('limited', { max: '5%' });

const ROUTED = {
  services: [{ name: 'web' }],
  routers: [{ gatewayAPI: { httpRoute: 'web' } }],
};
const MEASURED = { ...ROUTED, readBack: 'Measured' };

function specOf(checks: Loose[], strategy: Loose, rest: Loose = {}): PolicySpec {
  return policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: ROUTED,
    strategy,
    checks,
    ...rest,
  });
}

const STAGES = {
  canary: { timeout: '10m', stages: [{ weight: 5 }, { weight: 50, hold: '1m' }, { weight: 100 }] },
};

describe('the plan', () => {
  test('compares while both versions have traffic, and holds no stage by a dry run', () => {
    const { plan } = compilePlan(
      specOf([compared, limited, named('tried', { max: '1%', dryRun: true })], STAGES),
    );
    expect(plan.stages.map(({ checks }) => checks)).toEqual([
      ['compared', 'limited'],
      ['compared', 'limited'],
      ['limited'],
    ]);
    expect(plan.bakeChecks).toEqual(['limited']);
  });

  test('says what it is held to where something is tested', () => {
    const rest = { falseAlarms: '0.5%' };
    expect(compilePlan(specOf([compared], STAGES, rest)).plan.falseAlarms).toBe(0.005);
    expect(compilePlan(specOf([limited], STAGES, rest)).plan.falseAlarms).toBeUndefined();
  });
});

describe('refused, where there is never anything to compare', () => {
  const NATIVE = { traffic: undefined };
  const rows: Record<string, [Loose, Loose, string]> = {
    'a recreate': [{ recreate: {} }, NATIVE, 'spec.checks[0].compare: the old version is gone'],
    'a switch at once': [
      { blueGreen: {} },
      {},
      'spec.checks[0].compare: all the traffic is switched',
    ],
    'a canary at once': [
      { canary: { stages: [{ weight: 100 }] } },
      {},
      'spec.checks[0].compare: all the traffic is moved at once',
    ],
    'a preview': [
      { blueGreen: { checks: ['compared'], hold: '1m', switch: [{ weight: 10 }] } },
      {},
      'spec.strategy.blueGreen.checks[0]: compared compares, and the preview has no traffic',
    ],
    'the last stage': [
      { canary: { stages: [{ weight: 10 }, { weight: 100, checks: ['compared'] }] } },
      {},
      'spec.strategy.canary.stages[1].checks[0]: compared compares, and the old version has no traffic',
    ],
    'more false alarms than releases': [
      STAGES,
      { falseAlarms: '200%' },
      'spec.falseAlarms: "200%" is not a share of harmless releases',
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [strategy, rest, expected]) => {
    const problems = validatePolicy(specOf([compared], strategy, rest)).map(formatProblem);
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  test('and not where shares come first', () => {
    const strategy = { blueGreen: { switch: [{ weight: 10, hold: '1m' }] } };
    expect(validatePolicy(specOf([compared], strategy))).toEqual([]);
    expect(compilePlan(specOf([compared], strategy)).plan.stages.map((s) => s.checks)).toEqual([
      [],
      ['compared'],
      [],
    ]);
  });
});

const ago = (s: number) => at(-1_000 * s);
const grown = workload('v2', {
  candidate: setOf('v2', { owner: 'Release', replicas: 2, current: 2, available: 2 }),
});

/** The second stage: 50 %, a minute, undecided checks are waited for ten minutes more. */
function decide(
  checks: Loose[],
  evidence: Verdict[],
  {
    sinceS = 30,
    status = {},
    action,
    accepted = true,
    traffic = ROUTED,
  }: {
    sinceS?: number;
    status?: Loose;
    action?: RequestAction;
    accepted?: boolean;
    traffic?: Loose;
  } = {},
) {
  return step(
    snapshot({
      release: release(
        inStage(1, { gateSince: at(-1_000 * sinceS), ...status }),
        specOf(checks, STAGES, { traffic }),
      ),
      workload: workload('v2', {
        candidate: setOf('v2', { owner: 'Release', replicas: 2, current: 2, available: 2 }),
      }),
      traffic: reading({ weight: 50, accepted }),
      evidence,
      evidenceSince: START_MS - 1_000 * sinceS,
      requests: action ? ask(action) : [],
    }),
  );
}

const says = (
  check: string,
  verdict: Verdict['verdict'],
  rest: Partial<Verdict> = {},
): Verdict => ({
  check,
  verdict,
  because: `it is ${verdict}`,
  ...rest,
});

describe('a check that fails', () => {
  test('takes the release back at once', () => {
    const { release: next } = decide([limited], [says('limited', 'Fail')]);
    expect(next?.status).toMatchObject({ towards: 'Aborted', reason: 'CheckFailed' });
    // What it was is in the record.
    expect(next?.status.evidence).toMatchObject([{ check: 'limited', verdict: 'Fail' }]);
  });

  test('and is not critical keeps the release and asks a person, who may go on', () => {
    const checks = [named('limited', { max: '5%', critical: false })];
    const failed = [says('limited', 'Fail')];
    const asks = decide(checks, failed).release?.status as ReleaseStatus;
    expect(asks.towards).toBeUndefined();
    expect(asks.paused).toMatchObject({
      reason: 'CheckFailed',
      message: 'check limited failed: it is Fail',
    });
    const answered = decide(checks, failed, { status: asks, action: 'Promote' }).release?.status;
    expect(answered).toMatchObject({ stage: 2 });
  });

  test('on a dry run does nothing but say so', () => {
    const checks = [limited, named('tried', { max: '1%', dryRun: true })];
    const evidence = [says('limited', 'Pass'), says('tried', 'Fail')];
    const { release: next, measure } = decide(checks, evidence, { sinceS: 61 });
    expect(next?.status.stage).toBe(2);
    expect(next?.status.evidence).toMatchObject([{ verdict: 'Pass' }, { verdict: 'Fail' }]);
    expect(measure?.checks).toContain('tried');
  });
});

describe('a check that is undecided when its time is over', () => {
  const when = (onUndecided: string | undefined, isMeasured: boolean, sinceS: number) => {
    const checks = [named('compared', { compare: {}, onUndecided })];
    const evidence = [says('compared', 'Undecided', { isMeasured })];
    return decide(checks, evidence, { sinceS }).release?.status;
  };

  test.each([
    [undefined, true, 30, { stage: 1, message: 'hold, 30s left' }],
    [undefined, true, 61, { stage: 2 }],
    ['Pause', true, 61, { stage: 1, message: 'checks: compared: it is Undecided' }],
    ['Pause', true, 661, { paused: { reason: 'EvidenceUndecided' } }],
    ['Fail', true, 61, { stage: 1, message: 'checks: compared: it is Undecided' }],
    ['Fail', true, 661, { towards: 'Aborted', reason: 'CheckFailed' }],
    ['Pass', true, 30, { stage: 1, message: 'hold, 30s left' }],
    ['Pass', true, 61, { stage: 2 }],
    // What was not measured is no evidence, and never a pass.
    ['Pass', false, 61, { stage: 1, message: 'checks: compared: it is Undecided' }],
    ['Pass', false, 661, { paused: { reason: 'EvidenceUndecided' } }],
  ])('%s, measured: %s, after %i s', (onUndecided, isMeasured, sinceS, expected) => {
    expect(when(onUndecided, isMeasured, sinceS)).toMatchObject(expected);
  });

  test('of a stage without a hold has the whole timeout to be decided', () => {
    const strategy = { canary: { timeout: '10m', stages: [{ weight: 5 }, { weight: 50 }] } };
    const at = (sinceS: number) =>
      step(
        snapshot({
          release: release(inStage(1, { gateSince: ago(sinceS) }), specOf([compared], strategy)),
          workload: grown,
          traffic: reading({ weight: 50 }),
          evidence: [says('compared', 'Undecided', { isMeasured: true })],
          evidenceSince: START_MS - 1_000 * sinceS,
        }),
      ).release?.status.stage;
    expect([at(599), at(601)]).toEqual([1, 2]);
  });

  test('lets nothing through by time that another check keeps', () => {
    const checks = [named('compared', { compare: {}, onUndecided: 'Pass' }), limited];
    const evidence = [
      says('compared', 'Undecided', { isMeasured: true }),
      says('limited', 'Undecided'),
    ];
    expect(decide(checks, evidence, { sinceS: 61 }).release?.status).toMatchObject({
      stage: 1,
      message: 'checks: limited: it is Undecided',
    });
  });
});

describe('evidence', () => {
  const kept = { test: 'Slo' } as unknown as NonNullable<Verdict['kept']>;

  test('is kept with the verdict, whatever stage asks for it, and gone on from', () => {
    const before = [{ check: 'other', verdict: 'Pass' as const, because: 'early', kept }];
    const checks = [named('other', { max: '5%' }), compared];
    const { release: next } = decide(checks, [says('compared', 'Undecided', { kept })], {
      status: { evidence: before },
    });
    expect(next?.status.evidence).toEqual([
      before[0],
      { check: 'compared', verdict: 'Undecided', because: 'it is Undecided', kept },
    ]);
  });

  test.each(['Resume', 'Skip'] as const)('that failed begins anew after %s', (action) => {
    const paused = { since: at(-1_000), reason: 'CheckFailed', message: 'it failed' };
    const checks = [named('compared', { compare: {}, critical: false }), limited];
    const evidence = [says('compared', 'Fail', { kept }), says('limited', 'Pass', { kept })];
    const { release: next } = decide(checks, evidence, { status: { paused }, action });
    expect(next?.status.towards).toBeUndefined();
    expect(next?.status.paused).toBeUndefined();
    const [first, second] = next?.status.evidence ?? [];
    expect(first).toMatchObject({ check: 'compared', verdict: 'Fail' });
    expect(first?.kept).toBeUndefined();
    expect(second?.kept).toEqual(kept);
  });

  test('is asked for with the share that the route was told', () => {
    expect(decide([compared], []).measure).toEqual({
      sinceMs: START_MS - 30_000,
      checks: ['compared'],
      share: 0.5,
    });
  });

  test('and without it while the weight is on its way: requests still come as they came before', () => {
    const traffic = { dedicated: true, route: 'Split', weight: 50, since: ago(1) };
    const { measure } = decide([compared], [], {
      status: { gateSince: undefined, traffic },
      accepted: false,
    });
    expect(measure).toBeDefined();
    expect(measure?.share).toBeUndefined();
  });
});

describe('what warms up', () => {
  const warms = named('warms', { compare: {}, warmup: '1m' });
  const at = (strategy: Loose, stage: number, checks = [warms]) =>
    step(
      snapshot({
        release: release(inStage(stage, { gateSince: ago(5) }), specOf(checks, strategy)),
        workload: workload('v2', { candidate: setOf('v2', { owner: 'Release', available: 4 }) }),
        traffic: reading({ weight: [5, 50, 100][stage] ?? 0 }),
        evidence: [],
        evidenceSince: START_MS,
      }),
    ).measure;
  const stages = (...capacity: number[]) => ({
    canary: { stages: [5, 50].map((weight, i) => ({ weight, hold: '1m', capacity: capacity[i] })) },
  });

  test('is pods that come for a stage', () => {
    expect([0, 1].map((stage) => at(stages(), stage)?.isWarm)).toEqual([undefined, undefined]);
    expect([0, 1].map((stage) => at(stages(100, 100), stage)?.isWarm)).toEqual([undefined, true]);
    expect(at(stages(100, 100), 1, [compared])).toEqual({ ...at(stages(), 1, [compared]) });
  });

  test.each<[string, [weight: number, capacity: number][], boolean[]]>([
    [
      'shares that bring their pods',
      [
        [5, 5],
        [50, 50],
        [100, 100],
      ],
      [true, true, true],
    ],
    [
      'pods that are there from the first on',
      [
        [5, 100],
        [50, 100],
        [100, 100],
      ],
      [true, false, false],
    ],
    [
      'a preview, whose pods have had no requests',
      [
        [0, 100],
        [10, 100],
        [100, 100],
      ],
      [true, true, false],
    ],
    [
      'a stage that is no larger',
      [
        [5, 50],
        [50, 50],
        [60, 60],
      ],
      [true, false, true],
    ],
  ])('at each stage: %s', (_, shares, expected) => {
    const all = shares.map(([weight, capacityPercent]) => ({ weight, capacityPercent }));
    expect(all.map((_stage, i) => isColdAt(all, i))).toEqual(expected);
  });

  test('wherever a number of pods is written', () => {
    const one = { weight: 1, capacityPercent: 0 };
    expect(isColdAt([one, { ...one, pods: 1 }], 1)).toBe(true);
    expect(isColdAt([one, one], 1)).toBe(false);
  });
});

describe('shares that were counted otherwise than the route was told', () => {
  const kept = { test: 'Comparison' } as unknown as NonNullable<Verdict['kept']>;
  const off = says('compared', 'Pass', { wrongShare: 'it got 9 of 10', isMeasured: true, kept });
  const later = { sinceS: 90, traffic: MEASURED };

  test('are only told as long as nobody asked for more', () => {
    const { status } = decide([compared], [off], { ...later, traffic: ROUTED }).release ?? {};
    expect(status?.paused).toBeUndefined();
    expect(status?.evidence).toMatchObject([{ wrongShare: 'it got 9 of 10' }]);
  });

  test('ask a person before anything else, also by a check on which nothing hangs', () => {
    const asked = {
      reason: 'SharesNotMeasured',
      message: 'check compared has counted other shares: it got 9 of 10',
    };
    for (const check of [compared, { ...compared, dryRun: true }])
      expect(decide([check], [off], later).release?.status.paused).toMatchObject(asked);
    expect(decide([compared], [says('compared', 'Pass')], later).release?.status.stage).toBe(2);
  });

  test('are counted anew when somebody resumes, who may have mended the route', () => {
    const paused = { since: at(-1_000), reason: 'SharesNotMeasured', message: 'other shares' };
    const how = { ...later, status: { paused }, action: 'Resume' as const };
    const { status } = decide([compared], [off], how).release ?? {};
    expect(status?.paused).toBeUndefined();
    expect(status?.evidence).toEqual([
      { check: 'compared', verdict: 'Pass', because: 'it is Pass', isMeasured: true },
    ]);
  });

  test('cannot be seen where no check counts both versions', () => {
    const problems = (checks: Loose[]) =>
      validatePolicy(specOf(checks, STAGES, { traffic: MEASURED })).map(formatProblem);
    expect(problems([limited])).toEqual([
      expect.stringContaining('spec.traffic.readBack: no check counts') as string,
    ]);
    const some = named('some', { compare: { baseline: 'Fresh' } });
    expect(problems([some])).toHaveLength(1);
    expect(problems([some, compared])).toEqual([]);
  });
});

test('a check is what a policy says, no more', () => {
  const check: Check = policySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { recreate: {} },
    checks: [compared],
  }).checks[0] as Check;
  expect(check).toMatchObject({ compare: {}, interval: '10s', window: '1m' });
  expect(check.critical).toBeUndefined();
});
