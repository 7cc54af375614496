/** Decisions of releases of StatefulSets: how far its pods may be changed, and how they get back. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { OrdinalsState, WorkloadState } from '../ports/workload.ts';
import {
  policy,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
  wrote,
} from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const rolling: Partial<PolicySpec> = {
  traffic: { services: [{ name: 'web' }], settle: '0s', drain: '0s' },
  targetRef: { group: 'apps', kind: 'StatefulSet', name: 'web' },
  strategy: {
    rolling: {
      stages: [
        { holdAfter: 2, approval: {} },
        { holdAfter: '25%', approval: {} },
      ],
      timeout: '10m',
    },
  },
};

function inStage(stage: number, status: ReleaseStatus = {}): ReleaseStatus {
  return {
    step: 'Stage',
    stage,
    stageReplicas: 4,
    stepSince: at(-30_000),
    startedAt: at(-30_000),
    journal: {},
    ...status,
  };
}

const aborting: ReleaseStatus = {
  ...inStage(0),
  step: 'SwapBack',
  towards: 'Aborted',
  reason: 'CheckFailed',
};

interface Pods extends Partial<Omit<WorkloadState, 'ordinals'>> {
  available?: number;
  ordinals?: Partial<OrdinalsState>;
}

/** Old and new pods there are; all serve unless said. */
function pods(old: number, fresh: number, state: Pods = {}): WorkloadState {
  const { available = fresh, ordinals, ...rest } = state;
  return workload('v2', {
    stable: setOf('v1', { replicas: old }),
    candidate: setOf('v2', { replicas: fresh, available, ready: available }),
    carrier: 'Both',
    ordinals: { base: 'web-v1', moving: undefined, kept: true, earlier: [], ...ordinals },
    ...rest,
  });
}

const decide = (status: ReleaseStatus, state: WorkloadState) =>
  step(snapshot({ release: release(status, rolling), workload: state }));
const ordinalsOf = ({ workload: intent }: ReturnType<typeof decide>) => intent?.release?.ordinals;

describe('a stage', () => {
  test('is reached pod by pod, each with the time of the deadline to itself', () => {
    const first = decide(inStage(0, { unavailableSince: at(-600_000) }), pods(4, 0));
    expect(ordinalsOf(first)).toEqual({ phase: 'Move', updated: 1 });
    expect(first.workload?.held).toBe(false);
    expect(first.release).toMatchObject({ persist: 'Now', status: { unavailableSince: at(0) } });
    const begun = first.release?.status ?? {};
    expect(ordinalsOf(decide(begun, pods(3, 1)))).toEqual({ phase: 'Move', updated: 2 });
    const stuck = decide(
      { ...begun, unavailableSince: at(-600_000) },
      pods(3, 1, { held: false, ordinals: { moving: 2 } }),
    );
    expect(stuck.release?.status.reason).toBe('ProgressDeadlineExceeded');
    // On the way back nothing is left of the move.
    expect(ordinalsOf(stuck)).toMatchObject({ phase: 'Back' });
    expect(stuck.workload?.template).toBeUndefined();
  });

  test('holds when its pods serve', () => {
    const decision = decide(inStage(0), pods(2, 2));
    expect(ordinalsOf(decision)).toEqual({ phase: 'Hold' });
    expect(decision.release?.status.gateSince).toBe(at(0));
  });

  test('starts no pod before the one before serves', () => {
    const decision = decide(
      inStage(0),
      pods(3, 1, { available: 0, held: false, ordinals: { moving: 1 } }),
    );
    expect(ordinalsOf(decision)).toEqual({ phase: 'Move', updated: 1 });
    expect(decision.release?.status.message).toBe('0 of 1 candidate pods available');
  });

  test('is held at once where it was scaled up in the middle of a move', () => {
    const grown = pods(1, 1, { replicas: 8, held: false, ordinals: { moving: 5 } });
    const decision = decide(inStage(0), grown);
    expect(decision.workload?.held).toBe(true);
    expect(ordinalsOf(decision)).toEqual({ phase: 'Hold' });
  });

  test('gives back what is more than it has, where a pod made anew is of users', () => {
    const decision = decide(inStage(0), pods(0, 4));
    expect(ordinalsOf(decision)).toEqual({ phase: 'Hold', most: 2 });
    expect(decision.workload?.held).toBe(true);
    expect(decision.release?.status.gateSince).toBeUndefined();
    const overrun = decide(inStage(0), pods(0, 4, { ordinals: { base: 'web-v2' } }));
    expect(ordinalsOf(overrun)).toEqual({ phase: 'Hold' });
  });

  test('takes nothing back that the one before it had', () => {
    expect(ordinalsOf(decide(inStage(1), pods(2, 2)))).toEqual({ phase: 'Hold' });
  });

  test('waits for pods that are missing, no longer than the deadline', () => {
    const waiting = decide(inStage(0), pods(2, 1));
    expect(waiting.release?.status.message).toBe('1 more pods to be made');
    expect(ordinalsOf(waiting)).toEqual({ phase: 'Hold' });
    const late = { ...waiting.release?.status, unavailableSince: at(-600_000) };
    const stable = setOf('v1', { replicas: 2, ready: 1 });
    const broken = decide(late, pods(2, 1, { stable }));
    expect(broken.release?.status.message).toBe(
      '1 more pods to be made, while 1 of web-v1 are not ready',
    );
    expect(decide(late, pods(2, 1)).release?.status.reason).toBe('ProgressDeadlineExceeded');
  });

  test('ends where it is scaled to zero: nothing holds a set without pods but its template', () => {
    const decision = decide(inStage(0), pods(0, 0, { replicas: 0 }));
    expect(decision.release?.status.reason).toBe('ScaledToZero');
    expect(ordinalsOf(decision)).toEqual({ phase: 'Move', updated: 0 });
    expect(decision.workload?.template).toEqual(release().spec.stable.template);
    const put = pods(0, 0, { replicas: 0, templateHash: 'template-v1' });
    const ended = decide(decision.release?.status ?? {}, put);
    expect(ended.workload?.template).toBeUndefined();
    expect(ended.release?.status).toMatchObject({ outcome: 'Aborted', reason: 'ScaledToZero' });
  });
});

