/** Every version that objects of a namespace went through, by watches: what a test must not miss. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { KubeClient } from '../ports/kube.ts';
import { until } from './until.ts';

export interface Recording {
  /** As they were when recording began. */
  initial: KubeObject[];
  /** Oldest first: resource versions count over all kinds. */
  changes: Change[];
}

export interface Change {
  object: KubeObject;
  deleted: boolean;
  /** When it was seen. */
  seenMs: number;
}

export class Recorder {
  private readonly client: KubeClient;
  private readonly namespace: string;
  private readonly stopping = new AbortController();
  private readonly initial: KubeObject[] = [];
  private readonly changes: Change[] = [];
  private readonly kinds = new Map<GroupKind, Promise<void>>();

  constructor(client: KubeClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  async watch(kind: GroupKind): Promise<void> {
    const { namespace } = this;
    const list = await this.client.list(kind, { namespace });
    this.initial.push(...list.items);
    const following = this.follow(kind, list.resourceVersion);
    // What ends it early is found when it is stopped, and must not hide what made a test fail before that.
    following.catch(() => {});
    this.kinds.set(kind, following);
  }

  private async follow(kind: GroupKind, from: string): Promise<void> {
    let resourceVersion = from;
    const { namespace } = this;
    const { signal } = this.stopping;
    while (!signal.aborted)
      for await (const event of this.client.watch(kind, { namespace, resourceVersion, signal })) {
        if (event.type === 'BOOKMARK') continue;
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        this.changes.push({
          object: event.object,
          deleted: event.type === 'DELETED',
          seenMs: Date.now(),
        });
      }
  }

  async stop(): Promise<Recording> {
    for (const kind of this.kinds.keys()) {
      const { items } = await this.client.list(kind, { namespace: this.namespace });
      const versions = items.map(versionOf);
      await until(`the watch of ${kind.kind} to catch up`, async () => {
        const seen = [...this.initial, ...this.changes.map((change) => change.object)];
        return versions.every((version) => seen.some((object) => versionOf(object) === version));
      });
    }
    this.stopping.abort();
    await Promise.allSettled(this.kinds.values());
    const changes = this.changes.toSorted((a, b) => versionOf(a.object) - versionOf(b.object));
    return { initial: this.initial, changes };
  }
}

function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}
