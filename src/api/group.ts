/** The API group, its version and its kinds. */
import type { GroupKind } from './object.ts';

export const GROUP = 'segue.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

const segue = (kind: string): GroupKind => ({ group: GROUP, kind });

export const KINDS = {
  releasePolicy: segue('ReleasePolicy'),
  release: segue('Release'),
  releaseRequest: segue('ReleaseRequest'),
  releaseDefaults: segue('ReleaseDefaults'),
  checkTemplate: segue('CheckTemplate'),
  deployment: { group: 'apps', kind: 'Deployment' },
  replicaSet: { group: 'apps', kind: 'ReplicaSet' },
  statefulSet: { group: 'apps', kind: 'StatefulSet' },
  daemonSet: { group: 'apps', kind: 'DaemonSet' },
  controllerRevision: { group: 'apps', kind: 'ControllerRevision' },
  pod: { group: '', kind: 'Pod' },
  node: { group: '', kind: 'Node' },
  service: { group: '', kind: 'Service' },
  configMap: { group: '', kind: 'ConfigMap' },
  secret: { group: '', kind: 'Secret' },
  event: { group: '', kind: 'Event' },
  endpointSlice: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
  podDisruptionBudget: { group: 'policy', kind: 'PodDisruptionBudget' },
  horizontalPodAutoscaler: { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' },
  virtualService: { group: 'networking.istio.io', kind: 'VirtualService' },
  destinationRule: { group: 'networking.istio.io', kind: 'DestinationRule' },
  apisixRoute: { group: 'apisix.apache.org', kind: 'ApisixRoute' },
  httpProxy: { group: 'projectcontour.io', kind: 'HTTPProxy' },
  ingressRoute: { group: 'traefik.io', kind: 'IngressRoute' },
  ingressRouteTCP: { group: 'traefik.io', kind: 'IngressRouteTCP' },
  traefikService: { group: 'traefik.io', kind: 'TraefikService' },
  ingress: { group: 'networking.k8s.io', kind: 'Ingress' },
  serviceSplitter: { group: 'consul.hashicorp.com', kind: 'ServiceSplitter' },
  serviceResolver: { group: 'consul.hashicorp.com', kind: 'ServiceResolver' },
  serviceRouter: { group: 'consul.hashicorp.com', kind: 'ServiceRouter' },
  httpRoute: { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
  linkerdRoute: { group: 'policy.linkerd.io', kind: 'HTTPRoute' },
  serviceProfile: { group: 'linkerd.io', kind: 'ServiceProfile' },
  grpcRoute: { group: 'gateway.networking.k8s.io', kind: 'GRPCRoute' },
  tlsRoute: { group: 'gateway.networking.k8s.io', kind: 'TLSRoute' },
  tcpRoute: { group: 'gateway.networking.k8s.io', kind: 'TCPRoute' },
} as const satisfies Record<string, GroupKind>;

/** The only name of a ReleaseDefaults, so that there is never a second one that says otherwise. */
export const DEFAULTS_NAME = 'default';

/** The label every object that Segue creates carries, with the policy's name. */
export const POLICY_LABEL = 'segue.dev/policy';
/** On what belongs to a Release for its length (to a policy, where no release is in progress): its
 * owner's uid. The garbage collector takes
 * an owner away from an object whose owner is deleted with its dependents or without them; by the
 * label Segue still knows it. */
export const RELEASE_LABEL = 'segue.dev/release';
/** On the pods of a fresh baseline, and on their set: the uid of the Release that they were started for. They are pods of
 * the old version in everything else. */
export const FRESH_LABEL = 'segue.dev/fresh';
/** On a policy: put everything back before it goes. On a Release: end it before it goes. */
export const FINALIZER = 'segue.dev/put-back';
/** The field manager of all writes. */
export const FIELD_MANAGER = 'segue';
/** The label that tells the pods of one ReplicaSet from those of another. */
export const HASH_LABEL = 'pod-template-hash';
/** The same on the pods of StatefulSets and DaemonSets. */
export const REVISION_LABEL = 'controller-revision-hash';

/** By which label the pods of a version are told, of a workload of this kind. */
export function versionLabel(kind: string): string {
  return kind === 'Deployment' ? HASH_LABEL : REVISION_LABEL;
}

/**
 * On a StatefulSet or a DaemonSet that Segue holds: the update strategy of its user, put back when it is let
 * go, and of a StatefulSet the partition that Segue wrote last. Another one stored beside it was written by
 * somebody else.
 */
export const HELD_ANNOTATION = 'segue.dev/held';
