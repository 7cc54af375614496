/**
 * A few Kubernetes objects in memory that take Writes as an API server does: uids, resource
 * versions, generations, preconditions and what a server fills in. For tests of pure renderers.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import type { TrafficObjects } from '../ports/traffic-router.ts';
import type { CreateWrite, DeleteWrite, PatchWrite, Write } from '../ports/write.ts';
import { mergePatched as merge } from './merge-patch.ts';

/** What a server fills in when an object is stored; gets a copy it may change. */
export type Defaulting = (object: KubeObject) => KubeObject;

export class ObjectStore implements TrafficObjects {
  #objects = new Map<string, KubeObject>();
  #version = 0;
  /** Kinds that this server has not got. */
  readonly unserved = new Set<string>();
  /** Kinds that may not be read. */
  readonly refused = new Set<string>();
  readonly #defaulting: Defaulting;

  constructor(objects: KubeObject[] = [], defaulting: Defaulting = (object) => object) {
    this.#defaulting = defaulting;
    for (const object of objects) this.#store(object);
  }

  serves({ kind }: GroupKind): boolean {
    return !this.unserved.has(kind);
  }

  refusal({ kind }: GroupKind): string | undefined {
    return this.refused.has(kind) ? `${kind}s are forbidden` : undefined;
  }

  get(kind: GroupKind, name: string): KubeObject | undefined {
    const found = this.#objects.get(keyOf({ ...kind, name }));
    return found && frozen(structuredClone(found));
  }

  list({ group, kind }: GroupKind): KubeObject[] {
    return this.all().filter((object) => {
      const name = nameOf(object);
      return name.group === group && name.kind === kind;
    });
  }

  endpointSlices(service: string): KubeObject[] {
    return this.all().filter(
      (object) =>
        object.kind === KINDS.endpointSlice.kind &&
        object.metadata.labels?.['kubernetes.io/service-name'] === service,
    );
  }

  all(): KubeObject[] {
    return [...this.#objects.values()].map((object) => frozen(structuredClone(object)));
  }

  /** A change by somebody else: returns the object as it should be, or changes the copy it gets. */
  edit(kind: GroupKind, name: string, change: (object: KubeObject) => KubeObject | void): void {
    const before = this.#must({ ...kind, name });
    const copy = structuredClone(before);
    this.#store(change(copy) ?? copy);
  }

  remove(kind: GroupKind, name: string): void {
    this.#objects.delete(keyOf({ ...kind, name }));
  }

  /** Throws a KubeError as a server would answer: NotFound, AlreadyExists, Conflict, Invalid. */
  apply(given: Write): void {
    // As over the wire: what JSON cannot carry (undefined) is not there.
    const write = JSON.parse(JSON.stringify(given)) as Write;
    if (write.op === 'Create') this.#create(write);
    else if (write.op === 'Patch') this.#patch(write);
    else this.#delete(write);
  }

  #create({ object }: CreateWrite): void {
    const key = keyOf(nameOf(object));
    if (this.#objects.has(key)) throw failure(409, 'AlreadyExists', `${key} already exists`);
    this.#store(object);
  }

  #patch(write: PatchWrite): void {
    const before = this.#must(write.target);
    expectVersion(before, write.resourceVersion);
    const after = write.type === 'merge' ? mergePatched(before, write) : jsonPatched(before, write);
    expectVersion(before, after.metadata.resourceVersion);
    this.#store(after);
  }

  #delete(write: DeleteWrite): void {
    const before = this.#must(write.target);
    if (write.uid !== undefined && write.uid !== before.metadata.uid)
      throw failure(409, 'Conflict', `the uid is ${before.metadata.uid}, not ${write.uid}`);
    expectVersion(before, write.resourceVersion);
    this.#objects.delete(keyOf(write.target));
  }

  #must(name: ObjectName): KubeObject {
    const found = this.#objects.get(keyOf(name));
    if (!found) throw failure(404, 'NotFound', `${keyOf(name)} not found`);
    return found;
  }

  /** A write that changes nothing gives no new version; one of anything but status and metadata a
   * new generation. */
  #store(given: KubeObject): void {
    const key = keyOf(nameOf(given));
    const before = this.#objects.get(key);
    const object = this.#defaulting(structuredClone(given));
    object.metadata.uid = before?.metadata.uid ?? object.metadata.uid ?? `uid-${this.#version + 1}`;
    object.metadata.generation = before?.metadata.generation ?? object.metadata.generation ?? 1;
    if (before) object.metadata.resourceVersion = before.metadata.resourceVersion ?? '';
    if (before && isDeepStrictEqual(before, object)) return;
    if (before && !isDeepStrictEqual(desired(before), desired(object)))
      object.metadata.generation += 1;
    this.#version += 1;
    object.metadata.resourceVersion = String(this.#version);
    this.#objects.set(key, object);
  }
}

/** What is read is a cache's: changing it would throw. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function nameOf(object: KubeObject): ObjectName {
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
  return { group, kind: object.kind, name: object.metadata.name };
}

function keyOf({ group, kind, name }: ObjectName): string {
  return `${kind}${group && `.${group}`}/${name}`;
}

function desired(object: KubeObject): Record<string, unknown> {
  return { ...object, metadata: undefined, status: undefined };
}

function failure(code: number, reason: string, message: string): KubeError {
  return new KubeError(message, { code, reason });
}

function expectVersion(object: KubeObject, expected: string | undefined): void {
  if (expected === undefined || expected === object.metadata.resourceVersion) return;
  const text = `resourceVersion is ${object.metadata.resourceVersion}, not ${expected}`;
  throw failure(409, 'Conflict', text);
}

function jsonPatched(before: KubeObject, write: PatchWrite): KubeObject {
  const after = structuredClone(before);
  const failed = applyPatch(after, write.body as Operation[]).find(Boolean);
  if (failed) throw failure(422, 'Invalid', `${failed.name}: ${failed.message}`);
  return after;
}

function mergePatched(before: KubeObject, write: PatchWrite): KubeObject {
  return merge(structuredClone(before), write.body) as KubeObject;
}
