/** Sends a plan's writes in order and lets the caches see the answers. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import type { Caches } from './caches.ts';
import { createEventRecorder } from './events.ts';
import { keyOf, nameOf, type DeleteWrite, type Write } from './write.ts';

export interface Applier {
  /** Stops at the first write that is refused. Two writes of one object in a row are fine: the
   * second takes the resourceVersion that the first left. */
  apply(writes: Write[], component: string): Promise<void>;
  create(object: KubeObject): Promise<KubeObject>;
  delete(write: DeleteWrite): Promise<void>;
  /** Writes the object's status over whatever became of the object meanwhile, as long as it lives:
   * of a controller that reads its own status, one that is lost would be lost for good. */
  keepStatus(object: KubeObject): Promise<void>;
  /** Resolves when the events recorded so far are written. */
  drained(): Promise<void>;
  /** True for an object whose deletion this applier asked for and the cache does not show yet. */
  isDeleted(object: KubeObject): boolean;
}

export function createApplier(deps: {
  client: KubeClient;
  caches: Caches;
  clock: Clock;
  log: Log;
}): Applier {
  const { client, caches } = deps;
  const events = createEventRecorder(deps);
  const deletions = new Map<string, number>();

  const seen = (object: KubeObject): KubeObject => {
    caches.of(nameOf(object)).observe(object);
    return object;
  };

  async function remove(write: DeleteWrite): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, propagation } = write;
    await client.delete(write.target, {
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagation === undefined ? {} : { propagation }),
    });
    remember(deletions, uid, deps.clock.now());
  }

  async function send(write: Write, component: string): Promise<KubeObject | undefined> {
    switch (write.op) {
      case 'Create':
        return seen(await client.create(write.object));
      case 'Update':
        return seen(await client.replace(write.object));
      case 'UpdateStatus':
        return seen(await client.replace(write.object, { subresource: 'status' }));
      case 'Patch':
        return seen(await client.patch(write.target, { type: 'merge', body: write.body }));
      case 'Delete':
        await remove(write);
        return undefined;
      case 'Event':
        events.record(write, component);
        return undefined;
    }
  }

  return {
    async apply(writes, component) {
      const versions = new Map<string, string | undefined>();
      for (const write of writes) {
        const result = await send(current(write, versions), component);
        if (result) versions.set(idOf(result), result.metadata.resourceVersion);
      }
    },
    async create(object) {
      return seen(await client.create(object));
    },
    delete: remove,
    async keepStatus(object) {
      seen(await keepStatus(client, object));
    },
    drained: () => events.drained(),
    isDeleted: (object) =>
      object.metadata.deletionTimestamp === undefined && deletions.has(object.metadata.uid ?? ''),
  };
}

const STATUS_TRIES = 5;

async function keepStatus(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  let latest = object;
  for (let tries = 1; ; tries += 1) {
    try {
      return await client.replace(latest, { subresource: 'status' });
    } catch (error) {
      const isLate = error instanceof KubeError && error.reason === 'Conflict';
      if (!isLate || tries >= STATUS_TRIES) throw error;
      const live = await client.get(nameOf(object));
      if (live?.metadata.uid !== object.metadata.uid) throw error;
      latest = { ...live, status: object['status'] } as KubeObject;
    }
  }
}

/** Deletions older than this are in the cache by now, or were taken back. */
const DELETION_SEEN_MS = 60_000;

function remember(deletions: Map<string, number>, uid: string, nowMs: number): void {
  deletions.set(uid, nowMs);
  for (const [old, at] of deletions) {
    if (nowMs - at < DELETION_SEEN_MS) return;
    deletions.delete(old);
  }
}

function idOf(object: KubeObject): string {
  return `${object.kind}/${keyOf(object)}`;
}

function current(write: Write, versions: Map<string, string | undefined>): Write {
  if (write.op !== 'Update' && write.op !== 'UpdateStatus') return write;
  const resourceVersion = versions.get(idOf(write.object));
  if (resourceVersion === undefined) return write;
  const metadata = { ...write.object.metadata, resourceVersion };
  return { ...write, object: { ...write.object, metadata } };
}
