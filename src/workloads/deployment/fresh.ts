/** The fresh baseline: a few pods of the old version, in a set of the Release's own beside the stable one, and behind the
 * same Services. Nothing depends on it but what is measured (docs/adr/0024-fresh-baseline.md). */
import { createHash } from 'node:crypto';
import { FRESH_LABEL } from '../../api/group.ts';
import type { ReleaseIntent } from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import { belongsTo, createSet, scaleWrites } from './candidate.ts';
import { setName } from './names.ts';
import type { View } from './view.ts';
import { deleteSet } from './writes.ts';

/** Created, sized, or emptied and then deleted: no pod of it outlives its set behind the user's Service. */
export function freshWrites(release: ReleaseIntent, { target, fresh }: View): Write[] {
  const wanted = release.fresh;
  if (!wanted) return [];
  const own = fresh.filter((set) => belongsTo(release, set));
  const { replicas } = wanted;
  if (own.length === 0) return replicas === 0 ? [] : [created(release, wanted, target)];
  return own.flatMap((set): Write[] => {
    const isEmpty = set.replicas === 0 && set.current === 0;
    if (replicas > 0 || !isEmpty) return scaleWrites(release, set, replicas);
    return set.deleting ? [] : [deleteSet(set, 'delete the fresh baseline')];
  });
}

function created(
  { owner, stable }: ReleaseIntent,
  { hash, template, replicas }: NonNullable<ReleaseIntent['fresh']>,
  target: View['target'],
): Write {
  return createSet(
    {
      name: setName(stable, `fresh-${digest(owner.uid)}`),
      hash,
      template,
      release: owner,
      replicas,
      because: `a fresh baseline: pods of ${stable}, as young as those of the candidate`,
      mark: { [FRESH_LABEL]: owner.uid },
    },
    target,
  );
}

/** So that what a release before has left is never taken for this one's. */
function digest(uid: string): string {
  return createHash('sha256').update(uid).digest('hex').slice(0, 8);
}
