/** Where a StatefulSet's traffic goes while its pods are changed one by one, and while they go back. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus, Stage } from '../api/release.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { weightOnTheWay } from './ordinal-traffic.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const half = { weight: 50, capacityPercent: 50 } as Stage;
const all = { weight: 100, capacityPercent: 100 } as Stage;

test.each([
  [4, 0, half, 0],
  [4, 1, half, 33],
  [4, 2, half, 50],
  [10, 5, all, 55],
  [4, 3, all, 100],
  [1, 0, all, 0],
])('of %i pods, %i new, while one more is away', (replicas, fresh, stage, weight) => {
  expect(weightOnTheWay(replicas, fresh, stage)).toBe(weight);
});

const spec: Partial<PolicySpec> = {
  targetRef: { group: 'apps', kind: 'StatefulSet', name: 'web' },
  traffic: {
    services: [{ name: 'web' }],
    routers: [{ gatewayAPI: { httpRoute: 'web' } }],
    settle: '0s',
    drain: '0s',
  },
  strategy: {
    canary: {
      stages: [
        { weight: 25, hold: '1h' },
        { weight: 50, hold: '1h' },
      ],
      timeout: '1h',
      allowLower: false,
    },
  },
};

function pods(old: number, fresh: number, state: Partial<WorkloadState> = {}): WorkloadState {
  return workload('v2', {
    stable: setOf('v1', { replicas: old }),
    candidate: setOf('v2', { replicas: fresh }),
    carrier: 'Both',
    ordinals: { base: 'web-v1', moving: undefined, kept: true, earlier: [] },
    ...state,
  });
}

interface Options {
  by?: Partial<PolicySpec>;
  /** Ready endpoints, where the Services lag behind the pods. */
  behind?: { stable?: number; candidate?: number };
}

function decide(
  status: ReleaseStatus,
  state: WorkloadState,
  routed: number,
  { by = spec, behind = {} }: Options = {},
) {
  const traffic = {
    dedicated: true,
    route: 'Split',
    weight: routed,
    readBackAt: at(-60_000),
  } as const;
  const decision = step(
    snapshot({
      release: release({ stageReplicas: 4, journal: {}, traffic, ...status }, by),
      workload: state,
      traffic: reading({
        route: 'Split',
        dedicated: 'Present',
        weight: routed,
        endpoints: { stable: state.stable?.ready, candidate: state.candidate?.ready, ...behind },
      }),
    }),
  );
  const ordinals = decision.workload?.release?.ordinals;
  return { weight: decision.traffic?.weight, ordinals, release: decision.release };
}

