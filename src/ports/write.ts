/**
 * Writes as data. Adapters render them from what was observed, pure and repeatable; the controller
 * alone sends them. A write that needs an order or a precondition says so here.
 */
import type { KubeObject, ObjectName } from '../api/object.ts';

export type Write = CreateWrite | PatchWrite | DeleteWrite;

export interface CreateWrite {
  op: 'Create';
  /** `apiVersion` may be `group/` (`apps/`): the served version is filled in. */
  object: KubeObject;
  /** Its owner, read anew before: not made when that is gone or is another one. The garbage collector
   * would take it away at once, and a cache that lags behind would have it made again and again. */
  ownedBy?: ObjectName & { uid: string };
  /** A few words for logs: what this write is for. */
  because: string;
}

export interface PatchWrite {
  op: 'Patch';
  target: ObjectName;
  type: 'merge' | 'json';
  body: unknown;
  subresource?: 'status' | 'scale';
  /** The write is refused (Conflict) when the object has changed since it was observed. */
  resourceVersion?: string;
  /** Another object, read anew before: nothing is written (Conflict) when it asks for something else than was
   * observed. By a cache that lags behind, what is written would be undone and written again and again. */
  seen?: ObjectName & { generation: number };
  /** Nothing else: Segue is to manage no field of it any more, so that who applies it server-side meets no conflict. What
   * says so is made of the object as it is then. */
  disowns?: true;
  because: string;
}

export interface DeleteWrite {
  op: 'Delete';
  target: ObjectName;
  /** Refused when the object is another one of the same name. */
  uid?: string;
  resourceVersion?: string;
  /** Another object, read anew before: nothing is deleted (Conflict) when it asks for something else
   * than was observed. A cache that lags behind would have it deleted again and again. */
  seen?: ObjectName & { generation: number };
  propagation?: 'Foreground' | 'Background' | 'Orphan';
  /** A pod, whose PodDisruptionBudget is asked first: where that refuses, it stays and is asked again. */
  evict?: true;
  because: string;
}
