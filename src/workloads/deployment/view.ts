/** A Deployment and its ReplicaSets as facts, read once from the untyped objects. */
import { FRESH_LABEL, GROUP, HASH_LABEL, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import type { PodTemplate, SetState, WorkloadObjects } from '../../ports/workload.ts';
import { count, fields, text } from '../fields.ts';
import { canonicalTemplate, isLeaving, templateHash } from '../template.ts';

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
/** Written by the Deployment controller when it scales a set; tells it that a set is saturated. */
export const DESIRED_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';
/** On the Deployment while the strategy stored there is Segue's and not the user's. A label, since
 * the Deployment controller copies annotations to the ReplicaSets. */
export const SWAPPING_LABEL = 'segue.dev/swapping';

/** On the Deployment while its own controller moves pods as Segue says: the numbers it goes by. */
export const ROLLING_LABEL = 'segue.dev/rolling';
/** So many seconds never pass: a pod of such a set never counts as available. */
export const BRAKE_SECONDS = 1_000_000_000;

export interface View {
  target: TargetView;
  /** But those of a fresh baseline, which are neither of the two versions' nor in anybody's way. */
  sets: SetView[];
  fresh: SetView[];
}

export interface TargetView {
  object: KubeObject;
  name: string;
  namespace: string;
  uid: string;
  generation: number;
  /** The Deployment controller has seen what is stored. */
  observed: boolean;
  replicas: number;
  paused: boolean;
  template: PodTemplate;
  templateHash: string;
  strategy: unknown;
  recreate: boolean;
  swapping: boolean;
  /** The numbers of the move its controller was sent on last; undefined when it moves no pods. */
  rolling: string | undefined;
  minReadySeconds: number;
  revision: number;
  /** Pods that the Deployment controller counts as the Deployment's. */
  counted: number;
}

export interface SetView extends SetState {
  object: KubeObject;
  controllerUid: string | undefined;
  /** The Release that has it, by its label; also where it has no controller any more. */
  releaseUid: string | undefined;
  deleting: boolean;
  /** Wants or has pods. */
  active: boolean;
  leaving: boolean;
  /** New pods of it never become available for the Deployment controller, and none is. */
  braked: boolean;
  /** `spec.replicas` of the Deployment when its controller sized the set last, where that is written:
   * by it the set may be saturated. */
  desired: string | undefined;
  revision: number;
}

/** Undefined when there is no Deployment, or none that stays: nothing takes a deletion back. */
export function viewOf(objects: WorkloadObjects): View | undefined {
  if (!objects.target || objects.target.metadata.deletionTimestamp) return undefined;
  const target = viewTarget(objects.target, objects.namespace);
  const sets = objects.sets.filter((set) => !isFresh(set));
  const fresh = objects.sets.filter(isFresh);
  return { target, sets: viewSets(sets, target.uid), fresh: viewSets(fresh, target.uid) };
}

function isFresh({ metadata }: KubeObject): boolean {
  return metadata.labels?.[FRESH_LABEL] !== undefined;
}

export function viewSets(sets: readonly KubeObject[], targetUid: string | undefined): SetView[] {
  return sets.map((set) => viewSet(set, targetUid));
}

function viewTarget(object: KubeObject, namespace: string): TargetView {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const generation = count(metadata.generation);
  return {
    object,
    name: metadata.name,
    namespace: metadata.namespace ?? namespace,
    uid: metadata.uid ?? '',
    generation,
    observed: count(status['observedGeneration']) >= generation,
    replicas: count(spec['replicas'], 1),
    paused: spec['paused'] === true,
    template: canonicalTemplate(spec['template']),
    templateHash: templateHash(spec['template']),
    strategy: spec['strategy'],
    recreate: fields(spec['strategy'])['type'] === 'Recreate',
    swapping: metadata.labels?.[SWAPPING_LABEL] !== undefined,
    rolling: metadata.labels?.[ROLLING_LABEL],
    minReadySeconds: count(spec['minReadySeconds']),
    revision: revisionOf(object),
    counted: count(status['replicas']),
  };
}

function viewSet(object: KubeObject, targetUid: string | undefined): SetView {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const controller = controllerOf(object);
  const replicas = count(spec['replicas'], 1);
  const current = count(status['replicas']);
  const held = count(spec['minReadySeconds']) === BRAKE_SECONDS;
  const available = count(status['availableReplicas']);
  const ready = count(status['readyReplicas']);
  return {
    object,
    name: metadata.name,
    uid: metadata.uid ?? '',
    hash: metadata.labels?.[HASH_LABEL] ?? '',
    replicas,
    current,
    ready,
    // What the brake keeps from counting serves all the same.
    available: held ? ready : available,
    braked: held && available === 0,
    owner: ownerOf(object, targetUid),
    template: canonicalTemplate(spec['template']),
    templateHash: templateHash(spec['template']),
    controllerUid: controller?.uid,
    releaseUid: metadata.labels?.[RELEASE_LABEL],
    deleting: metadata.deletionTimestamp !== undefined,
    active: replicas > 0 || current > 0,
    leaving: isLeaving(spec['template']),
    desired: metadata.annotations?.[DESIRED_ANNOTATION],
    revision: revisionOf(object),
  };
}

function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

function ownerOf(object: KubeObject, targetUid: string | undefined): SetState['owner'] {
  const controller = controllerOf(object);
  if (!controller) return object.metadata.labels?.[RELEASE_LABEL] ? 'Release' : 'Other';
  if (targetUid !== undefined && controller.uid === targetUid) return 'Target';
  if (!controller.apiVersion.startsWith(`${GROUP}/`)) return 'Other';
  if (controller.kind === 'ReleasePolicy') return 'Policy';
  return controller.kind === 'Release' ? 'Release' : 'Other';
}

function revisionOf(object: KubeObject): number {
  return Number.parseInt(text(object.metadata.annotations?.[REVISION_ANNOTATION]), 10) || 0;
}

/** The part of a view that observers are given. */
export function setState(set: SetView): SetState {
  const { name, uid, hash, replicas, current, ready, available, owner } = set;
  const { template, templateHash } = set;
  return {
    name,
    uid,
    hash,
    replicas,
    current,
    ready,
    available,
    owner,
    template,
    templateHash,
    ...(set.revision > 0 && { revision: set.revision }),
  };
}

/** The one set that belongs to the Deployment and wants or has pods, or the newest when all are
 * empty; undefined when there is none or several are active. */
export function runningSet(sets: readonly SetView[]): SetView | undefined {
  const active = activeSets(sets);
  if (active.length > 0) return active.length === 1 ? active[0] : undefined;
  const owned = sets.filter((set) => set.owner === 'Target');
  return owned.toSorted((a, b) => b.revision - a.revision)[0];
}

export function activeSets(sets: readonly SetView[]): SetView[] {
  return sets.filter((set) => set.owner === 'Target' && set.active);
}
