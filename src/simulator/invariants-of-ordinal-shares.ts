/**
 * The invariants of a route that splits by the ordinals of one StatefulSet: 1, 2, 5 and 8 in words of their own. No
 * pod is added, so that one that is changed is missing: what a version may have is told by the pods that are left.
 */
import type { KubeObject } from '../api/object.ts';
import { AT_ONCE_MS, BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import { asRelease, isReady, openRelease, type StoredRelease, templateImage } from './facts.ts';
import { isTaken } from './invariants-of-ordinals.ts';
import { serviceGoes, wasReadBack } from './invariants-of-weights.ts';
import { imageOf } from './kubelet.ts';
import type { Change } from './model-api.ts';
import { isGoing, ordinalOf, partitionOf, podsOfSet, revisionOf } from './stateful-objects.ts';

/** On the way back a pod takes at most this much of what it has when all are there. */
const TWICE = 2;
/** Weights are whole numbers. */
const ROUNDED_PERCENT = 1;

/**
 * 1. When Segue raises the share of the candidate, there were at some moment that Segue may still believe in so many
 * ready pods of it that each has no more than an equal part with one pod of the StatefulSet away; and on the way back
 * it raises that of stable no further than that each of its pods has twice what it has when all are there. In calm a
 * candidate without any ready pod keeps no share while stable has some.
 */
export function sharesFollowPods(course: Course, report: Report): Checker[] {
  if (!course.world.scenario.routed) return [];
  return [
    {
      change({ by }) {
        const open = openRelease(course.world.api);
        if (!open || !by.startsWith('segue')) return;
        const seen = candidateRaised(course, open) ?? stableRaised(course, open);
        if (seen !== undefined) report(seen);
      },
    },
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is() {
          const open = openRelease(course.world.api);
          if (open?.status.step !== 'Stage' && open?.status.step !== 'Bake') return undefined;
          const { stable, candidate } = open.spec;
          const share = shareOf(course, candidate.replicaSet);
          const helpless =
            course.readyNow(candidate.replicaSet) === 0 && course.readyNow(stable.replicaSet) > 0;
          return share > 0 && helpless ? `${share} % to a candidate without ready pods` : undefined;
        },
      },
    },
  ];
}

function candidateRaised(course: Course, { spec }: StoredRelease): string | undefined {
  const { replicaSet } = spec.candidate;
  const was = course.sharesBefore.byHash.get(replicaSet) ?? 0;
  const is = shareOf(course, replicaSet);
  if (is <= was) return undefined;
  const others = Math.max(1, course.replicasMinOfRelease() - 1);
  const needed = Math.ceil((is * others) / 100);
  const ready = course.readyMax(replicaSet, course.believedSinceMs);
  return ready < needed
    ? `${is} % to the candidate with ${ready} of ${needed} ready pods`
    : undefined;
}

function stableRaised(course: Course, { spec, status }: StoredRelease): string | undefined {
  const { replicaSet } = spec.stable;
  const was = course.sharesBefore.byHash.get(replicaSet) ?? 0;
  const is = shareOf(course, replicaSet);
  if (status.towards !== 'Aborted' || is <= was || was === 0) return undefined;
  // Nobody else could take it.
  if (course.readyMin(spec.candidate.replicaSet, course.believedSinceMs) === 0) return undefined;
  const ready = course.readyMax(replicaSet, course.believedSinceMs);
  const most = carriedByTwice(ready, course.replicasMin(course.believedSinceMs));
  return is > most ? `${is} % to ${ready} ready pods of stable, which carry ${most} %` : undefined;
}

/** Percent that so many pods carry where each has twice its part. */
function carriedByTwice(pods: number, replicas: number): number {
  return replicas === 0 ? 100 : Math.min(100, (TWICE * 100 * pods) / replicas);
}

function shareOf({ shares }: Course, revision: string): number {
  return shares.byHash.get(revision) ?? 0;
}

/** Pods of one version that Segue lets go: by their name, or by the partition. */
interface Going {
  open: StoredRelease;
  version: 'stable' | 'candidate';
  revision: string;
  pods: KubeObject[];
}

/**
 * 2. Before Segue lets a pod go that serves, the route has given its part to the others: forwards the candidate has
 * an equal part for each of its pods, or what the stage says where that is less; on the way back what the candidate
 * keeps is no more than twice that. The pods of a version that has no share any more go when the drain time is over
 * since it had one. Not where the StatefulSet has one pod, which takes its traffic with it.
 */
