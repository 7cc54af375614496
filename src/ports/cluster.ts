/** Everything a controller needs to live on a cluster: requests, caches and queues. */
import type { GroupKind } from '../api/object.ts';
import type { Informer, InformerOptions } from './informer.ts';
import type { KubeClient } from './kube.ts';
import type { WorkQueue } from './queue.ts';

export interface Cluster {
  client: KubeClient;
  /** A new informer; the caller runs it. */
  informer(kind: GroupKind, options?: InformerOptions): Informer;
  queue(name: string): WorkQueue;
  /** Since when the API server has not answered at all; undefined while it does. */
  outage(): Outage | undefined;
}

export interface Outage {
  /** Milliseconds since the epoch. */
  sinceMs: number;
  because: string;
}
