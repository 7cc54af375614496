/** Deleting objects: preconditions, grace, finalizers and what becomes of dependents. */
import type { KubeObject } from '../../../api/object.ts';
import { save, stored, timestamp, type Backend, type Target } from '../backend.ts';
import type { Resource } from '../resource.ts';
import {
  asText,
  clone,
  isFields,
  listAt,
  numberAt,
  textAt,
  valueAt,
  type Fields,
} from '../schema.ts';
import { badRequest, conflict, notFound } from '../status.ts';

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagation?: 'Foreground' | 'Background' | 'Orphan';
  uid?: string;
  resourceVersion?: string;
  dryRun?: boolean;
}

export interface Deleted {
  object: KubeObject;
  /** False when something still holds the object: it is only marked. */
  gone: boolean;
}

/** Reads the `DeleteOptions` of a body or of query parameters. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const given: unknown = { ...Object.fromEntries(query), ...(isFields(body) ? body : {}) };
  const grace = valueAt(given, 'gracePeriodSeconds');
  const propagation = readPropagation(given);
  const uid = textAt(given, 'preconditions', 'uid');
  const resourceVersion = textAt(given, 'preconditions', 'resourceVersion');
  const isDry = listAt(given, 'dryRun').includes('All') || textAt(given, 'dryRun') === 'All';
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    ...(isDry ? { dryRun: true } : {}),
  };
}

function readPropagation(given: unknown): DeleteOptions['propagation'] {
  const policy = valueAt(given, 'propagationPolicy');
  if (policy !== undefined && policy !== null) return propagationOf(policy);
  const orphan = valueAt(given, 'orphanDependents');
  if (orphan === undefined || orphan === null) return undefined;
  return asText(orphan) === 'true' ? 'Orphan' : 'Background';
}

function propagationOf(value: unknown): 'Foreground' | 'Background' | 'Orphan' {
  if (value === 'Foreground' || value === 'Background' || value === 'Orphan') return value;
  throw badRequest(
    `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(value)}: supported values: "Foreground", "Background", "Orphan"`,
  );
}

export function remove(backend: Backend, target: Target, options: DeleteOptions): Deleted {
  const { resource, name } = target;
  const old = stored(backend, target);
  if (old === undefined) throw notFound(resource, name);
  checkPreconditions(resource, old, options);
  const object = clone(old);
  object.metadata.finalizers = finalizersAfter(resource, object, options);
  if (object.metadata.finalizers.length === 0) delete object.metadata.finalizers;
  const graceSeconds = resource.storage === '/pods' ? podGrace(object, options) : 0;
  const held = listAt(object, 'metadata', 'finalizers').length > 0 || isNamespaceHeld(object);
  if (graceSeconds === 0 && !held)
    return { object: drop(backend, target, old, options), gone: true };
  if (!mark(backend, object, graceSeconds)) return { object: old, gone: false };
  if (options.dryRun === true) return { object, gone: false };
  return { object: save(backend, resource, object), gone: false };
}

function drop(backend: Backend, target: Target, old: KubeObject, options: DeleteOptions) {
  const { resource } = target;
  if (options.dryRun === true) return old;
  const last = backend.store.remove(resource.storage, resource.convert.toStored(old));
  return resource.convert.fromStored(last);
}

/** Marks the object as going; false when that changes nothing. */
function mark(backend: Backend, object: KubeObject, graceSeconds: number): boolean {
  const { metadata } = object;
  const earlier = numberAt(object, 'metadata', 'deletionGracePeriodSeconds');
  const isMarked = metadata.deletionTimestamp !== undefined;
  if (isMarked && earlier !== undefined && graceSeconds >= earlier) return false;
  metadata.deletionTimestamp = timestamp(backend.clock.now() + graceSeconds * 1_000);
  metadata['deletionGracePeriodSeconds'] = graceSeconds;
  if (metadata.generation !== undefined && !isMarked) metadata.generation += 1;
  if (object.kind === 'Namespace') {
    const status: Fields = isFields(object['status']) ? object['status'] : {};
    object['status'] = { ...status, phase: 'Terminating' };
    delete metadata['deletionGracePeriodSeconds'];
  }
  return true;
}

function checkPreconditions(resource: Resource, old: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = old.metadata;
  if (options.uid !== undefined && options.uid !== uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`,
    );
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
    throw conflict(
      resource,
      name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
}

/** The garbage collector's own finalizers follow the propagation asked for, or stay as they are. */
function finalizersAfter(resource: Resource, object: KubeObject, options: DeleteOptions): string[] {
  const present = listAt(object, 'metadata', 'finalizers').map(String);
  const others = present.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  if (resource.storage === '/events') return others;
  const unsaid = present.length === others.length ? resource.defaultPropagation : undefined;
  switch (options.propagation ?? unsaid) {
    case 'Foreground':
      return [...others, 'foregroundDeletion'];
    case 'Orphan':
      return [...others, 'orphan'];
    case 'Background':
      return others;
    default:
      return present;
  }
}

const POD_GRACE_SECONDS = 30;

/** A pod that was never placed, or has ended, needs no time to stop. */
function podGrace(pod: KubeObject, options: DeleteOptions): number {
  if (textAt(pod, 'spec', 'nodeName') === '') return 0;
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Failed' || phase === 'Succeeded') return 0;
  const wanted =
    options.gracePeriodSeconds ??
    numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ??
    numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ??
    POD_GRACE_SECONDS;
  return wanted < 0 ? 1 : wanted;
}

function isNamespaceHeld(object: KubeObject): boolean {
  return object.kind === 'Namespace' && listAt(object, 'spec', 'finalizers').length > 0;
}
