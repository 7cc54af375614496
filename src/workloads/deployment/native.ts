/**
 * Rolling and recreate: the Deployment controller changes the pods, one move at a time. For a rolling
 * move Segue writes maxSurge and maxUnavailable such that the controller comes to rest at exactly the
 * sizes wanted, since with the brake on (minReadySeconds that never pass) no new pod counts as
 * available and nothing follows from it. So a hold is no race: a Segue that is late, stopped or
 * killed finds the Deployment where it was sent. Between moves it is paused, with numbers by which
 * the sizes there are neither grow nor shrink.
 */
import { sameJson } from '../../api/same-json.ts';
import type {
  NativeIntent,
  PodTemplate,
  ReleaseIntent,
  WorkloadMove,
} from '../../ports/workload.ts';
import type { DeleteWrite, PatchWrite, Write } from '../../ports/write.ts';
import { emptySetWrites } from './candidate.ts';
import { fields } from '../fields.ts';
import { canonicalTemplate, templateHash } from '../template.ts';
import {
  activeSets,
  BRAKE_SECONDS,
  ROLLING_LABEL,
  type SetView,
  type TargetView,
  type View,
} from './view.ts';
import { deleteSet, heldBySegue, patchSet, patchTarget, releaseOwner } from './writes.ts';

/** progressDeadlineSeconds that means none; the API server wants more than minReadySeconds. */
const NO_DEADLINE = 2_147_483_647;

/** What Segue wrote last, by its label, for as many pods as are wanted now; undefined without one. */
export function storedMove({
  rolling,
  strategy,
  replicas,
}: TargetView): (WorkloadMove & { stored: boolean }) | undefined {
  if (rolling === undefined) return undefined;
  const { move, of } = parseLabel(rolling);
  const stored = isStored(strategy, strategyOf(move, of));
  if (move.type === 'Recreate') return { ...move, stored };
  const percent = percentOf(move.maxUnavailable, of);
  const missing = Math.floor((replicas * (percent ?? 0)) / 100);
  // As Kubernetes has it: both cannot be zero.
  const least = move.maxSurge === 0 ? 1 : 0;
  const maxUnavailable = percent === undefined ? move.maxUnavailable : Math.max(least, missing);
  return { ...move, maxUnavailable, stored };
}

interface Labelled {
  move: WorkloadMove;
  /** Pods of the Deployment when it was written; 0 where that does not matter. */
  of: number;
}

function parseLabel(rolling: string): Labelled {
  const [, surge, unavailable, of = '0'] = /^(\d+)-(\d+)(?:-of-(\d+))?$/.exec(rolling) ?? [];
  if (surge === undefined) return { move: { type: 'Recreate' }, of: 0 };
  const numbers = { maxSurge: Number(surge), maxUnavailable: Number(unavailable) };
  return { move: { type: 'RollingUpdate', ...numbers }, of: Number(of) };
}

function labelOf(move: WorkloadMove, replicas: number): string {
  if (move.type === 'Recreate') return 'recreate';
  const numbers = `${move.maxSurge}-${move.maxUnavailable}`;
  return percentOf(move.maxUnavailable, replicas) === undefined
    ? numbers
    : `${numbers}-of-${replicas}`;
}

/** Up to so many pods every number of them is a whole percentage, rounded down. */
const PERCENT_PODS_MAX = 100;

/**
 * The share that so many pods are, where they are written as one: scaled down in the middle of a move,
 * by fewer pods may be missing then, although nobody is there to say so. Undefined for a plain number.
 */
function percentOf(pods: number, of: number): number | undefined {
  if (pods === 0 || pods > of || of > PERCENT_PODS_MAX) return undefined;
  return Math.ceil((pods * 100) / of);
}

/** Kubernetes allows no rolling update by which nothing could ever move. */
function strategyOf(move: WorkloadMove, replicas: number) {
  if (move.type === 'Recreate') return { type: move.type, rollingUpdate: null };
  const { type, maxSurge } = move;
  const pods = maxSurge === 0 ? Math.max(1, move.maxUnavailable) : move.maxUnavailable;
  const percent = percentOf(move.maxUnavailable, replicas);
  const maxUnavailable = percent === undefined ? pods : `${percent}%`;
  return { type, rollingUpdate: { maxSurge, maxUnavailable } };
}

function isStored(strategy: unknown, wanted: ReturnType<typeof strategyOf>): boolean {
  const { type, rollingUpdate } = fields(strategy);
  return type === wanted.type && sameJson(rollingUpdate ?? null, wanted.rollingUpdate);
}

/** A move: the brake first, since before it counts nothing may move; then the resumption. */
export function moveWrites(
  release: ReleaseIntent,
  { move }: NativeIntent,
  view: View,
  template: PodTemplate | undefined,
): Write[] {
  const { target, sets } = view;
  if (template && templateHash(template) !== target.templateHash)
    return [templateBefore(template, target, !sets.some(({ name }) => name === release.stable))];
  if (move.type !== 'Recreate' && target.minReadySeconds !== BRAKE_SECONDS)
    return isCounted(view) || target.rolling !== undefined ? [brake(move, target)] : [];
  const empty = emptySetWrites(release, view);
  if (empty === 'Wait' || empty.length > 0) return empty === 'Wait' ? [] : empty;
  if (target.paused ? !mayMove(move, view) : isWritten(move, target)) return [];
  const body = writtenAs(move, target, { paused: false });
  return [patchTarget(target, body, `move the pods: ${sayMove(move)}`)];
}

