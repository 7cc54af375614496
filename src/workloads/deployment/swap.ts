/**
 * The swap: two loaded sets change places, so that the incoming one belongs to the Deployment and
 * the outgoing one to the Release. One write at a time, decided from what is stored, in both
 * directions and from any half-way state:
 *
 *   (a) Deployment: strategy Recreate. While paused it releases nothing; it switches proportional
 *       scaling off. Waited for until the Deployment controller has seen it.
 *   (b) outgoing: marked as leaving in its template, desired-replicas removed.
 *   (c) incoming: belongs to the Deployment. Now the Deployment has two active sets and the
 *       Deployment controller leaves both alone.
 *   (d) outgoing: belongs to the Release, once the Deployment controller has counted both sets.
 *   (e) Deployment: the strategy put back, once the controller counts only the incoming set.
 *
 * With two active sets the Deployment controller still scales the others down when its new set,
 * the one with the Deployment's template, is saturated: as many pods as desired-replicas says. On
 * the way back the outgoing set is that new set, and a change of spec.replicas between (b) and (c)
 * writes desired-replicas again. The mark makes the templates differ, so that it is nobody's new
 * set; it goes with (d).
 *
 * A status that counts the outgoing set only looks the same as one that counts the incoming set
 * only. That is why (d) waits for a status that counts both: without it (e) could come before the
 * Deployment controller has seen (c), which it would then see together with RollingUpdate.
 */
import type { PatchWrite } from '../../ports/write.ts';
import { LEAVING_ANNOTATION } from '../template.ts';
import {
  DESIRED_ANNOTATION,
  REVISION_ANNOTATION,
  type SetView,
  SWAPPING_LABEL,
  type TargetView,
} from './view.ts';
import { heldBySegue, heldByTarget, patchSet, patchTarget, releaseOwner } from './writes.ts';

export interface Swap {
  target: TargetView;
  sets: readonly SetView[];
  /** The set that is to belong to the Deployment. */
  incoming: SetView | undefined;
  /** The set that is to belong to the Release. */
  outgoing: SetView | undefined;
  towards: 'Stable' | 'Candidate';
  /** The Release. */
  owner: { name: string; uid: string };
  /** The Deployment's strategy before the swap began. */
  strategy: unknown;
}

export type SwapStep =
  { kind: 'Done' } | { kind: 'Wait'; because: string } | { kind: 'Write'; write: PatchWrite };

/** The next step of the swap. Done when both sets and the strategy are where they belong. */
export function nextSwapStep(swap: Swap): SwapStep {
  const { incoming, outgoing, target } = swap;
  if (!incoming) return wait(`the ReplicaSet of the ${swap.towards.toLowerCase()} is gone`);
  if (incoming.owner !== 'Target') return bringIn(swap, incoming);
  if (outgoing?.owner === 'Target' && !isHandedBack(outgoing))
    return takeOut({ ...swap, incoming, outgoing });
  const marked = [incoming, outgoing].find((set) => set?.leaving);
  if (marked) return write(patchSet(marked, unmarked(marked), 'swap: take the mark off'));
  return target.swapping ? restoreStrategy(swap, incoming) : { kind: 'Done' };
}

/** An empty set in the Deployment's history, where a finished release leaves it. */
export function isHandedBack(set: SetView): boolean {
  return set.owner === 'Target' && !set.active && !set.leaving;
}

function bringIn(swap: Swap, incoming: SetView): SwapStep {
  const { target, outgoing } = swap;
  const obstacle = obstacleTo(swap, incoming);
  if (obstacle !== '') return wait(obstacle);
  if (!target.recreate) return write(proportionalScalingOff(swap));
  if (!target.observed) return wait(unseen(target));
  if (outgoing?.owner === 'Target') {
    if (!outgoing.leaving || outgoing.desired !== undefined) return write(patchOut(outgoing));
    if (target.counted !== outgoing.current) return wait(uncounted(target, [outgoing]));
  }
  return write(patchIn(swap, incoming));
}

/** What stands in the way of giving the incoming set to the Deployment; '' when nothing does. */
function obstacleTo({ target, sets, outgoing, owner }: Swap, incoming: SetView): string {
  const { controllerUid, name } = incoming;
  if (controllerUid !== undefined && controllerUid !== owner.uid)
    return `ReplicaSet ${name} belongs to another owner`;
  if (incoming.deleting) return `ReplicaSet ${name} is being deleted`;
  if (incoming.current < incoming.replicas)
    return `ReplicaSet ${name} has ${incoming.current} of ${incoming.replicas} pods`;
  if (!target.paused) return `Deployment ${target.name} is not paused`;
  // One beside the incoming set is emptied when that is the Deployment's; before, it would be filled again.
  const third = outgoing?.owner === 'Target' ? thirdOf(sets, [outgoing]) : undefined;
  return third ? alsoRuns(target, third) : '';
}

/** An older set that the Deployment controller has filled, since the one with the pods was deleted. */
function thirdOf(sets: readonly SetView[], known: SetView[]): SetView | undefined {
  const names = known.map((set) => set.name);
  return sets.find((set) => set.owner === 'Target' && set.active && !names.includes(set.name));
}

function alsoRuns({ name }: TargetView, third: SetView): string {
  return `Deployment ${name} also runs ReplicaSet ${third.name}`;
}

