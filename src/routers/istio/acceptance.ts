/** What Istio says of a VirtualService. It writes a status only where it is told to. */
import type { Condition, KubeObject } from '../../api/object.ts';

/** Undefined where it has taken up this generation, or says nothing: there is nothing more to be read then. */
export function notReconciled(route: KubeObject): string | undefined {
  const { conditions = [], observedGeneration } = (route['status'] ?? {}) as {
    conditions?: Partial<Condition>[];
    observedGeneration?: number | string;
  };
  const reconciled = conditions.find(({ type }) => type === 'Reconciled');
  if (!reconciled) return undefined;
  const generation = route.metadata.generation ?? 0;
  const seen = Number(reconciled.observedGeneration ?? observedGeneration ?? generation);
  if (seen < generation) return `Reconciled speaks of generation ${seen}, not yet of ${generation}`;
  if (reconciled.status === 'True') return undefined;
  const { status, reason, message } = reconciled;
  return `Reconciled is ${status} (${[reason, message].filter(Boolean).join(': ')})`;
}
