/** What a controller wants written, as data: `sync` functions return these, the applier sends them. */
import type { KubeObject, ObjectName } from '../../api/object.ts';

export type Write =
  | { op: 'Create'; object: KubeObject }
  /** PUT, with the object's resourceVersion as the precondition. */
  | { op: 'Update'; object: KubeObject }
  | { op: 'UpdateStatus'; object: KubeObject }
  /** JSON merge patch. */
  | { op: 'Patch'; target: ObjectName; body: Record<string, unknown> }
  | DeleteWrite
  | EventWrite;

export interface DeleteWrite {
  op: 'Delete';
  target: ObjectName;
  /** Refused when another object of the same name is there. */
  uid: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
  propagation?: 'Foreground' | 'Background' | 'Orphan';
}

/** A Kubernetes Event about an object. */
export interface EventWrite {
  op: 'Event';
  about: KubeObject;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What one look at the world asks for. */
export interface Plan {
  writes: Write[];
  /** Look again after so long, though nothing may have changed. */
  requeueAfterMs?: number;
}

export function nameOf(object: KubeObject): ObjectName {
  const { name, namespace } = object.metadata;
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const base = { group, kind: object.kind, name };
  return namespace === undefined ? base : { ...base, namespace };
}

/** The cache and queue key of an object: `namespace/name`. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
