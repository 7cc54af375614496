/** A cache of one kind, kept by list and watch, that tells of changes. */
import type { KubeObject } from '../api/object.ts';

export interface Informer {
  /** Lists and then watches until `signal` aborts; resolves then. Errors are logged and retried
   * with backoff and jitter. A kind that is not served is asked for again, slowly. */
  run(signal: AbortSignal): Promise<void>;
  /** True once the first list is in the cache (or the kind turned out not to be served). */
  readonly synced: boolean;
  /** False where the API server has no such kind: what defines it is not installed. */
  readonly served: boolean;
  /** True from a failed list or watch until one has begun again: what the cache says may be long ago. */
  readonly behind: boolean;
  /** With `mayBeRefused`: why the kind may not be read; undefined while it may, or is not served. */
  readonly refusal: string | undefined;
  /** Resolves when `synced`, or when `signal` aborts. */
  waitSynced(signal: AbortSignal): Promise<void>;
  get(namespace: string, name: string): KubeObject | undefined;
  list(): KubeObject[];
  /** Objects for which the index function gave this value. */
  byIndex(index: string, value: string): KubeObject[];
  /** Puts in the answer of a write of our own, so that the next read sees it; older versions than
   * the cached one are ignored, and so is an object that the watch has since deleted. */
  observe(written: KubeObject): void;
  /** Called after the cache changed; `old` and `object` are undefined for added and deleted. */
  onChange(listener: (change: Change) => void): void;
}

export interface Change {
  old: KubeObject | undefined;
  object: KubeObject | undefined;
}

export interface InformerOptions {
  namespace?: string;
  labelSelector?: string;
  /** Where the kind may not be read the cache stays as it was last seen, counts as filled, and `refusal`
   * says why. The text is logged once: what comes of it, and what to do. */
  mayBeRefused?: string;
  /** Drops what nobody reads before an object enters the cache. The object comes without its
   * managedFields; who reads them keeps what is needed of them. */
  trim?: (object: KubeObject, managedFields: unknown) => KubeObject;
  /** Index name to the values an object is found under. */
  indexes?: Record<string, (object: KubeObject) => string[]>;
}
