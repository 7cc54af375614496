/** The volume claims of a StatefulSet's pods, pure: what they are, and with whom they go. */
import type { KubeObject, OwnerReference } from '../../../api/object.ts';
import type { Pod, StatefulSet } from '../kinds.ts';
import { claimName, firstOrdinal, ordinalOf } from './identity.ts';

/** The claims of one pod, as they are made where they are not there. */
export function claimsOf(set: StatefulSet, ordinal: number): KubeObject[] {
  const { namespace } = set.metadata;
  const owners = ownsClaims(set) ? [referenceTo(set)] : undefined;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { labels, annotations, name } = template.metadata;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(set, name, ordinal),
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations ? { annotations: { ...annotations } } : {}),
        ...(owners ? { ownerReferences: owners } : {}),
      },
      spec: structuredClone(template['spec']),
    };
  });
}

function ownsClaims(set: StatefulSet): boolean {
  return set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
}

/** Claims are kept by nobody's controller: their owner only takes them along. */
function referenceTo({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}

/** The owners a claim should have; undefined where it has them. A claim goes with a pod that the set
 * shrinks below, or with the set, where the retention policy says so. */
export function wantedOwners(
  set: StatefulSet,
  pod: Pod,
  claim: KubeObject,
): OwnerReference[] | undefined {
  const ordinal = ordinalOf(set, pod) ?? 0;
  const index = ordinal - firstOrdinal(set);
  const isCondemned = index < 0 || index >= (set.spec.replicas ?? 1);
  const goesWhenScaled = set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete';
  const isPods = goesWhenScaled && isCondemned;
  const isSets = ownsClaims(set) && !isPods;
  const present = claim.metadata.ownerReferences ?? [];
  const ours = [set.metadata.uid, pod.metadata.uid];
  const wanted = [
    ...present.filter(({ uid }) => !ours.includes(uid)),
    ...(isSets ? [referenceTo(set)] : []),
    ...(isPods ? [referenceTo(pod)] : []),
  ];
  const uids = (references: OwnerReference[]) =>
    references
      .map(({ uid }) => uid)
      .sort()
      .join();
  return uids(wanted) === uids(present) ? undefined : wanted;
}
