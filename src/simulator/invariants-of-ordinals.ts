/** The invariants of a StatefulSet: which of its pods are changed, how many at once, and by whom. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import type { Checker, Report } from './checker.ts';
import type { Course } from './course.ts';
import {
  asRelease,
  isReady,
  openRelease,
  releasesOf,
  sizeOf,
  type StoredRelease,
} from './facts.ts';
import { isDisturbed, mostAtHold } from './invariants-of-rolling.ts';
import { imageOf } from './kubelet.ts';
import type { Change } from './model-api.ts';
import { readyOf } from './rest.ts';
import {
  HOLD,
  isGoing,
  isOfSet,
  keptStrategy,
  ordinalOf,
  partitionOf,
  podsOfSet,
  revisionOf,
  strategyOf,
} from './stateful-objects.ts';

interface Taken {
  by: 'segue' | 'kcm';
  atMs: number;
  image: string;
}

/** Somebody asks for the deletion of a pod. */
export function isTaken({ before, after }: Change): boolean {
  return isOfSet(before) && !isGoing(before) && (after === undefined || isGoing(after));
}

/**
 * 3. Nobody takes a pod that serves while another one that Segue or the StatefulSet's controller took does
 * not serve again. Pods that are broken go at once, and so do those beyond the size of the set.
 */
export function oneAtATime(course: Course, report: Report): Checker[] {
  const taken = new Map<number, Taken>();
  const serving = servingOf(course);
  const look = (pod: KubeObject, by: string): void => {
    const ordinal = ordinalOf(pod);
    // With the set its pods go.
    if (!isThere(course)) return;
    const who = by.startsWith('segue') ? 'segue' : by === 'kcm' ? 'kcm' : undefined;
    // Who has not seen yet that it grew again makes it smaller.
    if (!who || ordinal >= course.replicasMin(course.believedSinceMs)) return;
    const other =
      serving.isKnown(pod) && [...taken].find((one) => isInTheWay(course, one, { ordinal, who }));
    if (other) {
      const [missing, { by: first, image }] = other;
      const what = `${by} takes ${pod.metadata.name} of ${imageOf(pod)}`;
      report(`${what} while web-${missing} of ${image}, which ${first} took, does not serve`);
    }
    taken.set(ordinal, { by: who, atMs: course.now, image: imageOf(pod) });
  };
  return [
    {
      change(change) {
        if (change.before && isTaken(change)) look(change.before, change.by);
      },
    },
    {
      change({ after, by }) {
        if (after?.kind !== 'StatefulSet') return;
        for (const ordinal of taken.keys()) if (ordinal >= sizeOf(after)) taken.delete(ordinal);
        // Another version to go to begins with the highest ordinal, whatever has been taken.
        if (by === 'person') taken.clear();
      },
    },
    {
      change({ before, after }) {
        if (becomesReady(before, after)) taken.delete(ordinalOf(after));
      },
    },
    serving.checker,
  ];
}

function becomesReady(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): after is KubeObject {
  return isOfSet(after) && isReady(after) && !(before && isReady(before));
}

/** Which pods serve, as everybody who looks must know: a pod that has just become ready may still be taken for broken. */
function servingOf(course: Course) {
  const readyMs = new Map<string, number>();
  const checker: Checker = {
    change({ before, after }) {
      if (becomesReady(before, after)) readyMs.set(after.metadata.uid ?? '', course.now);
    },
  };
  const isKnown = (pod: KubeObject) =>
    isReady(pod) && (readyMs.get(pod.metadata.uid ?? '') ?? Infinity) <= course.believedSinceMs;
  return { checker, isKnown };
}

function isThere({ world }: Course): boolean {
  const set = world.api.get('StatefulSet', 'web');
  return set !== undefined && !isGoing(set);
}

/** What the other one of the two does is known a moment later. */
function isInTheWay(
  course: Course,
  [ordinal, { by, atMs }]: [number, Taken],
  next: { ordinal: number; who: Taken['by'] },
): boolean {
  if (ordinal === next.ordinal || hasBroken(course, ordinal)) return false;
  return (by === next.who && course.world.segues.length < 2) || atMs < course.believedSinceMs;
}

/** Its pod came again and does not become ready. */
function hasBroken({ world }: Course, ordinal: number): boolean {
  const pod = world.api.get('Pod', `web-${ordinal}`);
  if (!pod || isGoing(pod)) return false;
  const { neverEvery, faintsAfterMs } = world.ways(imageOf(pod)).pods;
  return neverEvery > 0 || faintsAfterMs !== undefined;
}

/**
 * 3. The candidate takes the highest ordinals first, and Segue takes it back from the highest on. Not
 * checked once somebody else has written the partition, the size or a pod.
 */
