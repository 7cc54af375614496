/** Keeps a cache of one kind by list and watch, and tells of every change once. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import type { Change, Informer, InformerOptions } from '../ports/informer.ts';
import { KubeError, type WatchEvent } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import { backoffMs } from './backoff.ts';
import type { PagingClient } from './client.ts';
import { labelMatcher } from './label-selector.ts';
import { cacheKey, keyOf, ObjectCache } from './object-cache.ts';
import type { Reconnects } from './reconnects.ts';
import { isNewer } from './resource-version.ts';

export interface InformerDeps {
  client: Pick<PagingClient, 'listPages' | 'watch'>;
  clock: Clock;
  log: Log;
  /** At least 0 and less than 1. */
  random: () => number;
  reconnects: Reconnects;
}

const BACKOFF = { firstMs: 500, mostMs: 30_000 };

/** Where nobody answers at all: to ask costs the server nothing, and when it is back, people's requests
 * must not wait for half a minute. */
const UNREACHABLE = { firstMs: 500, mostMs: 5_000 };

/** How often a kind that is not served is asked for again. */
const NOT_SERVED_MS = 10_000;

/** A watch that ends sooner than this, without an event, is not worth opening at once again. */
const SHORT_WATCH_MS = 1_000;

/** After so many failed watches in a row the list is read anew. */
const WATCH_FAILURES = 4;

/** Not there any more, or too long ago. */
const MUST_LIST = new Set<number | undefined>([404, 410]);

export class CachingInformer implements Informer {
  readonly #deps: InformerDeps;
  readonly #kind: GroupKind;
  readonly #options: InformerOptions;
  readonly #cache: ObjectCache;
  readonly #matches: (labels: Record<string, string> | undefined) => boolean;
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #waiting = new Set<() => void>();
  /** Written by us and not yet seen in a list or watch: key to resourceVersion. */
  readonly #written = new Map<string, string>();
  /** Everything up to here is in the cache. Undefined: list first. */
  #position: string | undefined;
  /** The last position, kept when a new list is needed. */
  #reached: string | undefined;
  #synced = false;
  #served = true;
  #failures = 0;
  /** The watch or list failed, and none has begun since. */
  #lost: 'Unreachable' | 'Refused' | undefined;
  #refusal: string | undefined;

