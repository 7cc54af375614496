/** The status of a Deployment: counts, Available, Progressing and its deadline. */
import { isDeepStrictEqual } from 'node:util';
import type { Deployment, DeploymentStatus, ReplicaSet, StatusCondition } from '../kinds.ts';
import { timestamp } from '../pods.ts';
import {
  condition,
  findCondition,
  hasProgressDeadline,
  withCondition,
  withoutCondition,
} from './conditions.ts';
import { allOf, availableOf, type Draft, type Sets, wanted, wantedByAll } from './draft.ts';
import { maxUnavailable } from './strategy.ts';

/** Status of a Deployment that is paused, scaling or going away: progress is not judged. */
export function writeStatus(draft: Draft, sets: Sets): void {
  draft.deployment.status = countedStatus(draft, sets);
}

/** Status of a Deployment that is rolling out: progress and its deadline are judged. */
export function writeRolloutStatus(draft: Draft, sets: Sets): void {
  const { deployment } = draft;
  const status = countedStatus(draft, sets);
  let conditions = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing');
  else conditions = judgeProgress(draft, sets, { ...status, conditions });
  const failure = replicaFailure(sets);
  conditions = failure
    ? withCondition(conditions, failure)
    : withoutCondition(conditions, 'ReplicaFailure');
  deployment.status = { ...status, conditions };
}

/** All pods are of the new template, available, and none is left over. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas];
  const observed = status?.observedGeneration ?? 0;
  return (
    counts.every((count) => (count ?? 0) === wanted(deployment)) &&
    observed >= (deployment.metadata.generation ?? 0)
  );
}

/** When to look again though nothing changes: one second after the progress deadline. */
export function deadlineCheckMs(deployment: Deployment, nowMs: number): number | undefined {
  const progressing = findCondition(deployment.status, 'Progressing');
  if (!hasProgressDeadline(deployment) || deployment.spec.paused || !progressing) return undefined;
  const done = isComplete(deployment, deployment.status);
  if (done || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  return Math.max(1_000, deadlineMs(deployment, progressing) - nowMs + 1_000);
}

/** Same but for what is zero, empty or absent. */
export function sameStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  return isDeepStrictEqual(compact(a ?? {}), compact(b));
}

function compact(status: DeploymentStatus): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(status).filter(
      ([, value]) => value !== 0 && value !== undefined && !(Array.isArray(value) && !value.length),
    ),
  );
}

function countedStatus(draft: Draft, sets: Sets): DeploymentStatus {
  const { deployment, nowMs } = draft;
  const all = allOf(sets);
  const available = availableOf(all);
  const enough = available >= wanted(deployment) - maxUnavailable(deployment);
  const news = enough
    ? ({
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      } as const)
    : ({
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      } as const);
  const sum = (of: ReplicaSet[], key: 'replicas' | 'readyReplicas') =>
    of.reduce((total, set) => total + (set.status?.[key] ?? 0), 0);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(all, 'replicas'),
    updatedReplicas: sum(sets.fresh ? [sets.fresh] : [], 'replicas'),
    readyReplicas: sum(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedByAll(all) - available),
    collisionCount: deployment.status?.collisionCount ?? 0,
  };
  return {
    ...compact(counts),
    conditions: withCondition(
      deployment.status?.conditions ?? [],
      condition('Available', news, nowMs),
    ),
  };
}

function judgeProgress(draft: Draft, sets: Sets, status: DeploymentStatus): StatusCondition[] {
  const { deployment, nowMs } = draft;
  const conditions = status.conditions ?? [];
  const current = findCondition(deployment.status, 'Progressing');
  const allUpdated = (status.replicas ?? 0) === (status.updatedReplicas ?? 0);
  if (allUpdated && current?.reason === 'NewReplicaSetAvailable') return conditions;
  const what = sets.fresh
    ? `ReplicaSet "${sets.fresh.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status))
    return withCondition(
      conditions,
      progressing(nowMs, {
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `${what} has successfully progressed.`,
      }),
    );
  if (hasProgressed(deployment.status, status)) return stillProgressing(draft, conditions, what);
  if (hasTimedOut(draft, conditions))
    return withCondition(
      conditions,
      progressing(nowMs, {
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `${what} has timed out progressing.`,
      }),
    );
  return conditions;
}

function stillProgressing(
  draft: Draft,
  conditions: StatusCondition[],
  what: string,
): StatusCondition[] {
  const current = findCondition(draft.deployment.status, 'Progressing');
  const next = progressing(draft.nowMs, {
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `${what} is progressing.`,
  });
  if (current?.status === 'True' && current.lastTransitionTime !== undefined)
    next.lastTransitionTime = current.lastTransitionTime;
  return [...withoutCondition(conditions, 'Progressing'), next];
}

function progressing(nowMs: number, news: Parameters<typeof condition>[1]): StatusCondition {
  return condition('Progressing', news, nowMs);
}

/** More updated, ready or available pods than last written, or fewer old ones. */
function hasProgressed(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const grew = (key: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') =>
    (now[key] ?? 0) > (before?.[key] ?? 0);
  return (
    grew('updatedReplicas') ||
    old(now) < old(before) ||
    grew('readyReplicas') ||
    grew('availableReplicas')
  );
}

function hasTimedOut(draft: Draft, conditions: StatusCondition[]): boolean {
  const current = conditions.find((one) => one.type === 'Progressing');
  if (!current || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineMs(draft.deployment, current) < draft.nowMs;
}

function deadlineMs(deployment: Deployment, current: StatusCondition): number {
  const from = Date.parse(current.lastUpdateTime ?? timestamp(0));
  return from + (deployment.spec.progressDeadlineSeconds ?? 0) * 1_000;
}

/** The new set's failure to make pods, or any set's. */
function replicaFailure(sets: Sets): StatusCondition | undefined {
  const failureOf = (set: ReplicaSet | undefined) =>
    set?.status?.conditions?.find((one) => one.type === 'ReplicaFailure');
  const found = failureOf(sets.fresh) ?? allOf(sets).map(failureOf).find(Boolean);
  if (!found) return undefined;
  const { lastTransitionTime } = found;
  return lastTransitionTime === undefined
    ? found
    : { ...found, lastUpdateTime: lastTransitionTime };
}
