/** Which revision of a DaemonSet is the present one, pure. */
import { bySequence, draftRevision, REVISION_LABEL, sameData } from '../history/revision.ts';
import type { ControllerRevision, DaemonSet, Pod } from '../kinds.ts';

export interface History {
  /** Revisions of the present template, the newest last: more than one only after a mishap. */
  present: ControllerRevision[];
  old: ControllerRevision[];
  /** What the present one's number has to be at least. */
  number: number;
}

export function sortHistory(set: DaemonSet, revisions: ControllerRevision[]): History {
  const draft = draftRevision(set, { revision: 0, collisions: 0, label: REVISION_LABEL });
  const ordered = bySequence(revisions);
  const old = ordered.filter((one) => !sameData(one, draft));
  const present = ordered.filter((one) => sameData(one, draft));
  return { present, old, number: (old.at(-1)?.revision ?? 0) + 1 };
}

export function hashOf(revision: ControllerRevision): string {
  return revision.metadata.labels?.[REVISION_LABEL] ?? revision.metadata.name;
}

/** The oldest that no pod is of, as many as there are too many of all. */
export function toForget(
  set: DaemonSet,
  old: ControllerRevision[],
  pods: Pod[],
): ControllerRevision[] {
  const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_LABEL]));
  const count = Math.max(0, old.length - (set.spec.revisionHistoryLimit ?? 10));
  return old.filter((revision) => !hashes.has(hashOf(revision))).slice(0, count);
}
