/** What Contour says of an HTTPProxy: one condition, `Valid`, at the generation it has seen. */
import type { Condition, KubeObject } from '../../api/object.ts';

/** Undefined where it has taken up this generation, or no Contour has said anything yet. */
export function notValid(proxy: KubeObject): string | undefined {
  const { conditions = [] } = (proxy['status'] ?? {}) as {
    conditions?: (Partial<Condition> & { errors?: { reason?: string; message?: string }[] })[];
  };
  const valid = conditions.find(({ type }) => type === 'Valid');
  if (!valid) return undefined;
  const generation = proxy.metadata.generation ?? 0;
  const seen = valid.observedGeneration ?? generation;
  if (seen < generation) return `Valid speaks of generation ${seen}, not yet of ${generation}`;
  if (valid.status === 'True') return undefined;
  const [error = valid] = valid.errors ?? [];
  return `Valid is ${valid.status} (${[error.reason, error.message].filter(Boolean).join(': ')})`;
}
