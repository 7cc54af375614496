/**
 * Binds claims at once, each to a volume of its own that holds nothing, pure: the sandbox has no storage,
 * and without this the pods of many a StatefulSet would wait for ever.
 */
import type { KubeObject } from '../../../api/object.ts';
import type { Claim, Volume } from '../kinds.ts';
import { nameOf, type Write } from '../write.ts';

export const DRIVER = 'sandbox.segue.dev';

/** What there is to do for a claim and the volumes made for its name, pure. */
export function bindingWrites(claim: Claim | undefined, own: Volume[]): Write[] {
  const left = own.filter(({ spec }) => spec.claimRef?.uid !== claim?.metadata.uid);
  const gone = left.map((volume): Write => {
    return { op: 'Delete', target: nameOf(volume), uid: volume.metadata.uid ?? '' };
  });
  if (!claim || claim.metadata.deletionTimestamp !== undefined) return gone;
  const volumeName = `pvc-${claim.metadata.uid}`;
  // A claim of no class, or for a volume that somebody named, waits for that volume.
  const isOurs = (claim.spec.volumeName ?? volumeName) === volumeName;
  if (!isOurs || claim.spec.storageClassName === '' || claim.status?.phase === 'Bound') return gone;
  const isThere = own.some(({ metadata }) => metadata.name === volumeName);
  return [
    ...gone,
    ...(isThere ? [] : volumeWrites(renderVolume(claim, volumeName))),
    ...bound(claim, volumeName),
  ];
}

function volumeWrites(volume: KubeObject): Write[] {
  const status = { phase: 'Bound' };
  return [
    { op: 'Create', object: volume },
    { op: 'UpdateStatus', object: { ...volume, status } },
  ];
}

function renderVolume({ metadata, spec }: Claim, name: string): KubeObject {
  const { accessModes = [], storageClassName, volumeMode = 'Filesystem' } = spec;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: capacityOf(spec),
      accessModes,
      volumeMode,
      persistentVolumeReclaimPolicy: 'Delete',
      ...(storageClassName === undefined ? {} : { storageClassName }),
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      csi: { driver: DRIVER, volumeHandle: metadata.uid },
    },
  };
}

function capacityOf(spec: Claim['spec']): Record<string, string | number> {
  return { storage: spec.resources?.requests?.['storage'] ?? '0' };
}

function bound(claim: Claim, volumeName: string): Write[] {
  const spec = { ...claim.spec, volumeName };
  const status = {
    phase: 'Bound',
    accessModes: claim.spec.accessModes ?? [],
    capacity: capacityOf(claim.spec),
  };
  const message = `Successfully provisioned volume ${volumeName}`;
  return [
    { op: 'Update', object: { ...claim, spec } },
    { op: 'UpdateStatus', object: { ...claim, spec, status } },
    { op: 'Event', about: claim, type: 'Normal', reason: 'ProvisioningSucceeded', message },
  ];
}