export function carriedBeforeTheyGo(course: Course, report: Report): Checker[] {
  if (!course.world.scenario.routed) return [];
  return [
    {
      change(change) {
        const going = goingBy(course, change);
        const seen = going && (tooFewLeft(course, going) ?? undrained(course, going));
        if (seen !== undefined) report(`${change.by} lets ${namesOf(going)} go ${seen}`);
      },
    },
  ];
}

function namesOf(going: Going | undefined): string {
  return going?.pods.map(({ metadata }) => metadata.name).join(' and ') ?? '';
}

/** Undefined where no pod goes that serves, or where another one than Segue had to do with the route. */
function goingBy(course: Course, change: Change): Going | undefined {
  const open = openRelease(course.world.api);
  if (!open || !change.by.startsWith('segue') || !isSplit(course) || isLate(course, open))
    return undefined;
  const known = course.believedSinceMs;
  if (
    course.replicasMin(known) <= 1 ||
    (open.status.towards === 'Aborted' && hasBroken(course, open))
  )
    return undefined;
  const pods = podsGoing(course, change).filter((pod) => isReady(pod));
  const revision = pods[0] && revisionOf(pods[0]);
  if (revision === undefined) return undefined;
  const { stable, candidate } = open.spec;
  if (revision === stable.replicaSet) return { open, version: 'stable', revision, pods };
  const isNew = revision === candidate.replicaSet;
  return isNew ? { open, version: 'candidate', revision, pods } : undefined;
}

/** The route leads to the two versions, and Segue has written that. */
function isSplit(course: Course): boolean {
  const { byHash, toAll } = course.shares;
  return byHash.size > 0 && toAll === 0 && course.routedBySegue;
}

/** A pod that never comes back must not keep the others from going back. */
function isLate({ now }: Course, { status, spec }: StoredRelease): boolean {
  const sinceMs = now - Date.parse(status.stepSince ?? '');
  return status.towards === 'Aborted' && sinceMs >= spec.plan.progressDeadlineMs;
}

/** Its controller waits for a pod of what is taken back, which has to go before all others. */
function hasBroken({ world }: Course, { spec }: StoredRelease): boolean {
  return podsOfSet(world.api).some(
    (pod) => revisionOf(pod) === spec.candidate.replicaSet && !isReady(pod) && !isGoing(pod),
  );
}

function podsGoing({ world }: Course, change: Change): KubeObject[] {
  const { before, after } = change;
  if (before && isTaken(change)) return [before];
  if (before?.kind !== 'StatefulSet' || !after || isGoing(after)) return [];
  return podsOfSet(world.api).filter((pod) => isChangedBy(after, pod) && !isChangedBy(before, pod));
}

/** Its controller replaces the pod. */
function isChangedBy(set: KubeObject, pod: KubeObject): boolean {
  const below = ordinalOf(pod) < partitionOf(set);
  return !below && !isGoing(pod) && imageOf(pod) !== templateImage(set);
}

function tooFewLeft(course: Course, going: Going): string | undefined {
  const { open, version, revision, pods } = going;
  const share = shareOf(course, revision);
  if (share === 0) return undefined;
  const left = course.readyMax(revision, course.believedSinceMs) - pods.length;
  const replicas = course.replicasMin(course.believedSinceMs);
  if (open.status.towards !== 'Aborted')
    return version === 'stable' ? behindPods(course, going) : overloaded({ share, left, replicas });
  const most = carriedByTwice(left, replicas) + ROUNDED_PERCENT;
  if (version === 'stable' || share <= most) return undefined;
  return `with ${share} % for the ${left} that are left, which carry ${most} %`;
}

/** Forwards the others have at least what they can take. */
function behindPods(course: Course, { open, pods }: Going): string | undefined {
  const { plan, candidate } = open.spec;
  const at = plan.stages[open.status.stage ?? 0];
  // What is to be tried first gets no more before.
  if (!at || at.tests) return undefined;
  const sinceMs = course.believedSinceMs;
  // Pods that go since it was scaled down count for nothing.
  if (course.replicasMin(sinceMs) < course.replicasMax(sinceMs)) return undefined;
  const others = Math.max(1, course.replicasMax(sinceMs) - pods.length);
  const fresh = Math.min(others, course.readyMin(candidate.replicaSet, sinceMs));
  const part = Math.min(at.weight, Math.floor((100 * fresh) / others));
  const share = shareOf(course, candidate.replicaSet);
  return share < part ? `with ${share} % for ${fresh} new pods of ${part} % at least` : undefined;
}

