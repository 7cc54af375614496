/** Waits for what releases come to, many at once, by a single watch: polling each would be most of
 * the work of these tests. */
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import type { KubeClient } from '../../src/ports/kube.ts';

type Reached = (status: ReleaseStatus) => boolean;

interface Waiting {
  namespace: string;
  reached: Reached;
  done: (status: ReleaseStatus) => void;
}

const WITHIN_MS = 100_000;

export class ReleaseWatch {
  private readonly statuses = new Map<string, ReleaseStatus>();
  private readonly waiting = new Set<Waiting>();
  private readonly stopping = new AbortController();
  private readonly following: Promise<void>;

  constructor(client: KubeClient) {
    this.following = this.follow(client);
  }

  /** The first status of the namespace's release that is so. */
  async reach(namespace: string, what: string, reached: Reached): Promise<ReleaseStatus> {
    const now = this.statuses.get(namespace);
    if (now && reached(now)) return now;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.waiting.delete(waiting);
        const { timeline: _, conditions: __, ...seen } = this.statuses.get(namespace) ?? {};
        reject(new Error(`${namespace}: waited for ${what}; it is at ${JSON.stringify(seen)}`));
      }, WITHIN_MS);
      const done = (status: ReleaseStatus) => {
        clearTimeout(late);
        this.waiting.delete(waiting);
        resolve(status);
      };
      const waiting = { namespace, reached, done };
      this.waiting.add(waiting);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private async follow(client: KubeClient): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const { items, resourceVersion } = await client.list(KINDS.release);
      for (const item of items) this.take(item);
      for await (const event of client.watch(KINDS.release, { resourceVersion, signal }))
        if (event.type !== 'BOOKMARK') this.take(event.object);
    }
  }

  private take({ metadata, status = {} }: KubeObject & { status?: ReleaseStatus }): void {
    const { namespace = '' } = metadata;
    this.statuses.set(namespace, status);
    for (const one of this.waiting)
      if (one.namespace === namespace && one.reached(status)) one.done(status);
  }
}
