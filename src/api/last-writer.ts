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

/** A field manager, and when it wrote (RFC 3339, to the second, by the API server's clock). */
export interface Writer {
  manager: string;
  time: string;
}

/** Of `metadata.managedFields` the managers of the spec, or of what routes as it does, without the fields they manage: all
 * that is kept in a cache. */
export function specManagers(managedFields: unknown): Writer[] {
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

/** Who wrote last, as far as that is recorded; undefined when nobody but Segue is known. Expects the list as
 * `specManagers` keeps it. */
export function lastWriter(metadata: ObjectMeta): Writer | undefined {
  return latest(managersOf(metadata).filter(({ manager }) => !NOBODY.has(manager)));
}

/** Of those of one second the first: the API server lists who applies before who updates, and to apply takes. */
export function latest(writers: Writer[]): Writer | undefined {
  return writers.toSorted((a, b) => b.time.localeCompare(a.time))[0];
}

/**
 * Who undid what was last as it should be at `sinceMs`; '' where that is not recorded. Who takes a field out leaves no
 * trace (`kubectl rollout resume`; before Kubernetes 1.21 a key of a selector too), and whoever is recorded then, from
 * long before, has done nothing.
 */
export function writerSince(writer: Writer | undefined, sinceMs: number): string {
  if (!writer) return '';
  const isBefore = Date.parse(writer.time) < Math.floor(sinceMs / 1000) * 1000;
  return isBefore ? '' : writer.manager;
}

/** Nobody has written after Segue: another controller that runs by mistake, or this one before a restart. Within
 * one second that cannot be told, and then somebody may have. */
export function isOwnWrite(metadata: ObjectMeta): boolean {
  const managers = managersOf(metadata);
  const own = managers.find(({ manager }) => manager === FIELD_MANAGER);
  return own !== undefined && managers.every((one) => one === own || one.time < own.time);
}

/** When Segue wrote last (RFC 3339, to the second); undefined where it manages nothing. */
export function lastOwnWrite(metadata: ObjectMeta): string | undefined {
  return latest(managersOf(metadata).filter(({ manager }) => manager === FIELD_MANAGER))?.time;
}

/** Segue manages what it put back, where that has not been given up. */
export function isManaged(metadata: ObjectMeta): boolean {
  return managersOf(metadata).some(({ manager }) => manager === FIELD_MANAGER);
}

function managersOf({ managedFields }: ObjectMeta): Writer[] {
  return Array.isArray(managedFields) ? managedFields : [];
}
