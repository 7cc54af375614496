/** The objects and their recent history, under one ever-growing resourceVersion. */
import type { KubeObject } from '../../api/object.ts';
import { EventStream } from './event-stream.ts';
import { expired } from './status.ts';

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  storage: string;
  revision: number;
  /** For DELETED the last state, with the resourceVersion of its removal. */
  object: KubeObject;
  /** The state before, unless it was ADDED. */
  previous: KubeObject | undefined;
}

/** A reader's own note of how far the store had come. */
export interface StoreMark {
  type: 'BOOKMARK';
  revision: number;
}

export interface StoredObject {
  storage: string;
  object: KubeObject;
}

/** What an earlier run of a server leaves behind. */
export interface StorePast {
  /** Of `objects`, all there were. */
  revision: number;
  objects: StoredObject[];
  /** What changed since, each one revision on from the one before. */
  events: (StoredObject & { type: StoreEvent['type'] })[];
}

interface Collection {
  namespaces: Map<string, Map<string, KubeObject>>;
  events: StoreEvent[];
  /** Events up to this revision are gone from the window. */
  compacted: number;
  streams: Set<EventStream<StoreEvent | StoreMark>>;
}

/** What is stored is never changed in place: callers put new objects and clone what they hand out. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #windowSize: number;
  readonly #listeners: ((event: StoreEvent) => void)[] = [];
  #revision = 1;
  /** Nothing is known of what happened before. */
  #restoredTo = 0;
  #keep: ((event: StoreEvent) => void) | undefined;

  /** @param windowSize events of each kind kept for watches that start in the past. */
  constructor(windowSize: number) {
    this.#windowSize = windowSize;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Called after each change, in order; a listener may change the store in turn. */
  onChange(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener);
  }

  get(storage: string, namespace: string, name: string): KubeObject | undefined {
    return this.#collection(storage).namespaces.get(namespace)?.get(name);
  }

  /** In the order of namespace and name; of all namespaces when none is given. */
  list(storage: string, namespace?: string): KubeObject[] {
    const { namespaces } = this.#collection(storage);
    const chosen = namespace === undefined ? [...namespaces.keys()].sort() : [namespace];
    return chosen.flatMap((one) => sortedByName(namespaces.get(one)));
  }

  /** As `list` was at an earlier revision. Throws Expired when that is forgotten. */
  listAt(storage: string, namespace: string | undefined, revision: number): KubeObject[] {
    if (revision >= this.#revision) return this.list(storage, namespace);
    const { events, compacted } = this.#collection(storage);
    if (revision < compacted) throw expired(revision, compacted);
    const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}\0${metadata.name}`;
    const objects = new Map(this.list(storage, namespace).map((one) => [keyOf(one), one]));
    for (const { revision: at, object, previous } of events.toReversed()) {
      if (at <= revision) break;
      if (namespace !== undefined && (object.metadata.namespace ?? '') !== namespace) continue;
      if (previous === undefined) objects.delete(keyOf(object));
      else objects.set(keyOf(object), previous);
    }
    return [...objects.keys()].sort().map((key) => objects.get(key) as KubeObject);
  }

  put(storage: string, object: KubeObject): KubeObject {
    const { namespace = '', name } = object.metadata;
    const previous = this.get(storage, namespace, name);
    const revision = this.#revision + 1;
    object.metadata.resourceVersion = String(revision);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#change({ type, storage, revision, object, previous });
    return object;
  }

  remove(storage: string, last: KubeObject): KubeObject {
    const { namespace = '', name } = last.metadata;
    const previous = this.get(storage, namespace, name);
    const revision = this.#revision + 1;
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
    this.#change({ type: 'DELETED', storage, revision, object, previous });
    return object;
  }

  /** Calls `keep` with every change before it happens; what that throws prevents the change. */
  keepWith(keep: (event: StoreEvent) => void): void {
    this.#keep = keep;
  }

  /** Fills an empty store. Watches continue from anywhere in `events`, and from no earlier. */
  restore({ revision, objects, events }: StorePast): void {
    this.#revision = revision;
    this.#restoredTo = revision;
    for (const { storage, object } of objects)
      this.#place({ type: 'ADDED', storage, revision, object, previous: undefined });
    for (const { type, storage, object } of events) {
      const { namespace = '', name } = object.metadata;
      const previous = this.get(storage, namespace, name);
      const event = { type, storage, revision: this.#revision + 1, object, previous };
      this.#place(event);
      remember(this.#collection(storage), event, this.#windowSize);
    }
  }

  /** Every object there is. */
  *everything(): Generator<StoredObject> {
    for (const [storage, { namespaces }] of this.#collections)
      for (const objects of namespaces.values())
        for (const object of objects.values()) yield { storage, object };
  }

  /** The events after `revision`, those of the past first. Throws Expired when they are gone. */
  watch(storage: string, revision: number): EventStream<StoreEvent | StoreMark> {
    const collection = this.#collection(storage);
    if (revision < collection.compacted) throw expired(revision, collection.compacted);
    const stream = new EventStream<StoreEvent | StoreMark>(() => collection.streams.delete(stream));
    for (const event of collection.events) if (event.revision > revision) stream.push(event);
    collection.streams.add(stream);
    return stream;
  }

  /** Forgets all events up to now, as a real server does every five minutes. */
  compact(): void {
    for (const collection of this.#collections.values()) {
      collection.events = [];
      collection.compacted = this.#revision;
    }
  }

  /** Ends all watches. */
  close(): void {
    for (const { streams } of this.#collections.values())
      for (const stream of streams) stream.end();
  }

  #collection(storage: string): Collection {
    let collection = this.#collections.get(storage);
    if (collection === undefined) {
      const compacted = this.#restoredTo;
      collection = { namespaces: new Map(), events: [], compacted, streams: new Set() };
      this.#collections.set(storage, collection);
    }
    return collection;
  }

  #change(event: StoreEvent): void {
    this.#keep?.(event);
    this.#place(event);
    const collection = this.#collection(event.storage);
    remember(collection, event, this.#windowSize);
    for (const stream of collection.streams) stream.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  #place({ type, storage, revision, object }: StoreEvent): void {
    const { namespaces } = this.#collection(storage);
    const { namespace = '', name } = object.metadata;
    let objects = namespaces.get(namespace);
    if (objects === undefined) {
      objects = new Map();
      namespaces.set(namespace, objects);
    }
    if (type === 'DELETED') objects.delete(name);
    else objects.set(name, object);
    if (objects.size === 0) namespaces.delete(namespace);
    this.#revision = revision;
  }
}

/** Keeps at least `windowSize` events for watches that start in the past. */
function remember(collection: Collection, event: StoreEvent, windowSize: number): void {
  collection.events.push(event);
  if (collection.events.length <= 2 * windowSize) return;
  const dropped = collection.events.length - windowSize;
  collection.compacted = collection.events[dropped - 1]?.revision ?? collection.compacted;
  collection.events = collection.events.slice(dropped);
}

function sortedByName(objects: Map<string, KubeObject> | undefined): KubeObject[] {
  if (objects === undefined) return [];
  return [...objects.keys()].sort().map((name) => objects.get(name) as KubeObject);
}
