/** The built-in kinds: what is served where, with which subresources. */
import type { SubresourceInfo } from '../resource.ts';

export interface KindEntry {
  group: string;
  version: string;
  kind: string;
  plural: string;
  /** `module.Name` of the schema. */
  type: string;
  shortNames: string[];
  flags: Set<string>;
  subresources: SubresourceInfo[];
}

/**
 * Group version, kind, plural, type, short names, and flags: `cluster` (no namespace), `all` (the
 * category), `status` and `scale` (subresources), `generation` (is counted), `review` (answered,
 * not stored).
 */
const KINDS = `
v1 Namespace namespaces core.Namespace ns cluster status
v1 Node nodes core.Node no cluster status
v1 Pod pods core.Pod po all status generation
v1 Service services core.Service svc all status
v1 Endpoints endpoints core.Endpoints ep
v1 ConfigMap configmaps core.ConfigMap cm
v1 Secret secrets core.Secret -
v1 Event events core.Event ev
v1 ServiceAccount serviceaccounts core.ServiceAccount sa
v1 PersistentVolumeClaim persistentvolumeclaims core.PersistentVolumeClaim pvc status
v1 PersistentVolume persistentvolumes core.PersistentVolume pv cluster status
v1 ReplicationController replicationcontrollers core.ReplicationController rc all status generation scale
v1 PodTemplate podtemplates core.PodTemplate -
v1 ResourceQuota resourcequotas core.ResourceQuota quota status
v1 LimitRange limitranges core.LimitRange limits
apps/v1 Deployment deployments apps.Deployment deploy all status generation scale
apps/v1 ReplicaSet replicasets apps.ReplicaSet rs all status generation scale
apps/v1 StatefulSet statefulsets apps.StatefulSet sts all status generation scale
apps/v1 DaemonSet daemonsets apps.DaemonSet ds all status generation
apps/v1 ControllerRevision controllerrevisions apps.ControllerRevision -
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers autoscaling.HorizontalPodAutoscaler hpa all status
autoscaling/v1 HorizontalPodAutoscaler horizontalpodautoscalers autoscalingv1.HorizontalPodAutoscaler hpa all status
batch/v1 Job jobs batch.Job - all status generation
batch/v1 CronJob cronjobs batch.CronJob cj all status generation
discovery.k8s.io/v1 EndpointSlice endpointslices discovery.EndpointSlice - generation
events.k8s.io/v1 Event events events.Event ev
policy/v1 PodDisruptionBudget poddisruptionbudgets policy.PodDisruptionBudget pdb status generation
networking.k8s.io/v1 Ingress ingresses networking.Ingress ing status generation
networking.k8s.io/v1 IngressClass ingressclasses networking.IngressClass - cluster generation
networking.k8s.io/v1 NetworkPolicy networkpolicies networking.NetworkPolicy netpol generation
rbac.authorization.k8s.io/v1 Role roles rbac.Role -
rbac.authorization.k8s.io/v1 RoleBinding rolebindings rbac.RoleBinding -
rbac.authorization.k8s.io/v1 ClusterRole clusterroles rbac.ClusterRole - cluster
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings rbac.ClusterRoleBinding - cluster
storage.k8s.io/v1 StorageClass storageclasses storage.StorageClass sc cluster
scheduling.k8s.io/v1 PriorityClass priorityclasses scheduling.PriorityClass pc cluster generation
node.k8s.io/v1 RuntimeClass runtimeclasses node.RuntimeClass - cluster
coordination.k8s.io/v1 Lease leases coordination.Lease -
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions extensions.CustomResourceDefinition crd,crds cluster status generation
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations admission.MutatingWebhookConfiguration - cluster generation
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations admission.ValidatingWebhookConfiguration - cluster generation
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies admission.ValidatingAdmissionPolicy - cluster status generation
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings admission.ValidatingAdmissionPolicyBinding - cluster generation
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews authorization.SelfSubjectAccessReview - cluster review
authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews authorization.SubjectAccessReview - cluster review
authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews authorization.LocalSubjectAccessReview - review
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews authorization.SelfSubjectRulesReview - cluster review
authentication.k8s.io/v1 TokenReview tokenreviews authentication.TokenReview - cluster review
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews authentication.SelfSubjectReview - cluster review
`;

function sub(name: string, type: string, ...verbs: string[]): SubresourceInfo {
  const [group = '', version = '', kind = ''] = type.split('/');
  return { name, kind, group, version, verbs };
}

/** Beside status and scale. */
const SUBRESOURCES: Record<string, SubresourceInfo[]> = {
  namespaces: [sub('finalize', '/v1/Namespace', 'update')],
  pods: [
    sub('attach', '/v1/PodAttachOptions', 'create', 'get'),
    sub('binding', '/v1/Binding', 'create'),
    sub('eviction', 'policy/v1/Eviction', 'create'),
    sub('exec', '/v1/PodExecOptions', 'create', 'get'),
    sub('log', '/v1/Pod', 'get'),
    sub('portforward', '/v1/PodPortForwardOptions', 'create', 'get'),
  ],
  serviceaccounts: [sub('token', 'authentication.k8s.io/v1/TokenRequest', 'create')],
};

export const CATALOG: KindEntry[] = KINDS.trim().split('\n').map(entryOf);

function entryOf(line: string): KindEntry {
  const [groupVersion = '', kind = '', plural = '', type = '', short = '', ...flags] =
    line.split(' ');
  const slash = groupVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    kind,
    plural,
    type,
    shortNames: short === '-' ? [] : short.split(','),
    flags: new Set(flags),
    subresources: SUBRESOURCES[plural] ?? [],
  };
}
