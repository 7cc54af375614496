/**
 * The writes that a StatefulSet is still missing. Held it has a partition beyond the end; a move lowers that,
 * and its own controller replaces the pods from it on, the highest ordinal first, one at a time. Raising it
 * changes no pod: so the way back is to replace the pods that have the new version, which come anew with the
 * one that users have (docs/adr/0012-statefulsets.md).
 */
import type { ReleaseIntent, WorkloadIntent, WorkloadObjects } from '../../ports/workload.ts';
import type { DeleteWrite, PatchWrite, Write } from '../../ports/write.ts';
import { HELD_ANNOTATION } from '../../api/group.ts';
import { deletePod, letGoWrites, patchSet, templateWrites } from '../set-writes.ts';
import {
  HOLD,
  partitionOf,
  type PodView,
  podsOf,
  runningRevision,
  type TargetView,
  updatedBy,
  type View,
  viewOf,
  wantedPods,
} from './view.ts';

/** One write of the StatefulSet at most, and those of pods only where it needs none. */
export function render(intent: WorkloadIntent, objects: WorkloadObjects): Write[] {
  const view = viewOf(objects);
  if (!view) return [];
  const { target } = view;
  const { release, held } = intent;
  const ordinals = release?.ordinals;
  if (!held && ordinals?.phase !== 'Move') return letGo(intent, view);
  const stored = setWrites(intent, view);
  if (stored.length > 0) return stored;
  // Until its controller has seen that, a pod that is replaced may come with the version it had.
  return target.observed ? replaced(intent, view) : [];
}

/** Before it is held so far a template that is written would go out; and a move is by the template it has. */
function setWrites(intent: WorkloadIntent, view: View): PatchWrite[] {
  const { target } = view;
  const partition = overrun(intent, view) ? 0 : partitionFor(view, intent);
  const hold = holdWrites(target, partition);
  const template = templateWrites(intent, target);
  const [first, then] = partition > (target.partition ?? 0) ? [hold, template] : [template, hold];
  return first.length > 0 ? first : then;
}

/** All pods have what was taken back, so that those made anew would as well: their controller changes them. */
function overrun({ keep, release }: WorkloadIntent, { target }: View): boolean {
  return !release && keep !== undefined && target.update === keep.set && target.base !== keep.set;
}

/** Where the pods are moved to; beyond the end where they are not. */
function partitionFor(view: View, intent: WorkloadIntent): number {
  const { target } = view;
  const { ordinals } = intent.release ?? {};
  if (ordinals?.phase === 'Move')
    return Math.min(partitionToMove(view, ordinals.updated), partitionBack(view, intent));
  // Its controller has yet to say that all pods have the version: until then those that are made anew
  // below a partition would have the one before.
  const stays = ordinals?.phase === 'Hold' && ordinals.most === undefined;
  const last = stays && target.held?.partition === 0 && target.partition === 0;
  return last && target.base !== target.update && runsAll(view) ? 0 : HOLD;
}

/** As it is, as long as that does: the pod that was changed last counts below a higher one too, but would
 * come with the version before if it had to be made anew. */
function partitionToMove(view: View, updated: number): number {
  const { held, partition = HOLD } = view.target;
  const stays = held?.partition === partition && updatedBy(view, partition) === updated;
  return stays && partition !== HOLD ? partition : partitionOf(view, updated);
}

/**
 * On the way back by the template. A pod that is not ready has to be among those that are changed: below the
 * partition it would come anew with what is taken back, and be waited for without end. And what was lowered for it is
 * not raised while it is made anew.
 */
function partitionBack(view: View, intent: WorkloadIntent): number {
  const { held, partition } = view.target;
  const { candidate } = intent.release ?? {};
  const goesBack =
    intent.template !== undefined && templateWrites(intent, view.target).length === 0;
  if (!goesBack || !candidate) return HOLD;
  const stored = held?.partition === partition ? (partition ?? HOLD) : HOLD;
  const ordinals = brokenPods(view, candidate.name).map(({ ordinal }) => ordinal);
  return Math.min(stored, ...ordinals);
}

function runsAll(view: View): boolean {
  const { target, pods } = view;
  return pods.length > 0 && pods.every((pod) => pod.revision === target.update);
}

/** The strategy of its user goes into the write that replaces it. */
function holdWrites(target: TargetView, partition: number): PatchWrite[] {
  const { held, strategy } = target;
  if (held?.partition === partition && target.partition === partition) return [];
  const annotation = JSON.stringify({ partition, strategy });
  const body = {
    metadata: { annotations: { [HELD_ANNOTATION]: annotation } },
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } },
  };
  const because =
    partition === HOLD
      ? 'hold: no pod is changed'
      : `change the pods from ordinal ${partition} on, the highest first`;
  return [patchSet(target, body, because)];
}

/** What runs decides which template changes no pod. */
function letGo(intent: WorkloadIntent, view: View): PatchWrite[] {
  const { target } = view;
  return letGoWrites(intent, target, {
    kept: target.held !== undefined,
    rewritten: target.held?.partition !== target.partition,
    running: runningRevision(view)?.templateHash,
  });
}

/** Pods to be replaced: they come anew with the version that users have. */
function replaced({ release, keep }: WorkloadIntent, view: View): DeleteWrite[] {
  if (release) return replacedIn(release, view);
  if (!keep || view.target.base !== keep.set) return [];
  return oneByOne(
    view,
    view.pods.filter((pod) => pod.revision !== keep.set),
    ROGUE,
  );
}

function replacedIn({ ordinals, stable, candidate }: ReleaseIntent, view: View): DeleteWrite[] {
  const { base } = view.target;
  const rogues = view.pods.filter(
    ({ revision }) => revision !== stable && revision !== candidate.name,
  );
  // Its controller waits for a pod that is broken before it goes on to replace it.
  if (ordinals?.phase === 'Move') return broken(view, candidate.name);
  if (base !== stable) return [];
  const back = podsOf(view, candidate.name);
  if (ordinals?.phase === 'Back') return oneByOne(view, [...rogues, ...back], BACK, ordinals.late);
  const { most = back.length } = ordinals ?? {};
  return oneByOne(view, [...rogues, ...back.slice(most)], ROGUE);
}

/** Where the template is that of the version that users had, to which all pods go back. */
function broken(view: View, revision: string): DeleteWrite[] {
  if (view.target.update === revision) return [];
  return brokenPods(view, revision).map((pod) =>
    deletePod(pod, `replace ${pod.name}, which is not ready and would be waited for`),
  );
}

function brokenPods(view: View, revision: string): PodView[] {
  return podsOf(view, revision).filter((pod) => !pod.ready && !pod.terminating);
}

const BACK = 'goes back to the version that users have';
const ROGUE = 'was started while the StatefulSet was not held';

/** Those that serve nobody at once; the others one at a time, the highest first, while all pods serve, or
 * at least are there. */
function oneByOne(view: View, going: PodView[], why: string, late = false): DeleteWrite[] {
  const there = going.filter((pod) => !pod.terminating);
  const idle = there.filter((pod) => !pod.ready);
  const serving = wantedPods(view).filter((pod) => (late ? !pod.terminating : pod.ready));
  const next = serving.length >= view.target.replicas ? there.slice(0, 1) : [];
  return (idle.length > 0 ? idle : next).map((pod) =>
    deletePod(pod, `replace ${pod.name}: it ${why}`),
  );
}
