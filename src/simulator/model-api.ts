/**
 * The modelled API server: what Kubernetes does with the writes of a release. Resource versions and
 * preconditions, generations, the status subresource, finalizers and the three ways to delete, the
 * defaults and refusals that Segue meets. Objects are stored frozen and never change: readers share
 * them.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import type { KubeObject, ObjectMeta, ObjectName } from '../api/object.ts';
import { type DeleteOptions, KubeError, type Patch, type WatchEvent } from '../ports/kube.ts';
import { mergePatched } from '../testing/merge-patch.ts';
import { asAnswered, completed, hasStatus, refusalOf, SERVED } from './model-kinds.ts';

/** A write that was stored. */
export interface Change {
  atMs: number;
  by: string;
  before: KubeObject | undefined;
  /** Undefined: it is gone. */
  after: KubeObject | undefined;
}

export interface Logged {
  version: number;
  event: Exclude<WatchEvent, { type: 'BOOKMARK' }>;
}

/** The only one whose objects are stored. */
export const NAMESPACE = 'shop';

/** These are in no namespace. */
const OF_CLUSTER = new Set(['Node']);

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

export class ModelApi {
  version = 0;
  /** Kind to group and version. */
  readonly served: Record<string, string>;
  readonly #now: () => number;
  readonly #objects = new Map<string, KubeObject>();
  /** What was stored, by kind. */
  readonly #log = new Map<string, Logged[]>();
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(now: () => number, served: Record<string, string> = SERVED) {
    this.#now = now;
    this.served = served;
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get(kind: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${kind}/${name}`);
  }

  all(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  /** Everything of a kind that was stored after a version. */
  since(kind: string, version: number): Logged[] {
    return (this.#log.get(kind) ?? []).filter((logged) => logged.version > version);
  }

  create(given: KubeObject, by: string): KubeObject {
    const { kind, metadata } = given;
    const key = `${kind}/${metadata.name}`;
    if (this.#objects.has(key)) throw failure(409, 'AlreadyExists', `${key} already exists`);
    const object = wire(given) as KubeObject;
    if (object.apiVersion.endsWith('/')) object.apiVersion += 'v1';
    if (hasStatus(kind)) delete object['status'];
    Object.assign(object.metadata, {
      ...(!OF_CLUSTER.has(kind) && { namespace: NAMESPACE }),
      uid: `${kind.toLowerCase()}-${this.version + 1}`,
      creationTimestamp: seconds(this.#now()),
      generation: 1,
    } satisfies Partial<ObjectMeta>);
    completed(object);
    refuse(object);
    return this.#save(undefined, object, by);
  }

  patch(name: ObjectName, patch: Patch & { subresource?: string | undefined }, by: string) {
    const before = this.must(name);
    const copy = structuredClone(before);
    const after = patched(copy, patch);
    return this.#update(before, after, { by, subresource: patch.subresource });
  }

  /** What the same patch would leave, without it. */
  tried(name: ObjectName, patch: Patch): KubeObject {
    return patched(structuredClone(this.must(name)), patch);
  }

  replace(given: KubeObject, subresource: string | undefined, by: string): KubeObject {
    const before = this.must({ group: '', kind: given.kind, name: given.metadata.name });
    return this.#update(before, wire(given) as KubeObject, { by, subresource });
  }

  /** A change by somebody who has just read it. */
  edit(kind: string, name: string, how: { by: string; change: (copy: KubeObject) => void }): void {
    const before = this.#objects.get(`${kind}/${name}`);
    if (!before) return;
    const copy = structuredClone(before);
    how.change(copy);
    // People, kubelets and gateways write status and spec; which endpoint they use is not modelled.
    this.#finish(before, copy, how.by);
  }

  delete(name: ObjectName, options: DeleteOptions, by: string): KubeObject | undefined {
    const before = this.#objects.get(`${name.kind}/${name.name}`);
    if (!before) return undefined;
    const { uid, resourceVersion } = options;
    if (uid !== undefined && uid !== before.metadata.uid)
      throw failure(409, 'Conflict', `the uid is ${before.metadata.uid}, not ${uid}`);
    expectVersion(before, resourceVersion);
    const finalizers = finalizersFor(before, options.propagation);
    const graceful = before.kind === 'Pod' && options.gracePeriodSeconds !== 0;
    if (finalizers.length === 0 && !graceful) return this.#remove(before, by);
    const copy = structuredClone(before);
    if (finalizers.length > 0) copy.metadata.finalizers = finalizers;
    if (copy.metadata.deletionTimestamp === undefined) {
      copy.metadata.deletionTimestamp = seconds(this.#now());
      copy.metadata.generation = (copy.metadata.generation ?? 0) + 1;
    }
    return this.#save(before, copy, by);
  }

  #update(
    before: KubeObject,
    given: KubeObject,
    { by, subresource }: { by: string; subresource: string | undefined },
  ): KubeObject {
    expectVersion(before, given.metadata.resourceVersion);
    expectUid(before, given.metadata.uid);
    return this.#finish(before, endpointOf(before, given, subresource), by);
  }

  /** What the server itself decides about an updated object. */
  #finish(before: KubeObject, after: KubeObject, by: string): KubeObject {
    const { uid, creationTimestamp, deletionTimestamp, generation, resourceVersion } =
      before.metadata;
    Object.assign(after.metadata, { uid, creationTimestamp, generation, resourceVersion });
    if (deletionTimestamp === undefined) delete after.metadata.deletionTimestamp;
    else after.metadata.deletionTimestamp = deletionTimestamp;
    completed(after);
    refuse(after);
    refuseNewFinalizers(before, after);
    if (isDeepStrictEqual(before, after)) return before;
    if (counts(before, after)) after.metadata.generation = (generation ?? 0) + 1;
    const gone = deletionTimestamp !== undefined && !after.metadata.finalizers?.length;
    return gone && after.kind !== 'Pod' ? this.#remove(after, by) : this.#save(before, after, by);
  }

  #save(before: KubeObject | undefined, given: KubeObject, by: string): KubeObject {
    this.version += 1;
    given.metadata.resourceVersion = String(this.version);
    const object = freeze(asAnswered(given));
    this.#objects.set(`${object.kind}/${object.metadata.name}`, object);
    this.#tell({ type: before ? 'MODIFIED' : 'ADDED', object });
    this.#announce({ atMs: this.#now(), by, before, after: object });
    return object;
  }

  #remove(object: KubeObject, by: string): KubeObject {
    this.version += 1;
    const before = this.#objects.get(`${object.kind}/${object.metadata.name}`);
    this.#objects.delete(`${object.kind}/${object.metadata.name}`);
    const metadata = { ...object.metadata, resourceVersion: String(this.version) };
    const last = freeze({ ...object, metadata });
    this.#tell({ type: 'DELETED', object: last });
    this.#announce({ atMs: this.#now(), by, before, after: undefined });
    return last;
  }

  #tell(event: Logged['event']): void {
    const { kind } = event.object;
    const log = this.#log.get(kind) ?? [];
    this.#log.set(kind, log);
    log.push({ version: this.version, event });
  }

  #announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  must({ kind, name }: ObjectName): KubeObject {
    const found = this.#objects.get(`${kind}/${name}`);
    if (!found) throw failure(404, 'NotFound', `${kind} ${name} not found`);
    return found;
  }
}

function patched(copy: KubeObject, patch: Patch): KubeObject {
  const body = wire(patch.body);
  if (patch.type === 'merge') return mergePatched(copy, body) as KubeObject;
  if (patch.type !== 'json') throw failure(415, 'UnsupportedMediaType', patch.type);
  const failed = applyPatch(copy, body as Operation[]).find(Boolean);
  if (failed) throw failure(422, 'Invalid', `${failed.name}: ${failed.message}`);
  return copy;
}

/** The status endpoint takes the status (and a Deployment's annotations), the other one the rest. */
function endpointOf(
  before: KubeObject,
  given: KubeObject,
  subresource: string | undefined,
): KubeObject {
  if (!hasStatus(before.kind)) return given;
  if (subresource === undefined) {
    const { status: _, ...rest } = given;
    return before['status'] === undefined
      ? (rest as KubeObject)
      : { ...(rest as KubeObject), status: structuredClone(before['status']) };
  }
  const copy = structuredClone(before);
  if (given['status'] === undefined) delete copy['status'];
  else copy['status'] = given['status'];
  const { annotations } = given.metadata;
  if (before.kind === 'Deployment' && annotations) copy.metadata.annotations = annotations;
  return copy;
}

/** Whether a change counts the generation up: the spec's, and for Deployments the annotations' too. */
function counts(before: KubeObject, after: KubeObject): boolean {
  if (!isDeepStrictEqual(before['spec'], after['spec'])) return true;
  const { kind } = before;
  const annotated = !isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations);
  return kind === 'Deployment' && annotated;
}

function finalizersFor({ metadata }: KubeObject, propagation: DeleteOptions['propagation']) {
  const others = (metadata.finalizers ?? []).filter((one) => one !== FOREGROUND && one !== ORPHAN);
  if (propagation === 'Foreground') return [...others, FOREGROUND];
  if (propagation === 'Orphan') return [...others, ORPHAN];
  return metadata.deletionTimestamp === undefined ? others : (metadata.finalizers ?? []);
}

function refuse(object: KubeObject): void {
  const because = refusalOf(object);
  if (because) throw failure(422, 'Invalid', `${object.kind} ${object.metadata.name}: ${because}`);
}

function refuseNewFinalizers(before: KubeObject, after: KubeObject): void {
  if (before.metadata.deletionTimestamp === undefined) return;
  const known = before.metadata.finalizers ?? [];
  if ((after.metadata.finalizers ?? []).every((one) => known.includes(one))) return;
  throw failure(422, 'Invalid', 'no new finalizers can be added if the object is being deleted');
}

function expectVersion({ kind, metadata }: KubeObject, expected: string | undefined): void {
  if (expected === undefined || expected === metadata.resourceVersion) return;
  const what = `${kind} ${metadata.name} is at ${metadata.resourceVersion}, not ${expected}`;
  throw failure(409, 'Conflict', what);
}

function expectUid({ kind, metadata }: KubeObject, expected: string | undefined): void {
  if (expected === undefined || expected === metadata.uid) return;
  throw failure(409, 'Conflict', `${kind} ${metadata.name} is ${metadata.uid}, not ${expected}`);
}

export function failure(code: number, reason: string, message: string): KubeError {
  return new KubeError(message, { code, reason });
}

/** As stored: whole seconds. */
export function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** As over the wire: what JSON cannot carry is not there. */
function wire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Parts that come from a stored object are frozen already. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