export function highestFirst(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const higher = (pod: KubeObject, revision: string) =>
    podsOfSet(api).find(
      (one) => ordinalOf(one) > ordinalOf(pod) && !isGoing(one) && revisionOf(one) === revision,
    );
  const serving = servingOf(course);
  const inOrder = () => {
    const open = openRelease(api);
    return open && !isTouched(course) && !isDisturbed(course, open) ? open : undefined;
  };
  return [
    {
      change({ by, before, after }) {
        if (by !== 'kcm' || before || !isOfSet(after)) return;
        const { spec, status } = inOrder() ?? {};
        if (!spec || status?.towards || revisionOf(after) !== spec.candidate.replicaSet) return;
        const other = higher(after, spec.stable.replicaSet);
        if (other) report(`${after.metadata.name} is changed before ${other.metadata.name}`);
      },
    },
    {
      change(change) {
        const { by, before } = change;
        if (!by.startsWith('segue') || !before || !isTaken(change)) return;
        // One that is broken goes first.
        if (!serving.isKnown(before)) return;
        const other = inOrder() && higher(before, revisionOf(before));
        if (other) report(`${before.metadata.name} goes back before ${other.metadata.name}`);
      },
    },
    serving.checker,
  ];
}

/** Somebody else has to do with the order of its pods. */
function isTouched({ world }: Course): boolean {
  return world.scenario.acts.some(({ does }) =>
    ['write partition', 'scale', 'kill pod', 'second controller'].includes(does),
  );
}

/** 12. While a stage holds the candidate has no more pods than it says, whoever is dead or late. */
export function ordinalsHold(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  return [
    {
      change({ before, after, by }) {
        if (before || !isOfSet(after) || by !== 'kcm') return;
        const open = openRelease(api);
        if (!open || revisionOf(after) !== open.spec.candidate.replicaSet) return;
        // Before Segue has seen that, its controller goes as far as somebody else wrote.
        const { acts } = course.world.scenario;
        if (acts.some(({ does }) => does === 'write partition')) return;
        const most = mostAtHold(course, open);
        const has = podsOfSet(api).filter((pod) => revisionOf(pod) === revisionOf(after)).length;
        if (most !== undefined && has > most)
          report(`the candidate gets ${has} pods, the stage holds at ${most}`);
      },
    },
  ];
}

/**
 * 12. Once the policy holds it no pod starts with a version that users never had and that no release has
 * begun to release; unless somebody writes the partition, or the template in the middle of a move.
 */
export function heldStartsNothing(course: Course, report: Report): Checker[] {
  let held = false;
  const had = new Set(['v1']);
  return [
    {
      change({ before, after }) {
        const { kind, metadata } = (after ?? before) as KubeObject;
        // Whoever deletes a Release does not take its version from users.
        if (kind === 'Release' && after) addPromoted(had, asRelease(after));
        if (kind !== 'ReleasePolicy') return;
        const going = !after || metadata.deletionTimestamp !== undefined;
        if (going) held = false;
        else if (readyOf(after).reason === 'Held' && !held) {
          held = true;
          // What people let out themselves is what users have then.
          for (const pod of podsOfSet(course.world.api)) had.add(imageOf(pod));
        }
      },
    },
    {
      change(change) {
        if (change.by === 'person' && opens(change)) held = false;
      },
    },
    {
      change({ before, after, by }) {
        if (before || !isOfSet(after) || by !== 'kcm' || !held) return;
        const image = imageOf(after);
        if (!had.has(image) && !released(course).includes(image))
          report(`${after.metadata.name} starts with ${image}, which is not released`);
      },
    },
  ];
}

/** The StatefulSet is not held by that, or was not when it was written. */
function opens({ before, after }: Change): boolean {
  if ((after ?? before)?.kind !== 'StatefulSet') return false;
  return !before || partitionOf(before) !== HOLD || partitionOf(after) !== HOLD;
}

function addPromoted(had: Set<string>, { spec, status }: StoredRelease): void {
  const [image] = spec.candidate.images;
  if (status.outcome === 'Promoted' && image !== undefined) had.add(image);
}

/** What is being released. */
function released({ world: { api } }: Course): string[] {
  const releases = releasesOf(api).filter(
    ({ status: { step = 'Wait' } }) => !['Wait', 'Prepare', 'Done'].includes(step),
  );
  return releases.map(({ spec }) => spec.candidate.images[0] ?? '');
}

/** 9. As long as the policy is there what its user wrote is kept beside what Segue writes, or nothing runs. */
export function strategyIsKept(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const goes = () => {
    const policy = api.get('ReleasePolicy', 'web');
    return !policy || policy.metadata.deletionTimestamp !== undefined;
  };
  return [
    {
      change({ before, after, by }) {
        if (before?.kind !== 'StatefulSet' || !after || !by.startsWith('segue')) return;
        if (isDeepStrictEqual(strategyOf(before), strategyOf(after)) || goes()) return;
        if (keptStrategy(after) === undefined && podsOfSet(api).length > 0)
          report(`${by} puts the update strategy of its user back while the policy is there`);
      },
    },
  ];
}
