/** The invariants that speak of traffic and of the pods that carry it: 1, 2, 3 and 11. */
import type { KubeObject } from '../api/object.ts';
import { BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import {
  hashOf,
  isFresh,
  lostName,
  openRelease,
  pinOf,
  sharesService,
  sizeOf,
  type StoredRelease,
  templateImage,
} from './facts.ts';
import type { Change } from './model-api.ts';

/**
 * 1. When Segue raises the share of the candidate to w percent, there were at some moment that Segue
 * may still believe in at least w percent of `spec.replicas` ready pods of it. And in calm a
 * candidate without any ready pod does not keep a share while stable has some.
 */
export function capacityBeforeTraffic(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  return [
    {
      change({ by }) {
        const open = openRelease(api);
        if (!open || !by.startsWith('segue')) return;
        const { hash } = open.spec.candidate;
        const [was, is] = [course.sharesBefore, course.shares].map((s) => s.byHash.get(hash) ?? 0);
        if (is === undefined || was === undefined || is <= was) return;
        const needed = Math.ceil((is * course.replicasMinOfRelease()) / 100);
        const ready = course.readyMax(hash, course.believedSinceMs);
        if (ready < needed)
          report(`${is} % to the candidate with ${ready} of ${needed} ready pods`);
      },
    },
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is() {
          const open = openRelease(api);
          if (!open || !['Stage', 'Swap', 'Bake'].includes(open.status.step ?? ''))
            return undefined;
          const { stable, candidate } = open.spec;
          const share = course.shares.byHash.get(candidate.hash) ?? 0;
          const helpless =
            course.readyNow(candidate.hash) === 0 && course.readyNow(stable.hash) > 0;
          return share > 0 && helpless ? `${share} % to a candidate without ready pods` : undefined;
        },
      },
    },
  ];
}

/**
 * 2. When Segue shrinks or deletes one of the two sets, the route and the user's Service send nothing
 * to it, and where its pods were ready, the drain time has passed since they last did.
 */
export function trafficBeforeScaleDown(course: Course, report: Report): Checker[] {
  return [
    {
      change({ by, before, after }) {
        if (before?.kind !== 'ReplicaSet' || !by.startsWith('segue')) return;
        if (sizeOf(after) >= podsOf(course, before) || isAbandoned(course)) return;
        const open = openRelease(course.world.api);
        const hash = hashOf(before);
        // Their pods share the traffic of one Service all the time: invariant 3 says how many must stay.
        if (!open || sharesService(open) || tookItsPlace(course, open, hash)) return;
        if (![open.spec.stable.hash, open.spec.candidate.hash].includes(hash)) return;
        const why = stillReferred(course, hash, open) ?? stillDraining(course, before, open);
        const { name } = before.metadata;
        if (why !== undefined) report(`${name} from ${sizeOf(before)} to ${sizeOf(after)} ${why}`);
      },
    },
  ];
}

/**
 * People deleted the set of what was promoted, when the user's Service led to the pods of every version
 * again: the Deployment's controller filled the old set, and no route is left that could be moved first.
 */
function tookItsPlace({ deletedByPeople }: Course, { spec, status }: StoredRelease, hash: string) {
  const ended = status.towards === 'Promoted' && ['CleanUp', 'Done'].includes(status.step ?? '');
  return ended && hash === spec.stable.hash && deletedByPeople.size > 0;
}

/** How many pods a set can lose: some that it wants may not have been made yet. */
function podsOf({ world }: Course, set: KubeObject): number {
  const pods = world.api.all('Pod').filter(({ metadata }) => {
    const owned = metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid);
    return owned && metadata.deletionTimestamp === undefined;
  });
  return Math.min(sizeOf(set), pods.length);
}

function stillReferred(course: Course, hash: string, open: StoredRelease): string | undefined {
  if (!course.routedBySegue) return undefined;
  const share = course.shares.byHash.get(hash) ?? 0;
  if (share > 0) return `with ${share} % of the traffic`;
  if (isNeeded(course, hash)) return 'while a canary is heard only beside its pods';
  const served = course.shares.toAll > 0 && course.readyNow(hash) > 0;
  return served && !waitedInVain(course, open)
    ? "while the user's Service selects its pods"
    : undefined;
}

