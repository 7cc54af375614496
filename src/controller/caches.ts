/** The controller's informers: what is watched, what is kept of it, how it is looked up. */
import { KINDS, POLICY_LABEL, RELEASE_LABEL, REVISION_LABEL } from '../api/group.ts';
import type { Condition, GroupKind, KubeObject } from '../api/object.ts';
import type { ConfigVersion } from '../api/config.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Informer } from '../ports/informer.ts';
import type { TrafficObjects } from '../ports/traffic-router.ts';
import type { LabelSelector } from '../api/label-selector.ts';
import { customKindsOf, hasCustom, kindKey } from './custom-kinds.ts';
import { type Labels, pairsOf, podLabels, selectorOf } from './labels.ts';
import { type RouteCaches, routeCaches } from './route-caches.ts';
import { trim, trimNode, trimPod, trimShared } from './trim.ts';

export interface Caches extends RouteCaches {
  policies: Informer;
  releases: Informer;
  requests: Informer;
  /** Empty where the kind is not served: nothing is said for all then. Where it may not be read that is
   * not known, and nothing new begins. */
  defaults: Informer;
  /** Policies that use none need none. */
  templates: Informer;
  deployments: Informer;
  sets: Informer;
  statefulSets: Informer;
  daemonSets: Informer;
  /** Of both: their versions, and the pods that have one. */
  revisions: Informer;
  setPods: Informer;
  /** For DaemonSets: on which of them pods can be replaced. */
  nodes: Informer;
  services: Informer;
  slices: Informer;
  /** Only for warnings: nothing waits for them. */
  budgets: Informer;
  scalers: Informer;
}

export function createCaches(
  cluster: Pick<Cluster, 'informer'>,
  options: { namespace?: string; routerKinds: GroupKind[] },
): Caches {
  const scope = options.namespace === undefined ? {} : { namespace: options.namespace };
  const informer = (kind: GroupKind, indexes?: Record<string, (o: KubeObject) => string[]>) =>
    cluster.informer(kind, { ...scope, trim, ...(indexes && { indexes }) });
  /** What people and other tools write too: who did is kept. */
  const shared = (kind: GroupKind, indexes?: Record<string, (o: KubeObject) => string[]>) =>
    cluster.informer(kind, { ...scope, trim: trimShared, ...(indexes && { indexes }) });
  const released = (indexes: Record<string, (o: KubeObject) => string[]>) =>
    cluster.informer(KINDS.release, { ...scope, trim: trimRelease, indexes });
  // Rights that were given before there was more than Deployments do for these.
  const ofSets = {
    mayBeRefused:
      'StatefulSets and DaemonSets are not released; apply all that `segue install` prints',
  };
  const mayBeRefused = 'DaemonSets are not released; apply all that `segue install` prints';
  return {
    policies: informer(KINDS.releasePolicy, {
      target: policyTarget,
      service: policyServices,
      namespace: (o) => [o.metadata.namespace ?? ''],
      invalid: (o) => (isInvalid(o) ? [o.metadata.namespace ?? ''] : []),
      onNodes: (o) => (kindTargeted(o) === 'DaemonSet' ? [''] : []),
      custom: (o) => (hasCustom(o) ? [''] : []),
    }),
    releases: released({
      policy: (o) => [inNamespace(o, policyOf(o))],
      uid: (o) => [o.metadata.uid ?? ''],
      openTarget: (o) => (isOpen(o) ? releaseTargets(o).map((name) => inNamespace(o, name)) : []),
      openService: (o) => (isOpen(o) ? releaseServices(o) : []),
      open: (o) => (isOpen(o) ? [o.metadata.namespace ?? ''] : []),
      onNodes: (o) => (isOpen(o) && kindReleased(o) === 'DaemonSet' ? [''] : []),
      custom: (o) => (isOpen(o) && customKindsOf(o).length > 0 ? [''] : []),
    }),
    requests: informer(KINDS.releaseRequest, { policy: (o) => [inNamespace(o, policyOf(o))] }),
    ...namespaceCaches(cluster, scope),
    deployments: shared(KINDS.deployment, { label: (o) => inPairs(o, podLabels(o)) }),
    sets: informer(KINDS.replicaSet, { owner: ownerUids }),
    statefulSets: cluster.informer(KINDS.statefulSet, { ...scope, ...ofSets, trim: trimShared }),
    daemonSets: cluster.informer(KINDS.daemonSet, { ...scope, mayBeRefused, trim: trimShared }),
    nodes: cluster.informer(KINDS.node, { mayBeRefused, trim: trimNode }),
    revisions: cluster.informer(KINDS.controllerRevision, {
      ...scope,
      ...ofSets,
      trim,
      indexes: { owner: ownerUids },
    }),
    setPods: cluster.informer(KINDS.pod, {
      ...scope,
      ...ofSets,
      labelSelector: REVISION_LABEL,
      trim: trimPod,
      indexes: { owner: ownerUids },
    }),
    services: shared(KINDS.service, {
      selects: (o) => inPairs(o, selectorOf(o)),
      policy: labelledPolicy,
      owner: ownerUids,
    }),
    slices: informer(KINDS.endpointSlice, { service: sliceService }),
    budgets: informer(KINDS.podDisruptionBudget, { label: budgetLabels }),
    scalers: informer(KINDS.horizontalPodAutoscaler, { target: scalerTarget }),
    ...routeCaches(cluster, options.routerKinds, scope),
  };
}

