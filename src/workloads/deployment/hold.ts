/** The hold: `spec.paused`, what got loose when it was lost, and the template written under it. */
import type { WorkloadIntent } from '../../ports/workload.ts';
import type { PatchWrite, Write } from '../../ports/write.ts';
import { canonicalTemplate, templateHash } from './template.ts';
import { activeSets, runningSet, type SetView, type View } from './view.ts';
import { deleteSet, patchTarget } from './writes.ts';

/**
 * Pauses a Deployment that should be held. In the middle of a release without a precondition: the
 * Deployment controller is replacing loaded pods then, and its every write would refuse the pause.
 */
export function holdWrites(intent: WorkloadIntent, { target }: View): Write[] {
  if (!intent.held || target.paused) return [];
  const pause = patchTarget(target, { spec: { paused: true } }, 'hold: pause the Deployment');
  if (!intent.release) return [pause];
  const { resourceVersion: _, ...always } = pause;
  return [always];
}

/**
 * Deletes what the Deployment controller started of the Deployment's template while the hold was
 * lost. Only once it has seen the pause: before that it would start the set again. A set of the
 * candidate's template goes even when it was emptied since: two sets of one template confuse the
 * Deployment controller.
 */
export function rogueWrites(intent: WorkloadIntent, { target, sets }: View): Write[] {
  const { release } = intent;
  if (!intent.held || !release || !target.paused || !target.observed) return [];
  const known = [release.stable, release.candidate.name];
  const twin = templateHash(release.candidate.template);
  const isRogue = (set: SetView): boolean =>
    set.owner === 'Target' &&
    !set.deleting &&
    !known.includes(set.name) &&
    (set.templateHash === twin || (set.active && set.templateHash === target.templateHash));
  return sets
    .filter(isRogue)
    .map((set) => deleteSet(set, 'hold: delete what started while the Deployment was not paused'));
}

/** Writes another template into the Deployment; only under the hold, where it starts nothing. */
export function templateWrites(intent: WorkloadIntent, { target }: View): Write[] {
  const { template } = intent;
  if (!template || !target.paused || templateHash(template) === target.templateHash) return [];
  // A merge would keep the keys that the other template does not have.
  const body = [{ op: 'replace', path: '/spec/template', value: canonicalTemplate(template) }];
  const because = 'write an earlier template into the held Deployment';
  return [{ ...patchTarget(target, body, because), type: 'json' }];
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