  constructor(kind: GroupKind, options: InformerOptions, deps: InformerDeps) {
    const { group, kind: name } = kind;
    this.#deps = {
      ...deps,
      log: deps.log.with({ kind: group === '' ? name : `${name}.${group}` }),
    };
    this.#kind = kind;
    this.#options = options;
    this.#cache = new ObjectCache(options.indexes);
    this.#matches = labelMatcher(options.labelSelector);
  }

  get served(): boolean {
    return this.#served;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get behind(): boolean {
    return this.#lost !== undefined;
  }

  get refusal(): string | undefined {
    return this.#refusal;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let pauseMs = 0;
      try {
        if (this.#position === undefined) await this.#list();
        else pauseMs = await this.#watch(this.#position, signal);
      } catch (error) {
        if (signal.aborted) return;
        pauseMs = this.#failed(error);
      }
      if (pauseMs > 0) await this.#pause(pauseMs, signal);
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#lost === 'Unreachable') await this.#deps.reconnects.wait(ms, signal);
    else await this.#deps.clock.sleep(ms, signal);
  }

  async waitSynced(signal: AbortSignal): Promise<void> {
    if (this.#synced || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.add(done);
    });
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#cache.get(cacheKey(namespace, name));
  }

  list(): KubeObject[] {
    return this.#cache.list();
  }

  byIndex(index: string, value: string): KubeObject[] {
    return this.#cache.byIndex(index, value);
  }

  /** Everything up to the informer's position has been seen, so an older object that is not in the
   * cache was deleted since it was written (or is not selected): it is not put back. */
  observe(written: KubeObject): void {
    this.#checkKind(written);
    const { namespace, labels, resourceVersion } = written.metadata;
    if (resourceVersion === undefined) return;
    if (this.#options.namespace && this.#options.namespace !== namespace) return;
    if (!this.#matches(labels)) return;
    const key = keyOf(written);
    const known = this.#cache.get(key)?.metadata.resourceVersion ?? this.#reached;
    if (!isNewer(resourceVersion, known)) return;
    this.#written.set(key, resourceVersion);
    const object = this.#trim(written);
    this.#tell({ old: this.#cache.set(key, object), object });
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  async #list(): Promise<void> {
    const fresh = new Map<string, KubeObject>();
    let position = '';
    for await (const page of this.#deps.client.listPages(this.#kind, this.#selection())) {
      if (page.first) fresh.clear();
      for (const item of page.items) {
        const key = keyOf(item);
        const cached = this.#cache.get(key);
        const same = cached && cached.metadata.resourceVersion === item.metadata.resourceVersion;
        fresh.set(key, same ? cached : this.#trim(item));
      }
      position = page.resourceVersion;
    }
    this.#replace(fresh, position);
    this.#position = position;
    this.#reached = position;
    this.#setServed(true);
    this.#readAgain();
    this.#setSynced();
    this.#inTouch();
  }

  /** Makes the cache what the list says, but for our own writes that came after the list. */
  #replace(fresh: Map<string, KubeObject>, position: string | undefined): void {
    for (const [key, version] of this.#written)
      if (!isNewer(version, position)) this.#written.delete(key);
    const changes: Change[] = [];
    for (const key of this.#cache.keys()) {
      if (fresh.has(key) || this.#written.has(key)) continue;
      changes.push({ old: this.#cache.delete(key), object: undefined });
    }
    for (const [key, object] of fresh) {
      if (this.#written.has(key) || this.#cache.get(key) === object) continue;
      changes.push({ old: this.#cache.set(key, object), object });
    }
    for (const change of changes) this.#tell(change);
  }

  /** Follows one watch to its end; returns how long to wait before the next. */
  async #watch(position: string, signal: AbortSignal): Promise<number> {
    const { client, clock } = this.#deps;
    const began = clock.now();
    let events = 0;
    const onOpen = () => this.#inTouch();
    const options = { ...this.#selection(), resourceVersion: position, signal, onOpen };
    const worked = () => events > 0 || clock.now() - began >= SHORT_WATCH_MS;
    try {
      for await (const event of client.watch(this.#kind, options)) {
        events += 1;
        this.#take(event);
      }
    } finally {
      if (worked()) this.#failures = 0;
    }
    return worked() ? 0 : this.#backoff();
  }

  #take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      this.#advance(event.resourceVersion);
      return;
    }
    const key = keyOf(event.object);
    const version = event.object.metadata.resourceVersion;
    const cached = this.#cache.get(key);
    const own = this.#written.get(key);
    if (own !== undefined && !isNewer(own, version)) this.#written.delete(key);
    // What we wrote ourselves may be ahead of the watch.
    const ahead = cached && !isNewer(version, cached.metadata.resourceVersion);
    if (event.type === 'DELETED') {
      const another = cached && cached.metadata.uid !== event.object.metadata.uid;
      if (cached && !(ahead && another)) {
        this.#cache.delete(key);
        this.#written.delete(key);
        this.#tell({ old: cached, object: undefined });
      }
    } else if (!ahead) {
      const object = this.#trim(event.object);
      this.#tell({ old: this.#cache.set(key, object), object });
    }
    this.#advance(version);
  }

  #advance(version: string | undefined): void {
    if (!version) return;
    this.#position = version;
    this.#reached = version;
  }

  /** Decides what an error means; returns how long to wait. */
  #failed(error: unknown): number {
    const settled = this.#settled(error);
    if (settled !== undefined) return settled;
    const { log } = this.#deps;
    const code = error instanceof KubeError ? error.code : undefined;
    this.#lost = code === 0 ? 'Unreachable' : 'Refused';
    const watching = this.#position !== undefined;
    // While the server cannot be reached the position stays good: no lists for all at its return.
    if (MUST_LIST.has(code) || (code !== 0 && this.#failures >= WATCH_FAILURES))
      this.#position = undefined;
    if (code === 410 && watching && this.#failures === 0) {
      log.debug('the watch is too far behind; listing anew');
      this.#failures = 1;
      return 0;
    }
    const pauseMs = this.#backoff(error);
    this.#report(error, watching, pauseMs);
    return pauseMs;
  }

  /** Told once: it is asked for again and again, for as long as it takes. */
  #refused(error: KubeError, told: string): number {
    this.#position = undefined;
    const pauseMs = this.#backoff(error);
    if (this.#refusal === undefined)
      this.#deps.log.warn(`may not be read: ${told}`, { error, retryInMs: Math.round(pauseMs) });
    this.#refusal = error.message;
    this.#setSynced();
    this.#inTouch();
    return pauseMs;
  }

  #readAgain(): void {
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    this.#deps.log.info('may be read now');
  }

  /** What says what there is, or that it may not be known; how long to wait. */
  #settled(error: unknown): number | undefined {
    if (!(error instanceof KubeError)) return undefined;
    if (error.reason === 'NotServed') return this.#notServed();
    const { mayBeRefused } = this.#options;
    if (error.code !== 403 || mayBeRefused === undefined) return undefined;
    return this.#refused(error, mayBeRefused);
  }

  #report(error: unknown, watching: boolean, pauseMs: number): void {
    const fields = { error, retryInMs: Math.round(pauseMs) };
    // A connection that ends once in a while is how networks are, and the client tells of a server
    // that does not answer at all; a 404 is told by the list.
    const usual = error instanceof KubeError && (error.code === 0 || error.code === 404);
    const again = watching || this.#failures > 1;
    const level = usual && again && this.#failures !== WATCH_FAILURES ? 'debug' : 'warn';
    this.#deps.log[level](watching ? 'cannot watch' : 'cannot list', fields);
  }

  #inTouch(): void {
    const unreachable = this.#lost === 'Unreachable';
    this.#lost = undefined;
    if (unreachable) this.#deps.reconnects.reached();
  }

  /** Such a cache is empty, and in step with the server. */
  #notServed(): number {
    this.#position = undefined;
    this.#reached = undefined;
    this.#written.clear();
    this.#replace(new Map(), undefined);
    this.#setServed(false);
    this.#readAgain();
    this.#setSynced();
    this.#inTouch();
    return NOT_SERVED_MS * (0.9 + 0.2 * this.#deps.random());
  }

  #backoff(error?: unknown): number {
    const unreachable = error instanceof KubeError && error.code === 0;
    const limits = unreachable ? UNREACHABLE : BACKOFF;
    const pauseMs = backoffMs(this.#failures, limits, this.#deps.random);
    this.#failures += 1;
    const asked = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
    return Math.max(pauseMs, Math.min(asked, BACKOFF.mostMs));
  }

  #selection(): { namespace?: string; labelSelector?: string } {
    const { namespace, labelSelector } = this.#options;
    return { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }) };
  }

  /** Few read managedFields, and they are often half of an object. */
  #trim(object: KubeObject): KubeObject {
    const { managedFields, ...metadata } = object.metadata;
    const light = managedFields === undefined ? object : { ...object, metadata };
    return this.#options.trim ? this.#options.trim(light, managedFields) : light;
  }

  #checkKind(object: KubeObject): void {
    const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
    if (object.kind !== this.#kind.kind || group !== this.#kind.group)
      throw new TypeError(`a cache of ${this.#kind.kind} was given a ${object.kind}`);
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#deps.log.error('a listener failed', { error });
      }
    }
  }

  #setServed(served: boolean): void {
    if (served === this.#served) return;
    this.#served = served;
    this.#deps.log.info(
      served ? 'the kind is served now' : 'the kind is not served; waiting for it',
    );
  }

  #setSynced(): void {
    this.#synced = true;
    for (const done of this.#waiting) done();
  }
}
