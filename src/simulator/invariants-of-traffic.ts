/** The invariants that speak of traffic and of the pods that carry it: 1, 2, 3, 5, 8 and 11. */
import type { KubeObject } from '../api/object.ts';
import { AT_ONCE_MS, BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import {
  asRelease,
  hashOf,
  matchedPercent,
  openRelease,
  OURS,
  pinOf,
  refsOf,
  sizeOf,
  type StoredRelease,
  templateImage,
} from './facts.ts';
import type { Change } from './model-api.ts';
import type { World } from './world.ts';

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

/** The user's Service leads to the pods of both versions all the time. */
function sharesService({ spec }: StoredRelease): boolean {
  return spec.plan.byPods === true || spec.plan.roll !== undefined;
}

function stillReferred(course: Course, hash: string, open: StoredRelease): string | undefined {
  if (!course.routedBySegue) return undefined;
  const share = course.shares.byHash.get(hash) ?? 0;
  if (share > 0) return `with ${share} % of the traffic`;
  const served = course.shares.toAll > 0 && course.readyNow(hash) > 0;
  return served && !waitedInVain(course, open)
    ? "while the user's Service selects its pods"
    : undefined;
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
  const there = world.api.all('ReplicaSet');
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

/**
 * 5. In calm the candidate has no share any more a moment after the status says that it is taken
 * back, and the status says so a moment after a person asked.
 */
export function abortAtOnce({ world }: Course): Checker[] {
  const { api } = world;
  return [
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          if (open?.status.towards !== 'Aborted') return undefined;
          const share = candidateShare(world, open);
          return share > 0 ? `${share} % still goes to what is taken back` : undefined;
        },
      },
    },
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          const asked = api
            .all('ReleaseRequest')
            .some(({ spec }) => (spec as { action: string }).action === 'Abort');
          return open && asked ? 'an abort is not answered' : undefined;
        },
      },
    },
  ];
}

function candidateShare(world: World, open: StoredRelease): number {
  const { api, scenario } = world;
  const { hash } = open.spec.candidate;
  if (!scenario.routed) return pinOf(api.get('Service', 'web')) === hash ? 100 : 0;
  const route = api.get('HTTPRoute', 'web');
  const weight = refsOf(route).find(({ name }) => name === 'web-candidate')?.weight ?? 0;
  return Math.max(weight, matchedPercent(route));
}

/**
 * 8. The gates of a stage begin to count only when its weight was stored and accepted at least the
 * settle time before; and Segue's Services go only when no route has led to them for that long.
 */
export function readBackFirst(course: Course, report: Report): Checker[] {
  return [
    {
      change({ by, before, after }) {
        if (!by.startsWith('segue')) return;
        if (before?.kind === 'Release' && after)
          gatesBegin(course, { was: asRelease(before), is: asRelease(after), report });
        if (before?.kind === 'Service' && !after) serviceGoes(course, before, report);
      },
    },
  ];
}

/** A set that was deleted is made anew once its pods have ended, and those take their time too. */
const MADE_ANEW_MS = 20_000;

interface Step {
  was: StoredRelease;
  is: StoredRelease;
  report: Report;
}

function gatesBegin(course: Course, { was, is, report }: Step): void {
  const { gateSince, step, stage = 0 } = is.status;
  if (step !== 'Stage' || gateSince === undefined || was.status.gateSince !== undefined) return;
  if (sharesService(is)) return;
  const weight = is.spec.plan.stages[stage]?.weight ?? 0;
  // Not waited for, where people deleted what it leads to: routers take up no way to nobody.
  if (weight === 0 && course.deletedByPeople.size > 0) return;
  if (!wasReadBack(course, is, { weight, gateSince }))
    report(`stage ${stage} counts weight ${weight} before it was read back and settled`);
}

export function wasReadBack(
  { routes, world }: Course,
  { spec }: StoredRelease,
  { weight, gateSince }: { weight: number; gateSince: string },
): boolean {
  const settledMs = Date.parse(gateSince) - spec.plan.settleMs;
  const version = weight > 0 ? 'candidate' : 'stable';
  const key = world.scenario.routed ? `web-${version}` : spec[version].hash;
  const wanted = weight > 0 ? weight : 100;
  return routes.some(
    ({ atMs, is: { weights, accepted } }) =>
      atMs <= settledMs && accepted && weights.get(key) === wanted,
  );
}

export function serviceGoes(
  { world, now, routes }: Course,
  service: KubeObject,
  report: Report,
): void {
  const open = openRelease(world.api);
  const { name } = service.metadata;
  if (!OURS.includes(name) || !open || !world.scenario.routed) return;
  const used = routes.findLastIndex(({ is }) => is.weights.has(name));
  if (used < 0) return;
  const left = routes[used + 1];
  if (!left) return report(`Service ${name} goes while the route leads to it`);
  const accepted = routes.slice(used + 1).find(({ is }) => is.accepted);
  const sinceMs = now - (accepted?.atMs ?? Infinity);
  if (sinceMs < open.spec.plan.settleMs)
    report(`Service ${name} goes before the route without it was accepted and settled`);
}

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
          const refs = refsOf(api.get('HTTPRoute', 'web'));
          const lost = refs.find(({ name }) => OURS.includes(name) && !api.get('Service', name));
          return lost && `the route leads to Service ${lost.name}, which is gone`;
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
