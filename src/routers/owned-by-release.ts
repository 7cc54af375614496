/** Objects that a release makes for itself: how they are named, whose they are, and what is in the way of one. */
import { createHash } from 'node:crypto';
import { API_VERSION, GROUP, KINDS, POLICY_LABEL, RELEASE_LABEL } from '../api/group.ts';
import type { KubeObject, OwnerReference } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';

/** Whose an object is that a release makes, if it is there. */
export type Ownership = 'Absent' | 'Ours' | 'Leaving' | 'Foreign';

export function ownershipOf(found: KubeObject | undefined, ownerUid: string): Ownership {
  if (found === undefined) return 'Absent';
  if (ownerOf(found) !== ownerUid) return 'Foreign';
  return found.metadata.deletionTimestamp ? 'Leaving' : 'Ours';
}

/** The uid of its controller. The garbage collector takes that away when somebody deletes the Release
 * with its dependents or without them; then the label tells. */
function ownerOf({ metadata }: KubeObject): string | undefined {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return controller?.uid ?? metadata.labels?.[RELEASE_LABEL];
}

export function controlledBy({ name, uid }: { name: string; uid: string }): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: KINDS.release.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** @param release its uid */
export function ownLabels(policy: string, release: string): Record<string, string> {
  return { [POLICY_LABEL]: policy, [RELEASE_LABEL]: release };
}

/** `<name>-<suffix>`; where that has more than `max` characters, shortened and made unique by a hash of the whole. */
export function suffixedName(name: string, suffix: string, max: number): string {
  const whole = `${name}-${suffix}`;
  if (whole.length <= max) return whole;
  const tail = `-${createHash('sha256').update(whole).digest('hex').slice(0, 8)}-${suffix}`;
  return name.slice(0, max - tail.length).replace(/[-.]+$/, '') + tail;
}

/** What stands where Segue needs an object of its own, unless it is about to go. */
export function takenBy(kind: string, found: KubeObject | undefined): Problem[] {
  return found && !found.metadata.deletionTimestamp ? [taken(kind, found)] : [];
}

export function taken(kind: string, { metadata }: KubeObject): Problem {
  const field = `${kind} ${metadata.name}`;
  const release = metadata.ownerReferences?.find(
    (owner) => owner.kind === KINDS.release.kind && owner.apiVersion.startsWith(`${GROUP}/`),
  );
  return release
    ? {
        field,
        message: `it belongs to the Release ${release.name}`,
        fix: `let that release end, or delete the ${kind} if the release is over`,
      }
    : {
        field,
        message: `Segue needs this name for one of its own and it is taken`,
        fix: 'rename or delete it; it is not overwritten',
      };
}