describe('the way back', () => {
  test('is under the hold while a pod made anew is of users', () => {
    const decision = decide(aborting, pods(2, 2));
    expect(ordinalsOf(decision)).toEqual({ phase: 'Back', late: false });
    expect(decision.workload).toMatchObject({ held: true });
    expect(decision.workload?.template).toBeUndefined();
  });

  test('waits for each pod no longer than the deadline', () => {
    const status = { ...aborting, move: 'back-2', unavailableSince: at(-600_000) };
    expect(ordinalsOf(decide(status, pods(2, 2)))).toEqual({ phase: 'Back', late: true });
    expect(ordinalsOf(decide(status, pods(3, 1)))).toEqual({ phase: 'Back', late: false });
  });

  test('ends where the pods of users do not become ready, which is said', () => {
    const status = { ...aborting, because: 'too many errors', move: 'back-2' };
    const stuck = { ...status, unavailableSince: at(-1_200_000) };
    const broken = pods(2, 2, { stable: setOf('v1', { replicas: 2, ready: 0 }) });
    const decision = decide(stuck, broken);
    expect(decision.release?.status).toMatchObject({ outcome: 'Aborted', reason: 'CheckFailed' });
    expect(decision.release?.status.message).toMatch(
      /^too many errors; 2 pods still have the new version: those of .* do not become ready/,
    );
    expect(decide({ ...status, unavailableSince: at(-1_199_000) }, broken)).toMatchObject({
      release: { status: { step: 'SwapBack' } },
    });
    // By the template: what its controller goes back by stays.
    const whole = pods(1, 3, { ordinals: { base: 'web-v2' }, templateHash: 'template-v1' });
    const left = decide({ ...stuck, move: 'back-3' }, whole);
    expect(left.release?.status.outcome).toBe('Aborted');
    expect(left.workload?.template).toBeUndefined();
  });

  test('is over when the pod that went back last serves, or has had its time', () => {
    const coming = pods(4, 0, { stable: setOf('v1', { ready: 3 }) });
    const status = { ...aborting, move: 'back-1', unavailableSince: at(-600_000) };
    const first = decide(status, coming).release?.status;
    expect(first).toMatchObject({
      step: 'SwapBack',
      message: '1 pods that went back to be ready',
      move: 'back-0',
    });
    const late = { ...status, ...first, unavailableSince: at(-600_000) };
    expect(decide(late, coming).release?.status.outcome).toBe('Aborted');
    // None went back: what is not ready was so before.
    expect(decide(aborting, coming).release?.status.outcome).toBe('Aborted');
  });

  test('ends where pods beyond a smaller size do not go, which is said', () => {
    const status = { ...aborting, move: 'back-0', unavailableSince: at(-1_200_000) };
    const ordinals = { base: 'web-v2', going: 2 };
    const state = pods(1, 0, { replicas: 1, ordinals, templateHash: 'template-v1' });
    const { message = '', outcome } = decide(status, state).release?.status ?? {};
    expect(outcome).toBe('Aborted');
    expect(message).toMatch(/2 pods beyond its 1 have still to go, .*; delete those that are not/);
  });

  test('is by the template where all pods had the new version', () => {
    const decision = decide(aborting, pods(0, 4, { ordinals: { base: 'web-v2' } }));
    expect(ordinalsOf(decision)).toEqual({ phase: 'Move', updated: 4 });
    expect(decision.workload?.template).toEqual(release().spec.stable.template);
  });

  test('puts the template of the user back when it is over', () => {
    const decision = decide(aborting, pods(4, 0, { templateHash: 'template-v1' }));
    expect(decision.workload).toMatchObject({
      held: true,
      template: release().spec.candidate.template,
    });
  });
});

