/** The two native strategies: RollingUpdate and Recreate. */
import { isTerminal } from '../pods.ts';
import { active, allOf, availableOf, type Draft, type Sets, wanted, wantedByAll } from './draft.ts';
import { resize } from './scale.ts';
import { byAge, forgetOldSets, replicasOfNewSet, syncSets, syncSetsCreating } from './sets.ts';
import { isComplete, writeRolloutStatus } from './status.ts';
import { maxUnavailable } from './strategy.ts';

/** One step of a rolling update: either the new set grows or the old ones shrink. */
export function rollingUpdate(draft: Draft): void {
  const sets = syncSetsCreating(draft);
  const moved = growNewSet(draft, sets) || shrinkOldSets(draft, sets);
  if (!moved && isComplete(draft.deployment, draft.deployment.status)) forgetOldSets(draft, sets);
  writeRolloutStatus(draft, sets);
}

/** Old pods go first, and only when the last is gone the new set is made. */
export function recreate(draft: Draft): void {
  const found = syncSets(draft);
  const shrunk = active(found.old).map((set) => resize(draft, set, 0));
  if (shrunk.includes(true) || oldPodsRun(draft, found)) {
    writeRolloutStatus(draft, found);
    return;
  }
  const sets = found.fresh ? found : syncSetsCreating(draft);
  if (sets.fresh) resize(draft, sets.fresh, wanted(draft.deployment));
  if (isComplete(draft.deployment, draft.deployment.status)) forgetOldSets(draft, sets);
  writeRolloutStatus(draft, sets);
}

function oldPodsRun(draft: Draft, sets: Sets): boolean {
  if (sets.old.some((set) => (set.status?.replicas ?? 0) > 0)) return true;
  for (const [uid, pods] of draft.podsBySet)
    if (uid !== sets.fresh?.metadata.uid && pods.some((pod) => !isTerminal(pod))) return true;
  return false;
}

function growNewSet(draft: Draft, sets: Sets): boolean {
  const { deployment } = draft;
  const { fresh } = sets;
  if (!fresh) return false;
  const size = wanted(deployment);
  if (wanted(fresh) >= size) return resize(draft, fresh, size);
  return resize(draft, fresh, replicasOfNewSet(deployment, allOf(sets), fresh));
}

/** Unhealthy old pods go first, then as many as availability allows, oldest set first. */
function shrinkOldSets(draft: Draft, sets: Sets): boolean {
  const { deployment } = draft;
  const { fresh } = sets;
  const old = active(sets.old).sort(byAge);
  if (old.length === 0 || !fresh) return false;
  const minAvailable = wanted(deployment) - maxUnavailable(deployment);
  const freshUnavailable = wanted(fresh) - (fresh.status?.availableReplicas ?? 0);
  const room = wantedByAll(allOf(sets)) - minAvailable - freshUnavailable;
  if (room <= 0) return false;
  const unhealthy = takeFrom(
    draft,
    old,
    room,
    (set) => wanted(set) - (set.status?.availableReplicas ?? 0),
  );
  const spare = availableOf([...old, fresh]) - minAvailable;
  const healthy = takeFrom(draft, old, spare, wanted);
  return unhealthy + healthy > 0;
}

/** Takes up to `most` replicas off the sets, from each at most what `takeable` says. */
function takeFrom(
  draft: Draft,
  sets: ReturnType<typeof active>,
  most: number,
  takeable: (set: ReturnType<typeof active>[number]) => number,
): number {
  let taken = 0;
  for (const set of sets) {
    if (taken >= most) break;
    const count = Math.min(most - taken, takeable(set));
    if (wanted(set) === 0 || count <= 0) continue;
    resize(draft, set, wanted(set) - count);
    taken += count;
  }
  return taken;
}
