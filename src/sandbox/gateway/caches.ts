/** The gateway's view of the cluster: one cache for each kind it routes by. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Informer } from '../../ports/informer.ts';
import type { PodVersion } from './live-endpoint.ts';
import { CONTROLLER_NAME, KINDS, SERVICE_NAME_LABEL, specOf } from './objects.ts';

export interface Caches {
  services: Informer;
  slices: Informer;
  pods: Informer;
  namespaces: Informer;
  classes: Informer;
  gateways: Informer;
  routes: Informer;
  grpcRoutes: Informer;
  tlsRoutes: Informer;
  tcpRoutes: Informer;
  /** Of a mesh, where its kinds are installed. */
  istioGateways: Informer;
  virtualServices: Informer;
  destinationRules: Informer;
  ingressClasses: Informer;
  ingresses: Informer;
  /** Of Traefik, where its kinds are installed. */
  ingressRoutes: Informer;
  ingressRouteTcps: Informer;
  traefikServices: Informer;
}

const BY_SERVICE = 'service';

export function openCaches(cluster: Cluster): Caches {
  const plain = { trim: withoutManagedFields };
  return {
    services: cluster.informer(KINDS.service, plain),
    slices: cluster.informer(KINDS.slice, {
      ...plain,
      indexes: { [BY_SERVICE]: (slice) => [serviceOfSlice(slice)] },
    }),
    pods: cluster.informer(KINDS.pod, { trim: trimPod }),
    namespaces: cluster.informer(KINDS.namespace, plain),
    classes: cluster.informer(KINDS.gatewayClass, plain),
    gateways: cluster.informer(KINDS.gateway, plain),
    routes: cluster.informer(KINDS.route, plain),
    grpcRoutes: cluster.informer(KINDS.grpcRoute, plain),
    tlsRoutes: cluster.informer(KINDS.tlsRoute, plain),
    tcpRoutes: cluster.informer(KINDS.tcpRoute, plain),
    istioGateways: cluster.informer(KINDS.istioGateway, plain),
    virtualServices: cluster.informer(KINDS.virtualService, plain),
    destinationRules: cluster.informer(KINDS.destinationRule, plain),
    ingressClasses: cluster.informer(KINDS.ingressClass, plain),
    ingresses: cluster.informer(KINDS.ingress, plain),
    ingressRoutes: cluster.informer(KINDS.ingressRoute, plain),
    ingressRouteTcps: cluster.informer(KINDS.ingressRouteTcp, plain),
    traefikServices: cluster.informer(KINDS.traefikService, plain),
  };
}

/** `namespace/name` of the Service a slice belongs to. */
export function serviceOfSlice({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`;
}

export function slicesOf({ slices }: Caches, service: string): KubeObject[] {
  return slices.byIndex(BY_SERVICE, service);
}

/** Gateways whose class is ours, the oldest first. */
export function ownGateways({ classes, gateways }: Caches): KubeObject[] {
  const ours = new Set(
    classes
      .list()
      .filter(isOwnClass)
      .map(({ metadata }) => metadata.name),
  );
  return gateways
    .list()
    .filter((gateway) =>
      ours.has(specOf<{ gatewayClassName?: string }>(gateway).gatewayClassName ?? ''),
    )
    .sort((one, other) => ageOf(one).localeCompare(ageOf(other)));
}

function ageOf({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;
}

export function isOwnClass(object: KubeObject): boolean {
  return specOf<{ controllerName?: string }>(object).controllerName === CONTROLLER_NAME;
}

/** Of a pod, by `namespace/name`. */
export function labelsOfPod({ pods }: Caches, pod: string): Record<string, string> | undefined {
  const slash = pod.indexOf('/');
  return pods.get(pod.slice(0, slash), pod.slice(slash + 1))?.metadata.labels;
}

/** What metrics say of a pod: its template's hash, and its version label or image tag. */
export function versionOfPod({ pods }: Caches, pod: string): PodVersion | undefined {
  const slash = pod.indexOf('/');
  const object = pods.get(pod.slice(0, slash), pod.slice(slash + 1));
  if (!object) return undefined;
  const { labels = {} } = object.metadata;
  const image = typeof object['image'] === 'string' ? object['image'] : '';
  const tag = /:([^/:@]+)(@.*)?$/.exec(image)?.[1] ?? '';
  return {
    hash: labels['pod-template-hash'] ?? '',
    version: labels['app.kubernetes.io/version'] ?? labels['version'] ?? tag,
  };
}

/** What a mesh says of a pod. */
export interface MeshPod {
  workload: string;
  labels: Record<string, string>;
}

/** By `namespace/name`. */
export function meshPod({ pods }: Caches, pod: string): MeshPod | undefined {
  const slash = pod.indexOf('/');
  const object = pods.get(pod.slice(0, slash), pod.slice(slash + 1));
  if (!object) return undefined;
  return { workload: String(object['workload']), labels: object.metadata.labels ?? {} };
}

/** A pod is its labels, its image and its workload here: there may be thousands. */
function trimPod({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { name, namespace = '', uid = '', resourceVersion = '', labels = {} } = metadata;
  const { containers = [] } = (rest['spec'] ?? {}) as { containers?: { image?: string }[] };
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion, labels },
    image: containers[0]?.image,
    workload: workloadOf(metadata),
  };
}

/** As Istio has it: the Deployment of a ReplicaSet, by the names of both, or else who controls the pod. */
function workloadOf({ name, labels = {}, ownerReferences = [] }: KubeObject['metadata']): string {
  const owner = ownerReferences.find(({ controller }) => controller);
  const hash = `-${labels['pod-template-hash'] ?? ''}`;
  if (!owner) return name;
  return owner.kind === 'ReplicaSet' && owner.name.endsWith(hash)
    ? owner.name.slice(0, -hash.length)
    : owner.name;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata['managedFields'];
  return { ...object, metadata };
}

/** The kinds of the Gateway API that route, with their caches. */
export function routeCaches(caches: Caches): { kind: GroupKind; cache: Informer }[] {
  return [
    { kind: KINDS.route, cache: caches.routes },
    { kind: KINDS.grpcRoute, cache: caches.grpcRoutes },
    { kind: KINDS.tlsRoute, cache: caches.tlsRoutes },
    { kind: KINDS.tcpRoute, cache: caches.tcpRoutes },
  ];
}
