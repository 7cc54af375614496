/** Somebody who undoes what Segue writes, every time they see it. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import type { Shop } from './shop.ts';

export interface RivalOptions {
  kind: GroupKind;
  /** Seeing this they write. */
  sees: (object: KubeObject) => boolean;
  writes: (seen: KubeObject) => Promise<unknown>;
}

export class Rival {
  /** How often they wrote. */
  times = 0;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(shop: Shop, options: RivalOptions) {
    this.running = this.follow(shop, options);
  }

  private async follow(shop: Shop, { kind, sees, writes }: RivalOptions): Promise<void> {
    const { client } = shop.lab;
    const { namespace, name } = shop;
    const { signal } = this.stopping;
    let { resourceVersion } = await client.list(kind, { namespace });
    while (!signal.aborted)
      for await (const event of client.watch(kind, { namespace, resourceVersion, signal })) {
        if (event.type === 'BOOKMARK') continue;
        const { object } = event;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        const theirs = event.type === 'MODIFIED' && object.metadata.name === name;
        if (theirs && sees(object) && (await wrote(() => writes(object)))) this.times++;
      }
  }

  async stop(): Promise<number> {
    this.stopping.abort();
    await this.running;
    return this.times;
  }
}

/** False when the object had moved on: they see the newer version next. */
async function wrote(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'Conflict') return false;
    throw error;
  }
}
