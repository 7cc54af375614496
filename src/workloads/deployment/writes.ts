/** Writes on a Deployment and its ReplicaSets, each with the precondition it needs. */
import { API_VERSION, KINDS } from '../../api/group.ts';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import type { DeleteWrite, PatchWrite } from '../../ports/write.ts';
import type { SetView, TargetView } from './view.ts';

/** A merge patch that is refused when the object has changed since it was observed. */
export function patchTarget(target: TargetView, body: unknown, because: string): PatchWrite {
  return { ...patch(target.object, 'Deployment', target.namespace), body, because };
}

export function patchSet(set: SetView, body: unknown, because: string): PatchWrite {
  return { ...patch(set.object, 'ReplicaSet', set.object.metadata.namespace), body, because };
}

function patch(
  object: KubeObject,
  kind: 'Deployment' | 'ReplicaSet',
  namespace: string | undefined,
): Pick<PatchWrite, 'op' | 'target' | 'type' | 'resourceVersion'> {
  const { name, resourceVersion } = object.metadata;
  return {
    op: 'Patch',
    type: 'merge',
    target: { group: 'apps', kind, name, ...(namespace === undefined ? {} : { namespace }) },
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** Deletes this very set, as it was observed, with its pods. */
export function deleteSet(set: SetView, because: string): DeleteWrite {
  const { name, namespace, resourceVersion } = set.object.metadata;
  return {
    op: 'Delete',
    target: { ...KINDS.replicaSet, name, ...(namespace === undefined ? {} : { namespace }) },
    uid: set.uid,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    propagation: 'Background',
    because,
  };
}

/** The owners with another controller in the place of the present one; the others stay. */
export function ownedBy(controller: OwnerReference, set: SetView): OwnerReference[] {
  const others = (set.object.metadata.ownerReferences ?? []).filter(
    (owner) => owner.controller !== true && owner.uid !== controller.uid,
  );
  return [...others, controller];
}

export function targetOwner(target: TargetView): OwnerReference {
  return {
    apiVersion: target.object.apiVersion,
    kind: 'Deployment',
    name: target.name,
    uid: target.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function releaseOwner(owner: { name: string; uid: string }): OwnerReference {
  return segueOwner('Release', owner);
}

export function policyOwner(owner: { name: string; uid: string }): OwnerReference {
  return segueOwner('ReleasePolicy', owner);
}

function segueOwner(kind: string, owner: { name: string; uid: string }): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind,
    name: owner.name,
    uid: owner.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
