/** Which policies have to be looked at again when an object changed. */
import type { KubeObject } from '../api/object.ts';
import type { Informer } from '../ports/informer.ts';
import { type Caches, policyOf } from './caches.ts';

export function keysOf(
  caches: Caches,
  informer: Informer,
  versions: (KubeObject | undefined)[],
): Set<string> {
  const keys = new Set<string>();
  for (const object of versions) {
    if (!object) continue;
    for (const key of keysOfObject(caches, informer, object)) keys.add(key);
  }
  return keys;
}

function keysOfObject(caches: Caches, informer: Informer, object: KubeObject): string[] {
  const { namespace = '', name } = object.metadata;
  switch (informer) {
    case caches.policies:
      // The neighbours on the same target may have become its only policy.
      return [`${namespace}/${name}`, ...byTarget(caches, namespace, targetName(object))];
    case caches.releases:
    case caches.requests:
      return [`${namespace}/${policyOf(object)}`];
    case caches.deployments:
      return [...byTarget(caches, namespace, name), ...byReleaseTarget(caches, namespace, name)];
    case caches.sets:
      return setKeys(caches, namespace, object);
    case caches.services:
      return serviceKeys(caches, namespace, object);
    case caches.slices: {
      const service = object.metadata.labels?.['kubernetes.io/service-name'];
      const found = service === undefined ? undefined : caches.services.get(namespace, service);
      return found ? serviceKeys(caches, namespace, found) : [];
    }
    default:
      return inNamespace(caches, namespace);
  }
}

function targetName(policy: KubeObject): string {
  return (policy['spec'] as { targetRef?: { name?: string } } | undefined)?.targetRef?.name ?? '';
}

function byTarget(caches: Caches, namespace: string, target: string): string[] {
  return caches.policies
    .byIndex('target', `${namespace}/${target}`)
    .map((policy) => `${namespace}/${policy.metadata.name}`);
}

/** Releases whose policy is gone still look after their target. */
function byReleaseTarget(caches: Caches, namespace: string, target: string): string[] {
  return caches.releases
    .byIndex('openTarget', `${namespace}/${target}`)
    .map((release) => `${namespace}/${policyOf(release)}`);
}

function setKeys(caches: Caches, namespace: string, set: KubeObject): string[] {
  const owner = set.metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) return [];
  if (owner.kind === 'Deployment') {
    const keys = byTarget(caches, namespace, owner.name);
    return keys.length > 0 ? keys : byReleaseTarget(caches, namespace, owner.name);
  }
  const release = owner.kind === 'Release' && caches.releases.get(namespace, owner.name);
  return release ? [`${namespace}/${policyOf(release)}`] : [];
}

/** The user's Service by the policies that name it, Segue's own by their owner. */
function serviceKeys(caches: Caches, namespace: string, service: KubeObject): string[] {
  const owner = service.metadata.ownerReferences?.find((reference) => reference.kind === 'Release');
  const release = owner && caches.releases.get(namespace, owner.name);
  if (release) return [`${namespace}/${policyOf(release)}`];
  return caches.policies
    .byIndex('service', `${namespace}/${service.metadata.name}`)
    .map((policy) => `${namespace}/${policy.metadata.name}`);
}

/** A route may matter to any policy of its namespace: they are few, and looking costs no writes. */
function inNamespace(caches: Caches, namespace: string): string[] {
  const policies = caches.policies.byIndex('namespace', namespace).map((o) => o.metadata.name);
  const releases = caches.releases.byIndex('open', namespace).map(policyOf);
  return [...policies, ...releases].map((name) => `${namespace}/${name}`);
}
