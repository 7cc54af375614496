/**
 * Evictions: a delete that asks the disruption budget first. What that allows is counted here from the
 * pods themselves, so that two evictions in a row never both take the last place.
 */
import type { KubeObject } from '../../../api/object.ts';
import { stored, type Backend, type Target } from '../backend.ts';
import {
  fieldsAt,
  isFields,
  numberAt,
  objectsAt,
  textAt,
  valueAt,
  type Fields,
} from '../schema.ts';
import { matcherOf } from '../selectors.ts';
import { notFound, StatusError } from '../status.ts';
import { readDeleteOptions, remove } from './delete.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

export function evict(backend: Backend, target: Target, eviction: unknown): Fields {
  const pod = stored(backend, target);
  if (pod === undefined) throw notFound(target.resource, target.name);
  if (!isGoingAnyway(pod)) askBudget(backend, pod);
  const options = valueAt(eviction, 'deleteOptions');
  remove(backend, target, readDeleteOptions(options, new URLSearchParams()));
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

/** No budget protects a pod that has not begun, that has ended, or that is being deleted. */
function isGoingAnyway(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined || UNPROTECTED.includes(phaseOf(pod));
}

const UNPROTECTED = ['Pending', 'Succeeded', 'Failed'];

function phaseOf(pod: KubeObject): string {
  return textAt(pod, 'status', 'phase');
}

function askBudget(backend: Backend, pod: KubeObject): void {
  const [budget, ...others] = backend.store
    .list(BUDGETS, pod.metadata.namespace)
    .filter((one) => matches(one, pod));
  if (budget === undefined) return;
  if (others.length > 0) throw new StatusError(500, 'InternalError', MORE_THAN_ONE);
  const { healthy, needed } = countOf(backend, budget);
  if (isHealthy(pod) ? healthy > needed : mayGoUnhealthy(budget, { healthy, needed })) return;
  throw refusal(budget, { healthy, needed });
}

const MORE_THAN_ONE =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

interface Count {
  healthy: number;
  needed: number;
}

/** A pod that is not ready may go while the others are enough. */
function mayGoUnhealthy(budget: KubeObject, { healthy, needed }: Count): boolean {
  const isAlways = valueAt(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow';
  return isAlways || (healthy >= needed && needed > 0) || healthy > needed;
}

function matches(budget: KubeObject, pod: KubeObject): boolean {
  const selector = valueAt(budget, 'spec', 'selector');
  return isFields(selector) && matcherOf(selector)(pod.metadata.labels ?? {});
}

function isHealthy(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return objectsAt(pod, 'status', 'conditions').some(
    (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
  );
}

/** A budget that the controller could not count protects every pod. */
function countOf(backend: Backend, budget: KubeObject): Count {
  const pods = backend.store
    .list('/pods', budget.metadata.namespace)
    .filter((pod) => matches(budget, pod) && !hasEnded(pod));
  const healthy = pods.filter(isHealthy).length;
  const total = expectedOf(budget) ?? pods.length;
  const { minAvailable, maxUnavailable } = fieldsAt(budget, 'spec');
  if (total === Infinity) return { healthy, needed: pods.length };
  if (maxUnavailable === undefined) return { healthy, needed: share(minAvailable ?? 1, total) };
  return { healthy, needed: Math.max(0, total - share(maxUnavailable, total)) };
}

/** How many pods are wanted, as the controller counted; Infinity where it could not. */
function expectedOf(budget: KubeObject): number | undefined {
  const status = fieldsAt(budget, 'status');
  if (numberAt(status, 'observedGeneration') !== budget.metadata.generation) return undefined;
  const hasFailed = objectsAt(status, 'conditions').some(({ reason }) => reason === 'SyncFailed');
  return hasFailed ? Infinity : numberAt(status, 'expectedPods');
}

function hasEnded(pod: KubeObject): boolean {
  return phaseOf(pod) === 'Failed' || phaseOf(pod) === 'Succeeded';
}

/** A number, or a percentage rounded up. */
function share(value: unknown, total: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil((Number.parseInt(String(value), 10) * total) / 100);
}

function refusal(budget: KubeObject, { healthy, needed }: Count): StatusError {
  const { name } = budget.metadata;
  const reason = `The disruption budget ${name} needs ${needed} healthy pods and has ${healthy} currently`;
  const message = `Cannot evict pod as it would violate the pod's disruption budget.`;
  return new StatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: reason, field: '' }],
  });
}
