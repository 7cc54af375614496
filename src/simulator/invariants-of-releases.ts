/** The invariants that speak of releases and of what is written: 6, 7, 9, 10 and 12. */
import { isDeepStrictEqual } from 'node:util';
import { asksFresh } from '../api/check.ts';
import { parseDuration } from '../api/duration.ts';
import { HASH_LABEL, HELD_ANNOTATION } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Plan, ReleaseStatus } from '../api/release.ts';
import type { ModelApi } from './model-api.ts';
import { writtenIn } from './routes/index.ts';
import type { Checker, Report } from './checker.ts';
import { readyOf } from './rest.ts';
import type { Course } from './course.ts';
import type { World } from './world.ts';
import {
  asRelease,
  openRelease,
  releasesOf,
  sizeOf,
  type StoredRelease,
  targetOf,
  templateImage,
} from './facts.ts';

/** Whether a person let the release go on since, or through all its stages. */
function wasPromoted({ status }: StoredRelease, sinceMs: number): boolean {
  return (status.requests ?? []).some(({ action, answer, at }) => {
    if (!answer.startsWith('going on')) return false;
    if (action === 'PromoteFull') return true;
    return ['Promote', 'Skip'].includes(action) && Date.parse(at) >= sinceMs;
  });
}

function isTarget({ kind }: KubeObject): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet';
}

/** How long the controller may be behind an edit of the template. */
const EDIT_SEEN_MS = 60_000;

/**
 * 6. A stage or a bake with checks is left forward only when each of them measured the candidate
 * since its gates began, and not too long ago; or a person promoted; or the policy or the template
 * had gone on, so that a bake that goes well is ended early.
 */
export function missingIsNoPass(course: Course, report: Report): Checker[] {
  const { world } = course;
  // A template that came and went may have been seen in between.
  let editedMs = -Infinity;
  const look = (was: StoredRelease, is: StoredRelease): void => {
    const checks = passedChecks(was, is);
    const sinceMs = Date.parse(was.status.gateSince ?? was.status.stepSince ?? '');
    const leftMs = leftAtMs(is);
    if (world.clock.now() - editedMs < EDIT_SEEN_MS) return;
    if (checks.length === 0 || wasPromoted(is, sinceMs) || isOvertaken(course, is)) return;
    for (const name of checks)
      for (const hash of unproven(course, is, { name, sinceMs, leftMs }))
        report(`check ${name} was passed without a measurement of ${hash}`);
  };
  return [
    {
      change({ before, after }) {
        const edited = before && isTarget(before) && templateImage(before) !== templateImage(after);
        if (edited || before?.kind === 'ConfigMap') editedMs = world.clock.now();
        if (before?.kind === 'Release' && after) look(asRelease(before), asRelease(after));
      },
    },
  ];
}

/** The versions of which no measurement says that this check passed; a goal needs that of both. */
function unproven(
  { world }: Course,
  { spec }: StoredRelease,
  { name, sinceMs, leftMs }: { name: string; sinceMs: number; leftMs: number },
): string[] {
  const check = spec.checks.find((one) => one.name === name);
  const freshMs = 2 * (parseDuration(check?.interval ?? '') ?? 0) + 11_000;
  const fromMs = Math.max(sinceMs, leftMs - freshMs);
  const both = check?.goal !== undefined || (check !== undefined && asksFresh(check));
  const versions = both ? [spec.candidate, spec.stable] : [spec.candidate];
  const proofs = world.measured.filter(
    (one) => one.check === name && one.kind !== 'Missing' && one.atMs >= fromMs,
  );
  return versions
    .map(({ hash }) => hash)
    .filter((hash) => !proofs.some((one) => one.hash === hash));
}

/** When a stage was left: its status may have been kept in memory for a while. */
function leftAtMs({ status }: StoredRelease): number {
  const { stepSince = '', traffic } = status;
  return Math.min(Date.parse(stepSince), Date.parse(traffic?.since ?? stepSince));
}

const AFTER_BAKE = new Set<string | undefined>(['Keep', 'Drain']);

function passedChecks(
  { status: was, spec }: StoredRelease,
  { status: is }: StoredRelease,
): string[] {
  const forward = is.towards !== 'Aborted' && is.step !== 'Done';
  if (!forward) return [];
  if (was.step === 'Stage' && isLeft(spec.plan, was, is))
    return spec.plan.stages[was.stage ?? 0]?.checks ?? [];
  const baked = was.step === 'Bake' && AFTER_BAKE.has(is.step);
  return baked && spec.traffic ? spec.plan.bakeChecks : [];
}

