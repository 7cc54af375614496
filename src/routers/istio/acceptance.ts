/** What Istio says of a VirtualService. It writes a status only where it is told to. */
import type { KubeObject } from '../../api/object.ts';
import { notTrue, type Said } from '../condition.ts';

/** Undefined where it has taken up this generation, or says nothing: there is nothing more to be read then. */
export function notReconciled({ metadata, status }: KubeObject): string | undefined {
  const { conditions = [], observedGeneration } = (status ?? {}) as {
    conditions?: Said[];
    observedGeneration?: number | string;
  };
  const reconciled = conditions.find(({ type }) => type === 'Reconciled');
  // Where the condition does not say which generation it speaks of, the status does.
  const seen = observedGeneration !== undefined && { observedGeneration };
  return reconciled && notTrue({ ...seen, ...reconciled }, metadata.generation ?? 0);
}
