/** The invariants of a DaemonSet: on which nodes its pods go, how many at once, and how they are asked to. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import type { Checker, Report } from './checker.ts';
import { BEARABLE_MS } from './checker.ts';
import type { Course } from './course.ts';
import { isOfDaemons, nodeOfPod, ZONE_LABEL } from './daemon-objects.ts';
import { asRelease, isReady, openRelease, type StoredRelease, templateImage } from './facts.ts';
import { MORE_THAN_ONE } from './evictions.ts';
import { mostAtHold } from './invariants-of-rolling.ts';
import { imageOf } from './kubelet.ts';
import type { Change } from './model-api.ts';
import { NodeBook, takenBySegue } from './node-book.ts';
import { isGoing, keptStrategy, revisionOf, strategyOf } from './stateful-objects.ts';
import type { SegueWrite } from './world.ts';

/**
 * 3. Segue takes a pod that serves only while fewer pods are missing than may be: those that it took and that have
 * not come again, and all that it must know not to serve. Not checked on the way back when no pod has become ready
 * for as long as the deadline: then they go all the same.
 */
export function fewMissing(course: Course, report: Report): Checker[] {
  const book = new NodeBook(course);
  return [
    {
      change(change) {
        const pod = takenBySegue(change);
        const look = pod && book.servesFor(pod) && isThere(course) && !isLate(course);
        const missing = look ? book.missing(change.by, nodeOfPod(pod)) : [];
        const most = book.limit();
        if (pod && look && missing.length + 1 > most)
          report(
            `${change.by} takes ${pod.metadata.name} on ${nodeOfPod(pod)} while ${missing.join(', ')} ` +
              `have none that serves, ${most} may be missing`,
          );
        book.take(change);
      },
    },
  ];
}

function isThere({ world }: Course): boolean {
  const set = world.api.get('DaemonSet', 'web');
  return set !== undefined && !isGoing(set);
}

function isLate({ world, now }: Course): boolean {
  const { status, spec } = openRelease(world.api) ?? {};
  if (status?.towards !== 'Aborted' || !spec) return false;
  const sinceMs = Date.parse(status.unavailableSince ?? status.stepSince ?? '');
  return now - sinceMs >= spec.plan.progressDeadlineMs;
}

/** 3. No pod is asked to go from a node on which none could come: one that has been away for long enough to be known. */
export function awayIsLeft(course: Course, report: Report): Checker[] {
  const book = new NodeBook(course);
  return [
    {
      change(change) {
        const pod = takenBySegue(change);
        if (pod && isThere(course) && book.isKnownAway(nodeOfPod(pod)))
          report(`${pod.metadata.name} is taken from ${nodeOfPod(pod)}, which takes none`);
        book.take(change);
      },
    },
  ];
}

/** 3. Nodes of one value of the label only when those of the other are done. */
export function zonesApart(course: Course, report: Report): Checker[] {
  const book = new NodeBook(course);
  const { api } = course.world;
  const zoneOf = (node: string) => api.get('Node', node)?.metadata.labels?.[ZONE_LABEL] ?? '';
  return [
    {
      change(change) {
        const pod = takenBySegue(change);
        const open = pod && openRelease(api);
        const forward = open?.spec.plan.roll?.nodesBy !== undefined && !open.status.towards;
        if (pod && forward && book.servesFor(pod)) {
          const node = nodeOfPod(pod);
          const other = book
            .takenBy(change.by, node)
            .find((one) => api.get('Node', one) && zoneOf(one) !== zoneOf(node));
          if (other !== undefined)
            report(`${node} of ${zoneOf(node)} goes before ${other} of ${zoneOf(other)} is back`);
        }
        book.take(change);
      },
    },
  ];
}

/** 2. A pod that serves is asked to go, so that its budget is heard, and never deleted. */
export function readyIsEvicted(course: Course, report: Report): Checker[] {
  const book = new NodeBook(course);
  const served = new Set<string>();
  return [
    {
      change(change) {
        const pod = takenBySegue(change);
        if (pod && book.servesFor(pod)) served.add(pod.metadata.name);
        book.take(change);
      },
      write({ verb, kind, name, error }) {
        const taken = kind === 'Pod' && served.delete(name);
        if (taken && verb === 'delete' && error === undefined && isThere(course))
          report(`${name} serves and is deleted, not evicted`);
      },
    },
  ];
}

/** More than one look every few seconds needs, with all that happens in between. */
const IN_VAIN_PER_MINUTE = 40;

