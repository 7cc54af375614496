/** Keeps the status of PodDisruptionBudgets: what an eviction may count on. */
import type { KubeObject } from '../../../api/object.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import type { Environment } from '../environment.ts';
import { KIND, type Pod, type PodDisruptionBudget, type StatefulSet } from '../kinds.ts';
import type { Controller } from '../loop.ts';
import { controllerOf } from '../ownership.ts';
import { keyOf, splitKey } from '../write.ts';
import { nextStatus, type Scale } from './budget.ts';

const COMPONENT = 'disruption-controller';

/** Kinds that say how many pods they want. */
const SCALED = [KIND.replicaSet, KIND.statefulSet] as const;

export function disruptionController(environment: Environment): Controller {
  const { caches, applier, clock } = environment;
  const budgets = caches.of(KIND.podDisruptionBudget);
  const pods = caches.of(KIND.pod);
  const owners = new Map(SCALED.map((kind) => [kind.kind as string, caches.of(kind)]));
  const deployments = caches.of(KIND.deployment);

  /** A ReplicaSet of a Deployment counts as the Deployment: both its sets together want so many. */
  function scaleOf(pod: Pod): Scale | undefined {
    const owner = controllerOf(pod);
    if (!owner) return undefined;
    const { namespace = '' } = pod.metadata;
    const cache = owners.get(owner.kind);
    if (!cache) {
      const plural = `${owner.kind.toLowerCase()}s`;
      return { problem: `${plural} does not implement the scale subresource` };
    }
    const set = cache.get(namespace, owner.name);
    if (set?.metadata.uid !== owner.uid) return undefined;
    const above = controllerOf(set);
    const deployment =
      above?.kind === 'Deployment' ? deployments.get(namespace, above.name) : undefined;
    return replicasOf(deployment ?? set);
  }

  function addBudgetsOf(pod: KubeObject | undefined, add: (key: string) => void): void {
    if (!pod) return;
    for (const budget of budgets.byIndex('namespace', pod.metadata.namespace ?? ''))
      if (selects(budget as PodDisruptionBudget, pod)) add(keyOf(budget));
  }

  return {
    name: COMPONENT,
    workers: 2,
    wire(queue) {
      const add = (key: string) => queue.add(key);
      budgets.onChange(({ object }) => object && add(keyOf(object)));
      pods.onChange(({ old, object }) => {
        addBudgetsOf(old, add);
        addBudgetsOf(object, add);
      });
      for (const cache of [...owners.values(), deployments])
        cache.onChange(({ old, object }) => {
          if (!object || (old && wanted(old) === wanted(object))) return;
          const { namespace = '' } = object.metadata;
          for (const budget of budgets.byIndex('namespace', namespace)) add(keyOf(budget));
        });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const budget = budgets.get(namespace, name) as PodDisruptionBudget | undefined;
      if (!budget) return undefined;
      const selected = (pods.byIndex('namespace', namespace) as Pod[]).filter((pod) =>
        selects(budget, pod),
      );
      const nowMs = clock.now();
      const status = nextStatus({ budget, pods: selected, scaleOf, nowMs });
      if (status) await applier.keepStatus({ ...budget, status });
      return undefined;
    },
  };
}

function wanted(object: KubeObject): number {
  return (object as StatefulSet).spec.replicas ?? 1;
}

function replicasOf(owner: KubeObject): Scale {
  return { uid: owner.metadata.uid ?? '', replicas: wanted(owner) };
}

/** In policy/v1 an empty selector selects every pod of the namespace, and none selects nothing. */
function selects({ spec }: PodDisruptionBudget, pod: KubeObject): boolean {
  const { selector } = spec;
  if (!selector) return false;
  const isEmpty = !selector.matchExpressions?.length && !Object.keys(selector.matchLabels ?? {})[0];
  return isEmpty || matchesSelector(selector, pod.metadata.labels);
}
