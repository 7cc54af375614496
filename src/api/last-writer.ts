/** Who wrote the spec of an object last, by its managed fields. */
import { FIELD_MANAGER } from './group.ts';
import type { ObjectMeta } from './object.ts';

interface ManagedFields {
  manager?: string;
  time?: string;
  subresource?: string;
  fieldsV1?: Record<string, unknown>;
}

/** Annotations by which an Ingress routes, as `fieldsV1` names them. */
const ROUTING = 'f:alb.ingress.kubernetes.io/';

/** Of `metadata.managedFields` the managers of the spec, or of what routes as it does, without the fields they manage: all
 * that is kept in a cache. */
export function specManagers(managedFields: unknown): { manager: string; time: string }[] {
  if (!Array.isArray(managedFields)) return [];
  return (managedFields as ManagedFields[])
    .filter(({ fieldsV1, subresource }) => !subresource && fieldsV1 && routes(fieldsV1))
    .map(({ manager = '', time = '' }) => ({ manager, time }));
}

function routes(fields: Record<string, unknown>): boolean {
  if (fields['f:spec'] !== undefined) return true;
  const metadata = (fields['f:metadata'] ?? {}) as Record<string, unknown>;
  const annotations = (metadata['f:annotations'] ?? {}) as Record<string, unknown>;
  return Object.keys(annotations).some((key) => key.startsWith(ROUTING));
}

/** The cluster's own controllers and Segue write too, but never against Segue. */
const NOBODY = new Set([FIELD_MANAGER, 'kube-controller-manager', '']);

/** The field manager that wrote last, as far as that is recorded (to the second); '' when nobody
 * but Segue is known. Expects the list as `specManagers` keeps it. */
export function lastWriter(metadata: ObjectMeta): string {
  const others = managersOf(metadata).filter(({ manager }) => !NOBODY.has(manager));
  return others.toSorted((a, b) => (a.time < b.time ? 1 : -1))[0]?.manager ?? '';
}

/** Nobody has written after Segue: another controller that runs by mistake, or this one before a restart. Within
 * one second that cannot be told, and then somebody may have. */
export function isOwnWrite(metadata: ObjectMeta): boolean {
  const managers = managersOf(metadata);
  const own = managers.find(({ manager }) => manager === FIELD_MANAGER);
  return own !== undefined && managers.every((one) => one === own || one.time < own.time);
}

/** Segue manages what it put back, where that has not been given up. */
export function isManaged(metadata: ObjectMeta): boolean {
  return managersOf(metadata).some(({ manager }) => manager === FIELD_MANAGER);
}

function managersOf({ managedFields }: ObjectMeta): { manager: string; time: string }[] {
  return Array.isArray(managedFields) ? managedFields : [];
}