/** Where pods are the shares the sets change places within a stage. */
function isLeft({ byPods }: Plan, was: ReleaseStatus, is: ReleaseStatus): boolean {
  const within = byPods && is.step === 'Swap';
  return (was.step !== is.step && !within) || was.stage !== is.stage;
}

function isOvertaken({ world }: Course, { spec }: StoredRelease): boolean {
  const { api } = world;
  const policy = api.get('ReleasePolicy', 'web');
  if (!policy || policy.metadata.deletionTimestamp !== undefined) return true;
  return spec.candidate.images[0] !== templateImage(targetOf(api));
}

/** More than any release needs in a minute. */
const WRITES_PER_MINUTE = 150;

/**
 * 7. In calm no write of Segue's leaves the object as it was, and never are there more writes in a
 * minute than a release has any use for. That a steady state costs none is seen at the end of a run.
 */
export function nothingForNothing({ world }: Course, report: Report): Checker[] {
  const timesMs: number[] = [];
  return [
    {
      write({ idle, atMs, verb, kind, name }) {
        if (kind === 'Event') return;
        if (idle && world.calmForMs > 2_000) report(`${verb} ${kind} ${name} changed nothing`);
        // Two controllers by mistake undo each other's writes for as long as one of them sees less.
        if (world.segues.length > 1) return;
        // Each is told apart: four that overtake each other have use for more than one.
        if (verb === 'create' && kind === 'Release') timesMs.length = 0;
        timesMs.push(atMs);
        const first = timesMs.at(-WRITES_PER_MINUTE) ?? -Infinity;
        if (atMs - first < 60_000) report(`${WRITES_PER_MINUTE} writes within a minute`);
      },
    },
  ];
}

/**
 * 9. A write of Segue's on a route changes only the refs to the user's Service and Segue's two; on
 * the user's Service only the pin; on the Deployment only pause, strategy, its own label and, while
 * the policy goes, the template. What is put back in the end is compared when a run rests.
 */
export function foreignFieldsSurvive({ world }: Course, report: Report): Checker[] {
  return [
    {
      change({ by, before, after }) {
        if (!before || !after || !by.startsWith('segue')) return;
        const mask = MASKS[after.kind] ?? maskOfRoute(world, after);
        if (!mask || after.metadata.name !== 'web') return;
        const [was, is] = [before, after].map((object) => mask(structuredClone(object)));
        if (!isDeepStrictEqual(was, is))
          report(`${by} changes foreign fields of ${after.kind} web`);
      },
    },
  ];
}

type Mask = (object: KubeObject) => unknown;

/** What users have not written belongs to a release. */
function maskOfRoute({ scenario }: World, { kind, metadata }: KubeObject): Mask | undefined {
  const found = writtenIn(scenario.routes, kind, metadata.name);
  return found && ((object) => found.by.foreign(object, found.own));
}

type Fields = Record<string, unknown>;

/** Of the Deployment, while a release needs them; the last two while its controller moves pods. */
const LENT = ['paused', 'strategy', 'template', 'minReadySeconds', 'progressDeadlineSeconds'];

/** The object without what is Segue's to change. */
const MASKS: Record<string, Mask> = {
  Service(object) {
    const spec = object['spec'] as { selector: Record<string, string> };
    delete spec.selector[HASH_LABEL];
    return [spec, object.metadata.labels, object.metadata.annotations];
  },
  Deployment(object) {
    const spec = { ...(object['spec'] as Fields) };
    for (const field of LENT) delete spec[field];
    const labels = { ...object.metadata.labels };
    delete labels['segue.dev/rolling'];
    delete labels['segue.dev/swapping'];
    return [spec, labels];
  },
  DaemonSet: withoutUpdates,
  StatefulSet: withoutUpdates,
};

/** Of a set whose pods are changed by its update strategy. */
function withoutUpdates(object: KubeObject): unknown {
  const { updateStrategy: _, template: __, ...spec } = object['spec'] as Fields;
  const { [HELD_ANNOTATION]: ___, ...annotations } = object.metadata.annotations ?? {};
  return [spec, object.metadata.labels, annotations];
}

/** Every way a release can be taken back, as the documentation names them. */
const REASONS = new Set([
  'AbortRequested',
  'CandidateDeleted',
  'CandidateNameTaken',
  'CheckFailed',
  'ConfigReverted',
  'HookFailed',
  'SmokeTestFailed',
  'StableKept',
  'HoldContested',
  'ImageNotPulled',
  'Outdated',
  'PolicyDeleted',
  'ProgressDeadlineExceeded',
  'ReleaseDeleted',
  'RouteContested',
  'RouteNotAccepted',
  'ScaledToZero',
  'StableDeleted',
  'Superseded',
  'TargetDeleted',
  'TemplateReverted',
]);

