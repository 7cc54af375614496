/** Which policies have to be looked at again when an object changed. */
import type { KubeObject } from '../api/object.ts';
import { sameJson } from '../api/same-json.ts';
import { POLICY_LABEL, RELEASE_LABEL } from '../api/group.ts';
import type { Informer } from '../ports/informer.ts';
import type { LabelSelector } from '../api/label-selector.ts';
import { selectorOf, specOf } from './labels.ts';
import { deploymentsWith } from './neighbours.ts';
import { configReferences } from '../engine/index.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { type Caches, policyOf, releaseTargets, targetName } from './caches.ts';
import type { ConfigChange } from './config-watches.ts';
import { targetOf } from './target.ts';

export function keysOf(
  caches: Caches,
  informer: Informer,
  versions: (KubeObject | undefined)[],
): Set<string> {
  const keys = new Set<string>();
  if (informer === caches.nodes && isSameNode(versions)) return keys;
  for (const object of versions) {
    if (!object) continue;
    for (const key of keysOfObject(caches, informer, object)) keys.add(key);
  }
  return keys;
}

/** Policies whose target refers to it, as far as is seen here: looking costs no writes. */
export function configKeys(caches: Caches, { kind, namespace, name }: ConfigChange): string[] {
  const watching = caches.policies
    .byIndex('namespace', namespace)
    .filter((policy) => (specOf(policy)['config'] as { watch?: boolean } | undefined)?.watch);
  if (name === undefined) return watching.map(keyOfPolicy);
  const refers = (policy: KubeObject) => {
    const target = targetOf(caches, policy);
    const template = target && (specOf(target)['template'] as PodTemplate | undefined);
    const references = template ? configReferences(template) : [];
    return references.some((one) => one.kind === kind && one.name === name);
  };
  return watching.filter(refers).map(keyOfPolicy);
}

function keysOfObject(caches: Caches, informer: Informer, object: KubeObject): string[] {
  const { namespace = '', name } = object.metadata;
  switch (informer) {
    case caches.policies:
      // The neighbours on the same target may have become its only policy.
      return [
        `${namespace}/${name}`,
        ...targetNames(object).flatMap((target) => byTarget(caches, namespace, target)),
      ];
    case caches.releases:
      // Its end is what another policy on the same target waits for.
      return [
        `${namespace}/${policyOf(object)}`,
        ...releaseTargets(object).flatMap((target) => byTarget(caches, namespace, target)),
      ];
    case caches.requests:
      return [`${namespace}/${policyOf(object)}`];
    case caches.deployments:
      // Its pods may have been in the way of a policy that is not valid.
      return [...ofTarget(caches, namespace, name), ...invalidOnes(caches, namespace)];
    case caches.statefulSets:
    case caches.daemonSets:
      return ofTarget(caches, namespace, targetName(object.kind, name));
    case caches.services:
      // A name that Segue needs may have become free, for a policy that is not valid without it.
      return [
        ...serviceKeys(caches, namespace, object),
        ...selectedKeys(caches, namespace, { matchLabels: selectorOf(object) }),
        ...invalidOnes(caches, namespace),
      ];
    case caches.slices:
      return sliceKeys(caches, namespace, object);
    case caches.budgets:
    case caches.scalers:
      return neighbourKeys(caches, informer, object);
    default:
      return otherKeys(caches, informer, object);
  }
}

function otherKeys(caches: Caches, informer: Informer, object: KubeObject): string[] {
  const { namespace = '' } = object.metadata;
  if (informer === caches.nodes) return onNodes(caches);
  return ownedKinds(caches).has(informer)
    ? setKeys(caches, namespace, object)
    : inNamespace(caches, namespace);
}

/** Kubelets write often, and little of it matters here. */
function isSameNode([old, object]: (KubeObject | undefined)[]): boolean {
  if (!old || !object) return false;
  const facts = ({ metadata: { labels, deletionTimestamp }, spec, status }: KubeObject) => ({
    labels,
    deletionTimestamp,
    spec,
    status,
  });
  return sameJson(facts(old), facts(object));
}

/** Those that release DaemonSets. */
function onNodes({ policies, releases }: Caches): string[] {
  return [
    ...policies.byIndex('onNodes', '').map(keyOfPolicy),
    ...releases.byIndex('onNodes', '').map(keyOfRelease),
  ];
}

/** What belongs to workloads and releases. */
function ownedKinds({ sets, revisions, setPods }: Caches): Set<Informer> {
  return new Set([sets, revisions, setPods]);
}

