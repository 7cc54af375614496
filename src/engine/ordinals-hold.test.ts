/** A StatefulSet that Segue itself has sent somewhere is not one that somebody else resumed. */
import { expect, test } from 'vitest';
import {
  policy,
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import { step } from './step.ts';

const moving = { base: 'web-v1', moving: 4, kept: true, earlier: [] };
const target = { name: 'web', stableHash: 'v1' };

test('it is held again when its release has ended, and that counts for nothing', () => {
  const sent = workload('v1', { held: false, ordinals: moving });
  const decision = step(snapshot({ policy: { ...policy(), status: { target } }, workload: sent }));
  expect(decision.workload).toMatchObject({ held: true });
  expect(decision.policyStatus?.target?.resumed).toBeUndefined();
  expect(decision.events).toEqual([]);
  const other = workload('v1', { held: false, ordinals: { ...moving, moving: undefined } });
  const lost = step(snapshot({ policy: { ...policy(), status: { target } }, workload: other }));
  expect(lost.policyStatus?.target?.resumed).toMatchObject({ times: 1 });
});

test('its release ends when it is held again, or when that takes too long', () => {
  const candidate = setOf('v2');
  const at = (ordinals: typeof moving | Omit<typeof moving, 'moving'>, minutes: number) => {
    const stepSince = new Date(START_MS - minutes * 60_000).toISOString();
    const state = { held: false, candidate, owned: [candidate], running: candidate };
    return step(
      snapshot({
        traffic: reading({ dedicated: 'Absent', route: 'Service' }),
        release: release({ step: 'CleanUp', towards: 'Promoted', stepSince }),
        workload: workload('v2', {
          ...state,
          ordinals: { moving: undefined, ...ordinals },
          carrier: 'Candidate',
        }),
      }),
    ).release?.status;
  };
  expect(at(moving, 1)).toMatchObject({
    step: 'CleanUp',
    message: 'the StatefulSet to be held again',
  });
  expect(at(moving, 11)).toMatchObject({ step: 'Done' });
  expect(at({ base: 'web-v2', kept: true, earlier: [] }, 1)).toMatchObject({ step: 'Done' });
});

test('what is taken back ends when its controller has seen the hold: before, it would make a pod of that version', () => {
  const at = (observedGeneration: number, minutes = 1) => {
    const stepSince = new Date(START_MS - minutes * 60_000).toISOString();
    return step(
      snapshot({
        traffic: reading({ dedicated: 'Absent', route: 'Service' }),
        release: release({ step: 'CleanUp', towards: 'Aborted', stepSince }),
        workload: workload('v2', {
          generation: 5,
          observedGeneration,
          ordinals: { base: 'web-v1', moving: undefined, kept: true, earlier: [] },
        }),
      }),
    ).release?.status;
  };
  expect(at(4)).toMatchObject({
    step: 'CleanUp',
    message: 'the controller of the StatefulSet to see the hold',
  });
  expect(at(5)).toMatchObject({ step: 'Done' });
  expect(at(4, 11)).toMatchObject({ step: 'Done' });
});

test('old pods that are left when it is promoted are changed, by its own template alone', () => {
  const drained = (image: string) =>
    step(
      snapshot({
        release: {
          ...release({ step: 'Drain', towards: 'Promoted', drainSince: '2025-12-31T00:00:00Z' }),
          spec: {
            ...release().spec,
            plan: { ...release().spec.plan, roll: { type: 'Ordinals' } },
          },
        },
        workload: workload(image, {
          candidate: setOf('v2', { replicas: 3 }),
          stable: setOf('v1', { replicas: 1 }),
          ordinals: { base: 'web-v1', moving: undefined, kept: true, earlier: [] },
        }),
      }),
    );
  const { release: kept, workload: intent } = drained('v2');
  expect(kept?.status).toMatchObject({ step: 'Drain', message: '1 old pods to go' });
  expect(intent?.release?.ordinals).toEqual({ phase: 'Move', updated: 4 });
  expect(intent?.template).toBeUndefined();
  const { release: left, workload: other } = drained('v3');
  expect(left?.status.step).not.toBe('Drain');
  expect(other?.release?.ordinals).toEqual({ phase: 'Hold' });
});

test('given up in the middle of a move it is held, with the template that its user wrote', () => {
  const { spec } = release();
  const plan = { ...spec.plan, roll: { type: 'Ordinals' as const } };
  const status = {
    step: 'Stage' as const,
    stage: 0,
    unavailableSince: new Date(START_MS - 3_600_000).toISOString(),
  };
  const decision = step(
    snapshot({
      release: { ...release(status), spec: { ...spec, plan, traffic: undefined } },
      workload: workload('v2', {
        held: false,
        candidate: setOf('v2', { replicas: 1, current: 0, ready: 0, available: 0 }),
        stable: setOf('v1', { replicas: 3 }),
        ordinals: { ...moving, moving: 1 },
      }),
    }),
  );
  expect(decision.release?.status).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
  expect(decision.workload?.template).toBeUndefined();
  expect(decision.workload?.release?.ordinals).toEqual({ phase: 'Back' });
});

test('pods beyond the last that do not go keep a newer template waiting, and that is said', () => {
  const waits = (ordinals: object) =>
    step(
      snapshot({
        workload: workload('v2', {
          settled: false,
          unsettledBecause: 'StatefulSet web has 3 pods to go',
          ordinals: { base: 'web-v1', moving: undefined, kept: true, earlier: [], ...ordinals },
        }),
      }),
    ).policyStatus?.conditions?.find(({ type }) => type === 'Ready');
  expect(waits({ going: 3 })).toMatchObject({
    status: 'False',
    reason: 'NativeRollout',
    message: 'StatefulSet web has 3 pods to go; delete those that are not ready, if they stay',
  });
  expect(waits({})?.reason).not.toBe('NativeRollout');
});
