/** What Contour says of an HTTPProxy: one condition, `Valid`, at the generation it has seen. */
import type { KubeObject } from '../../api/object.ts';
import { notTrue, type Said } from '../condition.ts';

/** Undefined where it has taken up this generation, or no Contour has said anything yet. */
export function notValid({ metadata, status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as {
    conditions?: (Said & { errors?: Pick<Said, 'reason' | 'message'>[] })[];
  };
  const valid = conditions.find(({ type }) => type === 'Valid');
  if (!valid) return undefined;
  const [error = valid] = valid.errors ?? [];
  const { reason, message } = error;
  return notTrue({ ...valid, reason, message }, metadata.generation ?? 0);
}
