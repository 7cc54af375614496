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
import {
  badRequest,
  cause,
  conflict,
  forbidden,
  invalid,
  notFound,
  unexplained,
  type Cause,
} from '../status.ts';

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

/** Reads the `DeleteOptions` of a body or else of query parameters. Throws Invalid. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const given = isFields(body) ? body : optionsIn(query);
  checkOptions(given);
  const grace = valueAt(given, 'gracePeriodSeconds');
  const propagation = readPropagation(given);
  const uid = textAt(given, 'preconditions', 'uid');
  const resourceVersion = textAt(given, 'preconditions', 'resourceVersion');
  return {
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    ...(listAt(given, 'dryRun').includes('All') ? { dryRun: true } : {}),
  };
}

function optionsIn(query: URLSearchParams): Fields {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^[+-]?\d+$/.test(grace))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  const dryRun = query.getAll('dryRun').filter((one) => one !== '');
  return { ...Object.fromEntries(query), dryRun };
}

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

function checkOptions(given: Fields): void {
  const kind = asText(given['kind'] ?? 'DeleteOptions');
  if (kind !== 'DeleteOptions')
    throw unexplained(
      `no kind "${kind}" is registered for version "${asText(given['apiVersion'])}" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  const { propagationPolicy: policy, orphanDependents } = given;
  const dryRun = listAt(given, 'dryRun');
  const causes: Cause[] = [];
  if (isSaid(policy) && isSaid(orphanDependents))
    causes.push(
      cause.invalid(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (isSaid(policy) && !POLICIES.some((one) => one === policy))
    causes.push(cause.notSupported('propagationPolicy', policy, [...POLICIES, 'nil']));
  if (dryRun.some((one) => one !== 'All'))
    causes.push(cause.notSupported('dryRun', dryRun, ['All']));
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', causes);
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function readPropagation(given: Fields): DeleteOptions['propagation'] {
  const found = POLICIES.find((one) => one === given['propagationPolicy']);
  if (found !== undefined) return found;
  const orphan = given['orphanDependents'];
  if (!isSaid(orphan)) return undefined;
  return asText(orphan) === 'true' ? 'Orphan' : 'Background';
}

/** Namespaces that nobody may delete. */
const LASTING = new Set(['default', 'kube-system', 'kube-public']);

export function remove(backend: Backend, target: Target, options: DeleteOptions): Deleted {
  const { resource, name } = target;
  if (resource.storage === '/namespaces' && LASTING.has(name))
    throw forbidden(resource, name, 'this namespace may not be deleted');
  const old = stored(backend, target);
  if (old === undefined) throw notFound(resource, name);
  checkPreconditions(resource, old, options);
  return removeFound(backend, target, { old, options });
}

function removeFound(
  backend: Backend,
  target: Target,
  { old, options }: { old: KubeObject; options: DeleteOptions },
): Deleted {
  const { resource } = target;
  const object = clone(old);
  object.metadata.finalizers = finalizersAfter(resource, object, options);
  if (object.metadata.finalizers.length === 0) delete object.metadata.finalizers;
  const graceSeconds = resource.storage === '/pods' ? podGrace(object, options) : 0;
  const held = listAt(object, 'metadata', 'finalizers').length > 0 || isNamespaceHeld(object);
  if (graceSeconds === 0 && !held) {
    // The last that is told of a pod is that it went at once.
    const last = resource.storage === '/pods' ? object : old;
    if (last === object) mark(backend, object, 0);
    return { object: drop(backend, target, last, options), gone: true };
  }
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
  // Here the real server names the kind where else it names the resource.
  const named = { group: resource.group, plural: resource.kind };
  const told = (what: string, wanted: string, found: string) =>
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}).`;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = 'The object might have been deleted and then recreated';
    throw conflict(named, name, `${told('UID', options.uid, uid ?? '')} ${why}`);
  }
  const wanted = options.resourceVersion;
  if (wanted === undefined || wanted === resourceVersion) return;
  const why = 'The object might have been modified';
  throw conflict(named, name, `${told('ResourceVersion', wanted, resourceVersion ?? '')} ${why}`);
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
