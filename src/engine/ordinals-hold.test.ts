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

const moving = { base: 'web-v1', moving: 4, kept: true };
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
  expect(at({ base: 'web-v2', kept: true }, 1)).toMatchObject({ step: 'Done' });
});
