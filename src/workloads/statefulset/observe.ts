/** What is stored of a StatefulSet, its revisions and its pods, as the facts the engine decides by. */
import { lastWriter } from '../../api/last-writer.ts';
import type {
  ReleaseSets,
  SetState,
  WorkloadObjects,
  WorkloadState,
} from '../../ports/workload.ts';
import { count, fields, list, text } from '../fields.ts';
import {
  HOLD,
  podsOf,
  runningName,
  runningRevision,
  wantedPods,
  setOf,
  type TargetView,
  updatedBy,
  type View,
  viewOf,
} from './view.ts';

export function observe(
  objects: WorkloadObjects,
  release: ReleaseSets | undefined,
): WorkloadState | undefined {
  const view = viewOf(objects);
  if (!view) return undefined;
  const { target, revisions } = view;
  const named = (name: string | undefined) => {
    const found = revisions.find((revision) => revision.name === name);
    return found ? setOf(view, found) : deletedOf(view, name);
  };
  const running = runningRevision(view);
  const unsettledBecause = unsettled(view);
  return {
    uid: target.uid,
    generation: target.generation,
    observedGeneration: count(fields(target.object['status'])['observedGeneration']),
    replicas: target.replicas,
    held: isHeld(target),
    template: target.template,
    templateHash: target.templateHash,
    images: list(fields(target.template['spec'])['containers']).map((c) => text(c['image'])),
    next: { name: target.update, hash: target.update },
    running: running && setOf(view, running),
    owned: ownedSets(view),
    // The pods of a StatefulSet are never given to anybody else.
    strays: [],
    runningTemplateHash: running?.templateHash,
    settled: unsettledBecause === '',
    unsettledBecause,
    progressDeadlineMs: undefined,
    minReadySeconds: target.minReadySeconds,
    progressDeadlineSeconds: undefined,
    move: undefined,
    stable: named(release?.stable),
    candidate: named(release?.candidate),
    carrier: carrierOf(view, release),
    swapClean: true,
    failureMessage: undefined,
    by: lastWriter(target.object.metadata),
    strategy: target.strategy,
    swapWaitsFor: '',
    ordinals: {
      base: target.base,
      moving: movingOf(view),
      kept: target.held !== undefined,
      ...(beyond(view) > 0 && { going: beyond(view) }),
      ...unknownTo(view),
      earlier: earlierSets(view),
    },
  };
}

/** Somebody has deleted the version, and there are pods of it. */
function deletedOf(view: View, name: string | undefined): SetState | undefined {
  if (name === undefined || podsOf(view, name).length === 0) return undefined;
  return setOf(view, { name, uid: '', label: '', number: 0, template: {}, templateHash: '' });
}

/** By the partition that Segue wrote: nothing is changed, and nothing new has the template's version. */
function isHeld({ held, partition }: TargetView): boolean {
  return held?.partition === HOLD && partition === HOLD;
}

/** As Segue wrote it: another partition is not where it was sent. */
function movingOf(view: View): number | undefined {
  const { held, partition } = view.target;
  if (!held || held.partition === HOLD || held.partition !== partition) return undefined;
  return updatedBy(view, partition);
}

/** Those that have pods, and the one that new pods get. An earlier one without pods is only history. */
function ownedSets(view: View): SetState[] {
  const { revisions, target } = view;
  const known = new Set(revisions.map(({ name }) => name));
  const lost = new Set(
    view.pods.map(({ revision }) => revision).filter((name) => !known.has(name)),
  );
  const sets = revisions
    .filter(({ name }) => name === target.base || podsOf(view, name).length > 0)
    .map((revision) => setOf(view, revision));
  return [...sets, ...[...lost].flatMap((name) => deletedOf(view, name) ?? [])];
}

function earlierSets(view: View): SetState[] {
  return view.revisions
    .filter(({ name }) => podsOf(view, name).length === 0)
    .map((revision) => setOf(view, revision));
}

function carrierOf(view: View, release: ReleaseSets | undefined): WorkloadState['carrier'] {
  if (!release) return 'Neither';
  const [stable, candidate] = [release.stable, release.candidate].map(
    (name) => podsOf(view, name).length,
  );
  if (candidate && stable) return 'Both';
  if (candidate) return 'Candidate';
  if (stable) return 'Stable';
  return view.target.base === release.candidate ? 'Candidate' : 'Stable';
}

/** Its controller has named one of the template. Deleted since, it is made anew when the next pod is changed, and not
 * before: nothing tells the StatefulSet controller of that. */
function hasRevision({ revisions, target }: View): boolean {
  const update = revisions.find((revision) => revision.name === target.update);
  return update ? update.templateHash === target.templateHash : target.update !== '';
}

function unknownTo(view: View): { unknown?: string } {
  const name = runningName(view);
  const unknown = view.pods.length > 0 && name !== undefined && !runningRevision(view);
  return unknown ? { unknown: name } : {};
}

function beyond(view: View): number {
  return view.pods.length - wantedPods(view).length;
}

/** Why a release must not begin now, for people; '' when it may. */
function unsettled(view: View): string {
  const { target, pods } = view;
  const name = `StatefulSet ${target.name}`;
  const versions = new Set(pods.map((pod) => pod.revision));
  if (versions.size > 1 && runningRevision(view))
    return `${name} has ${beyond(view)} pods beyond its ${target.replicas}, of another version, which have still to go`;
  if (versions.size > 1)
    return `${name} is in the middle of a rollout: it runs ${[...versions].sort().join(' and ')}`;
  if (!target.observed)
    return `the StatefulSet controller has not seen generation ${target.generation} of ${name}`;
  const { unknown } = unknownTo(view);
  if (unknown !== undefined)
    return `${name} runs ${unknown}, and the ControllerRevision of that is gone`;
  if (!hasRevision(view)) return `${name} has no revision of its template yet`;
  if (isHeld(target)) return '';
  const ready = pods.filter((pod) => pod.ready && pod.revision === target.update).length;
  return ready === target.replicas && pods.length === target.replicas
    ? ''
    : `${name} has ${ready} of ${target.replicas} pods ready in the version of its template`;
}
