/** Which dependents belong to an owner: adoption and release by selector and controller reference. */
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import { type LabelSelector, matchesSelector } from '../../api/label-selector.ts';
import { nameOf, type Write } from './write.ts';

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isDeleting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export interface Claim<T extends KubeObject> {
  /** Owned and matched, without those to adopt. */
  owned: T[];
  adopt: T[];
  release: T[];
}

/**
 * Sorts candidates: an object that another controller owns is ignored, an owned one that no longer
 * matches is released, an orphan that matches is adopted. A deleting owner adopts and releases nothing.
 */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: T[],
): Claim<T> {
  const result: Claim<T> = { owned: [], adopt: [], release: [] };
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const matches = matchesSelector(selector, candidate.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) result.owned.push(candidate);
      else if (!isDeleting(owner)) result.release.push(candidate);
    } else if (matches && !isDeleting(owner) && !isDeleting(candidate)) {
      result.adopt.push(candidate);
    }
  }
  return result;
}

/** The writes of a claim; each is refused when the object has changed meanwhile. */
export function claimWrites<T extends KubeObject>(owner: KubeObject, found: Claim<T>): Write[] {
  const ownerUid = owner.metadata.uid;
  const patch = (object: T, ownerReferences: OwnerReference[]): Write => ({
    op: 'Patch',
    target: nameOf(object),
    body: {
      metadata: {
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion,
        ownerReferences: ownerReferences.length > 0 ? ownerReferences : null,
      },
    },
  });
  const references = (object: T) =>
    (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== ownerUid);
  return [
    ...found.adopt.map((object) =>
      patch(object, [...references(object), controllerReference(owner)]),
    ),
    ...found.release.map((object) => patch(object, references(object))),
  ];
}
