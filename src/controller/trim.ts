/** What of an object is kept in a cache. */
import { specManagers } from '../api/last-writer.ts';
import type { Condition, KubeObject } from '../api/object.ts';

/** Nobody here reads the copy of the object that kubectl apply leaves. */
export function trim(object: KubeObject): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const kept = { ...annotations };
  delete kept['kubectl.kubernetes.io/last-applied-configuration'];
  const withAnnotations = Object.keys(kept).length > 0 ? { annotations: kept } : {};
  return { ...object, metadata: { ...metadata, ...withAnnotations } as KubeObject['metadata'] };
}

/** Of what people and other tools write too it is kept who did. */
export function trimShared(object: KubeObject, managedFields: unknown): KubeObject {
  const { metadata, ...rest } = trim(object);
  return {
    ...rest,
    metadata: { ...metadata, managedFields: specManagers(managedFields) },
  } as KubeObject;
}

/** Of a pod that is counted by its version: whose it is, where it is to be, and whether it is ready. */
export function trimPod({ apiVersion, kind, metadata, ...pod }: KubeObject): KubeObject {
  const { conditions = [] } = (pod['status'] ?? {}) as { conditions?: Condition[] };
  const { annotations: _, ...kept } = metadata;
  const ready = conditions.filter(({ type }) => type === 'Ready');
  const nodeName = nodeOf((pod['spec'] ?? {}) as PlacedSpec);
  return { apiVersion, kind, metadata: kept, spec: { nodeName }, status: { conditions: ready } };
}

interface PlacedSpec {
  nodeName?: string;
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms?: { matchFields?: { key: string; values?: string[] }[] }[];
      };
    };
  };
}

/** One of a DaemonSet names its node before it is bound to it. */
function nodeOf({ nodeName, affinity }: PlacedSpec): string {
  if (nodeName) return nodeName;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const named = (required?.nodeSelectorTerms ?? []).flatMap(({ matchFields = [] }) => matchFields);
  return named.find(({ key }) => key === 'metadata.name')?.values?.[0] ?? '';
}

/** What is said of a node often, and what only its kubelet reads, is left out. */
export function trimNode({ apiVersion, kind, metadata, ...node }: KubeObject): KubeObject {
  const { unschedulable, taints } = (node['spec'] ?? {}) as Record<string, unknown>;
  const { conditions = [] } = (node['status'] ?? {}) as { conditions?: Condition[] };
  const ready = conditions
    .filter(({ type }) => type === 'Ready')
    .map(({ type, status }) => ({ type, status }));
  const { annotations: _, ...kept } = metadata;
  return {
    apiVersion,
    kind,
    metadata: kept,
    spec: { unschedulable, taints },
    status: { conditions: ready },
  };
}
