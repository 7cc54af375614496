/** The roles and bindings every cluster begins with. */
import type { Fields } from '../schema.ts';

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  nonResourceURLs?: string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const DISCOVERY_URLS = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi'];
const OPEN_URLS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

/** What people who work in a namespace see, and what they change. */
const CONTENT: [group: string, resources: string[]][] = [
  [
    '',
    `configmaps endpoints events persistentvolumeclaims pods pods/log pods/status replicationcontrollers
     serviceaccounts services services/status`.split(/\s+/),
  ],
  [
    'apps',
    `controllerrevisions daemonsets deployments deployments/scale deployments/status replicasets
     replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status`.split(
      /\s+/,
    ),
  ],
  ['autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']],
  ['batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']],
  ['discovery.k8s.io', ['endpointslices']],
  ['networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies']],
  ['policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status']],
];

function contentRules(verbs: string[]): Rule[] {
  return CONTENT.map(([group, resources]) => ({ verbs, apiGroups: [group], resources }));
}

const VIEW: Rule[] = [
  ...contentRules(READ),
  { verbs: READ, apiGroups: [''], resources: ['namespaces', 'limitranges', 'resourcequotas'] },
];
const EDIT: Rule[] = [
  ...VIEW,
  ...contentRules(WRITE),
  { verbs: [...READ, ...WRITE], apiGroups: [''], resources: ['secrets'] },
  { verbs: ['create'], apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'] },
  { verbs: [...READ, ...WRITE], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
];

const CLUSTER_ROLES: Record<string, Rule[]> = {
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  admin: [
    ...EDIT,
    {
      verbs: [...READ, ...WRITE],
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['roles', 'rolebindings'],
    },
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['localsubjectaccessreviews'],
    },
  ],
  edit: EDIT,
  view: VIEW,
  'system:discovery': [
    { verbs: ['get'], nonResourceURLs: [...DISCOVERY_URLS, '/openapi/*', ...OPEN_URLS] },
  ],
  'system:public-info-viewer': [{ verbs: ['get'], nonResourceURLs: OPEN_URLS }],
  'system:basic-user': [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
  'system:auth-delegator': [
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] },
  ],
};

const CLUSTER_BINDINGS: Record<string, string[]> = {
  'cluster-admin': ['system:masters'],
  'system:discovery': ['system:authenticated'],
  'system:basic-user': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
};

const GROUP = 'rbac.authorization.k8s.io';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

export function defaultRoles(): Fields[] {
  const apiVersion = `${GROUP}/v1`;
  const roles = Object.entries(CLUSTER_ROLES).map(([name, rules]) => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: LABELS },
    rules,
  }));
  const bindings = Object.entries(CLUSTER_BINDINGS).map(([name, groups]) => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
    subjects: groups.map((group) => ({ apiGroup: GROUP, kind: 'Group', name: group })),
  }));
  return [...roles, ...bindings];
}
