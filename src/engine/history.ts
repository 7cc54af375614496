/** Which ended Releases of a policy are kept: the record of what was released, bounded. */
import type { EndedRelease, PolicySnapshot, Snapshot } from './snapshot.ts';

/** So many at once: a policy that never pruned before must not keep others waiting. */
const PRUNED_AT_ONCE_MAX = 20;

/** Names of those to delete, oldest first. Of the others the newest are kept, and the one by which a
 * template was rejected for as long as it is. */
export function prunable({ history }: Snapshot, { spec, status }: PolicySnapshot): string[] {
  const ended = history.toSorted((a, b) => a.number - b.number);
  const rejected = status.target?.rejected;
  const rejecting = ended.findLast(
    (release) => rejected !== undefined && rejects(release, rejected),
  );
  return ended
    .slice(0, Math.max(0, ended.length - spec.history.limit))
    .filter(({ name }) => name !== rejecting?.name && name !== status.lastRelease)
    .slice(0, PRUNED_AT_ONCE_MAX)
    .map(({ name }) => name);
}

function rejects({ outcome, templateHash }: EndedRelease, rejected: string): boolean {
  return outcome === 'Aborted' && templateHash === rejected;
}
