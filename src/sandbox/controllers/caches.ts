/** One informer for each kind, shared by all controllers, with the indexes they read by. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Informer } from '../../ports/informer.ts';
import type { Pod, Service } from './kinds.ts';
import { controllerOf } from './ownership.ts';

const INDEXES: Record<string, (object: KubeObject) => string[]> = {
  namespace: (object) => [object.metadata.namespace ?? ''],
  /** The controller's uid, or `orphan/<namespace>` where there is none. */
  controller: (object) => [
    controllerOf(object)?.uid ?? `orphan/${object.metadata.namespace ?? ''}`,
  ],
  node: (object) => [(object as Partial<Pod>).spec?.nodeName ?? ''],
  /** Pods by each of their labels. */
  label: ({ kind, metadata }) =>
    kind === 'Pod' ? pairs(metadata.namespace, metadata.labels ?? {}) : [],
  /** Services by the first label they select. */
  selects: (object) =>
    object.kind === 'Service' ? selectorPairs(object as Service).slice(0, 1) : [],
};

/** Index values of labels, `namespace/key=value`, in a steady order. */
export function pairs(namespace: string | undefined, labels: Record<string, string>): string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${namespace ?? ''}/${key}=${value}`)
    .sort();
}

export function selectorPairs(service: Service): string[] {
  return pairs(service.metadata.namespace, service.spec.selector ?? {});
}

export interface Caches {
  /** The informer of a kind; kinds first asked for after `start` are started at once. */
  of(kind: GroupKind): Informer;
  /** Runs all informers and resolves when their first lists are in. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when all informers have stopped. */
  stopped(): Promise<void>;
}

export function kindKey(kind: GroupKind): string {
  return `${kind.kind}.${kind.group}`;
}

export function createCaches(cluster: Cluster): Caches {
  const informers = new Map<string, Informer>();
  const running: Promise<void>[] = [];
  let started: AbortSignal | undefined;
  return {
    of(kind) {
      const known = informers.get(kindKey(kind));
      if (known) return known;
      const informer = cluster.informer(kind, { indexes: INDEXES });
      informers.set(kindKey(kind), informer);
      if (started) running.push(informer.run(started));
      return informer;
    },
    async start(signal) {
      started = signal;
      for (const informer of informers.values()) running.push(informer.run(signal));
      await Promise.all([...informers.values()].map((informer) => informer.waitSynced(signal)));
    },
    async stopped() {
      await Promise.all(running);
    },
  };
}
