/** A policy that goes leaves nothing of Segue's on a StatefulSet, whoever wrote its strategy last. */
import { expect, test } from 'vitest';
import type { OrdinalsState } from '../ports/workload.ts';
import { policy, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const leaving = { ...policy(), deleting: true };

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