/** Without the set to go back to, the Deployment controller would make one of another name. */
function templateBefore(
  template: PodTemplate,
  target: TargetView,
  setMissing: boolean,
): PatchWrite {
  if (!setMissing || target.paused) return templateOf(target, template);
  return patchTarget(target, { spec: { paused: true } }, 'hold: before it goes back');
}

function isWritten(move: WorkloadMove, target: TargetView): boolean {
  return storedMove(target)?.stored === true && target.rolling === labelOf(move, target.replicas);
}

/** It stays where it is, with numbers by which nothing is added to the sets or taken from them. */
export function standWrites({ move }: NativeIntent, { target }: View): PatchWrite[] {
  if (move.type === 'Recreate') return [];
  if (target.minReadySeconds !== BRAKE_SECONDS) return [brake(move, target)];
  if (isWritten(move, target)) return [];
  return [patchTarget(target, writtenAs(move, target, {}), 'hold the pods as they are')];
}

/** Everything of the user's, once no two sets are there between which pods would be moved. */
export function ownWrites(
  { minReadySeconds, progressDeadlineSeconds }: NativeIntent,
  strategy: unknown,
  { target, sets }: View,
): PatchWrite[] {
  const braked = target.minReadySeconds === BRAKE_SECONDS;
  if (target.rolling === undefined && !braked) return [];
  if (target.swapping || activeSets(sets).length > 1) return [];
  const own = { rollingUpdate: null, ...fields(strategy) };
  const spec = {
    ...(target.rolling !== undefined && { strategy: own }),
    ...(braked && { minReadySeconds, progressDeadlineSeconds: progressDeadlineSeconds ?? null }),
  };
  const body = { metadata: { labels: { [ROLLING_LABEL]: null } }, spec };
  return [patchTarget(target, body, 'put the strategy back')];
}

/** Of a Deployment whose new set has everything, the empty old one goes to the release, grows there,
 * and changes places with the new one as after any other strategy. */
export function backWrites(
  { stable, candidate, carrier, owner }: ReleaseIntent,
  view: View,
): Write[] {
  if (carrier !== 'Stable') return [];
  const [old, fresh] = [stable, candidate.name].map((name) =>
    view.sets.find((set) => set.name === name),
  );
  if (!old || !fresh || !isOwn(old) || old.active || !isOwn(fresh) || !fresh.active) return [];
  const metadata = heldBySegue(releaseOwner(owner), view.target, old);
  const body = { metadata, spec: { replicas: view.target.replicas } };
  return [patchSet(old, body, 'fill the old set again')];
}

/** The empty set of a version that was taken back: left there, it would be filled again when the
 * Deployment comes back from zero pods. */
export function goneWrites(
  { candidate, candidateWanted }: ReleaseIntent,
  { sets }: View,
): DeleteWrite[] {
  if (candidateWanted !== 'Absent') return [];
  return sets
    .filter((set) => set.name === candidate.name && isOwn(set) && !set.active && !set.deleting)
    .map((set) => deleteSet(set, 'delete the empty set of the version that was taken back'));
}

function isOwn(set: SetView): boolean {
  return set.owner === 'Target';
}

function brake(move: WorkloadMove, target: TargetView): PatchWrite {
  const begins = target.rolling === undefined;
  const spec = { minReadySeconds: BRAKE_SECONDS, progressDeadlineSeconds: NO_DEADLINE };
  const because = 'let no new pod count, so that the Deployment moves only as far as it is told';
  return patchTarget(target, begins ? writtenAs(move, target, spec) : { spec }, because);
}

/** What is seen of the sets is what the Deployment controller counts: by sizes of another time it would be told to take
 * pods that are needed. */
function isCounted({ target, sets }: View): boolean {
  return target.counted === sets.filter(isOwn).reduce((sum, { current }) => sum + current, 0);
}

/** The Deployment controller must know the new set, and count none of its pods as available. */
function mayMove(move: WorkloadMove, view: View): boolean {
  const { target, sets } = view;
  if (!isCounted(view)) return false;
  // A cache of sets that lags behind the Deployment's would lead to sizes of another number of pods.
  const stale = ({ active, desired = `${target.replicas}` }: SetView) =>
    active && desired !== `${target.replicas}`;
  if (!target.observed || sets.filter(isOwn).some(stale)) return false;
  const fresh = sets.filter((set) => isOwn(set) && set.templateHash === target.templateHash);
  // It numbers the sets it has seen; before that it would make another one of the same template.
  const known = fresh.length > 0 && fresh.every((set) => set.revision > 0);
  return known && (move.type === 'Recreate' || fresh.every((set) => set.braked));
}

function writtenAs(move: WorkloadMove, { replicas }: TargetView, more: object) {
  const labels = { [ROLLING_LABEL]: labelOf(move, replicas) };
  return { metadata: { labels }, spec: { ...more, strategy: strategyOf(move, replicas) } };
}

function sayMove(move: WorkloadMove): string {
  if (move.type === 'Recreate') return 'all old ones, then all new ones';
  return `maxSurge ${move.maxSurge}, maxUnavailable ${move.maxUnavailable}`;
}

function templateOf(target: TargetView, template: PodTemplate): PatchWrite {
  const body = [{ op: 'replace', path: '/spec/template', value: canonicalTemplate(template) }];
  const because = 'write the template of the version that users had';
  return { ...patchTarget(target, body, because), type: 'json' };
}
