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
  /** The state before, for MODIFIED. */
  previous: KubeObject | undefined;
}

/** A reader's own note of how far the store had come. */
export interface StoreMark {
  type: 'BOOKMARK';
  revision: number;
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

  put(storage: string, object: KubeObject): KubeObject {
    const collection = this.#collection(storage);
    const { namespace = '', name } = object.metadata;
    let objects = collection.namespaces.get(namespace);
    if (objects === undefined) {
      objects = new Map();
      collection.namespaces.set(namespace, objects);
    }
    const previous = objects.get(name);
    const revision = (this.#revision += 1);
    object.metadata.resourceVersion = String(revision);
    objects.set(name, object);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#tell(collection, { type, storage, revision, object, previous });
    return object;
  }

  remove(storage: string, last: KubeObject): KubeObject {
    const collection = this.#collection(storage);
    const { namespace = '', name } = last.metadata;
    const objects = collection.namespaces.get(namespace);
    objects?.delete(name);
    if (objects?.size === 0) collection.namespaces.delete(namespace);
    const revision = (this.#revision += 1);
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
    this.#tell(collection, { type: 'DELETED', storage, revision, object, previous: undefined });
    return object;
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
      collection = { namespaces: new Map(), events: [], compacted: 0, streams: new Set() };
      this.#collections.set(storage, collection);
    }
    return collection;
  }

  #tell(collection: Collection, event: StoreEvent): void {
    collection.events.push(event);
    if (collection.events.length > 2 * this.#windowSize) {
      const dropped = collection.events.length - this.#windowSize;
      collection.compacted = collection.events[dropped - 1]?.revision ?? collection.compacted;
      collection.events = collection.events.slice(dropped);
    }
    for (const stream of collection.streams) stream.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function sortedByName(objects: Map<string, KubeObject> | undefined): KubeObject[] {
  if (objects === undefined) return [];
  return [...objects.keys()].sort().map((name) => objects.get(name) as KubeObject);
}
