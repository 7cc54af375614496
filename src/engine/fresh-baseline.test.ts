/** The pods of the old version that are started to be compared with: how many, since when, until when, and for whom they go. */
import { describe, expect, test } from 'vitest';
import type { Check } from '../api/check.ts';
import { formatProblem } from '../api/problem.ts';
import { policySpecSchema } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import { at, inStage } from '../testing/canary-situations.ts';
import {
  policySpec,
  reading,
  release,
  releaseSpec,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import type { Decision } from './decision.ts';
import { lastFreshStage } from './fresh-baseline.ts';
import { previewPlan } from './preview.ts';
import type { Snapshot } from './snapshot.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

const young: Check = {
  name: 'young',
  scope: 'Version',
  interval: '10s',
  window: '1m',
  scrape: { pods: { port: 80, path: '/metrics' }, total: 'total', bad: 'bad' },
  compare: { baseline: 'Fresh' },
};
const other: Check = { ...young, name: 'other', compare: {} };

const stages = [{ weight: 5 }, { weight: 50 }, { weight: 75, checks: ['other'] }];
const asking = {
  checks: [young, other],
  strategy: { canary: { stages, timeout: '10m' } },
};

const candidateOf = (state: Partial<SetState>) => setOf('v2', { owner: 'Release', ...state });
const freshOf = (replicas: number) =>
  setOf('v1', { name: 'web-v1-fresh', owner: 'Release', replicas });

function decide(
  status: ReleaseStatus,
  state: Partial<WorkloadState>,
  more: Partial<Snapshot> = {},
): Decision {
  return step(
    snapshot({
      release: release(status, asking),
      workload: workload('v2', state),
      traffic: reading({ weight: status.traffic?.weight ?? 0 }),
      ...more,
    }),
  );
}

const freshIn = ({ workload: intent }: Decision) => intent?.release?.fresh?.replicas;

describe('there are as many as the candidate has', () => {
  const sized = (available: number, more: Partial<WorkloadState> = {}) =>
    freshIn(
      decide(inStage(1), {
        candidate: candidateOf({ replicas: 2, available, ready: available }),
        ...more,
      }),
    );

  test('available, and none before the first of those is', () => {
    expect([0, 1, 2].map((available) => sized(available))).toEqual([0, 1, 2]);
  });

  test('and stay while one of those is away', () => {
    expect(sized(1, { fresh: freshOf(2) })).toBe(2);
  });

  test('never more than that has at all', () => {
    expect(sized(2, { fresh: freshOf(3) })).toBe(2);
  });

  test('and no more come while pods of the old version are missing', () => {
    const stable = setOf('v1', { available: 3 });
    expect(sized(2, { stable })).toBe(0);
    expect(sized(2, { stable, fresh: freshOf(1) })).toBe(1);
  });

  test('of the template and with the hash of the old version', () => {
    const { workload: intent } = decide(inStage(0), { candidate: candidateOf({ replicas: 1 }) });
    const { stable } = releaseSpec(asking);
    expect(intent?.release?.fresh).toMatchObject({ hash: 'v1', template: stable.template });
  });
});

describe('they are there while they are asked for, and before', () => {
  const whole = { candidate: candidateOf({}), fresh: freshOf(2) };

  test('until the last stage at which a check compares with them', () => {
    expect(lastFreshStage(releaseSpec(asking))).toBe(1);
    expect(freshIn(decide(inStage(1), whole))).toBe(4);
    expect(freshIn(decide(inStage(2), whole))).toBe(0);
  });

  test('also where the check is tried only', () => {
    const tried = { ...asking, checks: [{ ...young, dryRun: true }, other] };
    expect(lastFreshStage(releaseSpec(tried))).toBe(2);
  });

  test('and nothing is said of them where nobody compares so', () => {
    const none = { ...asking, checks: [{ ...young, compare: {} }, other] };
    const decision = decide(inStage(1), whole, { release: release(inStage(1), none) });
    expect(decision.workload?.release).not.toHaveProperty('fresh');
  });

  test.each<[ReleaseStatus['step'], number | undefined]>([
    ['Retreat', undefined],
    ['SwapBack', undefined],
    ['Discard', 0],
    ['Restore', 0],
    ['CleanUp', 0],
  ])('on the way back, at %s', (now, replicas) => {
    const status: ReleaseStatus = {
      ...inStage(1),
      step: now,
      towards: 'Aborted',
      reason: 'CheckFailed',
      drainSince: at(0),
      traffic: { dedicated: true, route: 'Split', weight: 0 },
    };
    const traffic = reading({ weight: 50, endpoints: { stable: 4, candidate: 4 } });
    // It stays at that step.
    const held = now === 'SwapBack' ? { carrier: 'Candidate' as const } : {};
    const decision = decide(status, { ...whole, ...held }, { traffic });
    expect(decision.release?.status.step).toBe(now);
    expect(freshIn(decision)).toBe(replicas);
  });

  test.each(['Promoted', 'Aborted'] as const)(
    'no release ends as %s before they are gone',
    (end) => {
      const status: ReleaseStatus = { ...inStage(1), step: 'CleanUp', towards: end, reason: end };
      const traffic = reading({ dedicated: 'Absent', route: 'Service' });
      const left = {
        stable: end === 'Promoted' ? setOf('v1', { owner: 'Target', replicas: 0 }) : setOf('v1'),
        carrier: end === 'Promoted' ? ('Candidate' as const) : ('Stable' as const),
        candidate: end === 'Promoted' ? setOf('v2') : undefined,
      };
      const waits = decide(status, { ...left, fresh: freshOf(0) }, { traffic });
      expect(waits.release?.status).toMatchObject({
        step: 'CleanUp',
        message: 'web-v1-fresh to go, which was there to be compared with',
      });
      const ends = decide(status, left, { traffic });
      expect(ends.release?.status).toMatchObject({ step: 'Done', outcome: end });
    },
  );
});

describe('where room is short they go first', () => {
  const lacking = { candidate: candidateOf({ available: 2, ready: 2 }), fresh: freshOf(2) };
  const trouble = (reason: string) => ({ trouble: { reason, message: 'full', certain: true } });

  test.each(['FailedCreate', 'Unschedulable'])('for a candidate: %s', (reason) => {
    expect(freshIn(decide(inStage(1), lacking, trouble(reason)))).toBe(0);
  });

  test('and not for one that has another trouble', () => {
    expect(freshIn(decide(inStage(1), lacking, trouble('CrashLoopBackOff')))).toBe(2);
  });

  test('for the old version, whose pods have some time to come by themselves', () => {
    const short = { ...lacking, candidate: candidateOf({}), stable: setOf('v1', { available: 3 }) };
    const first = decide(inStage(1), short);
    const status = first.release?.status ?? {};
    expect(status.stableShortSince).toBe(at(0));
    expect([freshIn(first), first.wakeAtMs]).toEqual([2, START_MS + 30_000]);
    const later = { now: START_MS + 30_000, release: release(status, asking) };
    expect(freshIn(decide(status, short, later))).toBe(0);
    // Without them it is still short: they do not come back before it is whole.
    const { fresh: _, ...gone } = short;
    expect(freshIn(decide(status, gone, later))).toBe(0);
    const whole = decide(status, { candidate: candidateOf({}) }, later);
    expect(whole.release?.status.stableShortSince).toBeUndefined();
    expect(freshIn(whole)).toBe(4);
  });

  test('and no release waits for them', () => {
    const decision = decide(inStage(0, { gateSince: undefined }), {
      candidate: candidateOf({ replicas: 1 }),
      fresh: setOf('v1', { owner: 'Release', replicas: 1, available: 0, ready: 0 }),
    });
    expect(decision.release?.status.gateSince).toBe(at(0));
  });
});

describe('refused, with where it can be had', () => {
  const spec = (more: object) =>
    policySpecSchema.parse({
      targetRef: { name: 'web' },
      traffic: { services: [{ name: 'web' }], routers: [{ gatewayAPI: { httpRoute: 'web' } }] },
      checks: [young],
      strategy: { canary: { stages: [{ weight: 5 }] } },
      ...more,
    });
  const rows: Record<string, [object, string]> = {
    'an A/B test': [
      {
        strategy: {
          abTest: {
            sticky: { percent: 50 },
            duration: '1h',
            goal: { name: 'orders', scrape: { pods: { port: 1 }, total: 'all', good: 'some' } },
          },
        },
      },
      'with other strategies the old version has no pods beside its own',
    ],
    'blue-green by shares': [
      { strategy: { blueGreen: { switch: [{ weight: 10 }] } } },
      'with other strategies the old version has no pods beside its own',
    ],
    'a rolling update': [
      { strategy: { rolling: {} }, traffic: undefined },
      'with other strategies the old version has no pods beside its own',
    ],
    'a StatefulSet': [
      { targetRef: { kind: 'StatefulSet', name: 'web' } },
      'a StatefulSet has no second set of pods',
    ],
    'no router': [
      { traffic: { services: [{ name: 'web' }] } },
      'without one the pods are the shares, and more of the old version would change them',
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [more, why]) => {
    const problems = validatePolicy(spec(more)).map(formatProblem);
    expect(problems).toEqual([
      `spec.checks[0].compare.baseline: Fresh is for a canary of a Deployment with a router: ${why}; ` +
        'take baseline out, or leave the first minutes out by warmup',
    ]);
  });

  test('and not a canary of a Deployment with a router', () => {
    expect(validatePolicy(spec({}))).toEqual([]);
  });
});

test('the plan says how many more pods it takes, and until when', () => {
  const plan = previewPlan('web', policySpec(asking), { replicas: 4 });
  expect(plan.fresh).toEqual({ checks: ['young'], podsMost: 2, untilStage: 2 });
  expect(plan.stages.map(({ freshPods, extraPods }) => [freshPods, extraPods])).toEqual([
    [1, 2],
    [2, 4],
    [undefined, 3],
    [undefined, 4],
  ]);
  const set = 'ReplicaSet web-<old>-fresh';
  expect(plan.writes.filter(({ object }) => object === set)).toEqual([
    { when: 'stage 1', object: set, what: '1 pod, to be compared with' },
    { when: 'stage 2', object: set, what: '2 pods, to be compared with' },
    { when: 'stage 3', object: set, what: 'emptied, deleted' },
  ]);
});