function takeOut(swap: Swap & { incoming: SetView; outgoing: SetView }): SwapStep {
  const { target, incoming, outgoing, owner } = swap;
  if (!target.paused) return wait(`Deployment ${target.name} is not paused`);
  // Sent on a move it takes old pods for the new ones it knows of, until it has seen the pause.
  if (target.rolling !== undefined && !target.observed) return wait(unseen(target));
  if (incoming.replicas === 0 && target.replicas > 0) return refill(swap, incoming);
  // With another strategy than Segue's nothing is put back, so nothing has to be seen before.
  const mustBeSeen = target.swapping && target.recreate;
  if (mustBeSeen && !target.observed) return wait(unseen(target));
  if (mustBeSeen && !countsBoth(target, incoming, outgoing))
    return wait(uncounted(target, [incoming, outgoing]));
  const body = merge(unmarked(outgoing), {
    ...heldBySegue(releaseOwner(owner), target, outgoing),
    annotations: { [DESIRED_ANNOTATION]: null },
  });
  return write(patchSet(outgoing, body, 'swap (d): the outgoing set goes to the release'));
}

/**
 * Emptied by a Deployment that somebody resumed in the middle of the swap. Nobody else fills it: the Deployment
 * controller takes the outgoing set for the one to size. Emptied by a move it is filled as the Release's, once its
 * status counts none of the pods that go: before, one of those would be taken for one that serves, and numbers that
 * allow no pod more would empty it again.
 */
function refill({ target, towards }: Swap, incoming: SetView): SwapStep {
  const { name, current } = incoming;
  if (target.rolling !== undefined && towards === 'Stable' && current > 0)
    return wait(`ReplicaSet ${name} is empty, and ${current} of its pods have still to go`);
  const metadata = { annotations: { [DESIRED_ANNOTATION]: null } };
  const body = { metadata, spec: { replicas: target.replicas } };
  return write(patchSet(incoming, body, 'swap: the incoming set gets its pods back'));
}

/** A set without pods cannot be seen in the count, and is not waited for. */
function countsBoth(target: TargetView, incoming: SetView, outgoing: SetView): boolean {
  if (incoming.current === 0 || outgoing.current === 0) return true;
  return target.counted >= incoming.current + outgoing.current;
}

function restoreStrategy(swap: Swap, incoming: SetView): SwapStep {
  const { target, sets, outgoing } = swap;
  const labels = { [SWAPPING_LABEL]: null };
  if (!target.recreate)
    return write(
      patchTarget(
        target,
        { metadata: { labels } },
        'swap (e): the strategy was put back by somebody',
      ),
    );
  const third = thirdOf(sets, outgoing ? [incoming, outgoing] : [incoming]);
  if (third) return wait(alsoRuns(target, third));
  if (!target.observed) return wait(unseen(target));
  const others = sets.filter((set) => set.owner === 'Target' && set.name !== outgoing?.name);
  if (target.counted > others.reduce((sum, set) => sum + set.current, 0))
    return wait(uncounted(target, [incoming]));
  const strategy = swap.strategy ?? { type: 'RollingUpdate' };
  const body = { metadata: { labels }, spec: { strategy } };
  return write(patchTarget(target, body, 'swap (e): put the strategy back'));
}

function proportionalScalingOff({ target, towards }: Swap): PatchWrite {
  const body = {
    metadata: { labels: { [SWAPPING_LABEL]: towards } },
    spec: { strategy: { type: 'Recreate', rollingUpdate: null } },
  };
  return patchTarget(target, body, 'swap (a): switch proportional scaling off');
}

function patchOut(outgoing: SetView): PatchWrite {
  const body = {
    metadata: { annotations: { [DESIRED_ANNOTATION]: null } },
    spec: { template: { metadata: { annotations: { [LEAVING_ANNOTATION]: 'true' } } } },
  };
  return patchSet(outgoing, body, 'swap (b): mark the outgoing set');
}

function patchIn(swap: Swap, incoming: SetView): PatchWrite {
  const { target, towards } = swap;
  const counted = towards === 'Candidate' ? { [REVISION_ANNOTATION]: nextRevision(swap) } : {};
  const body = merge(unmarked(incoming), {
    ...heldByTarget(target, incoming),
    annotations: { [DESIRED_ANNOTATION]: null, ...counted },
  });
  return patchSet(incoming, body, 'swap (c): the incoming set goes to the Deployment');
}

/** One above the highest. The Deployment may have that number already: it gave it to an empty set of
 * the same template, which was deleted. */
function nextRevision({ target, sets }: Swap): string {
  const owned = sets.filter((set) => set.owner === 'Target');
  const highest = Math.max(0, ...owned.map((set) => set.revision));
  return String(Math.max(highest + 1, target.revision));
}

/** The part of a merge patch that takes the mark off, where there is one. */
function unmarked(set: SetView): Record<string, unknown> {
  if (!set.leaving) return {};
  return { spec: { template: { metadata: { annotations: { [LEAVING_ANNOTATION]: null } } } } };
}

function merge(spec: Record<string, unknown>, metadata: unknown): Record<string, unknown> {
  return { ...spec, metadata };
}

function unseen(target: TargetView): string {
  return (
    `the Deployment controller has not seen generation ${target.generation} ` +
    `of Deployment ${target.name}`
  );
}

function uncounted(target: TargetView, sets: readonly SetView[]): string {
  const names = sets.map((set) => set.name).join(' and ');
  const pods = sets.reduce((sum, set) => sum + set.current, 0);
  return (
    `the status of Deployment ${target.name} counts ${target.counted} pods, ` +
    `ReplicaSet ${names} ${sets.length > 1 ? 'have' : 'has'} ${pods}`
  );
}

function wait(because: string): SwapStep {
  return { kind: 'Wait', because };
}

function write(patch: PatchWrite): SwapStep {
  return { kind: 'Write', write: patch };
}
