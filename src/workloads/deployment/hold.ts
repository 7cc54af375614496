/** The hold: `spec.paused`, what got loose when it was lost, and the template written under it. */
import type { OwnerReference } from '../../api/object.ts';
import type { PodTemplate, WorkloadIntent } from '../../ports/workload.ts';
import type { PatchWrite, Write } from '../../ports/write.ts';
import { canonicalTemplate, templateHash } from '../template.ts';
import { activeSets, runningSet, type SetView, type TargetView, type View } from './view.ts';
import {
  deleteSet,
  heldBySegue,
  patchSet,
  patchTarget,
  policyOwner,
  releaseOwner,
  seenAs,
} from './writes.ts';

/**
 * Pauses a Deployment that should be held. In the middle of a release without a precondition: the
 * Deployment controller is replacing loaded pods then, and its every write would refuse the pause.
 * A template that has to be written comes in the same write where the hold is lost again and again.
 */
export function holdWrites(intent: WorkloadIntent, { target }: View): Write[] {
  if (!intent.held || target.paused) return [];
  const because = 'hold: pause the Deployment';
  const pause = patchTarget(target, { spec: { paused: true } }, because);
  // Where the pods move as Segue says they stop by themselves.
  if (intent.release?.native || (!intent.release && !intent.keep)) return [pause];
  const { resourceVersion: _, ...always } = pause;
  if (!intent.template) return [always];
  const operations = [{ op: 'add', path: '/spec/paused', value: true }, replaced(intent.template)];
  return [{ ...always, type: 'json', body: operations }];
}

/** A merge would keep the keys that the other template does not have. */
function replaced(template: PodTemplate): unknown {
  return { op: 'replace', path: '/spec/template', value: canonicalTemplate(template) };
}

/** What may stay when the hold was lost, and who takes the rest. */
interface Guard {
  stays: SetView | undefined;
  known: string[];
  /** Templates of which no other set may be in the history, even an empty one. */
  twin: string | undefined;
  owner: OwnerReference;
  /** Whatever else has pods of the Deployment was started meanwhile: it had one set to begin with. */
  alone: boolean;
}

function guardOf({ release, keep }: WorkloadIntent, sets: SetView[]): Guard | undefined {
  const named = (name: string) => sets.find((set) => set.name === name);
  if (release) {
    const { stable, candidate, carrier } = release;
    return {
      stays: named(carrier === 'Stable' ? stable : candidate.name),
      known: [stable, candidate.name],
      twin: templateHash(candidate.template),
      owner: releaseOwner(release.owner),
      alone: release.native !== undefined,
    };
  }
  if (!keep) return undefined;
  const { set, owner, rejected } = keep;
  return {
    stays: named(set),
    known: [set],
    twin: rejected,
    owner: policyOwner(owner),
    alone: false,
  };
}

/**
 * Takes back what the Deployment controller gave pods to while the hold was lost. Only once it has
 * seen the pause, which still stands: before that it would start the set again. What it started of
 * the Deployment's template is deleted, and a set of the candidate's template even when it was
 * emptied since: two sets of one template confuse the Deployment controller. A set of another
 * version is emptied, and stays in the history.
 *
 * Where the set that should be there has lost pods to it, it is taken from the Deployment first.
 * The Deployment then has one active set, which it brings back to its size.
 */
export function rogueWrites(intent: WorkloadIntent, { target, sets }: View): Write[] {
  const guard = guardOf(intent, sets);
  if (!intent.held || !guard || !target.paused || !target.observed) return [];
  const stands = !guard.stays || sets.some((set) => hasAll(set, guard, target));
  const other = hasOther(sets, guard);
  const taken = sets.flatMap((set): Write[] => {
    const rogue = isRogue(set, guard, target);
    if (!rogue && !(other && isRevived(set, guard))) return [];
    if (stands || set.available === 0)
      return [rogue ? deleteSet(set, DELETE_BECAUSE, target) : emptied(set)];
    if (set.owner !== 'Target') return [];
    const body = { metadata: heldBySegue(guard.owner, target, set) };
    return [patchSet(set, body, 'hold: take from the Deployment what started meanwhile')];
  });
  return taken.length > 0 ? taken : refilled(sets, guard, target);
}

