/** Watches of ConfigMaps and Secrets: only in the namespaces of policies that ask for it, and only digests of
 * them are kept. A cluster without such a policy has none. */
import { KINDS } from '../api/group.ts';
import type { ConfigKind, ConfigSpec } from '../api/config.ts';
import type { KubeObject } from '../api/object.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Informer } from '../ports/informer.ts';
import type { Caches } from './caches.ts';
import { sameConfig, trimConfig } from './config-digest.ts';

const KIND_OF = { ConfigMap: KINDS.configMap, Secret: KINDS.secret } as const;

/** What a policy with a change is told by. */
export interface ConfigChange {
  kind: ConfigKind;
  namespace: string;
  /** Undefined: all of the namespace, which has been read now. */
  name: string | undefined;
}

interface Watched {
  informer: Informer;
  stop: AbortController;
  running: Promise<void>;
}

export class ConfigWatches {
  readonly #cluster: Pick<Cluster, 'informer'>;
  readonly #changed: (change: ConfigChange) => void;
  readonly #watched = new Map<string, Watched>();
  #signal = new AbortController().signal;

  constructor(cluster: Pick<Cluster, 'informer'>, changed: (change: ConfigChange) => void) {
    this.#cluster = cluster;
    this.#changed = changed;
  }

  /** What is watched from now on is so until then. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Watched from the first time on that it is asked for. */
  of(kind: ConfigKind, namespace: string): Informer {
    const key = `${kind}/${namespace}`;
    const known = this.#watched.get(key);
    if (known) return known.informer;
    const informer = this.#cluster.informer(KIND_OF[kind], {
      namespace,
      trim: trimConfig,
      mayBeRefused: `policies that watch them wait; see 'segue install --help'`,
    });
    informer.onChange(({ old, object }) => {
      if (old && object && sameConfig(old, object)) return;
      const name = (object ?? old)?.metadata.name;
      this.#changed({ kind, namespace, name });
    });
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const running = informer.run(signal);
    this.#watched.set(key, { informer, stop, running });
    void informer.waitSynced(signal).then(() => {
      if (!signal.aborted) this.#changed({ kind, namespace, name: undefined });
    });
    return informer;
  }

  /** Ends those that no policy asks for any more. */
  sweep(caches: Caches, namespace: string): void {
    const policies = caches.policies.byIndex('namespace', namespace);
    for (const kind of ['ConfigMap', 'Secret'] as const) {
      const watched = this.#watched.get(`${kind}/${namespace}`);
      if (!watched || policies.some((policy) => asksFor(policy, kind))) continue;
      watched.stop.abort();
      this.#watched.delete(`${kind}/${namespace}`);
    }
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#watched.values()].map(({ running }) => running));
  }
}

function asksFor(policy: KubeObject, kind: ConfigKind): boolean {
  const { config } = (policy['spec'] ?? {}) as { config?: ConfigSpec };
  return config?.watch === true && (kind === 'ConfigMap' || config.secrets);
}
