/** What all operations of the server share: the store, what is served, time and chance. */
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';
import type { Store } from './store.ts';

export interface UserInfo {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export interface Backend {
  store: Store;
  registry: Registry;
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
}

/** How a write is to be done: the query parameters all writes share. */
export interface WriteOptions {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** For `apply` patches. */
  force: boolean;
  /** '' for the object itself. */
  subresource: string;
  /** What the body says twice, each as it is told of. */
  duplicates?: string[];
  /** Filled with what the client should be told in Warning headers. */
  warnings: string[];
}

/** Names one object, or with an empty name all of a namespace; '' is no namespace. */
export interface Target {
  resource: Resource;
  namespace: string;
  name: string;
}

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters that make a name unique, without vowels, so that they spell nothing. */
export function randomSuffix(backend: Backend): string {
  const at = () => Math.floor(backend.random() * NAME_ALPHABET.length);
  return Array.from({ length: 5 }, () => NAME_ALPHABET[at()]).join('');
}

export function randomUid(backend: Backend): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(backend.random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = '89ab'[Math.floor(backend.random() * 4)] ?? '8';
  const text = hex.join('');
  const parts = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20)];
  return [...parts, text.slice(20)].join('-');
}

/** The time of day as Kubernetes writes it, in whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The stored object in the version of the resource, or undefined. The result may be the stored
 * object itself: it must not be changed. */
export function stored(backend: Backend, target: Target): KubeObject | undefined {
  const { resource, namespace, name } = target;
  const object = backend.store.get(resource.storage, namespace, name);
  return object === undefined ? undefined : resource.convert.fromStored(object);
}

export function save(backend: Backend, resource: Resource, object: KubeObject): KubeObject {
  const written = backend.store.put(resource.storage, resource.convert.toStored(object));
  return resource.convert.fromStored(written);
}
