/** The annotations by which a Deployment counts revisions and remembers the size its sets were made for. */
import type { Deployment, ReplicaSet } from '../kinds.ts';
import { wanted } from './draft.ts';
import { maxSurge } from './strategy.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';

/** Annotations of the Deployment that its sets do not get. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  HISTORY,
  DESIRED,
  MAX,
]);
/** Longest revision history kept, in characters. */
const HISTORY_LENGTH = 2_000;

type Annotated = Deployment | ReplicaSet;

export function revisionOf(object: Annotated): number {
  return wholeNumber(object, REVISION) ?? 0;
}

/** The Deployment's size when the set was last sized by it; undefined when the annotation is absent. */
export function desiredAnnotation(set: ReplicaSet): number | undefined {
  return wholeNumber(set, DESIRED);
}

export function maxAnnotation(set: ReplicaSet): number | undefined {
  return wholeNumber(set, MAX);
}

function wholeNumber(object: Annotated, key: string): number | undefined {
  const text = object.metadata.annotations?.[key];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** Sets an annotation; true when that changed something. */
export function annotate(object: Annotated, key: string, value: string): boolean {
  const annotations = (object.metadata.annotations ??= {});
  if (annotations[key] === value) return false;
  annotations[key] = value;
  return true;
}

/** Puts the Deployment's present size on a set; true when that changed something. */
export function annotateSize(set: ReplicaSet, deployment: Deployment): boolean {
  const size = wanted(deployment);
  const desired = annotate(set, DESIRED, String(size));
  return annotate(set, MAX, String(size + maxSurge(deployment))) || desired;
}

/**
 * Brings the annotations of the new set up to date: the Deployment's own, the revision (raised,
 * never lowered) and, where the revision was raised, the former one in the history.
 */
export function annotateNewSet(set: ReplicaSet, deployment: Deployment, revision: number): boolean {
  let changed = false;
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) changed = annotate(set, key, value) || changed;
  const former = set.metadata.annotations?.[REVISION];
  if (revisionOf(set) >= revision) return changed;
  annotate(set, REVISION, String(revision));
  if (former !== undefined) appendHistory(set, former);
  return true;
}

function appendHistory(set: ReplicaSet, former: string): void {
  const history = (set.metadata.annotations?.[HISTORY] ?? '')
    .split(',')
    .filter((entry) => entry !== '');
  history.push(former);
  while (history.length > 1 && history.join(',').length > HISTORY_LENGTH) history.shift();
  annotate(set, HISTORY, history.join(','));
}
