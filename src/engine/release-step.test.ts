/** Single decisions about a release in progress, a row or a test for each situation. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { TrafficReading } from './snapshot.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const checked: Partial<PolicySpec> = {
  checks: [{ name: 'errors', scope: 'Version', interval: '10s', window: '1m', max: 0.01 }],
};
const says = (verdict: Verdict['verdict']): Verdict[] => [
  { check: 'errors', verdict, because: `it is ${verdict}` },
];
const ask = (action: RequestAction) => [
  { name: 'r', uid: 'r', spec: { policy: 'web', action, by: 'jo' } },
];

/** In stage `stage` with its weight read back and settled. */
function inStage(stage: number, status: ReleaseStatus = {}): ReleaseStatus {
  const weight = [5, 50, 100][stage] ?? 0;
  return {
    step: 'Stage',
    stepSince: at(-60_000),
    stage,
    stageReplicas: 4,
    gateSince: at(-30_000),
    startedAt: at(-90_000),
    traffic: { dedicated: true, route: 'Split', weight, readBackAt: at(-30_000) },
    ...status,
  };
}

/** In the bake, everything in order. */
function baking(status: ReleaseStatus = {}): ReleaseStatus {
  return { ...inStage(2), step: 'Bake', drainSince: at(-30_000), ...status };
}

const growing = (available = 4) =>
  workload('v2', { candidate: setOf('v2', { owner: 'Release', available, ready: available }) });

const swapped = (candidate: Partial<ReturnType<typeof setOf>> = {}) =>
  workload('v2', {
    stable: setOf('v1', { owner: 'Release' }),
    candidate: setOf('v2', candidate),
    running: setOf('v2', candidate),
    carrier: 'Candidate',
  });

const splits = (weight: number, state: Partial<TrafficReading> = {}) =>
  reading({ weight, ...state });

describe('evidence', () => {
  test('from before the weight was reached does not open the gate of the weight', () => {
    const status = inStage(0);
    delete status.gateSince;
    const decision = step(
      snapshot({
        release: release(status, checked),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Pass'),
      }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Stage', stage: 0, gateSince: at(0) });
    expect(decision.measure?.sinceMs).toBe(START_MS);
  });

  test('from the swap does not end the bake before anything was measured in it', () => {
    const decision = step(
      snapshot({
        release: release(
          { ...baking(), step: 'Swap', stepSince: at(-1) },
          { ...checked, bake: '0s' },
        ),
        workload: swapped(),
        traffic: splits(100),
        evidence: says('Pass'),
      }),
    );
    expect(decision.release?.status.step).toBe('Bake');
  });

  test('is not asked for while nothing goes to the candidate', () => {
    const status = inStage(0, { traffic: { dedicated: true, route: 'Split', weight: 0 } });
    const decision = step(
      snapshot({ release: release(status, checked), workload: growing(0), traffic: splits(0) }),
    );
    expect(decision.measure).toBeUndefined();
  });

  test('of a check that this stage does not ask fails nothing', () => {
    const spec: Partial<PolicySpec> = {
      ...checked,
      strategy: { canary: { stages: [{ weight: 5, checks: [], hold: '1h' }], timeout: '10m' } },
    };
    const decision = step(
      snapshot({
        release: release(inStage(0), spec),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
      }),
    );
    expect(decision.release?.status.towards).toBeUndefined();
  });

  test('that fails takes a paused release back too', () => {
    const paused = { since: at(-1), reason: 'PauseRequested', message: 'jo' };
    const decision = step(
      snapshot({
        release: release(inStage(0, { paused }), checked),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
      }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Retreat', reason: 'CheckFailed' });
    expect(decision.traffic?.weight).toBe(0);
  });
});

describe('with onFailure Pause, paused by a failed check', () => {
  const spec: Partial<PolicySpec> = { ...checked, onFailure: { action: 'Pause' } };
  const paused = { since: at(-1), reason: 'CheckFailed', message: 'it is Fail' };
  const asked = (action: RequestAction) =>
    step(
      snapshot({
        release: release(inStage(0, { paused }), spec),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
        requests: ask(action),
      }),
    ).release?.status;

  test('a resume goes on, and what failed before is measured anew', () => {
    const status = asked('Resume');
    expect(status?.paused).toBeUndefined();
    expect(status?.gateSince).toBe(at(0));
  });

  test('a promotion is refused, and not remembered for later', () => {
    const status = asked('Promote');
    expect(status?.requests?.[0]?.answer).toMatch(/^refused: check errors failed/);
    expect(status?.promoted).toBeUndefined();
    expect(status?.paused?.reason).toBe('CheckFailed');
  });
});
