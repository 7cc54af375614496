/** Watches Deployments and their sets, and carries out what `syncDeployment` says. */
import type { KubeObject } from '../../../api/object.ts';
import { claimed } from '../adoption.ts';
import type { Environment } from '../environment.ts';
import { type Deployment, KIND, type Pod, type ReplicaSet } from '../kinds.ts';
import { type Controller, controllerKey } from '../loop.ts';
import { controllerOf } from '../ownership.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import { keyOf, splitKey } from '../write.ts';
import { carryOut, COMPONENT } from './carry-out.ts';
import type { Snapshot } from './draft.ts';
import { syncDeployment } from './sync.ts';

export function deploymentController(environment: Environment): Controller {
  const { caches, clock } = environment;
  const deployments = caches.of(KIND.deployment);
  const sets = caches.of(KIND.replicaSet);
  const pods = caches.of(KIND.pod);

  function ownersOfOrphan(object: KubeObject): string[] {
    if (controllerOf(object)) return [];
    return deployments
      .byIndex('namespace', object.metadata.namespace ?? '')
      .filter((one) => matchesSelector((one as Deployment).spec.selector, object.metadata.labels))
      .map(keyOf);
  }

  function setOf(pod: KubeObject): KubeObject | undefined {
    const key = controllerKey(pod, 'ReplicaSet');
    if (key === undefined) return undefined;
    const { namespace, name } = splitKey(key);
    return sets.get(namespace, name);
  }

  async function observe(deployment: Deployment): Promise<Snapshot> {
    const owned = await claimed<ReplicaSet>(environment, {
      owner: deployment,
      selector: deployment.spec.selector,
      kind: KIND.replicaSet,
      by: COMPONENT,
    });
    const podsBySet = new Map<string, Pod[]>();
    for (const { metadata } of owned)
      podsBySet.set(metadata.uid ?? '', pods.byIndex('controller', metadata.uid ?? '') as Pod[]);
    return { deployment, sets: owned, podsBySet, nowMs: clock.now() };
  }

  return {
    name: COMPONENT,
    workers: 5,
    wire(queue) {
      const add = (key: string | undefined) => key !== undefined && queue.add(key);
      deployments.onChange(({ old, object }) => add(keyOf((object ?? old) as KubeObject)));
      sets.onChange(({ old, object }) => {
        add(controllerKey(old, 'Deployment'));
        add(controllerKey(object, 'Deployment'));
        if (object) for (const key of ownersOfOrphan(object)) queue.add(key);
      });
      // A Recreate Deployment waits for the last old pod to be gone.
      pods.onChange(({ old, object }) => {
        if (old && !object) add(controllerKey(setOf(old), 'Deployment'));
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const deployment = deployments.get(namespace, name) as Deployment | undefined;
      if (!deployment) return undefined;
      const snapshot = await observe(deployment);
      const plan = syncDeployment(snapshot);
      await carryOut(environment, snapshot, plan);
      return plan.requeueAfterMs;
    },
  };
}
