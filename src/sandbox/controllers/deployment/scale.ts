/** Sizing the sets of a Deployment whose `spec.replicas` changed, paused or not. */
import type { Deployment, ReplicaSet } from '../kinds.ts';
import {
  allOf,
  active,
  type Draft,
  emit,
  markChanged,
  type Sets,
  wanted,
  wantedByAll,
} from './draft.ts';
import { annotateSize, desiredAnnotation, maxAnnotation } from './revision.ts';
import { byAge } from './sets.ts';
import { isRollingUpdate, maxSurge } from './strategy.ts';

/** True when an active set was last sized for another size of the Deployment. */
export function isScalingEvent(deployment: Deployment, sets: Sets): boolean {
  return active(allOf(sets)).some((set) => {
    const desired = desiredAnnotation(set);
    return desired !== undefined && desired !== wanted(deployment);
  });
}

/**
 * One active set (or the latest, when none is active) takes the whole size. With several: when the
 * new one is saturated the old ones go to zero; otherwise a rolling update spreads the difference
 * in proportion to their sizes.
 */
export function scale(draft: Draft, sets: Sets): void {
  const { deployment } = draft;
  const only = onlyActiveOrLatest(sets);
  if (only) {
    resize(draft, only, wanted(deployment));
    return;
  }
  if (isSaturated(deployment, sets.fresh)) {
    for (const set of active(sets.old)) resize(draft, set, 0);
    return;
  }
  if (isRollingUpdate(deployment)) scaleInProportion(draft, active(allOf(sets)));
}

/** Sizes a set where that changes something, and says so. */
export function resize(draft: Draft, set: ReplicaSet, replicas: number): boolean {
  if (wanted(set) === replicas) return false;
  resizeAndAnnotate(draft, set, replicas);
  return true;
}

function onlyActiveOrLatest(sets: Sets): ReplicaSet | undefined {
  const running = active(allOf(sets));
  if (running.length > 1) return undefined;
  return running[0] ?? sets.fresh ?? sets.old.toSorted(byAge).at(-1);
}

/** The set has all pods of the Deployment, was sized for its present size, and they are available. */
function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  if (!set) return false;
  const size = wanted(deployment);
  return (
    wanted(set) === size &&
    desiredAnnotation(set) === size &&
    (set.status?.availableReplicas ?? 0) === size
  );
}

function scaleInProportion(draft: Draft, sets: ReplicaSet[]): void {
  const { deployment } = draft;
  const size = wanted(deployment);
  const allowed = size > 0 ? size + maxSurge(deployment) : 0;
  const toAdd = allowed - wantedByAll(sets);
  const ageOrder = toAdd > 0 ? -1 : 1;
  const ordered = sets.toSorted((a, b) => wanted(b) - wanted(a) || ageOrder * byAge(a, b));
  let added = 0;
  const sizes = ordered.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(set, deployment, { toAdd, added });
    added += share;
    return wanted(set) + share;
  });
  for (const [index, set] of ordered.entries()) {
    const share = sizes[index] ?? 0;
    const leftover = index === 0 && toAdd !== 0 ? toAdd - added : 0;
    resizeAndAnnotate(draft, set, Math.max(0, share + leftover));
  }
}

/** The part of the difference that falls to a set, never more than what is left of it. */
function proportion(
  set: ReplicaSet,
  deployment: Deployment,
  difference: { toAdd: number; added: number },
): number {
  const { toAdd, added } = difference;
  if (wanted(set) === 0 || toAdd === added) return 0;
  const left = toAdd - added;
  const share = fraction(set, deployment);
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fraction(set: ReplicaSet, deployment: Deployment): number {
  const size = wanted(deployment);
  if (size === 0) return -wanted(set);
  const before = maxAnnotation(set) ?? deployment.status?.replicas ?? 0;
  if (before === 0) return 0;
  const after = (wanted(set) * (size + maxSurge(deployment))) / before;
  return Math.round(after) - wanted(set);
}

function resizeAndAnnotate(draft: Draft, set: ReplicaSet, replicas: number): void {
  const before = wanted(set);
  const annotated = annotateSize(set, draft.deployment);
  if (before === replicas && !annotated) return;
  set.spec.replicas = replicas;
  markChanged(draft, set);
  if (before === replicas) return;
  const direction = replicas > before ? 'up' : 'down';
  emit(
    draft,
    'ScalingReplicaSet',
    `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
  );
}
