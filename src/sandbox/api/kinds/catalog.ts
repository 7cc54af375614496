/** The built-in kinds: what is served where, with which subresources. */
import type { SubresourceInfo } from '../resource.ts';

export interface KindEntry {
  group: string;
  version: string;
  kind: string;
  plural: string;
  /** `module.Name` of the schema. */
  type: string;
  short?: string[];
  /** Default true. */
  namespaced?: boolean;
  all?: boolean;
  status?: boolean;
  generation?: boolean;
  scale?: boolean;
  verbs?: string[];
  subresources?: SubresourceInfo[];
  /** Of another kind that shares its objects. */
  storage?: string;
}

function sub(name: string, type: string, ...verbs: string[]): SubresourceInfo {
  const slash = type.lastIndexOf('/');
  const [kind, groupVersion] = [type.slice(slash + 1), type.slice(0, slash)];
  const parts = groupVersion.split('/');
  const group = parts.length > 1 ? (parts[0] ?? '') : '';
  return { name, kind, group, version: parts.at(-1) ?? 'v1', verbs };
}

const CORE: KindEntry[] = [
  {
    ...{
      group: '',
      version: 'v1',
      kind: 'Namespace',
      plural: 'namespaces',
      type: 'core.Namespace',
    },
    ...{ short: ['ns'], namespaced: false, status: true },
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: [sub('finalize', 'v1/Namespace', 'update')],
  },
  {
    ...{ group: '', version: 'v1', kind: 'Node', plural: 'nodes', type: 'core.Node' },
    ...{ short: ['no'], namespaced: false, status: true },
  },
  {
    ...{ group: '', version: 'v1', kind: 'Pod', plural: 'pods', type: 'core.Pod' },
    ...{ short: ['po'], all: true, status: true, generation: true },
    subresources: [
      sub('attach', 'v1/PodAttachOptions', 'create', 'get'),
      sub('binding', 'v1/Binding', 'create'),
      sub('eviction', 'policy/v1/Eviction', 'create'),
      sub('exec', 'v1/PodExecOptions', 'create', 'get'),
      sub('log', 'v1/Pod', 'get'),
      sub('portforward', 'v1/PodPortForwardOptions', 'create', 'get'),
    ],
  },
  {
    ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', type: 'core.Service' },
    ...{ short: ['svc'], all: true, status: true },
  },
  {
    ...{ group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', type: 'core.Endpoints' },
    short: ['ep'],
  },
  {
    ...{
      group: '',
      version: 'v1',
      kind: 'ConfigMap',
      plural: 'configmaps',
      type: 'core.ConfigMap',
    },
    short: ['cm'],
  },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', type: 'core.Secret' },
  {
    ...{ group: '', version: 'v1', kind: 'Event', plural: 'events', type: 'core.Event' },
    short: ['ev'],
  },
  {
    ...{ group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' },
    ...{ type: 'core.ServiceAccount', short: ['sa'] },
    subresources: [sub('token', 'authentication.k8s.io/v1/TokenRequest', 'create')],
  },
  {
    ...{
      group: '',
      version: 'v1',
      kind: 'PersistentVolumeClaim',
      plural: 'persistentvolumeclaims',
    },
    ...{ type: 'core.PersistentVolumeClaim', short: ['pvc'], status: true },
  },
  {
    ...{ group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' },
    ...{ type: 'core.ResourceQuota', short: ['quota'], status: true },
  },
  {
    ...{ group: '', version: 'v1', kind: 'LimitRange', plural: 'limitranges' },
    ...{ type: 'core.LimitRange', short: ['limits'] },
  },
];

const APPS: KindEntry[] = [
  {
    ...{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' },
    ...{ type: 'apps.Deployment', short: ['deploy'] },
    ...{ all: true, status: true, generation: true, scale: true },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets' },
    ...{ type: 'apps.ReplicaSet', short: ['rs'] },
    ...{ all: true, status: true, generation: true, scale: true },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets' },
    ...{ type: 'apps.StatefulSet', short: ['sts'] },
    ...{ all: true, status: true, generation: true, scale: true },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets' },
    ...{ type: 'apps.DaemonSet', short: ['ds'], all: true, status: true, generation: true },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions' },
    type: 'apps.ControllerRevision',
  },
  {
    ...{ group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
    ...{ plural: 'horizontalpodautoscalers', type: 'autoscaling.HorizontalPodAutoscaler' },
    ...{ short: ['hpa'], all: true, status: true },
  },
  {
    ...{ group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
    ...{ plural: 'horizontalpodautoscalers', type: 'autoscalingv1.HorizontalPodAutoscaler' },
    ...{ short: ['hpa'], all: true, status: true },
  },
  {
    ...{ group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', type: 'batch.Job' },
    ...{ all: true, status: true, generation: true },
  },
  {
    ...{
      group: 'batch',
      version: 'v1',
      kind: 'CronJob',
      plural: 'cronjobs',
      type: 'batch.CronJob',
    },
    ...{ short: ['cj'], all: true, status: true, generation: true },
  },
];

const REVIEW = { verbs: ['create'], namespaced: false };

const OTHERS: KindEntry[] = [
  {
    ...{
      group: 'discovery.k8s.io',
      version: 'v1',
      kind: 'EndpointSlice',
      plural: 'endpointslices',
    },
    ...{ type: 'discovery.EndpointSlice', generation: true },
  },
  {
    ...{ group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events' },
    ...{ type: 'events.Event', short: ['ev'], storage: '/events' },
  },
  {
    ...{ group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
    ...{ plural: 'poddisruptionbudgets', type: 'policy.PodDisruptionBudget' },
    ...{ short: ['pdb'], status: true, generation: true },
  },
  {
    ...{ group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses' },
    ...{ type: 'networking.Ingress', short: ['ing'], status: true, generation: true },
  },
  {
    ...{
      group: 'networking.k8s.io',
      version: 'v1',
      kind: 'IngressClass',
      plural: 'ingressclasses',
    },
    ...{ type: 'networking.IngressClass', namespaced: false, generation: true },
  },
  {
    ...{ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
    ...{ plural: 'networkpolicies', type: 'networking.NetworkPolicy' },
    ...{ short: ['netpol'], generation: true },
  },
  {
    ...{ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', plural: 'roles' },
    type: 'rbac.Role',
  },
  {
    ...{ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding' },
    ...{ plural: 'rolebindings', type: 'rbac.RoleBinding' },
  },
  {
    ...{ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole' },
    ...{ plural: 'clusterroles', type: 'rbac.ClusterRole', namespaced: false },
  },
  {
    ...{ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding' },
    ...{ plural: 'clusterrolebindings', type: 'rbac.ClusterRoleBinding', namespaced: false },
  },
  {
    ...{ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' },
    type: 'coordination.Lease',
  },
  {
    ...{ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
    ...{ plural: 'customresourcedefinitions', type: 'extensions.CustomResourceDefinition' },
    ...{ short: ['crd', 'crds'], namespaced: false, status: true, generation: true },
  },
  {
    ...{ group: 'admissionregistration.k8s.io', version: 'v1' },
    ...{ kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations' },
    ...{ type: 'admission.MutatingWebhookConfiguration', namespaced: false, generation: true },
  },
  {
    ...{ group: 'admissionregistration.k8s.io', version: 'v1' },
    ...{ kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations' },
    ...{ type: 'admission.ValidatingWebhookConfiguration', namespaced: false, generation: true },
  },
  {
    ...{ group: 'admissionregistration.k8s.io', version: 'v1' },
    ...{ kind: 'ValidatingAdmissionPolicy', plural: 'validatingadmissionpolicies' },
    ...{ type: 'admission.ValidatingAdmissionPolicy', namespaced: false },
    ...{ status: true, generation: true },
  },
  {
    ...{ group: 'admissionregistration.k8s.io', version: 'v1' },
    ...{ kind: 'ValidatingAdmissionPolicyBinding', plural: 'validatingadmissionpolicybindings' },
    ...{ type: 'admission.ValidatingAdmissionPolicyBinding', namespaced: false, generation: true },
  },
  {
    ...{ group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview' },
    ...{ plural: 'selfsubjectaccessreviews', type: 'authorization.SelfSubjectAccessReview' },
    ...REVIEW,
  },
  {
    ...{ group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview' },
    ...{ plural: 'subjectaccessreviews', type: 'authorization.SubjectAccessReview' },
    ...REVIEW,
  },
  {
    ...{ group: 'authorization.k8s.io', version: 'v1', kind: 'LocalSubjectAccessReview' },
    ...{ plural: 'localsubjectaccessreviews', type: 'authorization.LocalSubjectAccessReview' },
    verbs: ['create'],
  },
  {
    ...{ group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview' },
    ...{ plural: 'selfsubjectrulesreviews', type: 'authorization.SelfSubjectRulesReview' },
    ...REVIEW,
  },
  {
    ...{ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' },
    ...{ plural: 'tokenreviews', type: 'authentication.TokenReview' },
    ...REVIEW,
  },
  {
    ...{ group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' },
    ...{ plural: 'selfsubjectreviews', type: 'authentication.SelfSubjectReview' },
    ...REVIEW,
  },
];

export const CATALOG: KindEntry[] = [...CORE, ...APPS, ...OTHERS];
