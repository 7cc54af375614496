/** Evictions of the modelled server: a budget is counted from the pods themselves, and may refuse. */
import type { KubeObject } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import { isReady } from './facts.ts';
import type { ModelApi } from './model-api.ts';

/** @throws KubeError TooManyRequests, or InternalError where there are two of them: then none is asked */
export function askBudget(api: ModelApi, name: string): void {
  const pod = api.get('Pod', name);
  const [budget, other] = api.all('PodDisruptionBudget');
  if (!pod || !budget || isGoingAnyway(pod)) return;
  if (other) throw new KubeError(MORE_THAN_ONE, { code: 500, reason: 'InternalError' });
  const { minAvailable, selector } = budget['spec'] as Budget;
  const labels = Object.entries(selector.matchLabels);
  const selected = api
    .all('Pod')
    .filter(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value));
  const healthy = selected.filter(isReady).length;
  // One that is not ready may go while the others are enough.
  const enough = isReady(pod) ? healthy > minAvailable : healthy >= minAvailable;
  if (enough) return;
  const { name: by } = budget.metadata;
  const message = `The disruption budget ${by} needs ${minAvailable} healthy pods and has ${healthy} currently`;
  throw new KubeError("Cannot evict pod as it would violate the pod's disruption budget.", {
    code: 429,
    reason: 'TooManyRequests',
    body: { details: { causes: [{ reason: 'DisruptionBudget', message }] } },
  });
}

export const MORE_THAN_ONE =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

interface Budget {
  minAvailable: number;
  selector: { matchLabels: Record<string, string> };
}

function isGoingAnyway(pod: KubeObject): boolean {
  const { phase = 'Pending' } = (pod['status'] ?? {}) as { phase?: string };
  return pod.metadata.deletionTimestamp !== undefined || phase !== 'Running';
}