function sliceKeys(caches: Caches, namespace: string, slice: KubeObject): string[] {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  const found = service === undefined ? undefined : caches.services.get(namespace, service);
  return found ? serviceKeys(caches, namespace, found) : [];
}

/** Policies that are warned of it. */
function neighbourKeys(caches: Caches, informer: Informer, object: KubeObject): string[] {
  const { namespace = '' } = object.metadata;
  const spec = specOf(object);
  if (informer === caches.budgets)
    return selectedKeys(caches, namespace, spec['selector'] as LabelSelector | undefined);
  const { kind, name = '' } = (spec['scaleTargetRef'] ?? {}) as { kind?: string; name?: string };
  return byTarget(caches, namespace, targetName(kind, name));
}

function targetNames(policy: KubeObject): string[] {
  const { targetRef, pairRef } = specOf(policy) as Partial<
    Record<'targetRef' | 'pairRef', { kind?: string; name?: string }>
  >;
  return [targetRef, pairRef].flatMap((ref) =>
    ref?.name === undefined ? [] : [targetName(targetRef?.kind, ref.name)],
  );
}

function byTarget(caches: Caches, namespace: string, target: string): string[] {
  return caches.policies.byIndex('target', `${namespace}/${target}`).map(keyOfPolicy);
}

/** Policies on it, and releases of it whose policy is gone. */
function ofTarget(caches: Caches, namespace: string, target: string): string[] {
  return [...byTarget(caches, namespace, target), ...byReleaseTarget(caches, namespace, target)];
}

function invalidOnes(caches: Caches, namespace: string): string[] {
  return caches.policies.byIndex('invalid', namespace).map(keyOfPolicy);
}

/** The policies of the Deployments whose pods are selected. */
function selectedKeys(
  caches: Caches,
  namespace: string,
  selector: LabelSelector | undefined,
): string[] {
  return deploymentsWith(caches, namespace, selector ?? {}).flatMap(({ metadata }) =>
    byTarget(caches, namespace, metadata.name),
  );
}

/** Releases whose policy is gone still look after their target. */
function byReleaseTarget(caches: Caches, namespace: string, target: string): string[] {
  return caches.releases.byIndex('openTarget', `${namespace}/${target}`).map(keyOfRelease);
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

function setKeys(caches: Caches, namespace: string, set: KubeObject): string[] {
  const owners = set.metadata.ownerReferences ?? [];
  const ofOwners = owners.flatMap(({ kind, name }) => {
    if (kind === 'ReleasePolicy') return [`${namespace}/${name}`];
    if (!WORKLOADS.has(kind)) return [];
    return ofTarget(caches, namespace, targetName(kind, name));
  });
  return [...ofOwners, ...releaseKeys(caches, set)];
}

/** The user's Service by the policies and the releases that name it (a policy may be gone or name
 * others by now), Segue's own by their owner. */
function serviceKeys(caches: Caches, namespace: string, service: KubeObject): string[] {
  const ofRelease = releaseKeys(caches, service);
  if (ofRelease.length > 0) return ofRelease;
  const name = `${namespace}/${service.metadata.name}`;
  // One that is left over of a Release that is gone is known by its label only.
  const policy = service.metadata.labels?.[POLICY_LABEL];
  return [
    ...(policy === undefined ? [] : [`${namespace}/${policy}`]),
    ...caches.policies.byIndex('service', name).map(keyOfPolicy),
    ...caches.releases.byIndex('openService', name).map(keyOfRelease),
  ];
}

/** What belongs to a Release, or did until the garbage collector took the owner away. */
function releaseKeys(caches: Caches, object: KubeObject): string[] {
  const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'Release');
  const uid = owner?.uid ?? object.metadata.labels?.[RELEASE_LABEL];
  return uid === undefined ? [] : caches.releases.byIndex('uid', uid).map(keyOfRelease);
}

function keyOfPolicy({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function keyOfRelease(release: KubeObject): string {
  return `${release.metadata.namespace ?? ''}/${policyOf(release)}`;
}

/** A route may matter to any policy of its namespace: they are few, and looking costs no writes. */
function inNamespace(caches: Caches, namespace: string): string[] {
  const policies = caches.policies.byIndex('namespace', namespace).map((o) => o.metadata.name);
  const releases = caches.releases.byIndex('open', namespace).map(policyOf);
  return [...policies, ...releases].map((name) => `${namespace}/${name}`);
}
