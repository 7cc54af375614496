/** Deployments, their ReplicaSets and releases as the API server stores them, for tests. */
import type { KubeObject, OwnerReference } from '../api/object.ts';
import type { ReleaseIntent } from '../ports/workload.ts';

export const ROLLING = {
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
};
export const RELEASE = { name: 'web-7', uid: 'uid-release' };
const DEPLOYMENT_UID = 'uid-deployment';

export interface DeploymentOptions {
  replicas?: number;
  paused?: boolean;
  template?: Record<string, unknown>;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  labels?: Record<string, string>;
}

/** `web`, held, with version v2 as its template, seen by its controller. */
export function deployment(options: DeploymentOptions = {}): KubeObject {
  const { replicas = 4, paused = true } = options;
  const counts = {
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: DEPLOYMENT_UID,
      resourceVersion: '10',
      generation: 3,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ...(options.labels ? { labels: options.labels } : {}),
    },
    spec: {
      replicas,
      paused,
      selector: { matchLabels: { app: 'web' } },
      strategy: ROLLING,
      template: options.template ?? template('v2'),
      ...options.spec,
    },
    status: { observedGeneration: 3, ...counts, ...options.status },
  };
}

export function template(version: string, hash?: string): Record<string, unknown> {
  const labels = { app: 'web', ...(hash === undefined ? {} : { 'pod-template-hash': hash }) };
  return {
    metadata: { creationTimestamp: null, labels },
    spec: { containers: [{ name: 'app', image: `shop/web:${version}` }], restartPolicy: 'Always' },
  };
}

export interface SetOptions {
  replicas?: number;
  /** Pods there are; default as many as wanted. */
  current?: number;
  owner?: 'Deployment' | 'Release' | OwnerReference | undefined;
  version?: string;
  revision?: number;
  annotations?: Record<string, string>;
  template?: Record<string, unknown>;
}

export function replicaSet(hash: string, options: SetOptions = {}): KubeObject {
  const { replicas = 4, version = 'v1', owner = 'Deployment', revision } = options;
  const current = options.current ?? replicas;
  const counted =
    revision === undefined ? {} : { 'deployment.kubernetes.io/revision': String(revision) };
  const annotations = { ...counted, ...options.annotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      namespace: 'shop',
      uid: `uid-${hash}`,
      resourceVersion: '20',
      generation: 1,
      labels:
        owner === 'Release'
          ? { 'pod-template-hash': hash, 'segue.dev/release': RELEASE.uid }
          : { app: 'web', 'pod-template-hash': hash },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: typeof owner === 'object' ? [owner] : ownersOf(owner),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: options.template ?? template(version, hash),
    },
    status: {
      replicas: current,
      readyReplicas: current,
      availableReplicas: current,
      observedGeneration: 1,
    },
  };
}

const controller = { controller: true, blockOwnerDeletion: true };
export const OWNERS = {
  Deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'web',
    uid: DEPLOYMENT_UID,
    ...controller,
  },
  Release: { apiVersion: 'segue.dev/v1alpha1', kind: 'Release', ...RELEASE, ...controller },
} satisfies Record<string, OwnerReference>;

/** What a write that gives a set to the Release or to the Deployment changes of its metadata. */
export const HELD_BY = {
  Release: {
    ownerReferences: ownersOf('Release'),
    labels: { app: null, 'segue.dev/release': RELEASE.uid },
  },
  Deployment: {
    ownerReferences: ownersOf('Deployment'),
    labels: { app: 'web', 'segue.dev/release': null },
  },
};

/** A set of the Release has the Deployment as a second owner. */
function ownersOf(owner: 'Deployment' | 'Release'): OwnerReference[] {
  const { controller: _, blockOwnerDeletion: __, ...second } = OWNERS.Deployment;
  return owner === 'Release' ? [second, OWNERS.Release] : [OWNERS.Deployment];
}

/** A release of `web-new` (v2) beside `web-old` (v1), before the swap. */
export function releaseIntent(change: Partial<ReleaseIntent> = {}): ReleaseIntent {
  return {
    owner: RELEASE,
    stable: 'web-old',
    candidate: { name: 'web-new', hash: 'new', template: template('v2') },
    candidateWanted: 'AsIs',
    carrier: 'Stable',
    handBack: false,
    strategy: ROLLING,
    ...change,
  };
}
