/** Who wrote the spec of an object last, by its managed fields. */
import { FIELD_MANAGER } from './group.ts';
import type { ObjectMeta } from './object.ts';

interface ManagedFields {
  manager?: string;
  time?: string;
  subresource?: string;
  fieldsV1?: Record<string, unknown>;
}

/** Of `metadata.managedFields` the managers of the spec, without the fields they manage: all that is kept in a cache. */
export function specManagers(managedFields: unknown): { manager: string; time: string }[] {
  if (!Array.isArray(managedFields)) return [];
  return (managedFields as ManagedFields[])
    .filter(({ fieldsV1, subresource }) => !subresource && fieldsV1?.['f:spec'] !== undefined)
    .map(({ manager = '', time = '' }) => ({ manager, time }));
}

/** The cluster's own controllers and Segue write too, but never against Segue. */
const NOBODY = new Set([FIELD_MANAGER, 'kube-controller-manager', '']);

/** The field manager that wrote last, as far as that is recorded (to the second); '' when nobody
 * but Segue is known. Expects the list as `specManagers` keeps it. */
export function lastWriter({ managedFields }: ObjectMeta): string {
  if (!Array.isArray(managedFields)) return '';
  const others = (managedFields as { manager: string; time: string }[]).filter(
    ({ manager }) => !NOBODY.has(manager),
  );
  return others.toSorted((a, b) => (a.time < b.time ? 1 : -1))[0]?.manager ?? '';
}
