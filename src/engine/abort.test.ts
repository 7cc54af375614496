/** Decisions on the way back. */
import { describe, expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import type { TrafficReading } from './snapshot.ts';
import { at, inStage, growing, swapped, splits } from '../testing/canary-situations.ts';
import { release, setOf, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const UNROUTED = { dedicated: true, route: 'Split', weight: 0 } as const;

describe('the way back', () => {
  test('a candidate has its drain time when the weight it had was not written before a restart', () => {
    const prepared: ReleaseStatus = {
      ...inStage(0),
      step: 'Prepare',
      traffic: { dedicated: true, route: 'Split', weight: 0 },
    };
    const decision = step(
      snapshot({
        release: { ...release(prepared), deleting: true },
        workload: growing(),
        traffic: splits(5),
      }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Retreat', drainSince: at(0) });
  });

  test('a candidate that got traffic while it was taken back has its drain time', () => {
    const retreating = inStage(0, {
      step: 'Retreat',
      towards: 'Aborted',
      traffic: { dedicated: true, route: 'Split', weight: 0 },
    });
    const seen = (weight: number) =>
      step(snapshot({ release: release(retreating), workload: growing(), traffic: splits(weight) }))
        .release?.status.drainSince;
    expect(seen(50)).toBe(at(0));
    expect(seen(0)).toBeUndefined();
  });

  test('a candidate has its drain time when the route is gone and with it what it said', () => {
    const given = (missing: boolean) =>
      step(
        snapshot({
          release: { ...release({ ...inStage(0), traffic: UNROUTED }), deleting: true },
          workload: growing(),
          traffic: { ...splits(0), missing },
        }),
      ).release?.status;
    expect(given(true)).toMatchObject({ towards: 'Aborted', drainSince: at(0) });
    expect(given(false)?.drainSince).toBeUndefined();
  });

  test('the drain counts from when the traffic had left, however long the gateway took', () => {
    const retreating = inStage(1, {
      step: 'Retreat',
      towards: 'Aborted',
      drainSince: at(-60_000),
      traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-1_000) },
    });
    const decision = step(
      snapshot({ release: release(retreating), workload: growing(), traffic: splits(0) }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Discard', drainSince: at(0) });
    expect(decision.workload?.release?.candidateReplicas).toBeUndefined();
  });

  test('an empty set in the history of the target that has the name is not waited for', () => {
    const decision = step(
      snapshot({
        release: release({ ...inStage(0), step: 'Discard', towards: 'Aborted' }),
        workload: workload('v2', { candidate: setOf('v2', { replicas: 0 }) }),
        traffic: splits(0),
      }),
    );
    expect(decision.release?.status.step).toBe('Restore');
  });

  test.each(['Restore', 'CleanUp'] as const)(
    'in %s stable is the target’s, or it is made so: a set made anew beside what was resumed is not left',
    (at) => {
      const ending = (owner: 'Release' | 'Target') =>
        step(
          snapshot({
            release: release({ ...inStage(0), step: at, towards: 'Aborted' }),
            workload: workload('v2', { stable: setOf('v1', { owner }), carrier: 'Neither' }),
            traffic: splits(0),
          }),
        ).release?.status.step;
      expect(ending('Release')).toBe('SwapBack');
      expect(ending('Target')).not.toBe('SwapBack');
    },
  );

  test.each([
    ['Aborted', { stable: 4, candidate: 1 }],
    ['Promoted', { stable: 1, candidate: 4 }],
  ] as const)(
    '%s: the user’s Service is used when the endpoints of the other version are gone',
    (towards, endpoints) => {
      const weight = towards === 'Aborted' ? 0 : 100;
      const status = inStage(2, {
        step: 'Restore',
        towards,
        traffic: { dedicated: true, route: 'Split', weight },
      });
      const now = towards === 'Aborted' ? workload('v2') : swapped();
      const restoring = (traffic: TrafficReading) =>
        step(snapshot({ release: release(status), workload: now, traffic })).traffic?.route;
      expect(restoring(splits(weight, { endpoints }))).toBe('Split');
      const none = { stable: 0, candidate: 0 };
      // The user's Service may be told later that they go than their own.
      expect(restoring(splits(weight, { endpoints: none, lingering: endpoints }))).toBe('Split');
      expect(restoring(splits(weight, { endpoints: none }))).toBe('Service');
    },
  );
});
