/** Sends the writes of a Deployment's plan, and settles a refused creation of the new set. */
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import type { Environment } from '../environment.ts';
import { KIND, type ReplicaSet } from '../kinds.ts';
import { isTerminating } from '../terminating.ts';
import { nameOf, type Plan, type Write } from '../write.ts';
import { hasProgressDeadline, setProgressing } from './conditions.ts';
import { draftOf, type Snapshot } from './draft.ts';
import { isWantedSet } from './sets.ts';

export const COMPONENT = 'deployment-controller';

export async function carryOut(
  environment: Environment,
  snapshot: Snapshot,
  plan: Plan,
): Promise<void> {
  const { applier } = environment;
  const index = plan.writes.findIndex((write) => write.op === 'Create');
  const create = plan.writes[index];
  if (create?.op !== 'Create') {
    await applier.apply(plan.writes, COMPONENT);
    return;
  }
  await applier.apply(plan.writes.slice(0, index), COMPONENT);
  try {
    await applier.create(create.object);
  } catch (error) {
    await settleRefusedCreate(environment, { snapshot, set: create.object, error });
    throw error;
  }
  await applier.apply(plan.writes.slice(index + 1), COMPONENT);
}

interface RefusedCreate {
  snapshot: Snapshot;
  set: KubeObject;
  error: unknown;
}

/** A set of that name exists: either it is the wanted one and the cache was behind, or the hash
 * collides and is changed. Any other refusal is written on the Deployment. */
async function settleRefusedCreate(
  environment: Environment,
  { snapshot, set, error }: RefusedCreate,
): Promise<void> {
  if (!(error instanceof KubeError)) return;
  if (error.reason === 'AlreadyExists') {
    const found = await environment.cluster.client.get(nameOf(set));
    if (!found) return;
    environment.caches.of(KIND.replicaSet).observe(found);
    if (isWantedSet(snapshot.deployment, found as ReplicaSet)) return;
    const { deployment } = draftOf(snapshot);
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    deployment.status = { ...deployment.status, collisionCount };
    await environment.applier.apply([{ op: 'UpdateStatus', object: deployment }], COMPONENT);
    return;
  }
  if (error.code === 0 || error.code >= 500 || isTerminating(error)) return;
  await environment.applier.apply(refusedWrites(snapshot, set, error.message), COMPONENT);
}

function refusedWrites(snapshot: Snapshot, set: KubeObject, why: string): Write[] {
  const draft = draftOf(snapshot);
  const { deployment } = draft;
  const message = `Failed to create new replica set "${set.metadata.name}": ${why}`;
  const reason = 'ReplicaSetCreateError';
  if (hasProgressDeadline(deployment)) setProgressing(draft, { status: 'False', reason, message });
  return [
    { op: 'UpdateStatus', object: deployment },
    { op: 'Event', about: deployment, type: 'Warning', reason, message },
  ];
}
