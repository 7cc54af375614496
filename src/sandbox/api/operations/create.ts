/** Making an object. */
import type { KubeObject } from '../../../api/object.ts';
import {
  randomSuffix,
  randomUid,
  save,
  stored,
  timestamp,
  type Backend,
  type Target,
  type WriteOptions,
} from '../backend.ts';
import { trackUpdate } from '../patches/managers.ts';
import { checkQuotas } from '../quota.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { clone, textAt } from '../schema.ts';
import {
  alreadyExists,
  badRequest,
  forbidden,
  invalid,
  notFound,
  StatusError,
  unexplained,
} from '../status.ts';
import { validateMetadata } from '../validation/metadata.ts';
import { readObject } from './body.ts';

export interface Creation {
  target: Target;
  body: unknown;
  options: WriteOptions;
  /** An apply patch has already noted who manages what. */
  tracked?: boolean;
}

export function create(backend: Backend, { target, body, options, tracked }: Creation): KubeObject {
  const { resource, namespace } = target;
  const object = readObject(resource, clone(body), options);
  setMetadata(backend, object, target);
  checkNamespace(backend, resource, object);
  // A kubelet registers its node with the status in it; nobody else may.
  if (resource.statusSubresource && resource.kind !== 'Node') delete object['status'];
  resource.strategy.setDefaults?.(object);
  const { name } = object.metadata;
  checkUnversioned(object);
  const existing = stored(backend, { resource, namespace, name });
  // What is there already is not given an address or a port a second time.
  if (existing === undefined) resource.strategy.prepareCreate?.(object);
  const causes = [
    ...validateMetadata(resource, object),
    ...(resource.strategy.validate?.(object) ?? []),
  ];
  if (causes.length > 0) throw invalid(resource, name, causes);
  checkQuotas(backend, resource, object);
  if (existing !== undefined) throw alreadyThere(resource, existing);
  if (tracked !== true) {
    const writer = {
      manager: options.fieldManager,
      operation: 'Update' as const,
      apiVersion: apiVersionOf(resource),
      subresource: '',
      time: timestamp(backend.clock.now()),
    };
    trackUpdate(resource.schema, { old: undefined, now: object }, writer);
  }
  tellOf(resource, options);
  if (options.dryRun) return object;
  return save(backend, resource, object);
}

function tellOf({ note }: Resource, options: WriteOptions): void {
  if (note !== undefined) options.warnings.push(note);
}

function setMetadata(backend: Backend, object: KubeObject, { resource, namespace }: Target): void {
  const meta = object.metadata;
  if (resource.namespaced) {
    if (textAt(meta, 'namespace') !== '' && meta.namespace !== namespace)
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    meta.namespace = namespace;
  } else delete meta.namespace;
  if (meta.name === '' && textAt(meta, 'generateName') !== '')
    meta.name = `${textAt(meta, 'generateName').slice(0, 58)}${randomSuffix(backend)}`;
  for (const name of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'])
    delete meta[name];
  meta.uid = randomUid(backend);
  meta.creationTimestamp = timestamp(backend.clock.now());
  if (resource.countsGenerations) meta.generation = 1;
}

function alreadyThere(resource: Resource, existing: KubeObject): StatusError {
  const error = alreadyExists(resource, existing.metadata.name);
  if (existing.metadata.deletionTimestamp === undefined) return error;
  const message = `object is being deleted: ${error.message}`;
  return new StatusError(error.code, error.reason, message, error.details);
}

/** A failure without a reason, as the real server's. */
function checkUnversioned({ metadata }: KubeObject): void {
  if ((metadata.resourceVersion ?? '') !== '')
    throw unexplained('resourceVersion should not be set on objects to be created');
}

function checkNamespace(backend: Backend, resource: Resource, object: KubeObject): void {
  if (!resource.namespaced) return;
  const namespace = object.metadata.namespace ?? '';
  const found = backend.store.get('/namespaces', '', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden(resource, object.metadata.name, why);
  const message = `namespace ${namespace} is being terminated`;
  const told = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
  throw new StatusError(error.code, error.reason, error.message, {
    ...error.details,
    causes: [told],
  });
}
