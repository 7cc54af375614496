/** The Kubernetes kinds the controllers read, typed only where they are read. */
import type { LabelSelector } from '../../api/label-selector.ts';
import type { GroupKind, KubeObject } from '../../api/object.ts';

export const KIND = {
  deployment: { group: 'apps', kind: 'Deployment' },
  replicaSet: { group: 'apps', kind: 'ReplicaSet' },
  statefulSet: { group: 'apps', kind: 'StatefulSet' },
  daemonSet: { group: 'apps', kind: 'DaemonSet' },
  controllerRevision: { group: 'apps', kind: 'ControllerRevision' },
  pod: { group: '', kind: 'Pod' },
  node: { group: '', kind: 'Node' },
  volume: { group: '', kind: 'PersistentVolume' },
  claim: { group: '', kind: 'PersistentVolumeClaim' },
  service: { group: '', kind: 'Service' },
  endpoints: { group: '', kind: 'Endpoints' },
  endpointSlice: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
  podDisruptionBudget: { group: 'policy', kind: 'PodDisruptionBudget' },
  job: { group: 'batch', kind: 'Job' },
  customResourceDefinition: { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
} as const satisfies Record<string, GroupKind>;

/** The conditions of workloads; those of a Deployment carry `lastUpdateTime` too. */
export interface StatusCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export interface PodTemplate {
  metadata?: {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
  spec: PodSpec;
}

export interface Container {
  name: string;
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  resources?: { requests?: Record<string, string | number> };
  [key: string]: unknown;
}

interface NodeSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}

export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  /** `metadata.name` is the only field. */
  matchFields?: NodeSelectorRequirement[];
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface PodSpec {
  nodeName?: string;
  schedulerName?: string;
  schedulingGates?: unknown[];
  nodeSelector?: Record<string, string>;
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
      [key: string]: unknown;
    };
    [key: string]: unknown;
  };
  tolerations?: Toleration[];
  volumes?: { name: string; [key: string]: unknown }[];
  hostNetwork?: boolean;
  containers: Container[];
  initContainers?: Container[];
  restartPolicy?: string;
  hostname?: string;
  subdomain?: string;
  [key: string]: unknown;
}

export interface PodStatus {
  phase?: string;
  podIP?: string;
  podIPs?: { ip: string }[];
  conditions?: StatusCondition[];
  containerStatuses?: { restartCount?: number }[];
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

export interface ReplicaSet extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    selector: LabelSelector;
    template: PodTemplate;
  };
  status?: ReplicaSetStatus;
}

export interface ReplicaSetStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
  conditions?: StatusCondition[];
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    paused?: boolean;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } | null;
    };
  };
  status?: DeploymentStatus;
}

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  collisionCount?: number;
  conditions?: StatusCondition[];
}

/** What a StatefulSet or a DaemonSet was at one time. */
export interface ControllerRevision extends KubeObject {
  /** A strategic merge patch that puts the template back. */
  data: { spec: { template: PodTemplate } };
  revision: number;
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    serviceName?: string;
    podManagementPolicy?: string;
    ordinals?: { start?: number };
    selector: LabelSelector;
    template: PodTemplate;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } | null };
    volumeClaimTemplates?: KubeObject[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
  status?: StatefulSetStatus;
}

export interface StatefulSetStatus {
  observedGeneration?: number;
  replicas: number;
  readyReplicas?: number;
  availableReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
}

export interface DaemonSet extends KubeObject {
  spec: {
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    selector: LabelSelector;
    template: PodTemplate;
    updateStrategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } | null;
    };
  };
  status?: DaemonSetStatus;
}

export interface DaemonSetStatus {
  currentNumberScheduled: number;
  desiredNumberScheduled: number;
  numberMisscheduled: number;
  numberReady: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  numberUnavailable?: number;
  observedGeneration?: number;
  collisionCount?: number;
}

export interface Claim extends KubeObject {
  spec: {
    accessModes?: string[];
    resources?: { requests?: Record<string, string | number> };
    storageClassName?: string;
    volumeMode?: string;
    volumeName?: string;
  };
  status?: { phase?: string };
}

export interface Volume extends KubeObject {
  spec: { csi?: { driver?: string }; claimRef?: { namespace: string; name: string; uid: string } };
}

export interface PodDisruptionBudget extends KubeObject {
  spec: {
    selector?: LabelSelector;
    minAvailable?: number | string;
    maxUnavailable?: number | string;
  };
  status?: PodDisruptionBudgetStatus;
}

export interface PodDisruptionBudgetStatus {
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  observedGeneration?: number;
  conditions?: (StatusCondition & { observedGeneration?: number })[];
}

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
}

export interface Service extends KubeObject {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    ipFamilies?: string[];
    publishNotReadyAddresses?: boolean;
  };
}

export interface Node extends KubeObject {
  spec?: {
    unschedulable?: boolean;
    taints?: { key: string; value?: string; effect: string }[];
  };
  status?: { conditions?: StatusCondition[]; allocatable?: Record<string, string | number> };
}

export interface Job extends KubeObject {
  spec: {
    parallelism?: number;
    completions?: number;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
    manualSelector?: boolean;
    selector?: LabelSelector;
    template: PodTemplate;
  };
  status?: JobStatus;
}

export interface JobStatus {
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  succeeded?: number;
  failed?: number;
  conditions?: StatusCondition[];
}
