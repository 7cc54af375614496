/** The course of a run as checkers need it: what was so when, and who made it so. */
import type { KubeObject } from '../api/object.ts';
import {
  hashOf,
  isReady,
  openRelease,
  type Routing,
  type Shares,
  sharesOf,
  sizeOf,
} from './facts.ts';
import { HOLD, isOnDelete, keptStrategy, partitionOf } from './stateful-objects.ts';
import type { Change } from './model-api.ts';
import { isOfRoutes, kindOf } from './routes/index.ts';
import { agreedWeights, readRoutes, type RouteReading } from './routes/reading.ts';
import { entriesOf } from './routes/requests.ts';
import type { World } from './world.ts';

interface At<T> {
  atMs: number;
  is: T;
}

/** What the route says, as far as it can be read. */
export interface RouteState {
  /** Percent of the traffic to Segue's candidate Service, or to the pods of the pin, where all routes agree. */
  weights: ReadonlyMap<string, number>;
  /** Each of the routes that are there. */
  readings: readonly RouteReading[];
  accepted: boolean;
}

const TARGETS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** In calm the newest news are younger than this. */
const LAG_MS = 3_000;
/** The longest time that news of a write take, and a write by that. */
const NEWS_MS = 200;
/** Longer than anything is held back or stopped. */
const LONGEST_LAG_MS = 120_000;

export class Course {
  readonly world: World;
  shares: Shares;
  routing: Routing | undefined;
  /** Before the present change. */
  sharesBefore: Shares;
  /** Who changed them last, and when. */
  sharesBy: At<string>;
  readonly routes: At<RouteState>[] = [];
  /** When people wrote a route or a Service last. */
  routedByPeopleMs = -Infinity;
  /** When pods of this version were last referred to, by what people did not do. */
  readonly referredMs = new Map<string, number>();
  /** By uid, of objects that people deleted, when that was, and the pods that a set of them wanted. */
  readonly deletedByPeople = new Map<string, At<number>>();
  /** Since when the Deployment is paused; undefined while it is not. */
  pausedMs: number | undefined;
  unpausedByPersonMs: number | undefined;
  /** Counts the changes of the Deployment's template. */
  templateEpoch = 0;
  readonly #ready = new Map<string, At<number>[]>();
  readonly #replicas: At<number>[] = [];

  constructor(world: World) {
    this.world = world;
    const { routed, policy } = world.scenario;
    this.routing = routed ? { readings: [], entries: entriesOf(policy) } : undefined;
    this.shares = sharesOf(world.api, this.routing);
    this.sharesBefore = this.shares;
    this.sharesBy = { atMs: world.clock.now(), is: 'person' };
  }

  get now(): number {
    return this.world.clock.now();
  }

  /** What Segue may still believe was so after this time. */
  get believedSinceMs(): number {
    return this.now - (this.world.calmForMs > LAG_MS ? LAG_MS : LONGEST_LAG_MS);
  }

  /** What others did since then may have come between a look of Segue's and what it wrote by that. */
  get newsMs(): number {
    return this.world.calmForMs > LAG_MS ? this.now - NEWS_MS : this.believedSinceMs;
  }

  /** Nobody has touched the routing of late but Segue. */
  get routedBySegue(): boolean {
    return this.sharesBy.is.startsWith('segue') || this.sharesBy.atMs < this.believedSinceMs;
  }

