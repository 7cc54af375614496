/** The invariants that speak of what a release waits for and of what is run around it: 13 and 14. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseDefaultsInput } from '../api/release-defaults.ts';
import type { Plan, Task } from '../api/release.ts';
import { twoAtWork } from './acts.ts';
import type { Checker, Report } from './checker.ts';
import type { Course } from './course.ts';
import { asRelease, openRelease, OURS, pinOf, releasesOf, type StoredRelease } from './facts.ts';
import type { Change } from './model-api.ts';
import { beganMs, type Gate, isWaiting, passedGates } from './passed-gates.ts';
import { isOfRoutes, type Routes } from './routes/index.ts';
import { isOpen } from './window-times.ts';
import { START_MS, type World } from './world.ts';

/**
 * 13. A release begins, and a stage is left, only inside its window and when whoever was asked has said
 * yes, as they themselves know it; nothing is touched before. A person may pass over all of it but the
 * Jobs before a release and what has failed.
 */
export function gatesAreWaitedFor({ world }: Course, report: Report): Checker[] {
  const came = new Map<string, number>();
  return [
    {
      change({ before, after }) {
        if (before?.kind !== 'Release' || !after) return;
        const [was, is] = [asRelease(before), asRelease(after)];
        const cameMs = came.get(stageOf(was)) ?? beganMs(was);
        if (!came.has(stageOf(is))) came.set(stageOf(is), beganMs(is));
        if (is.status.towards === 'Aborted' || is.status.step === 'Done') return;
        for (const gate of passedGates({ was, is, cameMs })) {
          const shut = whatIsShut(world, is, gate);
          if (shut !== undefined) report(`${is.name} ${gate.does} though ${shut}`);
        }
      },
    },
    {
      change(change) {
        const open = releasesOf(world.api).filter(({ status }) => status.step !== 'Done');
        const [only] = open;
        if (!only || open.length > 1 || !change.by.startsWith('segue')) return;
        if (!isWaiting(only) || only.spec.plan.before === undefined) return;
        const touched = whatIsTouched(change, only, world.scenario.routes);
        if (touched !== undefined) report(`${only.name} touches ${touched} before it begins`);
      },
    },
  ];
}

/** Where pods are the shares the sets change places within a stage. */
const stageOf = ({ name, status: { step, stage } }: StoredRelease): string =>
  `${name} ${step === 'Swap' || step === 'Stage' ? stage : step}`;

function whatIsShut(world: World, release: StoredRelease, gate: Gate): string | undefined {
  const { window, tasks, atMs } = gate;
  const passed = isPassedOver(release, gate);
  if (window && !passed && !isOpen(window, atMs)) return 'the window is shut';
  const shut = tasks.find((task) => {
    if (isNeverPassed(task, gate)) return !hasAnswered(world, release, { task, gate });
    return !passed && !hasAnswered(world, release, { task, gate });
  });
  return shut && `${shut.kind} ${shut.name} (${gate.moment}) has not passed`;
}

/** A Job before a release may be a migration. */
function isNeverPassed({ kind }: Task, { moment }: Gate): boolean {
  return moment === 'before' && kind === 'Job';
}

const PASS = new Set(['Promote', 'PromoteFull', 'Skip']);

/** Whether a person let it go on past what is asked there. */
function isPassedOver({ status }: StoredRelease, { sinceMs, atMs }: Gate): boolean {
  return (status.requests ?? []).some(({ action, answer, at }) => {
    if (!PASS.has(action) || !answer.startsWith('going on')) return false;
    const askedMs = Date.parse(at);
    return askedMs <= atMs && (action === 'PromoteFull' || askedMs >= sinceMs);
  });
}

/** As who was asked knows it, and not Segue. */
function hasAnswered(
  { outside }: World,
  { name: release, object, spec }: StoredRelease,
  { task: { kind, name, spec: asked }, gate: { moment } }: { task: Task; gate: Gate },
): boolean {
  if (kind === 'Pull') return true;
  if (kind === 'ReleasedIn') return spec.candidate.images.every((one) => outside.isPromoted(one));
  if (kind === 'Webhook')
    return outside.asked.some(
      (one) => one.good && one.release === release && one.moment === moment && one.name === name,
    );
  if (kind === 'Job') {
    const begin = jobName(release, moment, name);
    const own = outside.jobs.filter(({ owner }) => owner === object.metadata.uid);
    return own.some((run) => run.name.startsWith(begin) && run.end === 'Complete');
  }
  const { path } = asked as { path: string };
  return outside.asked.some(
    (one) => one.good && one.name === path && one.hash === spec.candidate.hash,
  );
}

function jobName(release: string, moment: string, task: string): string {
  return `${release}-${moment}-${task}-`;
}

/** What only a release that has begun may write. */
function whatIsTouched(change: Change, release: StoredRelease, routes: Routes): string | undefined {
  const { after } = change;
  if (!after) return undefined;
  const touches = isOfRoutes(routes, after)
    ? isMoved(change)
    : TOUCHES[after.kind]?.(change, release);
  return touches ? `${after.kind} ${after.metadata.name}` : undefined;
}

/** Also what is made beside a route of the user's. */
function isMoved({ before, after }: Change): boolean {
  const written = (object: KubeObject | undefined) => [
    object?.['spec'],
    object?.metadata.annotations,
  ];
  return !isDeepStrictEqual(written(before), written(after));
}

