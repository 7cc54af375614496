/** Canaries without a router: how many pods a share is, and in which order they come and go. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import {
  policySpec,
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import { podShare, shareWarnings } from './pod-shares.ts';
import { previewPlan } from './preview.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const spec = (...weights: number[]): Partial<PolicySpec> => ({
  traffic: { services: [{ name: 'web' }], settle: '1s', drain: '10s' },
  strategy: { canary: { stages: weights.map((weight) => ({ weight })), timeout: '10m' } },
});

test.each([
  [4, 10, '1+4', 20],
  [10, 10, '1+10', 9],
  [4, 50, '4+4', 50],
  [4, 75, '4+1', 80],
  [10, 75, '10+3', 77],
  [4, 99, '4+1', 80],
  [4, 100, '4+0', 100],
  [1, 60, '1+1', 50],
  [0, 60, '0+0', 60],
])('%i replicas at %i %% are %s pods, %i %%', (replicas, weight, pods, percent) => {
  const share = podShare(replicas, weight);
  expect([`${share.candidate}+${share.stable}`, share.percent]).toEqual([pods, percent]);
});

test('a share that falls is pods that go, and the plan tells so', () => {
  const { traffic } = spec();
  const canary = { stages: [{ weight: 50 }, { weight: 25 }], timeout: '10m', allowLower: true };
  const { stages, writes } = previewPlan('web', policySpec({ traffic, strategy: { canary } }), {
    replicas: 4,
  });
  expect(stages.map(({ candidatePods }) => candidatePods)).toEqual([4, 1, 4]);
  const sizes = writes.filter(({ object }) => object === 'ReplicaSet web-<new>');
  expect(sizes.map(({ when, what }) => `${when}: ${what}`).slice(0, 3)).toEqual([
    'stage 1: 4 pods',
    'stage 2: 1 pod',
    'stage 3: 4 pods',
  ]);
});

test('shares that whole pods do not come near are told, with what they are', () => {
  const policy = policySpec(spec(10, 20, 50));
  expect(shareWarnings(policy, 4)).toEqual([
    {
      field: 'spec.strategy.canary.stages[0].weight',
      message: '10 % cannot be had with 4 replicas: it is 1 of 5 pods, 20 %',
      fix: 'write 20, run more replicas, or add a router',
    },
  ]);
  expect(shareWarnings(policy, 9)).toEqual([]);
  expect(shareWarnings(policySpec(), 4)).toEqual([]);
});

test('refused: pods apart from their share, and a way back through the half', () => {
  const problems = (stages: { weight: number; capacity?: number }[]) =>
    validatePolicy(
      policySpec({ ...spec(), strategy: { canary: { stages, timeout: '10m', allowLower: true } } }),
    ).map(({ field, fix }) => [field, fix.includes('add a router')]);
  expect(problems([{ weight: 10, capacity: 50 }])).toEqual([
    ['spec.strategy.canary.stages[0].capacity', true],
  ]);
  expect(problems([{ weight: 75 }, { weight: 60 }, { weight: 40 }])).toEqual([
    ['spec.strategy.canary.stages[2].weight', true],
  ]);
  expect(problems([{ weight: 40 }, { weight: 20 }, { weight: 100 }])).toEqual([]);
});

describe('a release', () => {
  const weights = [20, 75];
  const inStage = (stage: number, rest: ReleaseStatus = {}): ReleaseStatus => ({
    step: 'Stage',
    stepSince: at(-60_000),
    stage,
    stageReplicas: 4,
    startedAt: at(-90_000),
    traffic: {
      dedicated: true,
      route: 'Split',
      weight: [...weights, 100][stage] ?? 0,
      readBackAt: at(-30_000),
    },
    ...rest,
  });
  const added = (available: number, state: Partial<WorkloadState> = {}) =>
    workload('v2', {
      candidate: setOf('v2', { owner: 'Release', replicas: 1, current: 1, available }),
      ...state,
    });
  const swapped = (stable: Partial<SetState>, candidate: Partial<SetState> = {}) =>
    workload('v2', {
      stable: setOf('v1', { owner: 'Release', ...stable }),
      candidate: setOf('v2', candidate),
      running: setOf('v2', candidate),
      carrier: 'Candidate',
    });
  const decide = (status: ReleaseStatus, state: WorkloadState, shared = 8) =>
    step(
      snapshot({
        release: release(status, spec(...weights)),
        workload: state,
        traffic: reading({
          weight: status.traffic?.weight ?? 0,
          endpoints: { stable: undefined, candidate: undefined, shared },
        }),
      }),
    );

  test('adds pods up to half and tells what share they are', () => {
    const waiting = decide(inStage(0), added(0));
    expect(waiting.workload?.release).toMatchObject({ candidateReplicas: 1, carrier: 'Stable' });
    expect(waiting.release?.status.message).toBe('0 of 1 candidate pods available');
    const there = decide(inStage(0), added(1));
    expect(there.events[0]?.message).toBe(
      'stage 1 of 3 (weight 20), 1 of 5 pods, 20 % of the traffic',
    );
  });

  test('counts what its Service leads to: nobody asks pods that it does not select', () => {
    const alone = decide(inStage(0), added(1), 4);
    expect(alone.release?.status.message).toBe('4 of 5 pods behind the Service');
    expect(alone.release?.status.gateSince).toBeUndefined();
    const late = { unavailableSince: at(-600_000), availableSince: undefined };
    const ended = decide(inStage(0, late as ReleaseStatus), added(1), 4);
    expect(ended.release?.status.reason).toBe('ProgressDeadlineExceeded');
  });

  test('keeps its share when the target is scaled', () => {
    const status = inStage(0, { gateSince: at(-1_000) });
    const grown = decide(status, added(1, { replicas: 12 }));
    expect(grown.workload?.release?.candidateReplicas).toBe(3);
  });

  test('beyond half the new version is whole first, then the sets change places', () => {
    const short = decide(inStage(1), added(1));
    expect(short.release?.status.step).toBe('Stage');
    expect(short.workload?.release).toMatchObject({ candidateReplicas: 4, carrier: 'Stable' });
    const whole = workload('v2', { candidate: setOf('v2', { owner: 'Release' }) });
    const next = decide(inStage(1), whole);
    expect(next.release).toMatchObject({ persist: 'Now', status: { step: 'Swap' } });
    expect(next.workload?.release?.outgoingReplicas).toBeUndefined();
    const back = decide(inStage(1, { step: 'Swap' }), swapped({}));
    expect(back.release?.status).toMatchObject({ step: 'Stage', stage: 1 });
  });

  test('the old set shrinks when the new one is whole and its pods are endpoints', () => {
    const outgoing = (state: WorkloadState, shared?: number) =>
      decide(inStage(1), state, shared).workload?.release?.outgoingReplicas;
    expect(outgoing(swapped({}))).toBe(1);
    expect(outgoing(swapped({}), 7)).toBe(4);
    expect(outgoing(swapped({}, { available: 2 }))).toBe(2);
    // Scaled to 8 meanwhile, and 7 are there: more than the 4 of when the stage began.
    const grown = swapped({}, { replicas: 8, current: 8, available: 7, ready: 7 });
    const last = decide(inStage(2), { ...grown, replicas: 8 }, 11);
    expect(last.workload?.release?.outgoingReplicas).toBe(0);
    const waits = decide(inStage(1), swapped({ replicas: 1, current: 3 }));
    expect(waits.release?.status).toMatchObject({ message: '2 old pods to go' });
    expect(waits.release?.status.gateSince).toBeUndefined();
  });

  test('goes on when the old pods are gone: no router has to take up the share first', () => {
    const last = inStage(2);
    const before = { ...last, traffic: { ...last.traffic, weight: 75 } } as ReleaseStatus;
    const none = { replicas: 0, current: 0, ready: 0, available: 0 };
    const gone = decide(before, swapped(none), 4);
    expect(gone.release?.status.traffic).toMatchObject({ weight: 100, readBackAt: at(0) });
    expect(gone.wakeAtMs).toBe(START_MS + 1_000);
  });

  test('the old set grows again where the new one loses pods', () => {
    const one = { replicas: 1, current: 1, ready: 1, available: 1 };
    const lost = decide(inStage(1), swapped(one, { available: 1, ready: 1 }), 2);
    expect(lost.workload?.release?.outgoingReplicas).toBe(3);
  });

  test('bakes with no old pods, in the place where it is', () => {
    const status = inStage(2, { gateSince: at(-1_000) });
    const none = { replicas: 0, current: 0, ready: 0, available: 0 };
    const baking = decide(status, swapped(none), 4);
    expect(baking.release?.status.step).toBe('Bake');
    expect(baking.workload?.release).toMatchObject({ outgoingReplicas: 0, carrier: 'Candidate' });
  });

  const aborted = (rest: ReleaseStatus): ReleaseStatus => ({
    towards: 'Aborted',
    reason: 'AbortRequested',
    drainSince: at(0),
    ...rest,
  });

  test('taken back: the added pods go at once', () => {
    const asked = inStage(0, aborted({ step: 'Retreat', stepSince: at(0) }));
    expect(decide(asked, added(1)).release?.status.step).toBe('Discard');
    const status = inStage(0, aborted({ step: 'Discard', stepSince: at(0) }));
    expect(decide(status, added(1)).workload?.release?.candidateReplicas).toBe(0);
  });

  test('taken back beyond half: stable grows, changes places, and the new pods go as the old come', () => {
    const none = { replicas: 0, current: 0, ready: 0, available: 0 };
    const growing = decide(
      inStage(1, aborted({ step: 'SwapBack', stepSince: at(0) })),
      swapped(none),
    );
    expect(growing.workload?.release).toMatchObject({ carrier: 'Stable', outgoingReplicas: 4 });
    const one = { current: 1, ready: 1, available: 1 };
    const late = inStage(1, aborted({ step: 'SwapBack', stepSince: at(-5_000) }));
    const full = decide(late, swapped({ ...one, replicas: 4 }));
    expect(full.workload?.release?.outgoingReplicas).toBe(1);
    // As it is now it goes back: asked to grow anew, it would shrink anew.
    const asIs = decide(late, swapped({ ...one, replicas: 1 }));
    expect(asIs.workload?.release?.outgoingReplicas).toBeUndefined();
    expect(decide(late, swapped(none)).workload?.release?.outgoingReplicas).toBe(4);
    const left = (available: number, sinceMs = 0) =>
      decide(
        inStage(1, aborted({ step: 'Discard', stepSince: at(-sinceMs) })),
        workload('v2', {
          stable: setOf('v1', { available, ready: available }),
          candidate: setOf('v2', { owner: 'Release' }),
        }),
      ).workload?.release?.candidateReplicas;
    expect(left(0)).toBe(4);
    expect(left(3)).toBe(1);
    expect(left(4)).toBe(0);
    // Stable does not come back: what is taken back does not stay for ever.
    expect(left(0, 600_000)).toBe(0);
  });
});