function isNeeded({ routing, world }: Course, hash: string): boolean {
  const rules = (routing?.readings ?? []).flatMap((one) => one.rules);
  return rules.some(({ needs }) => pinOf(world.api.get('Service', needs ?? '')) === hash);
}

/** Nothing is there that the traffic could be moved to first, and a way back waits for pods only so long. */
function waitedInVain(course: Course, { spec, status }: StoredRelease): boolean {
  const sinceMs = Date.parse(status.traffic?.since ?? '');
  const waited = course.now - sinceMs >= spec.plan.progressDeadlineMs;
  return status.towards === 'Aborted' && waited && course.readyNow(spec.stable.hash) === 0;
}

function stillDraining(course: Course, set: KubeObject, open: StoredRelease): string | undefined {
  const hash = hashOf(set);
  const referredMs = course.referredMs.get(hash) ?? 0;
  // An earlier set of the same template had it, in another release.
  if (referredMs < Date.parse(set.metadata.creationTimestamp ?? '')) return undefined;
  const sinceMs = course.now - referredMs;
  const { drainMs } = open.spec.plan;
  const served = course.readyMax(hash, course.now - drainMs) > 0;
  // Of two by mistake one counts from what it wrote, while the other writes it a moment later.
  const leastMs = course.world.segues.length > 1 ? drainMs - 50 : drainMs;
  return served && sinceMs < leastMs ? `${sinceMs} ms after its traffic left` : undefined;
}

/** The Deployment of the release is gone: its pods go with it. */
function isAbandoned({ world }: Course): boolean {
  const uid = openRelease(world.api)?.spec.target.uid;
  const found = world.api.get('Deployment', 'web');
  return found?.metadata.uid !== uid || found?.metadata.deletionTimestamp !== undefined;
}

/**
 * 3. When anybody but a person shrinks a set, what is left of it carries its share of the fewest
 * `spec.replicas` since the release began; of the user's own Service all sets together carry it.
 * Not checked while the Deployment is not held, or people have taken the hold.
 */
export function neverTooSmall(course: Course, report: Report): Checker[] {
  return [
    {
      change(change) {
        if (!change.after) return;
        const seen = tooSmall(course, change);
        if (seen) report(seen);
      },
    },
  ];
}

function tooSmall(course: Course, { by, before, after }: Change): string | undefined {
  if (before?.kind !== 'ReplicaSet' || by === 'person') return undefined;
  if (sizeOf(after) >= sizeOf(before) || course.isNative || byPeople(course, before))
    return undefined;
  // How many may be missing is for the checkers of rolling updates.
  if (openRelease(course.world.api)?.spec.plan.roll) return undefined;
  const share = course.shares.byHash.get(hashOf(before)) ?? 0;
  const replicas = course.replicasMinOfRelease();
  const what = `${by} shrinks ${before.metadata.name} from ${sizeOf(before)} to ${sizeOf(after)}`;
  const needed = Math.ceil((share * replicas) / 100);
  if (sizeOf(after) < needed) return `${what} with ${share} % of ${replicas} pods' traffic`;
  const all = believedPods(course);
  const together = Math.ceil((course.shares.toAll * replicas) / 100);
  if (all < together) return `${what}: ${all} of ${together} pods behind the Service`;
  return tooFewReady(course, { by, after, what });
}

/** Of all sets: also of those that people deleted before Segue may have heard of it. */
function believedPods({ world, deletedByPeople, believedSinceMs }: Course): number {
  const there = world.api.all('ReplicaSet').filter((set) => !isFresh(set));
  const unheard = [...deletedByPeople].filter(
    ([uid, { atMs }]) =>
      atMs >= believedSinceMs && !there.some(({ metadata }) => metadata.uid === uid),
  );
  const gone = unheard.reduce((sum, [, { is }]) => sum + is, 0);
  return there.reduce((sum, set) => sum + sizeOf(set), gone);
}

/** Where pods share the traffic, what is left of those that are ready carries all of it; but on the way
 * back from a candidate that stable was never shrunk for, stable is as it was before. */
