/** A StatefulSet, its revisions and its pods as facts, read once from the untyped objects. */
import { HELD_ANNOTATION, REVISION_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { PodTemplate, SetState, WorkloadObjects } from '../../ports/workload.ts';
import { count, fields, list, text } from '../fields.ts';
import { type RevisionView, viewRevision } from '../revisions.ts';
import { canonicalTemplate, templateHash } from '../template.ts';

/** Beyond every ordinal: no pod is changed, and one that is made anew, or by an autoscaler, has the version
 * that users have. */
export const HOLD = 2_147_483_647;

export interface View {
  target: TargetView;
  revisions: RevisionView[];
  pods: PodView[];
}

export interface TargetView {
  object: KubeObject;
  name: string;
  namespace: string;
  uid: string;
  generation: number;
  /** The StatefulSet controller has seen what is stored. */
  observed: boolean;
  replicas: number;
  /** From this ordinal on pods have the template's version; undefined where it is not by a partition. */
  partition: number | undefined;
  /** What Segue holds it by; undefined while it does not. */
  held: Held | undefined;
  /** As its user wants it. */
  strategy: unknown;
  template: PodTemplate;
  templateHash: string;
  minReadySeconds: number;
  /** The revision of pods below the partition, and that of the template, as its controller says. */
  base: string;
  update: string;
}

export interface Held {
  partition: number;
  strategy: unknown;
}

export interface PodView {
  name: string;
  namespace: string;
  uid: string;
  /** Counted from that of the first pod. */
  ordinal: number;
  /** The name of its revision. */
  revision: string;
  ready: boolean;
  /** On its way out. */
  terminating: boolean;
}

/** Undefined when there is no StatefulSet, or none that stays: nothing takes a deletion back. */
export function viewOf({ target, namespace, pods = [], revisions = [] }: WorkloadObjects) {
  if (!target || target.metadata.deletionTimestamp) return undefined;
  const view: View = {
    target: viewTarget(target, namespace),
    revisions: revisions.map(viewRevision).sort((a, b) => a.number - b.number),
    pods: pods.map((pod) => viewPod(pod, startOf(target))).sort((a, b) => b.ordinal - a.ordinal),
  };
  return view;
}

function viewTarget(object: KubeObject, namespace: string): TargetView {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const stored = fields(spec['updateStrategy']);
  const held = heldOf(object);
  const generation = count(metadata.generation);
  const rolling = stored['type'] !== 'OnDelete';
  return {
    object,
    name: metadata.name,
    namespace: metadata.namespace ?? namespace,
    uid: metadata.uid ?? '',
    generation,
    observed: count(status['observedGeneration']) >= generation,
    replicas: count(spec['replicas'], 1),
    partition: rolling ? count(fields(stored['rollingUpdate'])['partition']) : undefined,
    held,
    strategy: held ? held.strategy : withoutHold(stored),
    template: canonicalTemplate(spec['template']),
    templateHash: templateHash(spec['template']),
    minReadySeconds: count(spec['minReadySeconds']),
    base: text(status['currentRevision']),
    update: text(status['updateRevision']),
  };
}

/** Who took the annotation away has not written what is stored beside it. */
function withoutHold(stored: Record<string, unknown>): Record<string, unknown> {
  const { partition, ...rest } = fields(stored['rollingUpdate']);
  return partition === HOLD ? { ...stored, rollingUpdate: { ...rest, partition: 0 } } : stored;
}

/** One that nobody can read was not written by Segue. */
function heldOf({ metadata }: KubeObject): Held | undefined {
  const written = metadata.annotations?.[HELD_ANNOTATION];
  if (written === undefined) return undefined;
  try {
    const { partition, strategy } = fields(JSON.parse(written));
    return typeof partition === 'number' ? { partition, strategy } : undefined;
  } catch {
    return undefined;
  }
}

/** `spec.ordinals.start`; partitions are counted from there. */
function startOf({ spec }: KubeObject): number {
  return count(fields(fields(spec)['ordinals'])['start']);
}

function viewPod({ metadata, ...pod }: KubeObject, start: number): PodView {
  const conditions = list(fields(pod['status'])['conditions']);
  const ready = conditions.some((one) => one['type'] === 'Ready' && one['status'] === 'True');
  const terminating = metadata.deletionTimestamp !== undefined;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    ordinal: Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1) - start,
    revision: metadata.labels?.[REVISION_LABEL] ?? '',
    ready: ready && !terminating,
    terminating,
  };
}

/** Without those beyond the last, which go because it was scaled down. */
export function wantedPods({ target, pods }: View): PodView[] {
  return pods.filter((pod) => pod.ordinal < target.replicas);
}

export function podsOf(view: View, revision: string): PodView[] {
  return wantedPods(view).filter((pod) => pod.revision === revision);
}

/** A revision as the engine sees a set: its pods, and how many it has by what is stored. */
export function setOf(view: View, { name, uid, number, ...version }: RevisionView): SetState {
  const pods = podsOf(view, name);
  const ready = pods.filter((pod) => pod.ready).length;
  return {
    name,
    uid,
    hash: name,
    replicas: wantedOf(view, name),
    current: pods.length,
    ready,
    // minReadySeconds is waited for by the release, as that of a Deployment that it moves.
    available: ready,
    owner: 'Target',
    template: version.template,
    templateHash: version.templateHash,
    revision: number,
  };
}

/**
 * Pods of the template's version from the partition on, and those below it that have it already: raising
 * the partition takes nothing back. All others are of the version that users have.
 */
function wantedOf(view: View, revision: string): number {
  const { replicas, base, update, partition = HOLD } = view.target;
  if (base === update) return revision === base ? replicas : podsOf(view, revision).length;
  const updated = updatedBy(view, partition);
  if (revision === update) return updated;
  return revision === base ? Math.max(0, replicas - updated) : podsOf(view, revision).length;
}

/** How many pods have the version of the template, or will have, by such a partition. */
export function updatedBy({ target, pods }: View, partition: number): number {
  const { replicas, update } = target;
  const from = Math.min(partition, replicas);
  const below = pods.filter((pod) => pod.revision === update && pod.ordinal < from).length;
  return replicas - from + below;
}

/** The highest partition by which so many do. */
export function partitionOf(view: View, updated: number): number {
  let partition = view.target.replicas;
  while (partition > 0 && updatedBy(view, partition) < updated) partition -= 1;
  return partition;
}

/** The one revision that all pods have; that of users where there are none. */
export function runningRevision(view: View): RevisionView | undefined {
  const name = runningName(view);
  return view.revisions.find((revision) => revision.name === name);
}

/** Its name, which pods have as a label; undefined where they have several. */
export function runningName(view: View): string | undefined {
  const { target, pods } = view;
  const wanted = wantedPods(view);
  // Of those that go anyway only where there are no others.
  const names = new Set((wanted.length > 0 ? wanted : pods).map((pod) => pod.revision));
  if (names.size > 1) return undefined;
  const [name = target.base] = names;
  return name;
}
