/** Changing an object, or its status. */
import type { KubeObject } from '../../../api/object.ts';
import {
  save,
  stored,
  timestamp,
  type Backend,
  type Target,
  type WriteOptions,
} from '../backend.ts';
import { trackUpdate } from '../patches/managers.ts';
import { apiVersionOf, storageKey, type Resource } from '../resource.ts';
import { clone, equal, fieldsAt, listAt, numberAt } from '../schema.ts';
import {
  badRequest,
  cause,
  conflict,
  invalid,
  MODIFIED_MEANWHILE,
  notFound,
  preconditionFailed,
  unexplained,
  type Cause,
} from '../status.ts';
import { validateMetadata, validateMetadataUpdate } from '../validation/metadata.ts';
import { readObject } from './body.ts';

export interface Update {
  target: Target;
  body: unknown;
  options: WriteOptions;
}

/** PUT. */
export function replace(backend: Backend, { target, body, options }: Update): KubeObject {
  const { resource, name } = target;
  const now = readObject(resource, clone(body), options);
  if (now.metadata.name === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  checkNamespace(target, now);
  if (now.metadata.name !== name)
    throw badRequest(
      `the name of the object (${now.metadata.name}) does not match the name on the URL (${name})`,
    );
  const old = stored(backend, target);
  if (old === undefined) throw notFound(resource, name);
  if (resource.custom && (now.metadata.resourceVersion ?? '') === '')
    throw invalid({ group: resource.group, kind: resource.plural }, name, [
      cause.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  return commit(backend, { target, old, now, options });
}

/** A namespace may be left out, not be another's. */
export function checkNamespace({ resource, namespace }: Target, { metadata }: KubeObject): void {
  if (!resource.namespaced || (metadata.namespace ?? namespace) === namespace) return;
  throw badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

export interface Commit {
  target: Target;
  old: KubeObject;
  now: KubeObject;
  options: WriteOptions;
  /** An apply patch has already noted who manages what. */
  tracked?: boolean;
}

/** Checks and stores a new state of an object that was `old`; takes `now` over. */
export function commit(backend: Backend, change: Commit): KubeObject {
  const { target, old, now, options } = change;
  const { resource, name } = target;
  checkPreconditions(resource, old, now);
  restoreMetadata(old, now);
  if (options.subresource === 'status') restoreForStatus(resource, old, now);
  else if (resource.statusSubresource) restoreMember('status', old, now);
  if (options.subresource !== 'status') resource.strategy.prepareUpdate?.(now, old);
  resource.strategy.setDefaults?.(now);
  countGeneration(resource, { old, now, options });
  const causes = validateChange(resource, { old, now, options });
  if (causes.length > 0) throw invalid(resource, name, causes);
  if (change.tracked !== true) {
    const writer = {
      manager: options.fieldManager,
      operation: 'Update' as const,
      apiVersion: apiVersionOf(resource),
      subresource: options.subresource,
      time: timestamp(backend.clock.now()),
    };
    trackUpdate(resource.schema, { old, now }, writer);
  }
  if (options.dryRun) return now;
  if (equal({ ...old, metadata: { ...old.metadata } }, now)) return old;
  return store(backend, resource, now);
}

function checkPreconditions(resource: Resource, old: KubeObject, now: KubeObject): void {
  const { name } = old.metadata;
  const { uid, resourceVersion } = now.metadata;
  const key = storageKey(resource, old.metadata);
  if (uid !== undefined && uid !== '' && uid !== old.metadata.uid)
    throw preconditionFailed(resource, { name, key }, ['UID', uid, old.metadata.uid]);
  const given = resourceVersion ?? '';
  if (!/^\d*$/.test(given))
    throw unexplained(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  if (given !== '' && given !== '0' && given !== old.metadata.resourceVersion)
    throw conflict(resource, name, MODIFIED_MEANWHILE);
}

/** What no client changes. */
const FIXED = [
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
  'selfLink',
];

function restoreMetadata(old: KubeObject, now: KubeObject): void {
  for (const name of FIXED) {
    if (old.metadata[name] === undefined) delete now.metadata[name];
    else now.metadata[name] = old.metadata[name];
  }
  if (old.metadata['managedFields'] !== undefined && now.metadata['managedFields'] === undefined)
    now.metadata['managedFields'] = old.metadata['managedFields'];
}

function restoreMember(name: string, old: KubeObject, now: KubeObject): void {
  if (old[name] === undefined) delete now[name];
  else now[name] = old[name];
}

/** A status write changes the status, and of most built-in kinds metadata too. */
function restoreForStatus(resource: Resource, old: KubeObject, now: KubeObject): void {
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)]))
    if (name !== 'status' && name !== 'metadata') restoreMember(name, old, now);
  const kept = resource.custom ? KEPT_BY_STATUS : (KEPT_OF[resource.storage] ?? []);
  for (const name of kept) {
    if (old.metadata[name] === undefined) delete now.metadata[name];
    else now.metadata[name] = old.metadata[name];
  }
}

/** Metadata that a write of the status leaves as it is. */
const KEPT_BY_STATUS = ['annotations', 'labels', 'finalizers', 'ownerReferences'];
const KEPT_OF: Record<string, string[]> = {
  'apiextensions.k8s.io/customresourcedefinitions': KEPT_BY_STATUS,
  'apps/deployments': ['labels'],
  '/pods': ['ownerReferences'],
};

/** Counts changes of all but metadata and status; of Deployments also those of annotations. */
function countGeneration(
  resource: Resource,
  { old, now, options }: { old: KubeObject; now: KubeObject; options: WriteOptions },
): void {
  if (!resource.countsGenerations) return;
  const before = contentOf(old);
  const after = contentOf(now);
  const isNoted = resource.storage === 'apps/deployments' && options.subresource !== 'status';
  const isSame = equal(before, after);
  if (isSame && !(isNoted && !equal(old.metadata.annotations, now.metadata.annotations))) return;
  now.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function contentOf(object: KubeObject): Record<string, unknown> {
  const { metadata: _metadata, status: _status, ...content } = object;
  return content;
}

function validateChange(
  resource: Resource,
  { old, now, options }: { old: KubeObject; now: KubeObject; options: WriteOptions },
): Cause[] {
  const { strategy } = resource;
  if (options.subresource === 'status')
    return (
      (resource.custom ? strategy.validate?.(now, old) : strategy.validateStatus?.(now, old)) ?? []
    );
  return [
    ...validateMetadata(resource, now),
    ...validateMetadataUpdate(now, old),
    ...(strategy.validate?.(now, old) ?? []),
    ...(strategy.validateUpdate?.(now, old) ?? []),
  ];
}

/** Stores a change; a terminating object that nothing holds any more is removed by it. */
export function store(backend: Backend, resource: Resource, now: KubeObject): KubeObject {
  if (!isReleased(now)) return save(backend, resource, now);
  const { namespace = '', name } = now.metadata;
  // Watchers are told of the state before: the change that let the object go is not stored.
  const before = backend.store.get(resource.storage, namespace, name);
  const last = backend.store.remove(resource.storage, before ?? resource.convert.toStored(now));
  const { resourceVersion = '' } = last.metadata;
  return { ...now, metadata: { ...now.metadata, resourceVersion } };
}

function isReleased(object: KubeObject): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined &&
    (numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0) === 0 &&
    listAt(object, 'metadata', 'finalizers').length === 0 &&
    (object.kind !== 'Namespace' || listAt(fieldsAt(object, 'spec'), 'finalizers').length === 0)
  );
}

/** The finalize subresource of namespaces: who empties a namespace takes its own finalizer off. */
export function finalizeNamespace(backend: Backend, target: Target, body: unknown): KubeObject {
  const old = stored(backend, target);
  if (old === undefined) throw notFound(target.resource, target.name);
  const finalizers = listAt(body, 'spec', 'finalizers');
  return store(backend, target.resource, { ...clone(old), spec: { finalizers } });
}
