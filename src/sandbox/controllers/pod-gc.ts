/** Removes pods that are bound to a node that is gone: no kubelet is left to end them. */
import type { Environment } from './environment.ts';
import { KIND, type Pod } from './kinds.ts';
import type { Controller } from './loop.ts';
import { keyOf, nameOf, splitKey } from './write.ts';

const COMPONENT = 'pod-garbage-collector';
/** A node may only have been away for a moment (its agent was replaced): so long it is waited for. */
const QUARANTINE_MS = 40_000;

export function podCollector(environment: Environment): Controller {
  const { caches, cluster, clock, applier } = environment;
  const pods = caches.of(KIND.pod);
  const nodes = caches.of(KIND.node);
  const missingSince = new Map<string, number>();
  return {
    name: COMPONENT,
    workers: 2,
    wire(queue) {
      nodes.onChange(({ old, object }) => {
        const { name } = (object ?? old)?.metadata ?? { name: '' };
        if (object) missingSince.delete(name);
        else for (const pod of pods.byIndex('node', name)) queue.add(keyOf(pod));
      });
      pods.onChange(({ object }) => {
        const node = (object as Pod | undefined)?.spec.nodeName;
        if (object && node && !nodes.get('', node)) queue.add(keyOf(object));
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const pod = pods.get(namespace, name) as Pod | undefined;
      const node = pod?.spec.nodeName;
      if (!pod || !node || nodes.get('', node)) return undefined;
      const since = missingSince.get(node) ?? clock.now();
      missingSince.set(node, since);
      const waitMs = since + QUARANTINE_MS - clock.now();
      if (waitMs > 0) return waitMs;
      if (await cluster.client.get({ ...KIND.node, name: node })) return undefined;
      const uid = pod.metadata.uid ?? '';
      await applier.delete({ op: 'Delete', target: nameOf(pod), uid, gracePeriodSeconds: 0 });
      return undefined;
    },
  };
}