describe('at a stage', () => {
  const first: ReleaseStatus = { step: 'Stage', stage: 0, stepSince: at(-30_000) };

  test('its first pod has no traffic before the stage is reached, and then what the stage says', () => {
    expect(decide(first, pods(4, 0), 0)).toMatchObject({
      weight: 0,
      ordinals: { phase: 'Move', updated: 1 },
    });
    const ready = decide(first, pods(3, 1), 0);
    expect(ready).toMatchObject({ weight: 25, ordinals: { phase: 'Hold' } });
    expect(ready.release?.status.gateSince).toBeUndefined();
    expect(ready.release?.persist).toBe('Now');
    expect(decide(first, pods(3, 1), 25).release?.status.gateSince).toBe(at(0));
  });

  const second = { ...first, stage: 1 };

  test('the route follows the pods before the next one is changed', () => {
    const routing = decide(second, pods(3, 1), 25);
    expect(routing.weight).toBe(33);
    expect(routing.ordinals).toEqual({ phase: 'Hold' });
    expect(decide(second, pods(3, 1), 33).ordinals).toEqual({ phase: 'Move', updated: 2 });
  });

  test('nothing more is sent before the Service of the new pods knows them, within the deadline', () => {
    const unknown = { behind: { candidate: 0 } };
    const waits = decide(first, pods(3, 1), 0, unknown);
    expect(waits).toMatchObject({ weight: 0, ordinals: { phase: 'Hold' } });
    expect(waits.release?.status.message).toMatch(/^0 of 1 endpoints behind the Service/);
    expect(decide(second, pods(3, 1), 25, unknown).weight).toBe(25);
    const late = { ...first, unavailableSince: at(-3_600_000) };
    expect(decide(late, pods(3, 1), 0, unknown).release?.status).toMatchObject({
      towards: 'Aborted',
      reason: 'ProgressDeadlineExceeded',
    });
    // What it has already it keeps: endpoints come and go.
    expect(decide(first, pods(3, 1), 25, unknown).release?.status.gateSince).toBe(at(0));
  });

  test('what a smoke test has to try gets no more before', () => {
    const smokeTests = [{ name: 'home', http: { path: '/' } }];
    const stages = [
      { weight: 25, hold: '1h' },
      { weight: 75, smokeTests },
    ];
    const tried = { canary: { stages, timeout: '1h', allowLower: false } };
    const strategy = tried as unknown as PolicySpec['strategy'];
    const moves = decide(second, pods(3, 1), 25, { by: { ...spec, strategy } });
    expect(moves).toMatchObject({ weight: 25, ordinals: { phase: 'Move', updated: 2 } });
    expect(decide(second, pods(1, 3), 25, { by: { ...spec, strategy } }).weight).toBe(25);
  });

  test('the last old pod goes when nothing is sent to it', () => {
    const last = { ...first, stage: 2 };
    expect(decide(last, pods(1, 3), 66)).toMatchObject({
      weight: 100,
      ordinals: { phase: 'Hold' },
    });
    expect(decide(last, pods(1, 3), 100).ordinals).toEqual({ phase: 'Move', updated: 4 });
  });

  test('the last old pod goes when what is under way in it had its drain time', () => {
    const traffic = { services: [{ name: 'web' }], settle: '0s', drain: '90s' };
    const routers = [{ gatewayAPI: { httpRoute: 'web' } }];
    const slow = { ...spec, traffic: { ...traffic, routers } };
    const last = { ...first, stage: 2 };
    const waits = decide(last, pods(1, 3), 100, { by: slow });
    expect(waits.ordinals).toEqual({ phase: 'Hold' });
    expect(waits.release?.status.message).toBe('the old pods to drain');
    expect(decide(second, pods(3, 1), 33, { by: slow }).ordinals).toEqual({
      phase: 'Move',
      updated: 2,
    });
  });

  test('paused on the way to it the new pods have no more than what these can take', () => {
    const paused = { since: at(0), reason: 'PauseRequested', message: 'a person asked to pause' };
    const waits = decide({ ...second, paused }, pods(3, 1), 25);
    expect(waits).toMatchObject({ weight: 25, ordinals: { phase: 'Hold' } });
    expect(waits.release?.status).toMatchObject({ message: 'paused: a person asked to pause' });
    // It has grown since.
    const grown = { ...second, paused, gateSince: at(-1_000) };
    expect(decide(grown, pods(7, 1, { replicas: 8 }), 50).weight).toBe(14);
  });

  test('given up since new pods do not serve nothing is changed before the traffic has left', () => {
    const broken = pods(2, 1, {
      held: false,
      candidate: setOf('v2', { replicas: 2, ready: 1, available: 1 }),
      ordinals: { base: 'web-v1', moving: 2, kept: true, earlier: [] },
    });
    const late = { ...second, unavailableSince: at(-3_600_000), availableSince: at(-60) };
    expect(decide(late, broken, 33)).toMatchObject({ weight: 0, ordinals: { phase: 'Hold' } });
  });

  test('given up in the middle of a move nothing is changed before the traffic has left', () => {
    const moving = pods(2, 1, {
      held: false,
      ordinals: { base: 'web-v1', moving: 2, kept: true, earlier: [] },
    });
    const late = { ...second, unavailableSince: at(-3_600_000) };
    const decision = decide(late, moving, 33);
    expect(decision.release?.status).toMatchObject({ step: 'Retreat', towards: 'Aborted' });
    expect(decision).toMatchObject({ weight: 0, ordinals: { phase: 'Hold' } });
  });
});

