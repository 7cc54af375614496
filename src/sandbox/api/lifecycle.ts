/**
 * What a real server and its controller manager do by themselves with namespaces and custom
 * resource definitions: furnish new ones, and empty those that are being deleted.
 */
import type { KubeObject } from '../../api/object.ts';
import { save, type Backend, type WriteOptions } from './backend.ts';
import { CLEANUP_FINALIZER, resourcesOf, storageOf } from './custom/definition.ts';
import { create } from './operations/create.ts';
import { remove } from './operations/delete.ts';
import { commit, store } from './operations/update.ts';
import { keepQuotas } from './quota.ts';
import type { Resource } from './resource.ts';
import { clone, textAt } from './schema.ts';
import type { StoreEvent } from './store.ts';

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/** How the server itself writes. */
export const SERVER_WRITE: WriteOptions = {
  dryRun: false,
  fieldManager: 'kube-controller-manager',
  fieldValidation: 'Ignore',
  force: false,
  subresource: '',
  warnings: [],
};

/**
 * Begins with what the store holds already: a server may have ended between two of its writes.
 * @param caPem published in every namespace, as `kube-root-ca.crt`.
 */
export function startLifecycle(backend: Backend, caPem: string): void {
  const { store } = backend;
  const definitions = store.list(DEFINITIONS);
  for (const one of definitions) for (const it of resourcesOf(one)) backend.registry.add(it);
  backend.store.onChange((event) => {
    if (event.storage === DEFINITIONS) onDefinition(backend, event);
    else if (event.storage === '/namespaces') onNamespace(backend, event, caPem);
    if (event.type === 'DELETED') {
      refurnish(backend, event, caPem);
      finishNamespace(backend, event.object.metadata.namespace);
      finishDefinition(backend, event.storage);
    }
  });
  keepQuotas(backend, SERVER_WRITE);
  for (const definition of definitions) resumeDefinition(backend, definition);
  for (const namespace of store.list('/namespaces')) resumeNamespace(backend, namespace, caPem);
}

function resumeDefinition(backend: Backend, definition: KubeObject): void {
  if (definition.metadata.deletionTimestamp === undefined) return;
  const storage = storageOf(definition);
  const resource = backend.registry.findStorage(storage);
  if (resource !== undefined) removeAll(backend, resource, undefined);
  finishDefinition(backend, storage);
}

function resumeNamespace(backend: Backend, { metadata }: KubeObject, caPem: string): void {
  const { name, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) {
    emptyNamespace(backend, name);
    finishNamespace(backend, name);
    return;
  }
  if (backend.store.get('/serviceaccounts', name, 'default') === undefined)
    furnish(backend, name, DEFAULT_ACCOUNT);
  const published = backend.store.get('/configmaps', name, ROOT_CA);
  if (published === undefined) furnish(backend, name, rootCa(caPem));
  else if (textAt(published, 'data', 'ca.crt') !== caPem) republish(backend, published, caPem);
}

/** The certificates were made anew since. */
function republish(backend: Backend, old: KubeObject, caPem: string): void {
  const resource = backend.registry.findKind('', 'ConfigMap');
  if (resource === undefined) return;
  const { namespace = '', name } = old.metadata;
  const now = { ...clone(old), data: { 'ca.crt': caPem } };
  commit(backend, { target: { resource, namespace, name }, old, now, options: SERVER_WRITE });
}

function onNamespace(backend: Backend, event: StoreEvent, caPem: string): void {
  const { name, deletionTimestamp } = event.object.metadata;
  if (event.type === 'ADDED') {
    furnish(backend, name, DEFAULT_ACCOUNT);
    furnish(backend, name, rootCa(caPem));
  } else if (event.type === 'MODIFIED' && deletionTimestamp !== undefined) {
    if (event.previous?.metadata.deletionTimestamp === undefined) emptyNamespace(backend, name);
    finishNamespace(backend, name);
  }
}

const ROOT_CA = 'kube-root-ca.crt';
const DEFAULT_ACCOUNT = { kind: 'ServiceAccount', metadata: { name: 'default' } };