/** What a namespace says for its policies. */
function namespaceCaches(
  cluster: Pick<Cluster, 'informer'>,
  scope: { namespace?: string },
): Pick<Caches, 'defaults' | 'templates'> {
  const apply = 'apply all that `segue install` prints';
  return {
    defaults: cluster.informer(KINDS.releaseDefaults, {
      ...scope,
      trim,
      mayBeRefused: `new releases wait until they may; ${apply}`,
    }),
    templates: cluster.informer(KINDS.checkTemplate, {
      ...scope,
      trim,
      mayBeRefused: `policies whose checks use one are not valid; ${apply}`,
    }),
  };
}

export function allInformers(caches: Caches): Informer[] {
  const { routes, custom: _, ...rest } = caches;
  return [...Object.values(rest), ...routes.values()];
}

/** Those without which nothing can be decided. */
export function neededInformers(caches: Caches): Informer[] {
  const { budgets, scalers } = caches;
  return allInformers(caches).filter((informer) => informer !== budgets && informer !== scalers);
}

/** The informer that holds a kind, for writing answers through. */
export function informerOf(caches: Caches, kind: GroupKind): Informer | undefined {
  const known: Record<string, Informer> = {
    [kindKey(KINDS.releasePolicy)]: caches.policies,
    [kindKey(KINDS.release)]: caches.releases,
    [kindKey(KINDS.releaseRequest)]: caches.requests,
    [kindKey(KINDS.deployment)]: caches.deployments,
    [kindKey(KINDS.replicaSet)]: caches.sets,
    [kindKey(KINDS.statefulSet)]: caches.statefulSets,
    [kindKey(KINDS.daemonSet)]: caches.daemonSets,
    [kindKey(KINDS.pod)]: caches.setPods,
    [kindKey(KINDS.service)]: caches.services,
  };
  return known[kindKey(kind)] ?? caches.routes.get(kindKey(kind)) ?? caches.custom.of(kind);
}

/** What a router may look at, from the caches. */
export function trafficObjects(caches: Caches, namespace: string): TrafficObjects {
  return {
    serves: (kind) => informerOf(caches, kind)?.served ?? true,
    refusal: (kind) => informerOf(caches, kind)?.refusal,
    get: (kind, name) => informerOf(caches, kind)?.get(namespace, name),
    list: (kind) =>
      (informerOf(caches, kind)?.list() ?? []).filter(
        ({ metadata }) => metadata.namespace === namespace,
      ),
    endpointSlices: (service) => caches.slices.byIndex('service', `${namespace}/${service}`),
  };
}

/** The group of an object, whatever version it was read at. */
export function kindOf(object: KubeObject): GroupKind {
  const slash = object.apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : object.apiVersion.slice(0, slash), kind: object.kind };
}

export function policyOf(object: KubeObject): string {
  return (object['spec'] as { policy?: string } | undefined)?.policy ?? '';
}

/** The release is in progress. */
export function isOpen(release: KubeObject): boolean {
  return (release['status'] as { step?: string } | undefined)?.step !== 'Done';
}

/** What it releases, as `targetKey` names it: two workloads where they take turns. */
export function releaseTargets(release: KubeObject): string[] {
  const { target, pair } = (release['spec'] ?? {}) as Record<'target' | 'pair', Named | undefined>;
  return [target, pair].flatMap((one) =>
    one?.name === undefined ? [] : [targetName(one.kind, one.name)],
  );
}

