/** Everything a cluster needs to run Segue, as objects. */
import { crds } from '../api/crd.ts';
import type { KubeObject } from '../api/object.ts';
import {
  controllerRules,
  editorRules,
  keyRules,
  leaseRules,
  type PolicyRule,
  secretRules,
  viewerRules,
} from './controller-rules.ts';

export interface InstallOptions {
  namespace: string;
  /** Undefined: no Deployment; the controller runs elsewhere. */
  image: string | undefined;
  /** Where Secrets may be read, to release changes of them; default nowhere. */
  secrets?: 'Everywhere' | string[];
}

const NAME = 'segue-controller';
const RBAC = 'rbac.authorization.k8s.io';
const RBAC_V1 = `${RBAC}/v1`;
const LABELS = { 'app.kubernetes.io/name': 'segue', 'app.kubernetes.io/component': 'controller' };
const PORT = 8080;

/** In the order in which they can be applied. */
export function installObjects({ namespace, image, secrets }: InstallOptions): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: namespaceLabels } },
    ...crds(),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: NAME, namespace, labels: LABELS },
    },
    clusterRole(NAME, [...controllerRules(), ...(secrets === 'Everywhere' ? secretRules() : [])]),
    {
      apiVersion: RBAC_V1,
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME, labels: LABELS },
      ...binding('ClusterRole', namespace),
    },
    {
      apiVersion: RBAC_V1,
      kind: 'Role',
      metadata: { name: NAME, namespace, labels: LABELS },
      rules: [...leaseRules(), ...(secrets === undefined ? [] : keyRules())],
    },
    {
      apiVersion: RBAC_V1,
      kind: 'RoleBinding',
      metadata: { name: NAME, namespace, labels: LABELS },
      ...binding('Role', namespace),
    },
    ...(Array.isArray(secrets) ? secrets.flatMap((where) => secretsIn(where, namespace)) : []),
    clusterRole('segue-view', viewerRules(), ['view', 'edit', 'admin']),
    clusterRole('segue-edit', editorRules(), ['edit', 'admin']),
    ...(image === undefined ? [] : [controllerDeployment(namespace, image)]),
  ];
}

const namespaceLabels = {
  'app.kubernetes.io/name': 'segue',
  'pod-security.kubernetes.io/enforce': 'restricted',
};

/** `addTo`: the cluster's own roles that shall have these rules too. */
function clusterRole(name: string, rules: PolicyRule[], addTo: string[] = []): KubeObject {
  const aggregate = addTo.map((role) => [`${RBAC}/aggregate-to-${role}`, 'true']);
  const labels = { ...LABELS, ...(Object.fromEntries(aggregate) as Record<string, string>) };
  return { apiVersion: RBAC_V1, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

function binding(kind: 'ClusterRole' | 'Role', namespace: string) {
  return {
    roleRef: { apiGroup: RBAC, kind, name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
  };
}

/** The right to read the Secrets of one namespace. */
function secretsIn(where: string, namespace: string): KubeObject[] {
  const metadata = { name: 'segue-secrets', namespace: where, labels: LABELS };
  const { subjects } = binding('Role', namespace);
  return [
    { apiVersion: RBAC_V1, kind: 'Role', metadata, rules: secretRules() },
    {
      apiVersion: RBAC_V1,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'segue-secrets' },
      subjects,
    },
  ];
}

function controllerDeployment(namespace: string, image: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      // One leads, the other stands by with its caches filled.
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          affinity: { podAntiAffinity: onOtherNodes },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [controllerContainer(image)],
        },
      },
    },
  };
}

const onOtherNodes = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 100,
      podAffinityTerm: {
        labelSelector: { matchLabels: LABELS },
        topologyKey: 'kubernetes.io/hostname',
      },
    },
  ],
};

function controllerContainer(image: string) {
  const probe = (path: string, periodSeconds: number) => ({
    httpGet: { path, port: 'metrics' },
    periodSeconds,
  });
  return {
    name: 'controller',
    image,
    args: ['controller', '--leader-elect', '--metrics-address', `:${PORT}`, '--log-format', 'json'],
    ports: [{ name: 'metrics', containerPort: PORT, protocol: 'TCP' }],
    livenessProbe: { ...probe('/healthz', 10), initialDelaySeconds: 10 },
    readinessProbe: probe('/readyz', 5),
    resources: {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
