/**
 * An API server in memory for tests of the controller: objects with versions and preconditions,
 * watches that can be held back, and writes that can be made to fail. It runs no controllers and
 * fills in nothing: tests say what the cluster does.
 */
import { applyPatch, type Operation } from 'rfc6902';
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import {
  type DeleteOptions,
  type KubeClient,
  KubeError,
  type KubeList,
  type ListOptions,
  type Patch,
  type PodName,
  type Subresource,
  type WatchEvent,
  type WatchOptions,
} from '../ports/kube.ts';
import { isMatch, mergePatched } from './merge-patch.ts';

export interface MemoryWrite {
  verb: 'create' | 'replace' | 'patch' | 'delete';
  kind: string;
  name: string;
  subresource: string | undefined;
}

const WRITES_MAX = 500;

interface Watcher {
  kind: string;
  namespace: string | undefined;
  events: WatchEvent[];
  wake: () => void;
}

export class MemoryApi implements KubeClient {
  readonly writes: MemoryWrite[] = [];
  /** Called before a write; throws to refuse it. */
  before: (write: MemoryWrite) => void = () => {};
  /** Called after it is stored; throws to lose the answer. */
  after: (write: MemoryWrite) => void = () => {};
  /** Throws to fail a list. */
  onList: (kind: string) => void = () => {};
  private readonly objects = new Map<string, KubeObject>();
  private readonly watchers = new Set<Watcher>();
  private readonly history: { kind: string; version: number; event: WatchEvent }[] = [];
  private readonly heldKinds = new Set<string>();
  private version = 0;

  /** Puts objects in as if they had always been there. */
  put(...objects: KubeObject[]): void {
    for (const object of objects) this.store(object);
  }

  find(kind: string, name: string, namespace = 'shop'): KubeObject | undefined {
    return this.objects.get(`${kind}/${namespace}/${name}`);
  }

  all(kind: string): KubeObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  /** A change by somebody else. */
  edit(kind: string, name: string, change: (object: KubeObject) => void): void {
    const copy = structuredClone(this.must({ group: '', kind, name, namespace: 'shop' }));
    change(copy);
    this.store(copy);
  }

  drop(kind: string, name: string): void {
    this.remove(this.must({ group: '', kind, name, namespace: 'shop' }));
  }

  /** How many watches of it are open. */
  watchesOf(kind: string): number {
    return [...this.watchers].filter((watcher) => watcher.kind === kind).length;
  }

  /** Events of this kind wait until they are let go. */
  hold(kind: string): void {
    this.heldKinds.add(kind);
  }

  letGo(kind: string): void {
    this.heldKinds.delete(kind);
    for (const watcher of this.watchers) watcher.wake();
  }

  resolve(kind: GroupKind) {
    const version = kind.group === '' ? 'v1' : `${kind.group}/v1`;
    return Promise.resolve({
      ...kind,
      version: 'v1',
      apiVersion: version,
      resource: `${kind.kind.toLowerCase()}s`,
      namespaced: true,
    });
  }

  get(name: ObjectName): Promise<KubeObject | undefined> {
    return Promise.resolve(this.objects.get(keyOf(name)));
  }

  async list(kind: GroupKind, options: ListOptions = {}): Promise<KubeList> {
    this.onList(kind.kind);
    const items = [...this.objects.values()].filter(
      (object) =>
        object.kind === kind.kind &&
        (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
        isMatch(object.metadata.labels, options.labelSelector),
    );
    return { items: structuredClone(items), resourceVersion: String(this.version) };
  }

  async create(object: KubeObject): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const write = this.begin('create', { group: '', kind: object.kind, name });
    const key = keyOf({ group: '', kind: object.kind, name, namespace: namespace ?? '' });
    if (this.objects.has(key)) throw failure(409, 'AlreadyExists', `${key} exists`);
    const stored = this.store(object);
    this.after(write);
    return stored;
  }

  async replace(object: KubeObject): Promise<KubeObject> {
    const { name, namespace, resourceVersion } = object.metadata;
    const target = { group: '', kind: object.kind, name, ...(namespace && { namespace }) };
    const write = this.begin('replace', target);
    if (this.must(target).metadata.resourceVersion !== resourceVersion)
      throw failure(409, 'Conflict', `${keyOf(target)} has changed`);
    const stored = this.store(object);
    this.after(write);
    return stored;
  }