interface Named {
  kind?: string;
  name?: string;
}

/** Workloads of two kinds may have one name. */
export function targetName(kind: string | undefined, name: string): string {
  return kind === undefined || kind === 'Deployment' ? name : `${kind}/${name}`;
}

/** Nobody here reads what ConfigMaps said in a release that has ended, and many are kept. */
function trimRelease(object: KubeObject): KubeObject {
  const { config, ...spec } = (object['spec'] ?? {}) as { config?: ReleaseSpec['config'] };
  if (!config || isOpen(object)) return trim(object);
  const { stable, candidate } = config;
  const light = { stable: withoutContent(stable), candidate: withoutContent(candidate) };
  return trim({ ...object, spec: { ...spec, config: light } });
}

function withoutContent({ objects, ...version }: ConfigVersion): ConfigVersion {
  const light = objects.map((object) => {
    const { data: _, binaryData: __, ...kept } = object;
    return kept;
  });
  return { ...version, objects: light };
}

function kindTargeted({ spec }: KubeObject): string | undefined {
  return (spec as { targetRef?: Named } | undefined)?.targetRef?.kind;
}

function kindReleased({ spec }: KubeObject): string | undefined {
  return (spec as { target?: Named } | undefined)?.target?.kind;
}

function inNamespace(object: KubeObject, name: string): string {
  return `${object.metadata.namespace}/${name}`;
}

function policyTarget(policy: KubeObject): string[] {
  const spec = policy['spec'] as Partial<Record<'targetRef' | 'pairRef', Named>> | undefined;
  const status = policy['status'] as { target?: Named & { pair?: Named } } | undefined;
  const { target } = status ?? {};
  const { kind } = spec?.targetRef ?? {};
  const asked = [spec?.targetRef?.name, spec?.pairRef?.name];
  const names = new Set([...asked, target?.name, target?.pair?.name]);
  return [...names].flatMap((name) =>
    name === undefined ? [] : [inNamespace(policy, targetName(kind, name))],
  );
}

function policyServices(policy: KubeObject): string[] {
  const spec = policy['spec'] as { traffic?: { services?: { name: string }[] } } | undefined;
  return (spec?.traffic?.services ?? []).map((service) => inNamespace(policy, service.name));
}

function inPairs(object: KubeObject, labels: Labels): string[] {
  return pairsOf(labels).map((pair) => inNamespace(object, pair));
}

/** By one label, which must match; '' for one that is selected by expressions only. */
function budgetLabels(budget: KubeObject): string[] {
  const { selector } = (budget['spec'] ?? {}) as { selector?: LabelSelector };
  const [pair = ''] = pairsOf(selector?.matchLabels ?? {});
  return [inNamespace(budget, pair)];
}

function scalerTarget(scaler: KubeObject): string[] {
  const { scaleTargetRef } = (scaler['spec'] ?? {}) as {
    scaleTargetRef?: { kind?: string; name?: string };
  };
  const { kind, name } = scaleTargetRef ?? {};
  return name === undefined ? [] : [inNamespace(scaler, targetName(kind, name))];
}

function labelledPolicy(object: KubeObject): string[] {
  const policy = object.metadata.labels?.[POLICY_LABEL];
  return policy === undefined ? [] : [inNamespace(object, policy)];
}

/** Those it names, and whose it is by its label where the garbage collector took that one away. */
function ownerUids({ metadata }: KubeObject): string[] {
  const labelled = metadata.labels?.[RELEASE_LABEL];
  const named = (metadata.ownerReferences ?? []).map((owner) => owner.uid);
  return [...new Set(labelled === undefined ? named : [...named, labelled])];
}

function isInvalid(policy: KubeObject): boolean {
  const status = policy['status'] as { conditions?: Condition[] } | undefined;
  return (status?.conditions ?? []).some((c) => c.type === 'Valid' && c.status === 'False');
}

function releaseServices(release: KubeObject): string[] {
  const spec = release['spec'] as { traffic?: { services?: string[] } } | undefined;
  return (spec?.traffic?.services ?? []).map((service) => inNamespace(release, service));
}

function sliceService(slice: KubeObject): string[] {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return service === undefined ? [] : [inNamespace(slice, service)];
}
