/** Pods as the nodes read them. */
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { KubeObject, ObjectMeta } from '../../api/object.ts';

export type PodObject = KubeObject & Pod & { metadata: ObjectMeta };

export const POD = { group: '', kind: 'Pod' } as const;

export function asPod(object: KubeObject): PodObject {
  return object as unknown as PodObject;
}

/** The key of a queue: namespace and name. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** What tells this pod from an earlier one of the same name. */
export function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? '';
}

/** RFC 3339 with whole seconds, as `metav1.Time` has it. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
