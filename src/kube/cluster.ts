/** Puts the client, informers and queues of one cluster together. */
import type { GroupKind } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import { Contact } from './contact.ts';
import { HttpKubeClient, type PagingClient } from './client.ts';
import { CachingInformer } from './informer.ts';
import type { ClusterConfig } from './kubeconfig.ts';
import { KeyedQueue } from './queue.ts';
import { Reconnects } from './reconnects.ts';
import { Transport } from './transport.ts';

export interface ClusterDeps {
  clock: Clock;
  log: Log;
  /** At least 0 and less than 1: Math.random, or a seeded one in tests. */
  random: () => number;
  /** The field manager of writes that name none; Segue's by default. */
  writesAs?: string;
}

/** Nothing is sent before the first request; `client.close()` ends the connections. */
export function connect(config: ClusterConfig, deps: ClusterDeps): Cluster {
  const { clock, random, writesAs } = deps;
  const contact = new Contact(clock, deps.log);
  const transport = new Transport(config, {}, { clock, contact });
  const client = new HttpKubeClient({
    config,
    transport,
    clock,
    random,
    ...(writesAs !== undefined && { writesAs }),
  });
  return { ...clusterOver(client, deps), outage: () => contact.outage };
}

/** The same over any client: the sandbox's own needs no HTTP. */
export function clusterOver(client: KubeClient, deps: ClusterDeps): Cluster {
  const { clock, log, random } = deps;
  const reconnects = new Reconnects(clock);
  const paging = 'listPages' in client ? (client as PagingClient) : inOnePage(client);
  return {
    client,
    informer: (kind: GroupKind, options = {}) =>
      new CachingInformer(kind, options, { client: paging, clock, log, random, reconnects }),
    outage: () => undefined,
    queue: (name) => new KeyedQueue({ clock, log: log.with({ queue: name }), random }),
  };
}

function inOnePage(client: KubeClient): Pick<PagingClient, 'listPages' | 'watch'> {
  return {
    async *listPages(kind, options) {
      yield { ...(await client.list(kind, options)), first: true };
    },
    watch: (kind, options) => client.watch(kind, options),
  };
}
