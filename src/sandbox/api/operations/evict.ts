/** Evictions: a delete that asks the disruption budgets first. */
import { stored, type Backend, type Target } from '../backend.ts';
import { isFields, numberAt, valueAt, type Fields } from '../schema.ts';
import { matcherOf } from '../selectors.ts';
import { notFound, StatusError } from '../status.ts';
import { readDeleteOptions, remove } from './delete.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

export function evict(backend: Backend, target: Target, eviction: unknown): Fields {
  const pod = stored(backend, target);
  if (pod === undefined) throw notFound(target.resource, target.name);
  const labels = pod.metadata.labels ?? {};
  const budgets = backend.store.list(BUDGETS, target.namespace).filter((budget) => {
    const selector = valueAt(budget, 'spec', 'selector');
    return isFields(selector) && matcherOf(selector)(labels);
  });
  const full = budgets.find(
    (budget) => (numberAt(budget, 'status', 'disruptionsAllowed') ?? 0) < 1,
  );
  if (full !== undefined) {
    const { name } = full.metadata;
    const message = `Cannot evict pod as it would violate the pod's disruption budget.`;
    throw new StatusError(429, 'TooManyRequests', message, {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${name} does not allow any disruption now`,
          field: '',
        },
      ],
    });
  }
  remove(
    backend,
    target,
    readDeleteOptions(valueAt(eviction, 'deleteOptions'), new URLSearchParams()),
  );
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}
