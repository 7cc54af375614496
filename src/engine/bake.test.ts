/** Decisions while all traffic is on the new version and the old one stays up. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { checked, at, ask, baking, swapped, splits } from '../testing/canary-situations.ts';
import { release, snapshot, START_MS } from '../testing/snapshots.ts';
import { step } from './step.ts';

describe('baking', () => {
  const over: Partial<PolicySpec> = { bake: '0s' };

  test('the old version stays while the new one has no pods, and takes the traffic', () => {
    const decision = step(
      snapshot({
        release: release(baking(), over),
        workload: swapped({ available: 0 }),
        traffic: splits(100, { endpoints: { stable: 4, candidate: 0 } }),
      }),
    );
    expect(decision.release?.status.step).toBe('Bake');
    expect(decision.traffic).toMatchObject({ route: 'Split', weight: 0 });
    expect(decision.release?.persist).toBe('Now');
    // Nobody watches pods: it looks again soon.
    expect(decision.wakeAtMs).toBe(START_MS + 1_000);
  });

  test('a new version that is lost while the old one drains gives the traffic back', () => {
    const draining = baking({ step: 'Drain', towards: 'Promoted', drainSince: at(-1_000) });
    const seen = (available: number) =>
      step(
        snapshot({
          release: release(draining, over),
          workload: swapped({ available }),
          traffic: splits(100, { endpoints: { stable: 4, candidate: available } }),
        }),
      );
    expect(seen(1).release?.status).toMatchObject({ step: 'Drain', towards: 'Promoted' });
    const { release: next, traffic } = seen(0);
    expect(next).toMatchObject({ persist: 'Now', status: { step: 'Bake' } });
    expect(next?.status.towards).toBeUndefined();
    expect(traffic).toMatchObject({ route: 'Split', weight: 0 });
  });

  test('a route that was away in the bake drains the old version from when it came back', () => {
    const traffic = {
      dedicated: true,
      route: 'Split',
      weight: 100,
      readBackAt: at(-1_000),
    } as const;
    const before = baking({ traffic, drainSince: at(-100_000), gateSince: at(-100_000) });
    const decision = step(
      snapshot({ release: release(before, over), workload: swapped(), traffic: splits(100) }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Drain', drainSince: at(-1_000) });
  });

  test('what lost its traffic with its readiness is drained too when it is taken back', () => {
    const traffic = { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-4_000) } as const;
    const { status } =
      step(
        snapshot({
          release: release(baking(), over),
          workload: swapped({ available: 0 }),
          traffic: splits(100, { endpoints: { stable: 4, candidate: 0 } }),
        }),
      ).release ?? {};
    expect(status?.drainSince).toBe(at(0));
    const taken = step(
      snapshot({
        release: release({ ...status, traffic }, over),
        workload: swapped({ available: 0 }),
        requests: ask('Abort'),
        traffic: splits(0),
      }),
    );
    expect(taken.release?.status).toMatchObject({ towards: 'Aborted', drainSince: at(0) });
  });

  test('the traffic comes back with the pods, and the bake begins anew', () => {
    const traffic = { dedicated: true, route: 'Split', weight: 0 } as const;
    const { gateSince: _, ...retired } = baking({ traffic, unavailableSince: at(-5_000) });
    const back = step(
      snapshot({ release: release(retired, over), workload: swapped(), traffic: splits(0) }),
    );
    expect(back.traffic?.weight).toBe(100);
    const status = back.release?.status ?? {};
    const there = { ...status.traffic, readBackAt: at(-5_000) } as NonNullable<
      ReleaseStatus['traffic']
    >;
    const settled = step(
      snapshot({
        release: release({ ...status, traffic: there }, { bake: '5m' }),
        workload: swapped(),
        traffic: splits(100),
      }),
    );
    expect(settled.release?.status).toMatchObject({ gateSince: at(0), drainSince: at(0) });
  });

  test('a new version that does not come back is taken back', () => {
    const decision = step(
      snapshot({
        release: release(baking({ unavailableSince: at(-600_000) }), over),
        workload: swapped({ available: 1 }),
        traffic: splits(100),
      }),
    );
    expect(decision.release?.status).toMatchObject({
      step: 'Retreat',
      reason: 'ProgressDeadlineExceeded',
    });
  });

  test.each([
    ['grown', 4, 8],
    ['shrunk', 4, 1],
  ])('a target %s by its autoscaler meanwhile is not a candidate that broke', (_, was, is) => {
    const decision = step(
      snapshot({
        release: release(baking({ stageReplicas: was }), over),
        workload: { ...swapped({ replicas: is, available: Math.min(was, is) }), replicas: is },
        traffic: splits(100),
      }),
    );
    expect(decision.release?.status.step).toBe('Drain');
  });

  test('the old version grows with the target, so that the way back can carry it', () => {
    const decision = step(
      snapshot({
        release: release(baking(), { bake: '5m' }),
        workload: { ...swapped({ replicas: 8, available: 8 }), replicas: 8 },
        traffic: splits(100),
      }),
    );
    expect(decision.workload?.release?.outgoingReplicas).toBe(8);
  });

  const paused = { since: at(-1), reason: 'CheckFailed', message: 'it is Fail' };
  test.each<[string, Partial<Parameters<typeof snapshot>[0]>]>([
    ['the policy is deleted', { policy: undefined }],
    ['a newer revision arrives', { workload: { ...swapped(), templateHash: 'template-v3' } }],
  ])('%s: a version that is paused for a failed check is taken back', (_, change) => {
    const of = (status: ReleaseStatus) =>
      step(
        snapshot({
          release: release(status, { ...checked, onFailure: { action: 'Pause' } }),
          workload: swapped(),
          traffic: splits(100),
          ...change,
        }),
      ).release?.status.towards;
    expect(of(baking({ paused }))).toBe('Aborted');
    expect(of(baking())).toBe('Promoted');
  });
});
