/** What rolling and recreate add: how far pods may be changed, and by whom. */
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus, Stage } from '../api/release.ts';
import { limitsOf } from '../engine/move.ts';
import type { Checker, Report } from './checker.ts';
import type { Course } from './course.ts';
import {
  hashOf,
  openRelease,
  sizeOf,
  type StoredRelease,
  targetOf,
  templateImage,
} from './facts.ts';
import type { Change } from './model-api.ts';

/**
 * 3, of a rolling update: nobody but people takes pods that serve as long as fewer would be left than
 * `spec.replicas` less what may be missing.
 */
export function rollsWithinLimits(course: Course, report: Report): Checker[] {
  return [
    {
      change(change) {
        const seen = takenTooMany(course, change);
        if (seen !== undefined) report(seen);
      },
    },
  ];
}

/** People's doing, or Kubernetes' own: it goes by the status, which still counts pods that were scaled
 * away a moment ago. */
function isOthers(by: string, before: KubeObject): boolean {
  const { replicas = 0 } = (before['status'] ?? {}) as { replicas?: number };
  return by === 'person' || (by === 'kcm' && replicas > sizeOf(before));
}

function takenTooMany(course: Course, change: Change): string | undefined {
  const { by, before } = change;
  if (before?.kind !== 'ReplicaSet' || isOthers(by, before)) return undefined;
  return leavesTooFew(course, { ...change, before });
}

function leavesTooFew(
  course: Course,
  { by, before, after }: Change & { before: KubeObject },
): string | undefined {
  if (sizeOf(after) >= sizeOf(before)) return undefined;
  const { api } = course.world;
  const open = openRelease(api);
  if (open?.spec.plan.roll?.type !== 'RollingUpdate') return undefined;
  if (isDisturbed(course, open) || isLate(course, open)) return undefined;
  // It shares out what there is by sizes and numbers of different moments.
  if (by === 'kcm' && course.scaledAgain) return undefined;
  const replicas = course.replicasMinOfRelease();
  const { unavailable } = limitsOf(open.spec.plan.roll, open.status.journal?.strategy, replicas);
  const serve = (size: number, ready: (hash: string) => number) =>
    api.all('ReplicaSet').reduce((sum, set) => {
      const wanted = set.metadata.name === before.metadata.name ? size : sizeOf(set);
      return sum + Math.min(wanted, ready(hashOf(set)));
    }, 0);
  const isFine = (ready: (hash: string) => number) =>
    serve(sizeOf(after), ready) >= Math.min(serve(sizeOf(before), ready), replicas - unavailable);
  const readyNow = (hash: string) => course.readyNow(hash);
  // Who writes may have seen what there is now, or what there was a moment ago.
  if (isFine(readyNow) || isFine((hash) => course.readyMax(hash, course.believedSinceMs)))
    return undefined;
  const what = `${by} shrinks ${before.metadata.name} from ${sizeOf(before)} to ${sizeOf(after)}`;
  return `${what}: ${serve(sizeOf(after), readyNow)} pods of ${replicas} serve, ${unavailable} may be missing`;
}

/** On the way back nothing is waited for without end. */
function isLate({ now }: Course, { status, spec }: StoredRelease): boolean {
  const sinceMs = now - Date.parse(status.stepSince ?? '');
  return status.step === 'Discard' && sinceMs >= spec.plan.progressDeadlineMs;
}

/** People took it into their own hands: another template, other sizes, no Deployment, no pause. */
export function isDisturbed(
  { world, unpausedByPersonMs, deletedByPeople }: Course,
  { spec }: StoredRelease,
) {
  const deployment = targetOf(world.api);
  if (deployment?.metadata.uid !== spec.target.uid || unpausedByPersonMs !== undefined) return true;
  return deletedByPeople.size > 0 || templateImage(deployment) !== spec.candidate.images[0];
}

/**
 * 12, of a rolling update: while a stage holds, the candidate has no more pods than the stage says,
 * whoever is dead or late.
 */
export function holdsHold(course: Course, report: Report): Checker[] {
  return [
    {
      change({ after, by }) {
        if (after?.kind !== 'ReplicaSet' || by === 'person') return;
        const open = openRelease(course.world.api);
        if (!open || open.spec.candidate.replicaSet !== after.metadata.name) return;
        const most = mostAtHold(course, open);
        if (most !== undefined && sizeOf(after) > most)
          report(`${after.metadata.name} gets ${sizeOf(after)} pods, the stage holds at ${most}`);
      },
    },
  ];
}

/** By which a person lets it go on. */
const PASS = new Set(['Promote', 'PromoteFull', 'Skip']);

/** Undefined where it may have any. */
export function mostAtHold(
  course: Course,
  open: StoredRelease,
  replicas: number = sizeOf(targetOf(course.world.api)),
): number | undefined {
  const { world } = course;
  const { plan } = open.spec;
  const { stage = 0, requests = [] } = open.status;
  const at = plan.stages[stage];
  if (!at || !rollsToStage(open) || isDisturbed(course, open)) return undefined;
  // What an autoscaler does is shared between the sets.
  if (world.scenario.acts.some(({ does }) => does === 'scale')) return undefined;
  const promoted = requests.some(({ action }) => PASS.has(action));
  if (promoted || !holdsOn(course, at, open.status)) return undefined;
  // A canary leaves an old pod to be compared with, where there is more than one.
  const most = open.spec.strategy === 'canary' && replicas > 1 ? replicas - 1 : replicas;
  const podsOf = ({ pods, capacityPercent }: Stage) =>
    pods ?? Math.min(most, Math.ceil((replicas * capacityPercent) / 100));
  // A stage never takes pods away.
  return Math.max(...plan.stages.slice(0, stage + 1).map(podsOf));
}

function rollsToStage({ spec: { plan }, status: { step, stage = 0, towards } }: StoredRelease) {
  const moves = plan.roll !== undefined && plan.roll.type !== 'Recreate';
  const rolls = moves && step === 'Stage' && !towards;
  return rolls && stage < plan.stages.length - 1;
}

function holdsOn({ now }: Course, { approval, holdMs = 0 }: Stage, { gateSince }: ReleaseStatus) {
  if (approval || gateSince === undefined) return true;
  return now < Date.parse(gateSince) + holdMs;
}

/** Of a recreate: no pod of one version starts while there is a pod of another. */
export function neverTogether(course: Course, report: Report): Checker[] {
  return [
    {
      change({ before, after, by }) {
        if (after?.kind !== 'Pod' || before || by === 'person') return;
        const open = openRelease(course.world.api);
        if (open?.spec.plan.roll?.type !== 'Recreate' || isDisturbed(course, open)) return;
        const ours = [open.spec.stable.hash, open.spec.candidate.hash];
        if (!ours.includes(hashOf(after))) return;
        const others = course.world.api
          .all('Pod')
          .map((pod) => hashOf(pod))
          .filter((hash) => hash !== hashOf(after) && ours.includes(hash));
        if (others.length > 0)
          report(
            `pod ${after.metadata.name} starts while ${others.length} of ${others[0]} are there`,
          );
      },
    },
  ];
}
