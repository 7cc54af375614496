/** What Consul on Kubernetes says of its objects: whether they are in Consul. */
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import { notTrue, type Said } from '../condition.ts';

/** Undefined where it is. `Synced` names no generation, so that the settle time has to do for the rest. */
export function notSynced({ metadata, status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: Said[] };
  const synced = conditions.find(({ type }) => type === 'Synced');
  return synced ? notTrue(synced, metadata.generation ?? 0) : 'Consul has not said that it has it';
}

/** Nothing that is written to it would be heard of. */
export function unsynced(object: KubeObject, title: string): Problem[] {
  const unmet = notSynced(object);
  if (unmet === undefined) return [];
  return [
    {
      field: `${title} status`,
      message: `it is not in Consul: ${unmet}`,
      fix: 'mend what Consul says of it; a splitter needs `protocol: http` in ServiceDefaults or ProxyDefaults',
    },
  ];
}