  /** Most ready pods of a version at any time since. */
  readyMax(hash: string, sinceMs: number): number {
    return extreme(this.#ready.get(hash) ?? [], sinceMs, Math.max) ?? 0;
  }

  /** Fewest of them. */
  readyMin(hash: string, sinceMs: number): number {
    return extreme(this.#ready.get(hash) ?? [], sinceMs, Math.min) ?? 0;
  }

  readyNow(hash: string): number {
    return this.#ready.get(hash)?.at(-1)?.is ?? 0;
  }

  /** Fewest `spec.replicas` at any time since. */
  replicasMin(sinceMs: number): number {
    return extreme(this.#replicas, sinceMs, Math.min) ?? 0;
  }

  /** More than once of late: what the Deployment controller makes of the first is seen after the second. */
  get scaledAgain(): boolean {
    return this.#replicas.filter(({ atMs }) => atMs >= this.believedSinceMs).length > 1;
  }

  /** The most of them. */
  replicasMax(sinceMs: number): number {
    return extreme(this.#replicas, sinceMs, Math.max) ?? 0;
  }

  /** Fewest since the release in progress began, or of late. */
  replicasMinOfRelease(): number {
    const created = openRelease(this.world.api)?.object.metadata.creationTimestamp;
    const sinceMs = created === undefined ? Infinity : Date.parse(created);
    return this.replicasMin(Math.min(sinceMs, this.believedSinceMs));
  }

  /** Sets may be shrunk and made natively: the Deployment is not held, or people took the hold. */
  get isNative(): boolean {
    const { pausedMs, unpausedByPersonMs, believedSinceMs } = this;
    if (pausedMs === undefined || pausedMs > believedSinceMs) return true;
    if (unpausedByPersonMs === undefined) return false;
    const created = openRelease(this.world.api)?.object.metadata.creationTimestamp;
    return created === undefined || unpausedByPersonMs >= Date.parse(created);
  }

  take(change: Change): void {
    const object = (change.after ?? change.before) as KubeObject;
    this.sharesBefore = this.shares;
    if (object.kind === 'Pod') this.#pod(change);
    if (TARGETS.has(object.kind)) this.#target(change);
    const isRoute = isOfRoutes(this.world.scenario.routes, object);
    if (isRoute || object.kind === 'Service') this.#route(change.by, isRoute);
    const { deletionTimestamp, uid = '' } = object.metadata;
    const deleted = !change.after || deletionTimestamp !== undefined;
    const pods = object.kind === 'ReplicaSet' ? sizeOf(change.before) : 0;
    if (change.by === 'person' && deleted)
      this.deletedByPeople.set(uid, { atMs: this.now, is: pods });
    this.#refer();
  }

  #pod({ before, after }: Change): void {
    const change =
      Number(after !== undefined && isReady(after)) - Number(!!before && isReady(before));
    if (change === 0) return;
    const hash = hashOf((after ?? before) as KubeObject);
    const log = this.#ready.get(hash) ?? [];
    this.#ready.set(hash, log);
    log.push({ atMs: this.now, is: (log.at(-1)?.is ?? 0) + change });
  }

  #target({ before, after, by }: Change): void {
    const [was, is] = [paused(before), paused(after)];
    if (is && !was) this.pausedMs = this.now;
    if (!is) this.pausedMs = undefined;
    if (was && !is && by === 'person') this.unpausedByPersonMs = this.now;
    if (after && sizeOf(after) !== sizeOf(before))
      this.#replicas.push({ atMs: this.now, is: sizeOf(after) });
    if (JSON.stringify(template(before)) !== JSON.stringify(template(after)))
      this.templateEpoch += 1;
  }

  #route(by: string, isRoute: boolean): void {
    const { api, scenario } = this.world;
    if (by === 'person') this.routedByPeopleMs = this.now;
    if (this.routing && isRoute)
      this.routing = { ...this.routing, readings: readRoutes(api, scenario.routes) };
    const shares = sharesOf(api, this.routing);
    if (JSON.stringify([...shares.byHash, shares.toAll, shares.lost]) !== this.#told())
      this.sharesBy = { atMs: this.now, is: by };
    this.shares = shares;
    if (this.routing && !isRoute) return;
    const readings = this.routing?.readings ?? [];
    const weights = this.routing ? agreedWeights(readings) : shares.byHash;
    this.routes.push({ atMs: this.now, is: { weights, readings, accepted: this.#accepted() } });
  }

  #told(): string {
    const { byHash, toAll, lost } = this.shares;
    return JSON.stringify([...byHash, toAll, lost]);
  }

  #accepted(): boolean {
    const { api, scenario } = this.world;
    return scenario.routes.every((route) => {
      const { taker } = kindOf(route);
      if (!taker || (scenario.gateway.silent && !taker.always)) return true;
      return taker.kinds.flatMap((kind) => api.get(kind, 'web') ?? []).every(taker.hasTaken);
    });
  }

  /** Only what Segue itself routes, or what was before it came, counts as referring. */
  #refer(): void {
    if (!this.sharesBy.is.startsWith('segue')) return;
    for (const shares of [this.sharesBefore, this.shares])
      for (const [hash, percent] of shares.byHash)
        if (percent > 0) this.referredMs.set(hash, this.now);
  }
}

/** The present value counts too: it has been so since the last change. */
function extreme(
  log: readonly At<number>[],
  sinceMs: number,
  of: (a: number, b: number) => number,
): number | undefined {
  let found: number | undefined;
  for (let i = log.length - 1; i >= 0; i--) {
    const { atMs, is } = log[i] as At<number>;
    found = found === undefined ? is : of(found, is);
    if (atMs <= sinceMs) return found;
  }
  return found;
}

/** Held, whatever it is held by. */
function paused(target: KubeObject | undefined): boolean {
  if (target?.kind === 'StatefulSet') return partitionOf(target) === HOLD;
  if (target?.kind === 'DaemonSet') return keptStrategy(target) !== undefined && isOnDelete(target);
  return (target?.['spec'] as { paused?: boolean } | undefined)?.paused === true;
}

function template(deployment: KubeObject | undefined): unknown {
  return (deployment?.['spec'] as { template?: unknown } | undefined)?.template;
}
