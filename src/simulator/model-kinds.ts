/** What the modelled API server knows of the kinds: groups, the status endpoint, defaults, refusals. */
import { sortedJson } from '../api/sorted-json.ts';
import type { KubeObject } from '../api/object.ts';

/** Kind to group and version. */
export const SERVED: Record<string, string> = {
  Pod: 'v1',
  Service: 'v1',
  Event: 'v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Job: 'batch/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  ReleasePolicy: 'segue.dev/v1alpha1',
  Release: 'segue.dev/v1alpha1',
  ReleaseRequest: 'segue.dev/v1alpha1',
};

/** Where pods read a ConfigMap; elsewhere there are none, for the same reason as below. */
export const SERVED_CONFIGURED: Record<string, string> = { ...SERVED, ConfigMap: 'v1' };

/** Where a StatefulSet is released. Elsewhere they are not there, so that other seeds stay what they were. */
export const SERVED_STATEFUL: Record<string, string> = {
  ...SERVED,
  StatefulSet: 'apps/v1',
  ControllerRevision: 'apps/v1',
};

/** Where a DaemonSet is released, likewise. */
export const SERVED_DAEMON: Record<string, string> = {
  ...SERVED,
  DaemonSet: 'apps/v1',
  ControllerRevision: 'apps/v1',
  Node: 'v1',
  PodDisruptionBudget: 'policy/v1',
};

const WITH_STATUS = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReleasePolicy',
  'Release',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'Ingress',
  'VirtualService',
  'HTTPProxy',
  'ApisixRoute',
  'ServiceSplitter',
  'ServiceResolver',
  'EdgeRoute',
]);

/** Kinds of these are Kubernetes' own. */
const BUILT_IN = /^(apps|batch|policy|discovery\.k8s\.io|networking\.k8s\.io)\/|^v1$/;

/** As the server answers with it: the keys of custom resources are in their order, not in the writer's. */
export function asAnswered(object: KubeObject): KubeObject {
  return BUILT_IN.test(object.apiVersion) ? object : sortedJson(object);
}

/** Its status is written through an endpoint of its own. Pods have one too, which only their kubelet
 * uses here. */
export function hasStatus(kind: string): boolean {
  return WITH_STATUS.has(kind);
}

type Fields = Record<string, unknown>;

/** Fills in what a server does. */
export function completed(object: KubeObject): void {
  const { kind, metadata } = object;
  const spec = object['spec'] as Fields | undefined;
  if (spec) DEFAULTS[kind]?.(spec);
  if (metadata.ownerReferences?.length === 0) delete metadata.ownerReferences;
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
}

const DEFAULTS: Record<string, (spec: Fields) => void> = {
  Deployment: completeDeployment,
  ReplicaSet: (spec) => (spec['replicas'] ??= 1),
  StatefulSet: completeStatefulSet,
  DaemonSet: completeDaemonSet,
  Service: completeService,
};

function completeDeployment(spec: Fields): void {
  spec['replicas'] ??= 1;
  const strategy = (spec['strategy'] ??= {}) as Fields;
  strategy['type'] ??= 'RollingUpdate';
  if (strategy['type'] !== 'RollingUpdate') return;
  const given = strategy['rollingUpdate'] as Fields | undefined;
  strategy['rollingUpdate'] = { maxSurge: '25%', maxUnavailable: '25%', ...given };
}

/** A strategy that names its type keeps what it says, also where that is no partition. */
function completeStatefulSet(spec: Fields): void {
  spec['replicas'] ??= 1;
  spec['podManagementPolicy'] ??= 'OrderedReady';
  spec['revisionHistoryLimit'] ??= 10;
  const strategy = (spec['updateStrategy'] ??= {}) as Fields;
  if (strategy['type'] === undefined) {
    strategy['type'] = 'RollingUpdate';
    strategy['rollingUpdate'] ??= {};
  }
  const rolling = strategy['rollingUpdate'] as Fields | undefined;
  if (strategy['type'] === 'RollingUpdate' && rolling) rolling['partition'] ??= 0;
}

function completeDaemonSet(spec: Fields): void {
  spec['revisionHistoryLimit'] ??= 10;
  const strategy = (spec['updateStrategy'] ??= {}) as Fields;
  strategy['type'] ??= 'RollingUpdate';
  if (strategy['type'] !== 'RollingUpdate') return;
  const given = strategy['rollingUpdate'] as Fields | undefined;
  strategy['rollingUpdate'] = { maxUnavailable: 1, maxSurge: 0, ...given };
}

function completeService(spec: Fields): void {
  spec['type'] ??= 'ClusterIP';
  spec['clusterIP'] ??= '10.96.0.1';
  spec['sessionAffinity'] ??= 'None';
  spec['internalTrafficPolicy'] ??= 'Cluster';
  spec['ipFamilies'] ??= ['IPv4'];
  spec['ipFamilyPolicy'] ??= 'SingleStack';
  for (const port of (spec['ports'] ?? []) as Fields[]) {
    port['protocol'] ??= 'TCP';
    port['targetPort'] ??= port['port'];
  }
}

/** Why the server would not store it. */
export function refusalOf({ kind, metadata, ...rest }: KubeObject): string | undefined {
  const controllers = (metadata.ownerReferences ?? []).filter((owner) => owner.controller === true);
  if (controllers.length > 1) return 'only one reference can have controller set to true';
  const spec = rest['spec'] as Fields | undefined;
  if (kind === 'StatefulSet') return wrongUpdate(spec?.['updateStrategy'] as Fields | undefined);
  if (kind !== 'Deployment') return undefined;
  const strategy = spec?.['strategy'] as Fields | undefined;
  if (strategy?.['type'] === 'Recreate' && strategy['rollingUpdate'])
    return 'rollingUpdate may not be specified when strategy type is Recreate';
  return undefined;
}

function wrongUpdate(strategy: Fields | undefined): string | undefined {
  return strategy?.['type'] === 'OnDelete' && strategy['rollingUpdate']
    ? "only allowed for updateStrategy 'RollingUpdate'"
    : undefined;
}