function tooFewReady(
  course: Course,
  { by, after, what }: { by: string; after: KubeObject | undefined; what: string },
): string | undefined {
  const open = openRelease(course.world.api);
  if (!open?.spec.plan.byPods || !by.startsWith('segue') || !after) return undefined;
  const { spec, status } = open;
  const weight = spec.plan.stages[status.stage ?? 0]?.weight ?? 0;
  if (weight <= 50 || status.step === 'Discard') return undefined;
  const readyOf = (set: KubeObject) => course.readyMax(hashOf(set), course.believedSinceMs);
  // Pods that are not ready go first.
  if (readyOf(after) <= sizeOf(after)) return undefined;
  const sets = course.world.api.all('ReplicaSet');
  const ready = sets.reduce((sum, set) => sum + Math.min(sizeOf(set), readyOf(set)), 0);
  const needed = course.replicasMinOfRelease();
  return ready < needed ? `${what}: ${ready} of ${needed} ready pods are left` : undefined;
}

/** People deleted the set, or the Deployment. */
function byPeople({ world, deletedByPeople }: Course, set: KubeObject): boolean {
  const deployment = world.api.get('Deployment', 'web');
  if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return true;
  return deletedByPeople.has(set.metadata.uid ?? '');
}

/** A set that was deleted is made anew once its pods have ended, and those take their time too. */
const MADE_ANEW_MS = 20_000;

/**
 * 11. No route leads to a Service of Segue's that is gone for more than a moment; in calm stable does
 * not keep a share without its set while the candidate has pods; garbage collection takes no set that carries traffic; and the Deployment is resumed only with the template it runs.
 */
export function deletionsLoseNothing(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  return [
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is() {
          // Of a Service that is gone itself no copy can be made.
          if (!api.get('Service', 'web')) return undefined;
          const lost = course.routing && lostName(api, course.routing);
          return lost && `a route leads to ${lost}, which is gone`;
        },
      },
    },
    {
      never: {
        longerThanMs: MADE_ANEW_MS,
        is() {
          const open = openRelease(api);
          if (!open || isAbandoned(course)) return undefined;
          // Pods that do not become ready by themselves are nobody's doing.
          if (sizeOf(api.get('ReplicaSet', open.spec.stable.replicaSet)) > 0) return undefined;
          const { stable, candidate } = open.spec;
          const share = course.shares.byHash.get(stable.hash) ?? 0;
          const helpless =
            course.readyNow(stable.hash) === 0 && course.readyNow(candidate.hash) > 0;
          return share > 0 && helpless ? `${share} % to a stable version without pods` : undefined;
        },
      },
    },
    {
      change({ by, before, after }) {
        if (before?.kind === 'ReplicaSet' && !after && by === 'kcm')
          collected(course, before, report);
        if (before?.kind === 'Deployment' && after && by.startsWith('segue'))
          resumed(course, { before, after, report });
      },
    },
  ];
}

function collected(course: Course, set: KubeObject, report: Report): void {
  const share = course.shares.byHash.get(hashOf(set)) ?? 0;
  if (share === 0 || byPeople(course, set) || course.isNative) return;
  // A Deployment that somebody resumed rolls out by itself, while nobody is there to pause it again.
  const target = course.world.api.get('Deployment', 'web')?.['spec'] as { paused?: boolean };
  if (target?.paused !== true) return;
  report(`ReplicaSet ${set.metadata.name} is collected with ${share} % of the traffic`);
}

function resumed(
  { world }: Course,
  { before, after, report }: { before: KubeObject; after: KubeObject; report: Report },
): void {
  const paused = (object: KubeObject) => (object['spec'] as { paused?: boolean }).paused === true;
  if (!paused(before) || paused(after) || openRelease(world.api)?.spec.plan.roll) return;
  const running = world.api.all('ReplicaSet').filter((set) => sizeOf(set) > 0);
  const other = running.find((set) => templateImage(set) !== templateImage(after));
  if (other)
    report(
      `the Deployment is resumed with ${templateImage(after)} while it runs ${templateImage(other)}`,
    );
}
