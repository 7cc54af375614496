/** Writes on a Deployment and its ReplicaSets, each with the precondition it needs. */
import { API_VERSION, HASH_LABEL, KINDS, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import type { DeleteWrite, PatchWrite } from '../../ports/write.ts';
import { fields, list, text } from '../fields.ts';
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

/** Deletes this very set, as it was observed, with its pods; while the Deployment is as it was, where
 * that is given. */
export function deleteSet(set: SetView, because: string, seen?: TargetView): DeleteWrite {
  const { name, namespace, resourceVersion } = set.object.metadata;
  return {
    op: 'Delete',
    target: { ...KINDS.replicaSet, name, ...(namespace === undefined ? {} : { namespace }) },
    uid: set.uid,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(seen && { seen: seenAs(seen) }),
    propagation: 'Background',
    because,
  };
}

/** While the Deployment is as it was observed. */
export function seenAs({
  namespace,
  name,
  generation,
}: TargetView): NonNullable<DeleteWrite['seen']> {
  return { ...KINDS.deployment, namespace, name, generation };
}

/**
 * The part of a merge patch by which a set becomes Segue's. Two owners, so that the garbage
 * collector lets it live whichever of the two is deleted, with its dependents or without them; and
 * none of the labels that the Deployment selects, since the Deployment controller takes up every
 * set that matches and has no controller, and would size it against the other.
 *
 * @param controller the Release, or the policy where no release is in progress
 */
export function heldBySegue(controller: OwnerReference, target: TargetView, set: SetView) {
  return {
    ownerReferences: ownersWith(controller, target, set),
    labels: { ...withoutSelected(target), [RELEASE_LABEL]: controller.uid },
  };
}

/** The owners of a set that is Segue's. */
export function ownersWith(
  controller: OwnerReference,
  target: TargetView,
  set?: SetView,
): OwnerReference[] {
  const { controller: _, blockOwnerDeletion: __, ...second } = targetOwner(target);
  return [...otherOwners(set, [controller.uid, target.uid]), second, controller];
}

/** The part of a merge patch by which a set becomes the Deployment's. */
export function heldByTarget(target: TargetView, set: SetView) {
  const labels = fields(fields(set.template['metadata'])['labels']);
  return {
    ownerReferences: [...otherOwners(set, [target.uid]), targetOwner(target)],
    labels: { ...labels, [RELEASE_LABEL]: null },
  };
}

/** Neither the controller nor one of these. */
function otherOwners(set: SetView | undefined, uids: readonly string[]): OwnerReference[] {
  return (set?.object.metadata.ownerReferences ?? []).filter(
    (owner) => owner.controller !== true && !uids.includes(owner.uid),
  );
}

function withoutSelected(target: TargetView): Record<string, null> {
  return Object.fromEntries(selectedKeys(target).map((key) => [key, null]));
}

/** The labels without which the Deployment's selector does not match. */
export function selectedKeys(target: TargetView): string[] {
  const selector = fields(fields(target.object['spec'])['selector']);
  const asked = list(selector['matchExpressions'])
    .filter((expression) => ['In', 'Exists'].includes(text(expression['operator'])))
    .map((expression) => text(expression['key']));
  const keys = [...Object.keys(fields(selector['matchLabels'])), ...asked];
  return keys.filter((key) => key !== HASH_LABEL);
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
