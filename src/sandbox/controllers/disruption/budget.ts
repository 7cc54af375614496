/** What a PodDisruptionBudget allows at this moment, pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../kinds.ts';
import { isReady, timestamp } from '../pods.ts';

/** What a pod belongs to, and how many pods that wants. */
export type Scale = { uid: string; replicas: number } | { problem: string };

export interface Snapshot {
  budget: PodDisruptionBudget;
  /** All that the budget selects, finished ones included. */
  pods: Pod[];
  /** Undefined for a pod without a controller, which counts for nothing wanted. */
  scaleOf: (pod: Pod) => Scale | undefined;
  nowMs: number;
}

interface Expectation {
  expected: number;
  healthy: number;
}

/** The status to write; undefined when the budget has it. */
export function nextStatus(snapshot: Snapshot): PodDisruptionBudgetStatus | undefined {
  const { budget, pods } = snapshot;
  const wanted = expectationOf(snapshot);
  const before = budget.status;
  const status =
    typeof wanted === 'string'
      ? failed(snapshot, wanted)
      : counted(snapshot, wanted, pods.filter(isHealthy).length);
  return isDeepStrictEqual(status, before) ? undefined : status;
}

function isHealthy(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && isReady(pod);
}

/** Percentages and what may be missing are of the pods wanted, a number of the pods there are. */
function expectationOf({ budget, pods, scaleOf }: Snapshot): Expectation | string {
  const { minAvailable = 1, maxUnavailable } = budget.spec;
  if (maxUnavailable === undefined && typeof minAvailable === 'number')
    return { expected: pods.length, healthy: minAvailable };
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const scale = scaleOf(pod);
    if (scale && 'problem' in scale) return scale.problem;
    if (scale) scales.set(scale.uid, scale.replicas);
  }
  const expected = [...scales.values()].reduce((sum, one) => sum + one, 0);
  if (maxUnavailable === undefined) return { expected, healthy: share(minAvailable, expected) };
  return { expected, healthy: Math.max(0, expected - share(maxUnavailable, expected)) };
}

/** Percentages are rounded up. */
function share(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil(((Number.parseInt(value, 10) || 0) * total) / 100);
}

function counted(
  snapshot: Snapshot,
  { expected, healthy }: Expectation,
  current: number,
): PodDisruptionBudgetStatus {
  const allowed = expected > 0 ? Math.max(0, current - healthy) : 0;
  const reason = allowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  return {
    disruptionsAllowed: allowed,
    currentHealthy: current,
    desiredHealthy: healthy,
    expectedPods: expected,
    observedGeneration: snapshot.budget.metadata.generation ?? 0,
    conditions: [condition(snapshot, { isAllowed: allowed > 0, reason, message: '' })],
  };
}

/** What cannot be counted allows nothing. */
function failed(snapshot: Snapshot, message: string): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = snapshot.budget.status ?? {};
  return {
    disruptionsAllowed: 0,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    observedGeneration: snapshot.budget.metadata.generation ?? 0,
    conditions: [condition(snapshot, { isAllowed: false, reason: 'SyncFailed', message })],
  };
}

function condition(
  { budget, nowMs }: Snapshot,
  { isAllowed, reason, message }: { isAllowed: boolean; reason: string; message: string },
) {
  const status = isAllowed ? ('True' as const) : ('False' as const);
  const type = 'DisruptionAllowed';
  const before = budget.status?.conditions?.find((one) => one.type === type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  return {
    type,
    status,
    reason,
    message,
    observedGeneration: budget.metadata.generation ?? 0,
    lastTransitionTime: since ?? timestamp(nowMs),
  };
}