function overloaded({ share, left, replicas }: { share: number; left: number; replicas: number }) {
  const needed = Math.ceil((share * (replicas - 1)) / 100);
  return left < needed ? `with ${share} % for ${left} of ${needed} pods` : undefined;
}

function undrained(course: Course, { open, revision, pods }: Going): string | undefined {
  const referredMs = course.referredMs.get(revision);
  if (referredMs === undefined || shareOf(course, revision) > 0) return undefined;
  const { drainMs } = open.spec.plan;
  const sinceMs = course.now - referredMs;
  // Those that were made since have answered nobody.
  const served = pods.some(
    ({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') <= referredMs,
  );
  return served && sinceMs < drainMs ? `${sinceMs} ms after their traffic left` : undefined;
}

/**
 * 5. In calm the candidate has no more a moment after the status says that it is taken back than what stable does not
 * carry by twice the part of each of its pods; and the status says so a moment after a person asked.
 */
export function sharesGoBackAtOnce(course: Course): Checker[] {
  const { api, scenario } = course.world;
  if (!scenario.routed) return [];
  return [
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          if (open?.status.towards !== 'Aborted' || !isSplit(course)) return undefined;
          const { stable, candidate } = open.spec;
          const ready = course.readyMin(stable.replicaSet, course.believedSinceMs);
          const most = carriedByTwice(ready, course.replicasMax(course.believedSinceMs));
          const share = shareOf(course, candidate.replicaSet);
          return share > 100 - most + ROUNDED_PERCENT
            ? `${share} % still goes to what is taken back`
            : undefined;
        },
      },
    },
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const asked = api
            .all('ReleaseRequest')
            .some(({ spec }) => (spec as { action: string }).action === 'Abort');
          return openRelease(api) && asked ? 'an abort is not answered' : undefined;
        },
      },
    },
  ];
}

/**
 * 8. The gates of a stage begin to count only when its weight was stored and accepted at least the settle time before,
 * and so the next pod goes by what the route sends only then; and Segue's Services go only when no route has led to
 * them for that long.
 */
export function weightsSettleFirst(course: Course, report: Report): Checker[] {
  if (!course.world.scenario.routed) return [];
  return [
    {
      change({ by, before, after }) {
        if (!by.startsWith('segue')) return;
        if (before?.kind === 'Release' && after)
          gatesBegin(course, { was: asRelease(before), is: asRelease(after), report });
        if (before?.kind === 'Service' && !after) serviceGoes(course, before, report);
      },
    },
    {
      change(change) {
        const going = goingBy(course, change);
        // What somebody else let go further goes back at once.
        const further = going?.version === 'candidate' && going.open.status.towards !== 'Aborted';
        // Put back in the same moment it is what Segue has read before.
        const byPeople = course.routedByPeopleMs >= course.believedSinceMs;
        if (!going || further || byPeople || hasSettled(course, going.open)) return;
        report(`${change.by} lets ${namesOf(going)} go before the route has settled`);
      },
    },
  ];
}

function gatesBegin(
  course: Course,
  { was, is, report }: { was: StoredRelease; is: StoredRelease; report: Report },
): void {
  const { gateSince, step, stage = 0 } = is.status;
  if (step !== 'Stage' || gateSince === undefined || was.status.gateSince !== undefined) return;
  const weight = is.spec.plan.stages[stage]?.weight ?? 0;
  // The only pod has all of the traffic or none.
  const alone = course.replicasMin(course.believedSinceMs) <= 1 ? [100] : [];
  const sent = [weight, ...alone];
  if (!sent.some((one) => wasReadBack(course, is, { weight: one, gateSince })))
    report(`stage ${stage} counts weight ${weight} before it was read back and settled`);
}

/** What the route sends now was accepted at least the settle time ago, and has been sent since. */
function hasSettled({ routes, now }: Course, { spec }: StoredRelease): boolean {
  const sent = told(routes.at(-1)?.is.weights);
  const since = routes.findLastIndex(({ is }) => told(is.weights) !== sent);
  const accepted = routes.slice(since + 1).find(({ is }) => is.accepted);
  return accepted !== undefined && accepted.atMs <= now - spec.plan.settleMs;
}

function told(weights: ReadonlyMap<string, number> = new Map()): string {
  return JSON.stringify([...weights]);
}
