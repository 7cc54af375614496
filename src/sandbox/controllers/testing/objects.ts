/** For tests: objects with as little in them as a sync needs. */
import type { Deployment, Job, Node, Pod, ReplicaSet, Service } from '../kinds.ts';
import { timestamp } from '../pods.ts';

/** The time of all pure tests: a whole second. */
export const NOW = Date.parse('2030-01-01T12:00:00Z');

export function ago(seconds: number): string {
  return timestamp(NOW - seconds * 1_000);
}

export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MAX = 'deployment.kubernetes.io/max-replicas';
export const REVISION = 'deployment.kubernetes.io/revision';

export interface DeploymentFacts {
  image?: string;
  replicas?: number;
  spec?: Partial<Deployment['spec']>;
  status?: Deployment['status'];
  annotations?: Record<string, string>;
}

export function aDeployment(facts: DeploymentFacts = {}): Deployment {
  const { image = 'web:1', replicas = 3 } = facts;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'web-uid',
      generation: 1,
      resourceVersion: '10',
      annotations: facts.annotations ?? {},
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: aTemplate(image),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...facts.spec,
    },
    ...(facts.status ? { status: facts.status } : {}),
  };
}

export function aTemplate(image: string): Deployment['spec']['template'] {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image }] },
  };
}

export interface SetFacts {
  image: string;
  replicas: number;
  available?: number;
  annotations?: Record<string, string>;
  createdSecondsAgo?: number;
}

export function aSet(name: string, facts: SetFacts): ReplicaSet {
  const { image, replicas, available = replicas } = facts;
  const labels = { app: 'web', 'pod-template-hash': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${name}`,
      namespace: 'shop',
      uid: `${name}-uid`,
      generation: 1,
      resourceVersion: '5',
      labels,
      annotations: facts.annotations ?? {},
      creationTimestamp: ago(facts.createdSecondsAgo ?? 60),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          uid: 'web-uid',
          controller: true,
        },
      ],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: aTemplate(image).spec },
    },
    status: {
      replicas,
      fullyLabeledReplicas: replicas,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
    },
  };
}

/** Annotations of a set that was sized when its Deployment was `size` with a surge of one. */
export function sizedFor(size: number, revision = 1): Record<string, string> {
  return { [DESIRED]: String(size), [MAX]: String(size + 1), [REVISION]: String(revision) };
}

export interface PodFacts {
  ready?: boolean;
  readyForSeconds?: number;
  node?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deleting?: boolean;
  createdSecondsAgo?: number;
  spec?: Partial<Pod['spec']>;
  status?: Pod['status'];
}

export function aPod(name: string, facts: PodFacts = {}): Pod {
  const { ready = true, node = 'n1', labels = { app: 'web' }, annotations = {} } = facts;
  const lastTransitionTime = ago(facts.readyForSeconds ?? 30);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `${name}-uid`,
      labels,
      annotations,
      creationTimestamp: ago(facts.createdSecondsAgo ?? 60),
      ...(facts.deleting ? { deletionTimestamp: ago(1) } : {}),
    },
    spec: {
      ...(node === '' ? {} : { nodeName: node }),
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...facts.spec,
    },
    status: {
      phase: 'Running',
      podIP: '10.1.0.1',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
      ...facts.status,
    },
  };
}

export function aService(spec: Partial<Service['spec']> = {}, namespace = 'shop'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace, uid: 'service-uid', labels: { team: 'shop' } },
    spec: {
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      ...spec,
    },
  };
}

export function aNode(name: string, facts: Partial<Node> & { ready?: boolean } = {}): Node {
  const { ready = true, spec, metadata } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, name },
    ...(spec ? { spec } : {}),
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      allocatable: { pods: '3', cpu: '2', memory: '1Gi', ...facts.status?.allocatable },
    },
  };
}

export function aJob(spec: Partial<Job['spec']> = {}, status?: Job['status']): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'smoke', namespace: 'shop', uid: 'smoke-uid' },
    spec: {
      template: aTemplate('curl:1'),
      completions: 1,
      parallelism: 1,
      backoffLimit: 1,
      ...spec,
    },
    ...(status ? { status } : {}),
  };
}
