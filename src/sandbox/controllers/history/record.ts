/** Stores revisions: a name that is taken by another template counts as a collision. */
import { KubeError } from '../../../ports/kube.ts';
import type { Environment } from '../environment.ts';
import type { ControllerRevision } from '../kinds.ts';
import { controllerOf } from '../ownership.ts';
import { nameOf } from '../write.ts';
import { draftRevision, sameData, type Versioned } from './revision.ts';

/** Hashes that collide so often in a row are no accident. */
const MOST_COLLISIONS = 20;

export interface Recorded {
  revision: ControllerRevision;
  collisions: number;
}

/** Creates what the owner is now, or finds that it was created already. */
export async function recordRevision(
  { applier, cluster }: Environment,
  owner: Versioned,
  wanted: { revision: number; collisions: number; label: string },
): Promise<Recorded> {
  for (let { collisions } = wanted; ; collisions += 1) {
    const draft = draftRevision(owner, { ...wanted, collisions });
    try {
      return { revision: (await applier.create(draft)) as ControllerRevision, collisions };
    } catch (error) {
      const isTaken = error instanceof KubeError && error.reason === 'AlreadyExists';
      if (!isTaken || collisions - wanted.collisions >= MOST_COLLISIONS) throw error;
      const found = (await cluster.client.get(nameOf(draft))) as ControllerRevision | undefined;
      // One without an owner is ours too: the owner may be about to leave all that it has behind.
      const keeper = found && controllerOf(found)?.uid;
      const isOurs = keeper === undefined || keeper === owner.metadata.uid;
      if (found && isOurs && sameData(found, draft)) return { revision: found, collisions };
    }
  }
}
