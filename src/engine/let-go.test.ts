/** A policy that goes leaves nothing of Segue's on a StatefulSet, whoever wrote its strategy last. */
import { expect, test } from 'vitest';
import type { OrdinalsState } from '../ports/workload.ts';
import { policy, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const leaving = { ...policy(), deleting: true, deletedAtMs: START_MS - 59_000 };

function decide(state: Omit<OrdinalsState, 'earlier'>) {
  const ordinals = { ...state, earlier: [] };
  return step(snapshot({ policy: leaving, workload: workload('v1', { held: false, ordinals }) }));
}

test('what is kept for its user goes before the finalizer, though somebody resumed it', () => {
  const decision = decide({ base: 'web-v1', moving: undefined, kept: true });
  expect(decision.workload).toMatchObject({ held: false });
  expect(decision.finalizer).toBeUndefined();
  const after = decide({ base: 'web-v1', moving: undefined, kept: false });
  expect(after).toMatchObject({ finalizer: 'Remove' });
  expect(after.workload).toBeUndefined();
});

test('one that Segue itself is moving is held first', () => {
  const decision = decide({ base: 'web-v1', moving: 4, kept: true });
  expect(decision.workload).toMatchObject({ held: true });
  expect(decision.finalizer).toBeUndefined();
});

test('a version that runs and is not known yet is waited for, but not for ever', () => {
  const ordinals = {
    base: 'web-v1',
    moving: undefined,
    kept: true,
    unknown: 'web-v1',
    earlier: [],
  };
  const held = workload('v2', { ordinals, running: undefined });
  const decideAt = (deletedAtMs: number) =>
    step(snapshot({ policy: { ...leaving, deletedAtMs }, workload: held }));
  const waits = decideAt(START_MS - 59_000);
  expect(waits).toMatchObject({ events: [], wakeAtMs: START_MS + 1_000 });
  expect(waits.finalizer).toBeUndefined();
  expect(decideAt(START_MS - 60_000)).toMatchObject({ finalizer: 'Remove' });
});
