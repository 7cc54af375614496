/** Which revisions of a StatefulSet are the current one and the one it updates to, pure. */
import {
  bySequence,
  draftRevision,
  HASH_LABEL,
  sameData,
  superfluous,
} from '../history/revision.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../kinds.ts';
import { revisionOf } from './identity.ts';

/** What has to be stored before the set is what `update` says. */
export type UpdateRevision =
  | { kind: 'known'; revision: ControllerRevision }
  /** The template is that of an earlier revision, which becomes the newest. */
  | { kind: 'raised'; revision: ControllerRevision }
  | { kind: 'new'; number: number };

export function findUpdate(set: StatefulSet, revisions: ControllerRevision[]): UpdateRevision {
  const ordered = bySequence(revisions);
  const newest = ordered.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  const draft = draftRevision(set, { revision: number, collisions: 0, label: HASH_LABEL });
  const same = ordered.findLast((one) => sameData(one, draft));
  if (!same) return { kind: 'new', number };
  if (newest && sameData(newest, same)) return { kind: 'known', revision: newest };
  return { kind: 'raised', revision: { ...same, revision: number } };
}

/** The one the status names; the first revision of all is both. */
export function findCurrent(
  set: StatefulSet,
  revisions: ControllerRevision[],
  update: ControllerRevision,
): ControllerRevision {
  return revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
}

/** The oldest that neither the set nor a pod is of, beyond the limit. */
export function toForget(
  set: StatefulSet,
  revisions: ControllerRevision[],
  { pods, live }: { pods: Pod[]; live: ControllerRevision[] },
): ControllerRevision[] {
  const names = new Set([...live.map(({ metadata }) => metadata.name), ...pods.map(revisionOf)]);
  return superfluous(revisions, {
    isLive: ({ metadata }) => names.has(metadata.name),
    limit: set.spec.revisionHistoryLimit ?? 10,
  });
}