describe('the way back', () => {
  const back: ReleaseStatus = { step: 'SwapBack', towards: 'Aborted', reason: 'CheckFailed' };

  test('a new pod goes when the others can take its part, or the old one that comes has taken over', () => {
    const whole = { ordinals: { base: 'web-v2', moving: undefined, kept: true, earlier: [] } };
    const comes = (candidates: number, available: number) =>
      decide(
        back,
        pods(1, candidates, {
          ...whole,
          replicas: candidates + 1,
          stable: setOf('v1', { replicas: 1, ready: available, available }),
          candidate: setOf('v2', { replicas: candidates }),
        }),
        100,
      );
    expect(comes(1, 0)).toMatchObject({ weight: 100, ordinals: { phase: 'Move', updated: 1 } });
    expect(comes(1, 0).release?.status.message).toBe('1 old pods to become available');
    expect(comes(2, 0).ordinals).toMatchObject({ updated: 1 });
    // Three of five take all of it, with less than twice what each has.
    expect(comes(4, 0).ordinals).toMatchObject({ updated: 2 });
  });

  test('old pods take at most twice what they have when all are there', () => {
    const whole = { ordinals: { base: 'web-v2', moving: undefined, kept: true, earlier: [] } };
    // All are new: nobody else could serve.
    expect(decide(back, pods(0, 4, whole), 100)).toMatchObject({
      weight: 100,
      ordinals: { phase: 'Move', updated: 1 },
    });
    expect(decide(back, pods(1, 3, whole), 100)).toMatchObject({
      weight: 50,
      ordinals: { phase: 'Move', updated: 1 },
    });
    expect(decide(back, pods(1, 3, whole), 50).ordinals).toEqual({ phase: 'Move', updated: 2 });
    // The first that is back is ready, and its Service does not know it yet.
    expect(decide(back, pods(1, 3, whole), 100, { behind: { stable: 0 } }).weight).toBe(100);
    expect(decide(back, pods(2, 2), 33)).toMatchObject({ weight: 0, ordinals: { phase: 'Hold' } });
    expect(decide(back, pods(2, 2), 0).ordinals).toMatchObject({ phase: 'Back' });
  });

  test('what old pods can take again they get before the route has settled', () => {
    const traffic = { services: [{ name: 'web' }], settle: '30s', drain: '0s' };
    const slow = {
      ...spec,
      traffic: { ...traffic, routers: [{ gatewayAPI: { httpRoute: 'web' } }] },
    };
    const sent = { dedicated: true, route: 'Split', weight: 16, readBackAt: at(-4_000) } as const;
    const began: ReleaseStatus = { ...back, step: 'Retreat', traffic: sent };
    expect(decide(began, pods(3, 1), 16, { by: slow })).toMatchObject({
      weight: 0,
      release: { status: { step: 'Retreat' }, persist: 'Now' },
    });
    // The Service of the old ones has been deleted, and is made anew.
    expect(decide(began, pods(3, 1), 16, { by: slow, behind: { stable: 0 } }).weight).toBe(16);
  });

  test('nothing is sent to new pods that a smaller target lost', () => {
    expect(decide(back, pods(2, 0, { replicas: 2 }), 15).weight).toBe(0);
  });

  test('the next new pod waits until the Service of the old ones knows those that came', () => {
    const waits = decide(back, pods(1, 1, { replicas: 2 }), 100, { behind: { stable: 0 } });
    expect(waits).toMatchObject({ weight: 100, ordinals: { phase: 'Hold' } });
    expect(decide(back, pods(1, 1, { replicas: 2 }), 100).weight).toBe(0);
  });

  test('new pods go when what is under way in them had its drain time, and late is counted from then on', () => {
    const traffic = { services: [{ name: 'web' }], settle: '0s', drain: '90s' };
    const slow = {
      ...spec,
      traffic: { ...traffic, routers: [{ gatewayAPI: { httpRoute: 'web' } }] },
    };
    const since = { ...back, drainSince: at(-100_000), move: 'back-2', unavailableSince: at(-1e7) };
    const waits = decide(since, pods(2, 2), 0, { by: slow });
    expect(waits.ordinals).toEqual({ phase: 'Hold' });
    expect(waits.release?.status.message).toBe('the new pods to drain');
    expect(waits.release?.status.move).toBeUndefined();
    // They never had any.
    expect(decide(back, pods(2, 2), 0, { by: slow }).ordinals).toMatchObject({ phase: 'Back' });
    // With some left for them they go one by one as the old ones come.
    const whole = { ordinals: { base: 'web-v2', moving: undefined, kept: true, earlier: [] } };
    expect(
      decide({ ...back, drainSince: at(-1) }, pods(1, 3, whole), 50, { by: slow }).ordinals,
    ).toEqual({
      phase: 'Move',
      updated: 2,
    });
  });
});
