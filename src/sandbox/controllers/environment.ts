/** What every controller here is given. */
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Applier } from './applier.ts';
import type { Caches } from './caches.ts';

export interface Environment {
  cluster: Cluster;
  caches: Caches;
  applier: Applier;
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
  /** Aborts when the controllers are to stop. */
  signal: AbortSignal;
}