const TOUCHES: Record<string, (change: Change, release: StoredRelease) => boolean> = {
  Service: ({ before, after }) =>
    before
      ? pinOf(before) === undefined && pinOf(after) !== undefined
      : [...OURS, 'web-preview'].includes(after?.metadata.name ?? ''),
  ReplicaSet: ({ before, after }, { spec }) =>
    !before && after?.metadata.name === spec.candidate.replicaSet,
};

/**
 * 13, of the defaults of a namespace: a release that begins has every freeze of theirs in each of its
 * windows and every hook of theirs before it, as they were at a time that Segue may still believe in.
 */
export function defaultsHold(course: Course, report: Report): Checker[] {
  type Version = { fromMs: number; spec: ReleaseDefaultsInput | undefined };
  // What was there from the beginning nobody has seen otherwise.
  const versions: Version[] = [{ fromMs: -Infinity, spec: course.world.scenario.defaults }];
  return [
    {
      change({ before, after }) {
        const { kind } = (after ?? before) as KubeObject;
        if (kind === 'ReleaseDefaults' && course.now > START_MS)
          versions.push({ fromMs: course.now, spec: specOf(after) });
        if (kind !== 'Release' || before || !after) return;
        const release = asRelease(after);
        const believed = versions.filter((_, i) => {
          const untilMs = versions[i + 1]?.fromMs ?? Infinity;
          return untilMs >= course.believedSinceMs;
        });
        const missing = believed.map(({ spec }) => whatIsMissing(release, spec));
        if (!missing.includes(undefined))
          report(`${release.name} begins without ${missing.at(-1)} of the ReleaseDefaults`);
      },
    },
  ];
}

function specOf(object: KubeObject | undefined): ReleaseDefaultsInput | undefined {
  return object?.['spec'] as ReleaseDefaultsInput | undefined;
}

function whatIsMissing(
  { spec: { plan, strategy } }: StoredRelease,
  defaults: ReleaseDefaultsInput | undefined,
): string | undefined {
  if (!defaults || strategy === 'none') return undefined;
  const hooks = plan.before?.tasks ?? [];
  const hook = defaults.hooks?.before?.find(({ name }) => !hooks.some((one) => one.name === name));
  if (hook) return `hook ${hook.name}`;
  const freeze = plan.goesBack === undefined ? missingFreeze(plan, defaults) : undefined;
  return freeze && `the freeze from ${freeze.from} to ${freeze.to}`;
}

/** Nothing moves any more after the last stage. */
function missingFreeze({ before, stages }: Plan, { window: common }: ReleaseDefaultsInput) {
  const windows = [before?.window, ...stages.slice(0, -1).map(({ window }) => window)];
  return common?.freeze?.find(
    ({ from, to }) =>
      !windows.every((window) => window?.freeze?.some((f) => f.from === from && f.to === to)),
  );
}

/**
 * 14. No Job that has ended is made a second time, whoever was killed when; and what is run at the end
 * is run for the end that came, after what was taken back has no traffic any more.
 */
export function hooksRunOnce(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  return [
    {
      change({ before, after, by }) {
        if (after?.kind !== 'Job' || !by.startsWith('segue') || before) return;
        const { name } = after.metadata;
        const owner = after.metadata.ownerReferences?.[0]?.uid;
        const open = openRelease(api);
        const own = open?.object.metadata.uid === owner ? open : undefined;
        const wrong = ranBefore(course.world, after) ?? (own && atWrongEnd(course, own, name));
        if (wrong !== undefined) report(`Job ${name} runs ${wrong}`);
      },
    },
  ];
}

/** One that a person deleted, or its owner's collector, may be made anew: what it came to has gone with it. */
function ranBefore({ outside, scenario }: World, job: KubeObject): string | undefined {
  // Two controllers by mistake take each other's Jobs away: only their lease is against that.
  if (twoAtWork(scenario.acts)) return undefined;
  const { name, ownerReferences } = job.metadata;
  const owner = ownerReferences?.[0]?.uid;
  const ended = outside.jobs.some(
    (run) => run.name === name && run.owner === owner && run.end && !run.taken,
  );
  return ended && !isPull(job) ? 'once more' : undefined;
}

/** What finds out whether an image is there may be done as often as one likes. */
function isPull({ metadata }: KubeObject): boolean {
  return metadata.name.includes('-pull-');
}

/** Where a release is when it is known how it ends. */
const AT_END = new Set<string | undefined>(['Bake', 'Drain', 'Restore', 'CleanUp', 'Keep']);

function atWrongEnd(course: Course, open: StoredRelease, job: string): string | undefined {
  const { towards, step } = open.status;
  const at = job.slice(open.name.length + 1);
  const late = AT_END.has(step) && towards !== 'Aborted';
  if (at.startsWith('after-') && !late) return `while the release is at ${step}`;
  if (!at.startsWith('on-abort-')) return undefined;
  if (towards !== 'Aborted') return 'though nothing is taken back';
  const share = course.shares.byHash.get(open.spec.candidate.hash) ?? 0;
  return share > 0 && course.routedBySegue ? `with ${share} % on what is taken back` : undefined;
}
