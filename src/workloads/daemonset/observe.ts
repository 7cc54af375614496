/** What is stored of a DaemonSet, its revisions, its pods and nodes, as the facts the engine decides by. */
import { lastWriter } from '../../api/last-writer.ts';
import type {
  ReleaseSets,
  SetState,
  WorkloadObjects,
  WorkloadState,
} from '../../ports/workload.ts';
import { count, fields, list, text } from '../fields.ts';
import type { RevisionView } from '../revisions.ts';
import { runningRevision, setOf, type TargetView, type View, viewOf } from './view.ts';

export function observe(
  objects: WorkloadObjects,
  release: ReleaseSets | undefined,
): WorkloadState | undefined {
  const view = viewOf(objects);
  if (!view) return undefined;
  const { target, revisions, update } = view;
  const running = runningRevision(view);
  const unsettledBecause = unsettled(view, running);
  const next = { name: update?.name ?? '', hash: update?.label ?? '' };
  return {
    uid: target.uid,
    generation: target.generation,
    observedGeneration: count(fields(target.object['status'])['observedGeneration']),
    replicas: view.wanted,
    held: isHeld(target),
    template: target.template,
    templateHash: target.templateHash,
    images: list(fields(target.template['spec'])['containers']).map((c) => text(c['image'])),
    next,
    running: running && setOf(view, running),
    owned: ownedSets(view),
    // The pods of a DaemonSet are never given to anybody else.
    strays: [],
    runningTemplateHash: running?.templateHash,
    settled: unsettledBecause === '',
    unsettledBecause,
    progressDeadlineMs: undefined,
    minReadySeconds: target.minReadySeconds,
    progressDeadlineSeconds: undefined,
    move: undefined,
    stable: named(view, release?.stable),
    candidate: named(view, release?.candidate),
    carrier: carrierOf(view, release),
    swapClean: true,
    failureMessage: undefined,
    by: lastWriter(target.object.metadata),
    strategy: target.strategy,
    swapWaitsFor: '',
    nodes: {
      here: view.here,
      away: view.away,
      kept: target.kept !== undefined,
      standIn: target.kept?.standIn === true,
      maxUnavailable: fields(fields(target.strategy)['rollingUpdate'])['maxUnavailable'],
      earlier: revisions
        .filter((one) => !view.hashes.has(one.label))
        .map((one) => setOf(view, one)),
    },
  };
}

/** Its controller replaces no pod by itself. */
function isHeld({ kept, onDelete }: TargetView): boolean {
  return kept !== undefined && onDelete;
}

/** Also one that somebody has deleted, as long as there are pods of it. */
function named(view: View, name: string | undefined): SetState | undefined {
  if (name === undefined) return undefined;
  const found = view.revisions.find((revision) => revision.name === name);
  if (found) return setOf(view, found);
  const label = labelOf(view, name);
  return view.hashes.has(label) ? setOf(view, deleted(name, label)) : undefined;
}

/** Its controller names them so. */
function labelOf({ target }: View, name: string): string {
  return name.slice(target.name.length + 1);
}

function deleted(name: string, label: string): RevisionView {
  return { name, label, uid: '', number: 0, template: {}, templateHash: '' };
}

/** Those that have pods, and that of the template. */
function ownedSets(view: View): SetState[] {
  const { target, revisions, hashes, update } = view;
  const known = new Set(revisions.map(({ label }) => label));
  const lost = [...hashes]
    .filter((hash) => !known.has(hash))
    .map((hash) => deleted(`${target.name}-${hash}`, hash));
  const there = revisions.filter((one) => one === update || hashes.has(one.label));
  return [...there, ...lost].map((one) => setOf(view, one));
}

/** Pods that came by themselves, on a node that was new, do not make it another's. */
function carrierOf(view: View, release: ReleaseSets | undefined): WorkloadState['carrier'] {
  if (!release) return 'Neither';
  const has = (name: string) => view.hashes.has(hashNamed(view, name));
  return has(release.candidate) && !has(release.stable) ? 'Candidate' : 'Stable';
}

function hashNamed(view: View, name: string): string {
  return view.revisions.find((one) => one.name === name)?.label ?? labelOf(view, name);
}

/** Why a release must not begin now, for people; '' when it may. */
function unsettled(view: View, running: RevisionView | undefined): string {
  const { target, update, hashes, here } = view;
  const name = `DaemonSet ${target.name}`;
  if (!target.observed)
    return `the DaemonSet controller has not seen generation ${target.generation} of ${name}`;
  if (!update) return `${name} has no revision of its template yet`;
  if (!running)
    return `${name} is in the middle of a rollout: it runs ${[...hashes].sort().join(' and ')}`;
  if (isHeld(target)) return '';
  const updated = here.filter(({ pod }) => pod?.ready && pod.hash === update.label).length;
  return updated === view.wanted
    ? ''
    : `${name} has ${updated} of ${view.wanted} pods ready in the version of its template`;
}
