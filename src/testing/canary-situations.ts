/** Situations of a canary with stages 5, 50 and 100 that unit tests of the engine begin from. */
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { TrafficReading } from '../engine/snapshot.ts';
import { reading, setOf, START_MS, workload } from './snapshots.ts';

export const at = (ms: number) => new Date(START_MS + ms).toISOString();
export const checked: Partial<PolicySpec> = {
  checks: [{ name: 'errors', scope: 'Version', interval: '10s', window: '1m', max: 0.01 }],
};
export const says = (verdict: Verdict['verdict']): Verdict[] => [
  { check: 'errors', verdict, because: `it is ${verdict}` },
];
export const ask = (action: RequestAction) => [
  { name: 'r', uid: 'r', spec: { policy: 'web', action, by: 'jo' } },
];

/** In stage `stage` with its weight read back and settled. */
export function inStage(stage: number, status: ReleaseStatus = {}): ReleaseStatus {
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
export function baking(status: ReleaseStatus = {}): ReleaseStatus {
  return { ...inStage(2), step: 'Bake', drainSince: at(-30_000), ...status };
}

export const growing = (available = 4) =>
  workload('v2', { candidate: setOf('v2', { owner: 'Release', available, ready: available }) });

export const swapped = (candidate: Partial<ReturnType<typeof setOf>> = {}) =>
  workload('v2', {
    stable: setOf('v1', { owner: 'Release' }),
    candidate: setOf('v2', candidate),
    running: setOf('v2', candidate),
    carrier: 'Candidate',
  });

export const splits = (weight: number, state: Partial<TrafficReading> = {}) =>
  reading({ weight, ...state });
