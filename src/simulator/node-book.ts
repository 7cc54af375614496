/** What a checker knows of nodes and of the pods on them: since when they serve, and who took them. */
import type { KubeObject } from '../api/object.ts';
import type { Course } from './course.ts';
import { isOfDaemons, isUsable, nodeOfPod, servingOn } from './daemon-objects.ts';
import { isReady, releasesOf } from './facts.ts';
import type { Change } from './model-api.ts';
import { isGoing, keptStrategy, revisionOf, strategyOf } from './stateful-objects.ts';

/** Segue asks for the end of a pod. */
export function takenBySegue({
  by,
  before,
  after,
}: Pick<Change, 'by' | 'before' | 'after'>): KubeObject | undefined {
  if (!by.startsWith('segue') || !isOfDaemons(before) || isGoing(before)) return undefined;
  return after === undefined || isGoing(after) ? before : undefined;
}

interface Place {
  usable: boolean;
  /** Since when it is, or is not. */
  usableMs: number;
  serves: boolean;
  servesMs: number;
  /** By Segue, and no pod has served there since. */
  taken: { by: string; atMs: number } | undefined;
}

export class NodeBook {
  readonly #course: Course;
  readonly #places = new Map<string, Place>();
  /** Since when a pod is ready, by its uid. */
  readonly #readyMs = new Map<string, number>();
  /** What may be missing as the DaemonSet says, all that it said. */
  readonly #own = new Set<unknown>();
  #asked = new Map<string, unknown>();
  #nodes = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  take(change: Change): void {
    const object = (change.after ?? change.before) as KubeObject;
    if (object.kind === 'Node') this.#node(object, change.after);
    if (isOfDaemons(object)) this.#pod(change, object);
    if (object.kind === 'DaemonSet') for (const one of updatesOf(object)) this.#own.add(one);
    if (object.kind === 'ReleasePolicy') this.#asked.set('policy', object['spec']);
  }

  /** It is ready, and has been for so long that Segue knows. */
  servesFor(pod: KubeObject): boolean {
    const sinceMs = this.#readyMs.get(pod.metadata.uid ?? '') ?? Infinity;
    return isReady(pod) && sinceMs <= this.#course.believedSinceMs;
  }

  /** Nodes without a pod that serves, by the doing of this process, or for so long that it knows. */
  missing(by: string, except: string): string[] {
    const knownMs = this.#course.believedSinceMs;
    return [...this.#places]
      .filter(([name, { usable, usableMs, serves, servesMs, taken }]) => {
        if (name === except || !usable || usableMs > knownMs || serves) return false;
        return taken?.by === by || servesMs <= knownMs;
      })
      .map(([name]) => name);
  }

  /** Nodes whose pod it took that have none again. */
  takenBy(by: string, except: string): string[] {
    return [...this.#places]
      .filter(([name, { usable, serves, taken }]) => {
        return name !== except && usable && !serves && taken?.by === by;
      })
      .map(([name]) => name);
  }

  isKnownAway(node: string): boolean {
    const place = this.#places.get(node);
    return !place?.usable && (place?.usableMs ?? Infinity) < this.#course.believedSinceMs;
  }

  /** Nodes that have this version for so long that Segue knows, or are about to, since it took what they had. */
  changedTo(hash: string, except: string): number {
    const pods = this.#course.world.api.all('Pod').filter(isOfDaemons);
    return [...this.#places].filter(([name, { usable, taken }]) => {
      const there = pods.find((pod) => nodeOfPod(pod) === name && !isGoing(pod));
      if (name === except || !usable) return false;
      if (taken !== undefined) return !there || revisionOf(there) === hash;
      return there !== undefined && revisionOf(there) === hash && this.#isKnown(there);
    }).length;
  }

  #isKnown({ metadata }: KubeObject): boolean {
    return Date.parse(metadata.creationTimestamp ?? '') <= this.#course.believedSinceMs;
  }

  /** The most there have been. */
  mostNodes(): number {
    return this.#nodes;
  }

  /** The most pods that may be missing, as anybody has said in this run. */
  limit(): number {
    const { api } = this.#course.world;
    const rolls = releasesOf(api).flatMap(({ spec }) => spec.plan.roll ?? []);
    const { strategy } = (this.#asked.get('policy') ?? {}) as { strategy?: { rolling?: Asked } };
    const { rolling } = strategy ?? {};
    const asked: Asked[] = [...rolls, ...(rolling ? [rolling] : [])];
    return Math.max(1, ...asked.map((one) => this.#limitOf(one)));
  }

  #limitOf({ maxUnavailable, batch, nodesBy }: Asked): number {
    if (maxUnavailable !== undefined) return this.#count(maxUnavailable);
    const own = [...this.#own].map((one) => {
      if (one !== undefined) return this.#count(one);
      // With OnDelete a whole batch goes.
      if (batch !== undefined) return this.#count(batch);
      return nodesBy === undefined ? 1 : this.#nodes;
    });
    return Math.max(1, ...own);
  }

  /** Percentages are rounded up. */
  #count(value: unknown): number {
    const text = String(value);
    const number = Number.parseInt(text, 10);
    return text.endsWith('%') ? Math.ceil((this.#nodes * number) / 100) : number;
  }

  #place(name: string): Place {
    const atMs = this.#course.now;
    const fresh = { usable: false, usableMs: atMs, serves: false, servesMs: atMs };
    const place = this.#places.get(name) ?? { ...fresh, taken: undefined };
    this.#places.set(name, place);
    return place;
  }

  #node({ metadata: { name } }: KubeObject, after: KubeObject | undefined): void {
    const place = this.#place(name);
    const usable = isUsable(after);
    if (usable !== place.usable) Object.assign(place, { usable, usableMs: this.#course.now });
    if (!usable) place.taken = undefined;
    this.#nodes = Math.max(this.#nodes, this.#course.world.api.all('Node').length);
  }

  #pod({ by, before, after }: Change, pod: KubeObject): void {
    const { now } = this.#course;
    const uid = pod.metadata.uid ?? '';
    const name = nodeOfPod(pod);
    if (name === '') return;
    const place = this.#place(name);
    if (!after || !isReady(after)) this.#readyMs.delete(uid);
    else if (!this.#readyMs.has(uid)) this.#readyMs.set(uid, now);
    if (takenBySegue({ by, before, after })) place.taken = { by, atMs: now };
    const serves = servingOn(this.#course.world.api, name);
    if (serves !== place.serves) Object.assign(place, { serves, servesMs: now });
    if (serves) place.taken = undefined;
  }
}

interface Asked {
  maxUnavailable?: unknown;
  batch?: unknown;
  nodesBy?: unknown;
}

/** As stored, and as it is kept for its user. */
function updatesOf(set: KubeObject): unknown[] {
  const kept = keptStrategy(set);
  return [kept ?? strategyOf(set)].map((one) => {
    const { rollingUpdate } = one as { rollingUpdate?: { maxUnavailable?: unknown } };
    return rollingUpdate?.maxUnavailable;
  });
}