/** 7. A server that evicts nothing, since pods have two budgets, is not asked without end. */
export function isNotAskedInVain({ world }: Course, report: Report): Checker[] {
  const timesMs: number[] = [];
  return [
    {
      write(write) {
        if (!isInVain(write) || world.segues.length > 1) return;
        timesMs.push(write.atMs);
        const first = timesMs.at(-IN_VAIN_PER_MINUTE) ?? -Infinity;
        if (write.atMs - first < 60_000)
          report(`${IN_VAIN_PER_MINUTE} times within a minute it asks what has two budgets`);
      },
    },
  ];
}

function isInVain({ verb, error }: SegueWrite): boolean {
  return verb === 'evict' && error instanceof KubeError && error.message === MORE_THAN_ONE;
}

/** It goes on being asked as often as this. */
const ASKED_MS = 10_000;
/** Until it is told that it lasts. */
const SAID_MS = 30_000;

/** 10. And it is said, by the release or by the policy. */
export function refusalIsSaid({ world }: Course): Checker[] {
  const { api, clock } = world;
  let askedMs = -Infinity;
  return [
    {
      write(write) {
        if (isInVain(write)) askedMs = clock.now();
      },
      never: {
        longerThanMs: SAID_MS,
        is() {
          if (clock.now() - askedMs > ASKED_MS) return undefined;
          const said = JSON.stringify([openRelease(api)?.status, api.get('ReleasePolicy', 'web')]);
          return said.includes('more than one PodDisruptionBudget')
            ? undefined
            : 'nobody says that pods have two budgets';
        },
      },
    },
  ];
}

/**
 * 12. While a stage holds Segue asks no pod of the old version to go that would be one too many. Pods that came by
 * themselves count for the stage, and may be more than it says.
 */
export function nodesHold(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const book = new NodeBook(course);
  return [
    {
      change(change) {
        const pod = takenBySegue(change);
        const open = pod && openRelease(api);
        if (pod && open && !open.status.towards && revisionOf(pod) !== open.spec.candidate.hash) {
          const most = mostAtHold(course, open, book.mostNodes());
          const has = book.changedTo(open.spec.candidate.hash, nodeOfPod(pod)) + 1;
          if (most !== undefined && has > most)
            report(
              `${nodeOfPod(pod)} would be changed as number ${has}, the stage holds at ${most}`,
            );
        }
        book.take(change);
      },
    },
  ];
}

/**
 * 12. The way back begins with the template: it is put back before any pod is taken, since what comes in its place
 * has what the template says; and at once.
 */
export function templateFirst(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  let changedMs = -Infinity;
  return [
    {
      change(change) {
        const { before, after } = change;
        if (after?.kind === 'DaemonSet' && templateImage(before) !== templateImage(after))
          changedMs = course.now;
        const pod = takenBySegue(change);
        const image = templateImage(api.get('DaemonSet', 'web'));
        if (pod && image === imageOf(pod) && changedMs < course.believedSinceMs && isReady(pod))
          report(`${pod.metadata.name} is taken, and comes again with ${image}`);
      },
      never: { is: () => notPutBack(course), longerThanMs: BEARABLE_MS },
    },
  ];
}

/** What a release takes back is still what pods would come with. */
function notPutBack({ world: { api } }: Course): string | undefined {
  const open = openRelease(api);
  const set = api.get('DaemonSet', 'web');
  const policy = api.get('ReleasePolicy', 'web');
  if (!open || !set || isGoing(set) || open.status.towards !== 'Aborted' || !policy)
    return undefined;
  if (set.metadata.uid !== open.spec.target.uid || !hasBegun(open)) return undefined;
  const image = templateImage(set);
  return image === open.spec.candidate.images[0] && image !== open.spec.stable.images[0]
    ? `${image} is taken back and stands in the template`
    : undefined;
}

/** It has not only waited: then nothing is to be put back before its hooks have ended. */
function hasBegun({ status }: StoredRelease): boolean {
  return status.step === 'SwapBack';
}

/**
 * 12. On the way back a pod that Segue took comes again with the version that users have: what they wrote meanwhile
 * is not put back before, and has stages of its own.
 */
export function comesBackAsItWas(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const taken = new Set<string>();
  let templateBy = '';
  return [
    {
      change(change) {
        const { before, after, by } = change;
        const pod = takenBySegue(change);
        if (pod && openRelease(api)?.status.towards === 'Aborted') taken.add(nodeOfPod(pod));
        if (after?.kind === 'DaemonSet' && templateImage(before) !== templateImage(after))
          templateBy = by;
      },
    },
    {
      change({ before, after, by }) {
        if (before || by !== 'kcm' || !isOfDaemons(after) || !taken.delete(nodeOfPod(after)))
          return;
        if (templateBy.startsWith('segue') && isForeign(course, after))
          report(`${after.metadata.name} comes with ${imageOf(after)}, on the way back`);
      },
    },
  ];
}

