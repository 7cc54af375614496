/** The controller's informers: what is watched, what is kept of it, how it is looked up. */
import { KINDS, POLICY_LABEL, RELEASE_LABEL, REVISION_LABEL } from '../api/group.ts';
import { specManagers } from '../api/last-writer.ts';
import type { Condition, GroupKind, KubeObject } from '../api/object.ts';
import type { ConfigVersion } from '../api/config.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Informer } from '../ports/informer.ts';
import type { TrafficObjects } from '../ports/traffic-router.ts';
import type { LabelSelector } from '../api/label-selector.ts';
import { type Labels, pairsOf, podLabels, selectorOf } from './labels.ts';

export interface Caches {
  policies: Informer;
  releases: Informer;
  requests: Informer;
  /** Empty where the kind is not served: nothing is said for all then. Where it may not be read that is
   * not known, and nothing new begins. */
  defaults: Informer;
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
  /** By kind, for what only some routers need. */
  routes: Map<string, Informer>;
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
  const ofDaemons = {
    mayBeRefused: 'DaemonSets are not released; apply all that `segue install` prints',
  };
  return {
    policies: informer(KINDS.releasePolicy, {
      target: policyTarget,
      service: policyServices,
      namespace: (o) => [o.metadata.namespace ?? ''],
      invalid: (o) => (isInvalid(o) ? [o.metadata.namespace ?? ''] : []),
      onNodes: (o) => (kindTargeted(o) === 'DaemonSet' ? [''] : []),
    }),
    releases: released({
      policy: (o) => [inNamespace(o, policyOf(o))],
      uid: (o) => [o.metadata.uid ?? ''],
      openTarget: (o) => (isOpen(o) ? releaseTargets(o).map((name) => inNamespace(o, name)) : []),
      openService: (o) => (isOpen(o) ? releaseServices(o) : []),
      open: (o) => (isOpen(o) ? [o.metadata.namespace ?? ''] : []),
      onNodes: (o) => (isOpen(o) && kindReleased(o) === 'DaemonSet' ? [''] : []),
    }),
    requests: informer(KINDS.releaseRequest, { policy: (o) => [inNamespace(o, policyOf(o))] }),
    defaults: cluster.informer(KINDS.releaseDefaults, {
      ...scope,
      trim,
      mayBeRefused: 'new releases wait until they may; apply all that `segue install` prints',
    }),
    deployments: shared(KINDS.deployment, { label: (o) => inPairs(o, podLabels(o)) }),
    sets: informer(KINDS.replicaSet, { owner: ownerUids }),
    statefulSets: cluster.informer(KINDS.statefulSet, { ...scope, ...ofSets, trim: trimShared }),
    daemonSets: cluster.informer(KINDS.daemonSet, { ...scope, ...ofDaemons, trim: trimShared }),
    nodes: cluster.informer(KINDS.node, { ...ofDaemons, trim: trimNode }),
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
    routes: routesOf(cluster, options.routerKinds, scope),
  };
}

/** Rights from before there was a router for one of the kinds do for the others. */
function routesOf(
  cluster: Pick<Cluster, 'informer'>,
  kinds: readonly GroupKind[],
  scope: { namespace?: string },
): Map<string, Informer> {
  const informer = (kind: GroupKind) =>
    cluster.informer(kind, {
      ...scope,
      trim: trimShared,
      mayBeRefused: `no release is routed by kind ${kind.kind}; apply all that \`segue install\` prints`,
    });
  return new Map(kinds.map((kind) => [kindKey(kind), informer(kind)]));
}

export function allInformers(caches: Caches): Informer[] {
  const { routes, ...rest } = caches;
  return [...Object.values(rest), ...routes.values()];
}

/** Those without which nothing can be decided. */
export function neededInformers(caches: Caches): Informer[] {
  const { budgets, scalers } = caches;
  return allInformers(caches).filter((informer) => informer !== budgets && informer !== scalers);
}

function kindKey(kind: GroupKind): string {
  return `${kind.kind}.${kind.group}`;
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
  return known[kindKey(kind)] ?? caches.routes.get(kindKey(kind));
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

/** Nobody here reads the copy of the object that kubectl apply leaves. */
function trim(object: KubeObject): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const kept = { ...annotations };
  delete kept['kubectl.kubernetes.io/last-applied-configuration'];
  const withAnnotations = Object.keys(kept).length > 0 ? { annotations: kept } : {};
  return { ...object, metadata: { ...metadata, ...withAnnotations } as KubeObject['metadata'] };
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

/** Of a pod that is counted by its version: whose it is, where it is to be, and whether it is ready. */
function trimPod({ apiVersion, kind, metadata, ...pod }: KubeObject): KubeObject {
  const { conditions = [] } = (pod['status'] ?? {}) as { conditions?: Condition[] };
  const { annotations: _, ...kept } = metadata;
  const ready = conditions.filter(({ type }) => type === 'Ready');
  const nodeName = nodeOf((pod['spec'] ?? {}) as PlacedSpec);
  return { apiVersion, kind, metadata: kept, spec: { nodeName }, status: { conditions: ready } };
}

interface PlacedSpec {
  nodeName?: string;
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms?: { matchFields?: { key: string; values?: string[] }[] }[];
      };
    };
  };
}

/** One of a DaemonSet names its node before it is bound to it. */
function nodeOf({ nodeName, affinity }: PlacedSpec): string {
  if (nodeName) return nodeName;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const named = (required?.nodeSelectorTerms ?? []).flatMap(({ matchFields = [] }) => matchFields);
  return named.find(({ key }) => key === 'metadata.name')?.values?.[0] ?? '';
}

/** What is said of a node often, and what only its kubelet reads, is left out. */
function trimNode({ apiVersion, kind, metadata, ...node }: KubeObject): KubeObject {
  const { unschedulable, taints } = (node['spec'] ?? {}) as Record<string, unknown>;
  const { conditions = [] } = (node['status'] ?? {}) as { conditions?: Condition[] };
  const ready = conditions
    .filter(({ type }) => type === 'Ready')
    .map(({ type, status }) => ({ type, status }));
  const { annotations: _, ...kept } = metadata;
  return {
    apiVersion,
    kind,
    metadata: kept,
    spec: { unschedulable, taints },
    status: { conditions: ready },
  };
}

function kindTargeted({ spec }: KubeObject): string | undefined {
  return (spec as { targetRef?: Named } | undefined)?.targetRef?.kind;
}

function kindReleased({ spec }: KubeObject): string | undefined {
  return (spec as { target?: Named } | undefined)?.target?.kind;
}

/** Of what people and other tools write too it is kept who did. */
function trimShared(object: KubeObject, managedFields: unknown): KubeObject {
  const { metadata, ...rest } = trim(object);
  return {
    ...rest,
    metadata: { ...metadata, managedFields: specManagers(managedFields) },
  } as KubeObject;
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