  async patch(name: ObjectName, patch: Patch, options: Subresource = {}): Promise<KubeObject> {
    const write = this.begin('patch', name, options.subresource);
    const found = this.must(name);
    const body = wire(patch.body);
    let after = structuredClone(found);
    if (patch.type === 'json') {
      const failed = applyPatch(after, body as Operation[]).find(Boolean);
      if (failed) throw failure(422, 'Invalid', failed.message);
    } else after = mergePatched(after, body) as KubeObject;
    if (after.metadata.resourceVersion !== found.metadata.resourceVersion)
      throw failure(409, 'Conflict', `${keyOf(name)} has changed`);
    const stored = this.store(after);
    this.after(write);
    return stored;
  }

  async delete(name: ObjectName, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const write = this.begin('delete', name);
    const found = this.objects.get(keyOf(name));
    if (!found) return undefined;
    if (options.uid !== undefined && options.uid !== found.metadata.uid)
      throw failure(409, 'Conflict', 'another uid');
    if (found.metadata.finalizers?.length) {
      const deletionTimestamp = '2026-01-01T00:00:00Z';
      this.store({ ...found, metadata: { ...found.metadata, deletionTimestamp } });
    } else this.remove(found);
    this.after(write);
    return found;
  }

  async evict(pod: PodName, options: Pick<DeleteOptions, 'uid'> = {}): Promise<boolean> {
    return (await this.delete({ group: '', kind: 'Pod', ...pod }, options)) !== undefined;
  }

  async *watch(kind: GroupKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    const since = Number(options.resourceVersion);
    const missed = this.history.filter((past) => past.kind === kind.kind && past.version > since);
    const watcher: Watcher = {
      kind: kind.kind,
      namespace: options.namespace,
      events: missed.map((past) => past.event),
      wake: () => {},
    };
    this.watchers.add(watcher);
    options.onOpen?.();
    options.signal?.addEventListener('abort', () => watcher.wake());
    while (!options.signal?.aborted) {
      const event = this.heldKinds.has(kind.kind) ? undefined : watcher.events.shift();
      if (event) yield event;
      else
        await new Promise<void>((resolve) => {
          watcher.wake = resolve;
        });
    }
    this.watchers.delete(watcher);
  }

  raw(): Promise<never> {
    throw new Error('nothing here is raw');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private begin(verb: MemoryWrite['verb'], name: ObjectName, subresource?: string): MemoryWrite {
    const write = { verb, kind: name.kind, name: name.name, subresource };
    if (this.writes.length >= WRITES_MAX) throw new Error('a loop: no test writes so much');
    this.writes.push(write);
    this.before(write);
    return write;
  }

  private must(name: ObjectName): KubeObject {
    const found = this.objects.get(keyOf(name));
    if (!found) throw failure(404, 'NotFound', `${keyOf(name)} is not there`);
    return found;
  }

  private store(given: KubeObject): KubeObject {
    const object = wire(given) as KubeObject;
    if (object.apiVersion.endsWith('/')) object.apiVersion += 'v1';
    object.metadata.namespace ??= 'shop';
    const key = keyOf({ group: '', kind: object.kind, ...object.metadata });
    const before = this.objects.get(key);
    object.metadata.uid ??=
      before?.metadata.uid ?? `uid-${object.metadata.name}-${this.version + 1}`;
    object.metadata.creationTimestamp ??= '2026-01-01T00:00:00Z';
    if (before) object.metadata.resourceVersion = before.metadata.resourceVersion ?? '';
    if (JSON.stringify(before) === JSON.stringify(object)) return object;
    object.metadata.resourceVersion = String(++this.version);
    if (object.metadata.deletionTimestamp && !object.metadata.finalizers?.length) {
      this.remove(object);
      return object;
    }
    this.objects.set(key, object);
    this.tell(object.kind, { type: before ? 'MODIFIED' : 'ADDED', object });
    return structuredClone(object);
  }

  private remove(object: KubeObject): void {
    this.objects.delete(keyOf({ group: '', kind: object.kind, ...object.metadata }));
    const resourceVersion = String(++this.version);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion } };
    this.tell(object.kind, { type: 'DELETED', object: last });
  }

  private tell(kind: string, event: WatchEvent): void {
    this.history.push({ kind, version: this.version, event: structuredClone(event) });
    for (const watcher of this.watchers) {
      if (watcher.kind !== kind) continue;
      watcher.events.push(structuredClone(event));
      watcher.wake();
    }
  }
}

function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

function failure(code: number, reason: string, message: string): KubeError {
  return new KubeError(message, { code, reason });
}

/** As over the wire: what JSON cannot carry is not there. */
function wire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