/** 10. A release that ended says how, with a reason scripts know and a message for people. */
export function outcomesHaveReasons(_: Course, report: Report): Checker[] {
  return [
    {
      change({ before, after }) {
        if (before?.kind !== 'Release' || !after) return;
        const { name, status } = asRelease(after);
        if (status.step !== 'Done' || asRelease(before).status.step === 'Done') return;
        const { outcome, reason = '', message = '' } = status;
        const known = outcome === 'Promoted' ? reason === 'Promoted' : REASONS.has(reason);
        if (!known || message.length < 8)
          report(`${name} ended ${outcome}, reason '${reason}', message '${message}'`);
      },
    },
  ];
}

/** Ended by a change of the template, and not by a fault of it. */
const NOT_REJECTED = new Set(['Superseded', 'TemplateReverted', 'ConfigReverted', 'Outdated']);

/** The version that is being released, where no other has pods: its set was deleted and made anew. */
function isAlone(api: ModelApi, set: KubeObject): boolean {
  const { spec } = openRelease(api) ?? {};
  const others = api.all('ReplicaSet').filter(({ metadata }) => metadata.uid !== set.metadata.uid);
  return (
    spec?.candidate.images[0] === templateImage(set) && others.every((one) => sizeOf(one) === 0)
  );
}

/**
 * 12. No release begins for a template that was taken back and has not changed since; and while the
 * Deployment is held its controller gives pods to no empty set of a version that was never released.
 */
export function rejectedStaysRejected(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  let rejected: { image: string; epoch: number } | undefined;
  /** Of the template, when the release was given up: what is written after that is another try. */
  const givenUp = new Map<string, number>();
  const look = (was: StoredRelease | undefined, { name, status, spec }: StoredRelease): void => {
    const image = triedBy(spec);
    const epoch = course.templateEpoch;
    if (!was && rejected?.image === image && rejected.epoch === epoch && !isRetry(api, spec))
      report(`${name} tries ${image} again`);
    if (status.towards === 'Aborted') givenUp.set(name, givenUp.get(name) ?? epoch);
    if (!hasRejected(was, status)) return;
    // One whose template has gone on meanwhile is not remembered: it may be written again.
    if (templateImage(targetOf(api)) === spec.candidate.images[0])
      rejected = { image, epoch: givenUp.get(name) ?? epoch };
  };
  return [
    {
      change({ before, after }) {
        if (after?.kind === 'Release') look(before && asRelease(before), asRelease(after));
        // It was rolled out without Segue, and is what users have: nobody remembers that it was taken back.
        if (after?.kind === 'ReleasePolicy' && isHeldWith(after, rejected?.image))
          rejected = undefined;
      },
    },
    {
      change({ by, before, after }) {
        if (after?.kind !== 'ReplicaSet' || by !== 'kcm') return;
        if (sizeOf(before) > 0 || sizeOf(after) === 0 || course.isNative) return;
        const image = templateImage(after);
        if (isAlone(api, after)) return;
        if (!releasedImages(api).includes(image))
          report(`the Deployment controller gives pods to ${after.metadata.name} of ${image}`);
      },
    },
  ];
}

function isHeldWith(policy: KubeObject, image: string | undefined): boolean {
  const { target } = (policy['status'] ?? {}) as { target?: { images?: string[] } };
  return readyOf(policy).reason === 'Held' && target?.images?.[0] === image;
}

/** The image, and the configuration that goes with it. */
function triedBy({ candidate, config }: StoredRelease['spec']): string {
  return [...candidate.images, ...(config ? [config.candidate.digest] : [])].join(' with ');
}

/** A person asked for another try of what the release before took back. */
function isRetry(api: ModelApi, { retryOf }: StoredRelease['spec']): boolean {
  const asked = api
    .all('ReleaseRequest')
    .some(({ spec }) => (spec as { action: string }).action === 'Retry');
  return retryOf !== undefined && asked;
}

function hasRejected(
  was: StoredRelease | undefined,
  { step, outcome, reason = '' }: ReleaseStatus,
): boolean {
  const ended = step === 'Done' && was?.status.step !== 'Done';
  return ended && outcome === 'Aborted' && !NOT_REJECTED.has(reason);
}

/** What users have or had, all of which passed its gates. */
function releasedImages(api: ModelApi): string[] {
  const promoted = releasesOf(api).filter(({ status }) => status.outcome === 'Promoted');
  return ['v1', ...promoted.map(({ spec }) => spec.candidate.images[0] ?? '')];
}