describe('at 100 %', () => {
  const baking = { ...inStage(1), step: 'Bake' as const, gateSince: at(-300_000) };

  test('the release goes on when its controller counts the new version as that of all pods', () => {
    const decision = decide(baking, pods(0, 4));
    expect(decision.release?.status).toMatchObject({ step: 'Bake' });
    expect(decision.release?.status.message).toMatch(/to count the new version/);
    const counted = decide(baking, pods(0, 4, { ordinals: { base: 'web-v2' } }));
    expect(counted.release?.status.step).not.toBe('Bake');
    const late = decide({ ...baking, stepSince: at(-3_600_000) }, pods(0, 4));
    expect(late.release?.status.step).not.toBe('Bake');
  });

  test('a newer template before that takes it back: pods made anew would have neither', () => {
    const decision = decide(baking, pods(0, 4, { templateHash: 'template-v3' }));
    expect(decision.release?.status).toMatchObject({ towards: 'Aborted', reason: 'Superseded' });
    expect(ordinalsOf(decision)).toMatchObject({ phase: 'Back' });
  });
});

describe('while no release is in progress', () => {
  const status: PolicyStatus = {
    target: { observedGeneration: 2, name: 'web', stableHash: 'v1', rejected: 'template-v2' },
  };
  const stays = setOf('v1', { replicas: 0 });
  const idle = (state: WorkloadState) =>
    step(snapshot({ policy: { ...policy(rolling), status }, workload: state }));
  const ordinals = (earlier = [stays]) => ({
    base: 'web-v2',
    moving: undefined,
    kept: true,
    earlier,
  });

  test('without pods the template that was taken back is taken out', () => {
    const refused = setOf('v2', { replicas: 0 });
    const decision = idle(
      workload('v2', { replicas: 0, running: refused, owned: [refused], ordinals: ordinals() }),
    );
    expect(decision.workload).toMatchObject({ held: true, template: stays.template });
    expect(decision.events?.map(({ reason }) => reason)).toEqual(['TemplateRestored']);
  });

  test('what could not go back in its release goes on going back, by its template as it is', () => {
    const [users, refused] = [setOf('v1', { replicas: 2, ready: 1 }), setOf('v2', { replicas: 2 })];
    const base = { ...ordinals([]), base: 'web-v1' };
    const mixed = idle(
      workload('v2', { running: undefined, owned: [users, refused], ordinals: base }),
    );
    const ready = mixed.policyStatus?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ reason: 'TakingBack' });
    expect(ready?.message).toBe(
      'the pods of web-v2 go back to web-v1 one by one; 1 pods of web-v1 are not ready: mend or delete these',
    );
    expect(mixed.workload).toMatchObject({ held: true, keep: { set: 'web-v1' } });
    expect(mixed.workload?.template).toBeUndefined();
  });

  test('pods beyond its size that keep it from going back are what is told of', () => {
    const [users, refused] = [setOf('v1', { replicas: 1 }), setOf('v2', { replicas: 0 })];
    const going = { ...ordinals([]), going: 2 };
    const owned = [users, { ...refused, current: 1 }];
    const seen = idle(workload('v1', { replicas: 1, running: users, owned, ordinals: going }));
    const ready = seen.policyStatus?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ reason: 'TakingBack' });
    expect(ready?.message).toMatch(/^2 pods beyond its 1 have still to go/);
  });

  test('what was taken back and got to every pod goes by the template', () => {
    const refused = setOf('v2');
    const state = { held: false, running: refused, owned: [refused], ordinals: ordinals() };
    const lost = idle(workload('v2', { ...state, by: wrote('kubectl') }));
    expect(lost.workload).toMatchObject({
      held: true,
      template: stays.template,
      keep: { set: 'web-v1' },
    });
    expect(lost.events?.map(({ message }) => message)[0]).toMatch(
      /^the update strategy of StatefulSet web was written by kubectl; spec.updateStrategy is Segue's/,
    );
    // Segue's own move back is nobody's resumption.
    const moving = { ...ordinals(), moving: 4 };
    const own = idle(workload('v1', { ...state, generation: 9, ordinals: moving }));
    expect(own.workload).toMatchObject({ held: true, keep: { set: 'web-v1' } });
    expect(own.events).toEqual([]);
  });
});
