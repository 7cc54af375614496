/** The pods of a StatefulSet by their ordinals: names, labels, claims, and which revision each is made of. */
import type { KubeObject } from '../../../api/object.ts';
import { REVISION_LABEL, templateOf } from '../history/revision.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../kinds.ts';
import { controllerReference } from '../ownership.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

export interface Revisions {
  /** What pods below the partition are made of. */
  current: ControllerRevision;
  /** What the set is now. */
  update: ControllerRevision;
}

/** The ordinal in a pod's name; undefined for a pod that is none of the set's. */
export function ordinalOf(set: StatefulSet, pod: KubeObject): number | undefined {
  const [, parent, ordinal] = /^(.*)-([0-9]+)$/.exec(pod.metadata.name) ?? [];
  return parent === set.metadata.name ? Number(ordinal) : undefined;
}

export function firstOrdinal(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0;
}

export function partitionOf(set: StatefulSet): number {
  return set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

export function isRolling(set: StatefulSet): boolean {
  return (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? '';
}

/** The revision a new pod gets: below the partition the current one, also where it never ran. */
export function revisionFor(
  set: StatefulSet,
  ordinal: number,
  revisions: Revisions,
): ControllerRevision {
  if (!isRolling(set)) return revisions.update;
  const isKept = ordinal < firstOrdinal(set) + keptBelow(set);
  return isKept ? revisions.current : revisions.update;
}

/** Without a `rollingUpdate` as many pods keep the current revision as have it. */
function keptBelow(set: StatefulSet): number {
  if (set.spec.updateStrategy?.rollingUpdate) return partitionOf(set);
  return set.status?.currentReplicas ?? 0;
}

/** The labels by which the set and others find this very pod. */
function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [POD_INDEX]: String(ordinal), [POD_NAME]: name };
}

export function hasIdentity(set: StatefulSet, pod: Pod): boolean {
  return missingLabels(set, pod) === undefined;
}

/** What a pod that was adopted lacks of the labels of its ordinal. */
export function missingLabels(set: StatefulSet, pod: Pod): Record<string, string> | undefined {
  const labels = identityLabels(pod.metadata.name, ordinalOf(set, pod) ?? 0);
  const missing = Object.entries(labels).filter(
    ([key, value]) => pod.metadata.labels?.[key] !== value,
  );
  return missing.length > 0 ? Object.fromEntries(missing) : undefined;
}

export function renderPod(set: StatefulSet, ordinal: number, revision: ControllerRevision): Pod {
  const template = templateOf(revision);
  const name = `${set.metadata.name}-${ordinal}`;
  const { namespace } = set.metadata;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const { serviceName } = set.spec;
  const spec = structuredClone(template.spec);
  const volumes = volumesOf(set, ordinal, spec.volumes ?? []);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        ...identityLabels(name, ordinal),
        [REVISION_LABEL]: revision.metadata.name,
      },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...spec,
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

type Volumes = NonNullable<Pod['spec']['volumes']>;

/** A claim takes the place of a volume of its name. */
function volumesOf(set: StatefulSet, ordinal: number, own: Volumes): Volumes {
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
  }));
  const names = new Set(claims.map(({ name }) => name));
  return [...claims, ...own.filter(({ name }) => !names.has(name))];
}

export function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}
