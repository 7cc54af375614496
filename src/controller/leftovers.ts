/** What was made for a Release that is gone or over: by a controller that had not seen it go. The garbage
 * collector lets it be, since it has a second owner (docs/adr/0006). */
import { FRESH_LABEL, KINDS, RELEASE_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { DeleteWrite } from '../ports/write.ts';
import { type Caches, isOpen, kindOf } from './caches.ts';
import type { Observed, PolicyKey } from './observe.ts';

/** Deletions of sets and Services whose Release is in progress neither here nor as it is stored. */
export async function leftoverWrites(
  client: KubeClient,
  caches: Caches,
  key: PolicyKey,
  { workload, policy }: Observed,
): Promise<DeleteWrite[]> {
  const services = caches.services.byIndex('policy', `${key.namespace}/${key.name}`);
  const isOver = (uid: string): boolean =>
    uid !== policy?.metadata.uid && !caches.releases.byIndex('uid', uid).some(isOpen);
  const suspects = [...services, ...workload.sets].filter((object) => {
    const uid = ownerOf(object);
    return uid !== undefined && !object.metadata.deletionTimestamp && isOver(uid);
  });
  if (suspects.length === 0) return [];
  // A cache of Releases that lags behind would make the work of another controller look left over.
  const { items } = await client.list(KINDS.release, { namespace: key.namespace });
  const stored = new Map(items.map((release) => [release.metadata.uid, release]));
  return suspects.filter((object) => isLeftOver(object, stored.get(ownerOf(object)))).map(deletion);
}

/** Of a release that has ended: never the set of the version it ended with. */
function isLeftOver({ kind, metadata }: KubeObject, release: KubeObject | undefined): boolean {
  if (!release) return true;
  if (isOpen(release)) return false;
  if (kind !== KINDS.replicaSet.kind || metadata.labels?.[FRESH_LABEL] !== undefined) return true;
  const { stable, candidate } = release['spec'] as ReleaseSpec;
  const { outcome } = (release['status'] ?? {}) as ReleaseStatus;
  return metadata.name === (outcome === 'Promoted' ? stable : candidate).replicaSet;
}

/** Of what belongs to nobody else by now. */
function ownerOf({ metadata }: KubeObject): string | undefined {
  const uid = metadata.labels?.[RELEASE_LABEL];
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return controller === undefined || controller.uid === uid ? uid : undefined;
}

function deletion(object: KubeObject): DeleteWrite {
  const { name, namespace = '', uid, resourceVersion } = object.metadata;
  return {
    op: 'Delete',
    target: { ...kindOf(object), namespace, name },
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    propagation: 'Background',
    because: `${object.kind} ${name} was made for a Release that is over`,
  };
}