function rootCa(caPem: string) {
  return {
    kind: 'ConfigMap',
    metadata: { name: ROOT_CA },
    data: { 'ca.crt': caPem },
  };
}

/** What every namespace has comes back when it is deleted. */
function refurnish(backend: Backend, { storage, object }: StoreEvent, caPem: string): void {
  const { namespace = '', name } = object.metadata;
  const owner = backend.store.get('/namespaces', '', namespace);
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
  if (storage === '/serviceaccounts' && name === 'default')
    furnish(backend, namespace, DEFAULT_ACCOUNT);
  if (storage === '/configmaps' && name === ROOT_CA) furnish(backend, namespace, rootCa(caPem));
}

function furnish(
  backend: Backend,
  namespace: string,
  body: { kind: string; [key: string]: unknown },
) {
  const resource = backend.registry.findKind('', body.kind);
  if (resource === undefined) return;
  const target = { resource, namespace, name: '' };
  create(backend, { target, body: { apiVersion: 'v1', ...body }, options: SERVER_WRITE });
}

/** One resource for each kind of stored objects. */
function storages(backend: Backend): Resource[] {
  const byStorage = new Map(backend.registry.all().map((resource) => [resource.storage, resource]));
  return [...byStorage.values()];
}

function emptyNamespace(backend: Backend, namespace: string): void {
  for (const resource of storages(backend))
    if (resource.namespaced) removeAll(backend, resource, namespace);
}

function removeAll(backend: Backend, resource: Resource, namespace: string | undefined): void {
  for (const object of backend.store.list(resource.storage, namespace)) {
    const target = {
      resource,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
    };
    if (backend.store.get(resource.storage, target.namespace, target.name) !== undefined)
      remove(backend, target, { propagation: 'Background' });
  }
}

/** A namespace goes when the last object in it has gone. */
function finishNamespace(backend: Backend, name: string | undefined): void {
  if (name === undefined || name === '') return;
  const namespace = backend.store.get('/namespaces', '', name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  const isEmpty = storages(backend).every(
    (resource) => !resource.namespaced || backend.store.list(resource.storage, name).length === 0,
  );
  const resource = backend.registry.findKind('', 'Namespace');
  if (!isEmpty || resource === undefined) return;
  const emptied: KubeObject = { ...clone(namespace), spec: {} };
  store(backend, resource, emptied);
}

function onDefinition(backend: Backend, event: StoreEvent): void {
  const definition = event.object;
  const storage = storageOf(definition);
  backend.registry.removeStorage(storage);
  if (event.type === 'DELETED') return;
  for (const resource of resourcesOf(definition)) backend.registry.add(resource);
  if (definition.metadata.deletionTimestamp === undefined) return;
  const resource = backend.registry.findStorage(storage);
  const isNew = event.previous?.metadata.deletionTimestamp === undefined;
  if (resource !== undefined && isNew) removeAll(backend, resource, undefined);
  finishDefinition(backend, storage);
}

/** A definition goes when the last of its objects has gone. */
function finishDefinition(backend: Backend, storage: string): void {
  const custom = backend.registry.findStorage(storage);
  if (custom === undefined || !custom.custom) return;
  const name = `${custom.plural}.${custom.group}`;
  const definition = backend.store.get(DEFINITIONS, '', name);
  if (definition?.metadata.deletionTimestamp === undefined) return;
  if (backend.store.list(storage).length > 0) return;
  const finalizers = definition.metadata.finalizers ?? [];
  const resource = backend.registry.findStorage(DEFINITIONS);
  if (resource === undefined || !finalizers.includes(CLEANUP_FINALIZER)) return;
  const released = clone(definition);
  const left = finalizers.filter((one) => one !== CLEANUP_FINALIZER);
  if (left.length > 0) {
    released.metadata.finalizers = left;
    save(backend, resource, released);
    return;
  }
  delete released.metadata.finalizers;
  store(backend, resource, released);
}
