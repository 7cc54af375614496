/** Carries a claim out: adopts and releases, after asking the server whether the owner still lives. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Environment } from './environment.ts';
import type { LabelSelector } from '../../api/label-selector.ts';
import { claim, claimWrites, isDeleting } from './ownership.ts';
import { nameOf } from './write.ts';

/** The dependents of `owner`, after adopting and releasing what had to be. */
export async function claimed<T extends KubeObject>(
  environment: Environment,
  request: {
    owner: KubeObject;
    selector: LabelSelector | undefined;
    kind: GroupKind;
    by: string;
    /** Which orphans may be adopted at all; all by default. */
    adopts?: (orphan: KubeObject) => boolean;
  },
): Promise<T[]> {
  const { owner, selector, kind } = request;
  const { applier, cluster } = environment;
  const cache = environment.caches.of(kind);
  const uid = owner.metadata.uid ?? '';
  const orphans = cache
    .byIndex('controller', `orphan/${owner.metadata.namespace ?? ''}`)
    .filter(request.adopts ?? (() => true));
  const found = claim(owner, selector, [...cache.byIndex('controller', uid), ...orphans] as T[]);
  if (found.adopt.length + found.release.length === 0) return found.owned;
  if (found.adopt.length > 0) {
    const live = await cluster.client.get(nameOf(owner));
    if (!live || live.metadata.uid !== uid || isDeleting(live)) found.adopt = [];
  }
  await applier.apply(claimWrites(owner, found), request.by);
  return claim(owner, selector, cache.byIndex('controller', uid) as T[]).owned;
}
