/** Looks up what the controllers of routes say in Events, where that is the only place. Best effort: where they may not be
 * read a route counts as it is stored, and that is said once in the log. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Snapshot } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { RouteEvents, RouteWait, TrafficRouter } from '../ports/traffic-router.ts';
import { type Caches, informerOf } from './caches.ts';

/** Nobody watches Events: so old they may be, and so soon they are looked at again. */
const FRESH_MS = 3_000;

/** API servers keep them as long, unless told otherwise. */
const KEPT_MS = 60 * 60_000;

interface Deps {
  client: Pick<KubeClient, 'list'>;
  caches: Caches;
  clock: Clock;
  log: Log;
  routers: ReadonlyMap<string, TrafficRouter>;
}

interface Known {
  atMs: number;
  events: readonly KubeObject[];
}

type Config = Record<string, unknown>;
type Traffic = Snapshot['traffic'];

export class RouteEventReader {
  private readonly deps: Deps;
  /** By the uid of the object that they are of. */
  private readonly known = new Map<string, Known>();
  private isTold = false;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** The reading, which does not count where a controller says that it could not take the route up. Asked only of what
   * would count otherwise. */
  async heed(
    namespace: string,
    { release, traffic }: Pick<Snapshot, 'release' | 'traffic'>,
  ): Promise<Traffic> {
    if (!release || !traffic?.accepted) return traffic;
    for (const { name, config } of release.spec.traffic?.routers ?? []) {
      const router = this.deps.routers.get(name);
      const wait = await this.waitOf(namespace, router?.events, config as Config);
      const lookAgainAtMs = this.deps.clock.now() + FRESH_MS;
      if (wait) return { ...traffic, accepted: false, ...wait, lookAgainAtMs };
    }
    return traffic;
  }

  private async waitOf(
    namespace: string,
    about: RouteEvents | undefined,
    config: Config,
  ): Promise<RouteWait | undefined> {
    if (!about) return undefined;
    const { kind, name } = about.of(config);
    const route = informerOf(this.deps.caches, kind)?.get(namespace, name);
    const events = route && (await this.eventsOf(namespace, route));
    return events && about.waitsFor(route, events, this.deps.clock.now());
  }

  /** As they were last seen, where they cannot be read just now; undefined where they never were. */
  private async eventsOf(
    namespace: string,
    { metadata: { uid = '' } }: KubeObject,
  ): Promise<readonly KubeObject[] | undefined> {
    const { client, clock } = this.deps;
    const known = this.known.get(uid);
    if (known && clock.now() < known.atMs + FRESH_MS) return known.events;
    try {
      const fieldSelector = `involvedObject.uid=${uid}`;
      const { items: events } = await client.list(KINDS.event, { namespace, fieldSelector });
      this.forget();
      this.known.set(uid, { atMs: clock.now(), events });
      this.isTold = false;
      return events;
    } catch (error) {
      this.tell(namespace, error);
      return known?.events;
    }
  }

  private tell(namespace: string, error: unknown): void {
    if (this.isTold) return;
    this.isTold = true;
    const message =
      'the Events of routes cannot be read: what a load balancer refuses may not be noticed, and a weight counts as it ' +
      'is stored; where this is forbidden, apply all that `segue install` prints';
    this.deps.log.warn(message, { namespace, error: String(error) });
  }

  private forget(): void {
    const oldest = this.deps.clock.now() - KEPT_MS;
    for (const [uid, { atMs }] of this.known) if (atMs < oldest) this.known.delete(uid);
  }
}
