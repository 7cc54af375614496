/** The Node and Lease objects by which a cluster knows a node: pure. */
import type { KubeObject } from '../../api/object.ts';
import { timestamp } from './pod.ts';

export interface NodeIdentity {
  name: string;
  hollow: boolean;
  /** Hollow nodes beside process nodes take only pods that tolerate them. */
  tainted: boolean;
  /** Where it claims to be. */
  zone?: string | undefined;
}

const NODE_KIND_LABEL = 'segue.dev/node';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const HOLLOW_TAINT = 'segue.dev/hollow';
export const NODE_ADDRESS = '127.0.0.1';
export const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;

export function renderNode(
  { name, hollow, tainted, zone }: NodeIdentity,
  { kubeletPort, nowMs }: { kubeletPort: number; nowMs: number },
): KubeObject {
  const resources = { cpu: '1000', memory: '4Ti', 'ephemeral-storage': '16Ti', pods: '1000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        [NODE_KIND_LABEL]: hollow ? 'hollow' : 'process',
        ...(zone !== undefined && { [ZONE_LABEL]: zone }),
      },
      annotations: { 'segue.dev/kubelet-scheme': 'http' },
    },
    spec: {
      ...(tainted && { taints: [{ key: HOLLOW_TAINT, value: 'true', effect: 'NoSchedule' }] }),
    },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      conditions: nodeConditions(nowMs),
      nodeInfo: {
        machineID: name,
        systemUUID: name,
        bootID: name,
        kernelVersion: '',
        osImage: hollow ? 'hollow' : 'local processes',
        containerRuntimeVersion: 'segue://0',
        kubeletVersion: 'v1.34.0',
        kubeProxyVersion: 'v1.34.0',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}

/** All well, as of now. */
export function nodeConditions(nowMs: number): Record<string, string>[] {
  const at = timestamp(nowMs);
  const conditions = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
    ['NetworkUnavailable', 'False', 'LoopbackIsThere'],
    ['Ready', 'True', 'KubeletReady'],
  ] as const;
  return conditions.map(([type, status, reason]) => ({
    type,
    status,
    reason,
    message: '',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  }));
}

export function renderLease(node: KubeObject, nowMs: number): KubeObject {
  const { name, uid = '' } = node.metadata;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: LEASE_NAMESPACE,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: microTime(nowMs),
    },
  };
}

/** RFC 3339 with microseconds, as `metav1.MicroTime` wants it. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
