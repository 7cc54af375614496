/**
 * What Segue needs of a Kubernetes API server. Objects are untyped and keep unknown fields; kinds
 * are named without a version and resolved by discovery, so that one code path speaks to a 1.20
 * (discovery.k8s.io/v1beta1) and to a 1.34.
 */
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';

/** The error of every failed request to the API server, shaped after `metav1.Status`. */
export class KubeError extends Error {
  /** HTTP status, or 0 when no answer came (connection refused, reset, deadline). */
  readonly code: number;
  /** `metav1.StatusReason`: NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Expired, … */
  readonly reason: string;
  /** The whole `Status` body, where there was one. */
  readonly body: unknown;
  /** Seconds the server asked to wait (Retry-After), where it did. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    details: { code: number; reason: string; body?: unknown; retryAfterSeconds?: number },
  ) {
    super(message);
    this.name = 'KubeError';
    this.code = details.code;
    this.reason = details.reason;
    this.body = details.body;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/**
 * A resource the server does not serve (a CRD that is not installed) is `undefined` from
 * `resolve`, and a KubeError with reason `NotServed` (code 404) from every other call.
 */
export interface KubeClient {
  /** The served resource of a kind, in the newest version the server prefers. Cached; a miss asks
   * again at most every few seconds, so that a CRD installed later is found. */
  resolve(kind: GroupKind): Promise<ServedResource | undefined>;

  /** The object, or undefined when it does not exist. */
  get(name: ObjectName): Promise<KubeObject | undefined>;

  /** Pages through everything that matches. */
  list(kind: GroupKind, options?: ListOptions): Promise<KubeList>;

  /** `object.apiVersion` may be left to discovery by giving only the group (`apps/`). */
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;

  /** PUT; the object's resourceVersion, if any, is the precondition. */
  replace(object: KubeObject, options?: WriteOptions & Subresource): Promise<KubeObject>;

  /** `body` is a list of operations for `json`, an object otherwise. A `metadata.resourceVersion`
   * inside a merge patch is a precondition. */
  patch(name: ObjectName, patch: Patch, options?: WriteOptions & Subresource): Promise<KubeObject>;

  /** Undefined when the object was not there. */
  delete(name: ObjectName, options?: DeleteOptions): Promise<KubeObject | undefined>;

  /** Asks a pod to go, as a drained node does: its PodDisruptionBudget is asked first, which may refuse
   * (TooManyRequests). False when the pod was not there. */
  evict(name: PodName, options?: Pick<DeleteOptions, 'uid'>): Promise<boolean>;

  /** A stream of changes from `resourceVersion` on, that ends when the server closes it or the
   * client-side deadline passes (no error), or throws (410 Expired: list again). */
  watch(kind: GroupKind, options: WatchOptions): AsyncIterable<WatchEvent>;

  /** A raw request for what has no verb above: `/version`, `/healthz`, logs, tokens. */
  raw(request: RawRequest): Promise<RawResponse>;

  /** Closes connections. */
  close(): Promise<void>;
}

export interface ServedResource extends GroupKind {
  version: string;
  /** `group/version`, or `v1`. */
  apiVersion: string;
  /** The plural, as in URLs. */
  resource: string;
  namespaced: boolean;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects a page; the server's paging is followed to the end. Default 500. */
  pageSize?: number;
}

export interface KubeList {
  items: KubeObject[];
  resourceVersion: string;
}

export interface WriteOptions {
  fieldManager?: string;
  dryRun?: boolean;
  /** For `apply` patches. */
  force?: boolean;
}

export interface Subresource {
  /** `status`, `scale`, … */
  subresource?: string;
}

export interface Patch {
  type: PatchType;
  body: unknown;
}

export interface DeleteOptions {
  propagation?: 'Foreground' | 'Background' | 'Orphan';
  gracePeriodSeconds?: number;
  /** Refuses (Conflict) when the object is another one of the same name. */
  uid?: string;
  resourceVersion?: string;
}

export interface PodName {
  namespace: string;
  name: string;
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion: string;
  signal?: AbortSignal;
  /** Called once, when the server has begun to answer: what changed since is on its way. */
  onOpen?: () => void;
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }
  | { type: 'BOOKMARK'; resourceVersion: string };

export interface RawRequest {
  method: string;
  /** Path and query, beginning with a slash. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface RawResponse {
  status: number;
  headers: Record<string, string>;
  text(): Promise<string>;
  body: AsyncIterable<Uint8Array>;
}
