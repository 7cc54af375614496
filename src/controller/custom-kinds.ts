/** Watches of the kinds that only definitions name, and of the definitions: each from when a policy or a release
 * needs it until none does, one for all of them. What may not be read, or is not there, stops nobody else. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { routedObjects } from '../api/routed.ts';
import { definitionsNamed } from '../engine/index.ts';
import type { Informer } from '../ports/informer.ts';

interface Watched {
  informer: Informer;
  stop: AbortController;
  running: Promise<void> | undefined;
}

export class CustomKinds {
  readonly #make: (kind: GroupKind) => Informer;
  readonly #watched = new Map<string, Watched>();
  /** Those that were given up, until they have ended. */
  readonly #ending = new Set<Promise<void>>();
  #run: ((informer: Informer, stop: AbortSignal) => Promise<void>) | undefined;

  constructor(make: (kind: GroupKind) => Informer) {
    this.#make = make;
  }

  /** What is wanted from now on is run so until it is not. */
  start(run: (informer: Informer, stop: AbortSignal) => Promise<void>): void {
    this.#run = run;
    for (const watched of this.#watched.values()) this.#begin(watched);
  }

  of(kind: GroupKind): Informer | undefined {
    return this.#watched.get(kindKey(kind))?.informer;
  }

  /** These, and no others. */
  want(kinds: readonly GroupKind[]): void {
    const wanted = new Map(kinds.map((kind) => [kindKey(kind), kind]));
    for (const [key, { stop, running }] of this.#watched) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.#watched.delete(key);
      if (running) this.#keepUntilEnded(running);
    }
    for (const [key, kind] of wanted) {
      if (this.#watched.has(key)) continue;
      const stop = new AbortController();
      const watched: Watched = { informer: this.#make(kind), stop, running: undefined };
      this.#watched.set(key, watched);
      this.#begin(watched);
    }
  }

  #begin(watched: Watched): void {
    watched.running = this.#run?.(watched.informer, watched.stop.signal);
  }

  #keepUntilEnded(running: Promise<void>): void {
    const ended = running.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  async ended(): Promise<void> {
    const running = [...this.#watched.values()].map((one) => one.running);
    await Promise.all([...running, ...this.#ending]);
  }
}

export function kindKey({ group, kind }: GroupKind): string {
  return `${kind}.${group}`;
}

export function hasCustom({ spec }: KubeObject): boolean {
  return definitionsNamed((spec ?? {}) as PolicySpec).length > 0;
}

/** Those that a release began with. */
export function customKindsOf({ spec }: KubeObject): GroupKind[] {
  const { traffic } = (spec ?? {}) as Partial<ReleaseSpec>;
  const own = (traffic?.routers ?? []).filter(({ name }) => name === 'custom');
  return own.flatMap(({ name, config }) => routedObjects(name, config).map(({ kind }) => kind));
}
