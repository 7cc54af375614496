/** Watches ReplicaSets and their pods, makes and deletes pods, and writes the sets' status. */
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import { claimed } from '../adoption.ts';
import type { Environment } from '../environment.ts';
import { KIND, type Pod, type ReplicaSet } from '../kinds.ts';
import { type Controller, controllerKey, RetryLater } from '../loop.ts';
import { isTerminating } from '../terminating.ts';
import { controllerOf } from '../ownership.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import { keyOf, nameOf, splitKey, type Write } from '../write.ts';
import {
  type Failure,
  nextAvailableMs,
  nextStatus,
  podChanges,
  renderPod,
  type Snapshot,
} from './sync.ts';

const COMPONENT = 'replicaset-controller';

export function replicaSetController(environment: Environment): Controller {
  const { caches, applier, clock } = environment;
  const sets = caches.of(KIND.replicaSet);
  const pods = caches.of(KIND.pod);

  function ownersOfOrphan(pod: KubeObject): string[] {
    if (controllerOf(pod)) return [];
    return sets
      .byIndex('namespace', pod.metadata.namespace ?? '')
      .filter((set) => matchesSelector((set as ReplicaSet).spec.selector, pod.metadata.labels))
      .map(keyOf);
  }

  /** Pods of all sets that the same Deployment (or Release) controls. */
  function relatedPods(set: ReplicaSet): Pod[] {
    const owner = controllerOf(set)?.uid;
    const family = owner === undefined ? [set] : sets.byIndex('controller', owner);
    return family.flatMap(({ metadata }) => podsOf(metadata.uid ?? ''));
  }

  function podsOf(uid: string): Pod[] {
    return (pods.byIndex('controller', uid) as Pod[]).filter((pod) => !applier.isDeleted(pod));
  }

  async function observe(set: ReplicaSet): Promise<Snapshot> {
    const { selector } = set.spec;
    await claimed(environment, { owner: set, selector, kind: KIND.pod, by: COMPONENT });
    const own = podsOf(set.metadata.uid ?? '');
    return { set, pods: own, related: relatedPods(set), nowMs: clock.now() };
  }

  return {
    name: COMPONENT,
    workers: 8,
    wire(queue) {
      const add = (key: string | undefined) => key !== undefined && queue.add(key);
      sets.onChange(({ old, object }) => add(keyOf((object ?? old) as KubeObject)));
      pods.onChange(({ old, object }) => {
        add(controllerKey(old, 'ReplicaSet'));
        add(controllerKey(object, 'ReplicaSet'));
        if (object) for (const key of ownersOfOrphan(object)) queue.add(key);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const set = sets.get(namespace, name) as ReplicaSet | undefined;
      if (!set) return undefined;
      const snapshot = await observe(set);
      const changes = podChanges(snapshot);
      const failure =
        (await createPods(environment, set, changes.create)) ??
        (await deletePods(environment, set, changes.delete));
      const changed = changes.create + changes.delete.length > 0;
      // Pods that changed bring us here again, with something to count.
      const status = changed && !failure ? undefined : nextStatus(snapshot, failure);
      if (status)
        await applier.apply([{ op: 'UpdateStatus', object: { ...set, status } }], COMPONENT);
      if (failure) throw new RetryLater(failure.message);
      return nextAvailableMs(snapshot);
    },
  };
}

/** Makes pods in batches of 1, 2, 4, …: where the first is refused, the others are not tried. */
async function createPods(
  environment: Environment,
  set: ReplicaSet,
  count: number,
): Promise<Failure | undefined> {
  let batch = Math.min(1, count);
  for (let made = 0; made < count; batch = Math.min(batch * 2, count - made)) {
    const answers = await Promise.allSettled(
      Array.from({ length: batch }, () => createPod(environment, set)),
    );
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) return creationFailure(refused.reason);
    made += batch;
  }
  return undefined;
}

async function createPod(environment: Environment, set: ReplicaSet): Promise<void> {
  const pod = renderPod(set, environment.random);
  try {
    await environment.applier.create(pod);
  } catch (error) {
    if (isTerminating(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    await emit(environment, { set, reason: 'FailedCreate', message: `Error creating: ${why}` });
    throw error;
  }
  const message = `Created pod: ${pod.metadata.name}`;
  await emit(environment, { set, reason: 'SuccessfulCreate', message });
}

function creationFailure(error: unknown): Failure {
  if (!(error instanceof KubeError) || isTerminating(error)) throw error;
  return { reason: 'FailedCreate', message: error.message };
}

async function deletePods(
  environment: Environment,
  set: ReplicaSet,
  pods: Pod[],
): Promise<Failure | undefined> {
  const answers = await Promise.allSettled(
    pods.map(async (pod) => {
      const uid = pod.metadata.uid ?? '';
      await environment.applier.delete({ op: 'Delete', target: nameOf(pod), uid });
      const message = `Deleted pod: ${pod.metadata.name}`;
      await emit(environment, { set, reason: 'SuccessfulDelete', message });
    }),
  );
  const refused = answers.find((answer) => answer.status === 'rejected');
  if (!refused) return undefined;
  if (!(refused.reason instanceof KubeError)) throw refused.reason;
  return { reason: 'FailedDelete', message: refused.reason.message };
}

async function emit(
  environment: Environment,
  news: { set: ReplicaSet; reason: string; message: string },
): Promise<void> {
  const { set, reason, message } = news;
  const type = reason.startsWith('Failed') ? 'Warning' : 'Normal';
  const event: Write = { op: 'Event', about: set, type, reason, message };
  await environment.applier.apply([event], COMPONENT);
}