/**
 * The set that should have the pods has none and wants none, since what was taken from the Deployment had them
 * all: its controller would fill the newest set it finds. In a rolling update it empties and fills them itself.
 */
function refilled(sets: SetView[], { stays, known, alone }: Guard, target: TargetView): Write[] {
  // A swap fills the set that comes by itself.
  if (alone || target.swapping || target.replicas === 0) return [];
  if (!stays || stays.owner !== 'Target' || stays.active) return [];
  const has = sets.some((set) => set.owner === 'Target' && set.active && known.includes(set.name));
  if (has || sets.every((set) => set.owner === 'Target' || !set.active)) return [];
  const because = `hold: pods for ${stays.name}, which users have and which lost them all`;
  const refill = patchSet(stays, { spec: { replicas: target.replicas } }, because);
  // Resumed by somebody, and not seen yet, the Deployment would empty it each time.
  return [{ ...refill, seen: seenAs(target) }];
}

/** The set that should have the pods has them; where the Deployment has only one, either of the two. */
function hasAll(set: SetView, { stays, alone, known }: Guard, { replicas }: TargetView): boolean {
  const one = alone ? set.owner === 'Target' && known.includes(set.name) : set === stays;
  return one && set.available >= replicas;
}

/** Of another version, and with pods: when the set that should have them is deleted, the Deployment
 * controller fills the newest one it finds. */
function isRevived(set: SetView, { known }: Guard): boolean {
  return set.owner === 'Target' && set.replicas > 0 && !known.includes(set.name);
}

/** One that should have the pods: without it the Deployment controller would fill another again. */
function hasOther(sets: SetView[], { known }: Guard): boolean {
  return sets.some((set) => set.owner === 'Target' && set.active && known.includes(set.name));
}

function emptied(set: SetView): Write {
  const because = `hold: no pods for ${set.name}, which the Deployment controller has filled`;
  return patchSet(set, { spec: { replicas: 0 } }, because);
}

const DELETE_BECAUSE = 'hold: delete what started while the Deployment was not paused';

function isRogue(set: SetView, { known, twin, owner, alone }: Guard, target: TargetView): boolean {
  if (set.deleting || known.includes(set.name)) return false;
  if (set.owner === 'Policy' || (set.controllerUid ?? set.releaseUid) === owner.uid) return true;
  if (set.owner !== 'Target') return false;
  if (set.templateHash === twin) return true;
  return set.active && (alone || set.templateHash === target.templateHash);
}

/** Writes another template into the Deployment; only under the hold, where it starts nothing. */
export function templateWrites(intent: WorkloadIntent, { target }: View): Write[] {
  const { template } = intent;
  if (!template || !target.paused || templateHash(template) === target.templateHash) return [];
  const because = 'write another template into the held Deployment';
  return [{ ...patchTarget(target, [replaced(template)], because), type: 'json' }];
}

/** Lets go of a Deployment that should not be held. */
export function releaseHoldWrites(intent: WorkloadIntent, view: View): PatchWrite[] {
  if (intent.held || !view.target.paused || unpauseWaitsFor(view) !== '') return [];
  return [patchTarget(view.target, { spec: { paused: false } }, 'let go: resume the Deployment')];
}

/** Why the Deployment must stay paused, for people; '' when it may be resumed. Resumed with another
 * template than the running set's it would start a rollout. */
function unpauseWaitsFor({ target, sets }: View): string {
  if (target.swapping) return `a swap of Deployment ${target.name} is not finished`;
  const owned = sets.filter((set) => set.owner === 'Target');
  if (owned.length === 0) return '';
  const active = activeSets(sets);
  if (active.length > 1)
    return `Deployment ${target.name} runs ${active.map((set) => set.name).join(' and ')}`;
  if (active.some((set) => set.leaving)) return `a swap of ${target.name} is not finished`;
  if (runningSet(sets)?.templateHash === target.templateHash) return '';
  return `the template of Deployment ${target.name} differs from what it runs`;
}
