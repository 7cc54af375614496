/**
 * Evictions: a delete that asks the disruption budgets first. The sandbox has no controller that
 * keeps the status of budgets, so what they allow is counted here, from the pods themselves.
 */
import type { KubeObject } from '../../../api/object.ts';
import { stored, type Backend, type Target } from '../backend.ts';
import { fieldsAt, isFields, objectsAt, textAt, valueAt, type Fields } from '../schema.ts';
import { matcherOf } from '../selectors.ts';
import { notFound, StatusError } from '../status.ts';
import { readDeleteOptions, remove } from './delete.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

export function evict(backend: Backend, target: Target, eviction: unknown): Fields {
  const pod = stored(backend, target);
  if (pod === undefined) throw notFound(target.resource, target.name);
  if (isHealthy(pod)) {
    const full = backend.store
      .list(BUDGETS, target.namespace)
      .find((budget) => matches(budget, pod) && disruptionsAllowed(backend, budget) < 1);
    if (full !== undefined) throw refusal(full);
  }
  const options = valueAt(eviction, 'deleteOptions');
  remove(backend, target, readDeleteOptions(options, new URLSearchParams()));
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
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

/** Percentages are of the pods there are. */
function disruptionsAllowed(backend: Backend, budget: KubeObject): number {
  const pods = backend.store
    .list('/pods', budget.metadata.namespace)
    .filter((pod) => matches(budget, pod) && !hasEnded(pod));
  const healthy = pods.filter(isHealthy).length;
  const { minAvailable, maxUnavailable } = fieldsAt(budget, 'spec');
  if (maxUnavailable !== undefined)
    return healthy - (pods.length - share(maxUnavailable, pods.length));
  return healthy - share(minAvailable ?? 1, pods.length);
}

function hasEnded(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Failed' || phase === 'Succeeded';
}

/** A number, or a percentage rounded up. */
function share(value: unknown, total: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil((Number.parseInt(String(value), 10) * total) / 100);
}

function refusal(budget: KubeObject): StatusError {
  const { name } = budget.metadata;
  const reason = `The disruption budget ${name} does not allow a disruption of these pods now`;
  const message = `Cannot evict pod as it would violate the pod's disruption budget.`;
  return new StatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: reason, field: '' }],
  });
}