/** Of another version than users have, on the way back to that. */
function isForeign(course: Course, pod: KubeObject): boolean {
  const open = openRelease(course.world.api);
  if (open?.status.towards !== 'Aborted' || isLate(course)) return false;
  return imageOf(pod) !== open.spec.stable.images[0];
}

/** What was taken back last, and when people wrote last. */
interface Rejected {
  image: string | undefined;
  atMs: number;
  wroteMs: number;
  putMs: number;
}

/** 12. What was taken back comes up on no node and is not released again, until people write another template or ask. */
export function takenBackStays(course: Course, report: Report): Checker[] {
  const last: Rejected = { image: undefined, atMs: 0, wroteMs: -Infinity, putMs: -Infinity };
  return [
    {
      change(change) {
        if (isAsked(change)) last.image = undefined;
        if ((change.after ?? change.before)?.kind === 'DaemonSet') noteWrite(last, change);
      },
    },
    {
      change({ before, after }) {
        if (after?.kind !== 'Release') return;
        const { name, spec } = asRelease(after);
        const [image = ''] = spec.candidate.images;
        if (!before && image === last.image && spec.retryOf === undefined)
          report(`${name} tries ${image} again`);
        if (before && isRejected(course, before, after) && last.wroteMs <= createdMs(after))
          Object.assign(last, { image, atMs: course.now });
      },
    },
    {
      change({ by, before, after }) {
        if (before || by !== 'kcm' || !isOfDaemons(after)) return;
        const known = Math.max(last.atMs, last.putMs) < course.believedSinceMs;
        if (known && imageOf(after) === last.image)
          report(`${after.metadata.name} comes up with ${last.image}, which was taken back`);
      },
    },
  ];
}

/** For another try, or all of it anew. */
function isAsked({ before, after }: Change): boolean {
  const { kind, spec } = (after ?? before) as KubeObject;
  if (kind === 'ReleasePolicy') return !before || !after;
  return kind === 'ReleaseRequest' && (spec as { action?: string }).action === 'Retry';
}

function noteWrite(last: Rejected, { atMs, by, before, after }: Change): void {
  last.putMs = atMs;
  const changed = !before || !after || templateImage(before) !== templateImage(after);
  if (by.startsWith('segue') || !changed) return;
  last.wroteMs = atMs;
  if (!before || templateImage(after) !== last.image) last.image = undefined;
}

function createdMs({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

/** Ended by a change of the template or by people, and not by a fault of it. */
const NOT_REJECTED = new Set(['Superseded', 'TemplateReverted', 'ConfigReverted', 'Outdated']);

/** It has just ended so, and stands in the template no more. */
function isRejected({ world: { api } }: Course, before: KubeObject, after: KubeObject): boolean {
  const { status, spec } = asRelease(after);
  if (status.step !== 'Done' || asRelease(before).status.step === 'Done') return false;
  if (status.outcome !== 'Aborted' || NOT_REJECTED.has(status.reason ?? '')) return false;
  return templateImage(api.get('DaemonSet', 'web')) !== spec.candidate.images[0];
}

/** 9. As long as the policy is there what its user wrote is kept beside what Segue writes. */
export function updatesAreKept({ world: { api } }: Course, report: Report): Checker[] {
  const goes = () => {
    const policy = api.get('ReleasePolicy', 'web');
    return !policy || isGoing(policy);
  };
  return [
    {
      change({ before, after, by }) {
        if (before?.kind !== 'DaemonSet' || !after || !by.startsWith('segue')) return;
        if (isDeepStrictEqual(strategyOf(before), strategyOf(after)) || goes()) return;
        const kept = keptStrategy(after);
        if (kept === undefined && hasPods(api))
          report(`${by} puts the update strategy of its user back while the policy is there`);
        const lost = keptStrategy(before) === undefined && kept !== undefined;
        if (lost && !isDeepStrictEqual(kept, strategyOf(before)))
          report(
            `${by} keeps ${JSON.stringify(kept)}, its user wrote ${JSON.stringify(strategyOf(before))}`,
          );
      },
    },
  ];
}

function hasPods(api: Course['world']['api']): boolean {
  return api.all('Pod').some(isOfDaemons);
}
