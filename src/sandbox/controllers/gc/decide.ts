/** What becomes of one object, pure: given what its owners turned out to be. */
import type { KubeObject, OwnerReference } from '../../../api/object.ts';
import { nameOf, type Write } from '../write.ts';
import { blocks, FOREGROUND, type GraphNode, isDeletingDependents, ORPHAN } from './graph.ts';

/** `Solid`: it exists. `Absent`: nothing of that uid is there. `Waiting`: it is in foreground deletion. */
export type OwnerState = 'Solid' | 'Absent' | 'Waiting';

export interface Situation {
  /** The object as the server has it now. */
  object: KubeObject;
  node: GraphNode;
  owners: { reference: OwnerReference; state: OwnerState }[];
  dependents: GraphNode[];
}

/** An object goes when none of its owners is left; while one is, the others are struck out. */
export function decide(situation: Situation): Write[] {
  const { object, node, owners, dependents } = situation;
  if (node.deleting) return isDeletingDependents(node) ? finishForeground(situation) : [];
  const of = (state: OwnerState) => owners.filter((owner) => owner.state === state);
  const [solid, absent, waiting] = [of('Solid'), of('Absent'), of('Waiting')];
  if (owners.length === 0) return [];
  if (solid.length > 0) {
    if (absent.length + waiting.length === 0) return [];
    return [
      keepOwners(
        object,
        solid.map((owner) => owner.reference),
      ),
    ];
  }
  if (waiting.length > 0 && dependents.length > 0) {
    // Two that wait for each other would wait forever: the lower one stops blocking.
    const circle = dependents.some(isDeletingDependents);
    return [...(circle ? [unblock(object)] : []), deletion(object, 'Foreground')];
  }
  return [deletion(object, policyOf(object))];
}

/** In foreground deletion: when no dependent blocks any more, the object may go. */
function finishForeground({ object, node, dependents }: Situation): Write[] {
  if (dependents.some((dependent) => blocks(dependent, node.uid))) return [];
  return [withoutFinalizer(object, FOREGROUND)];
}

/** Strikes one owner from a dependent. */
export function disown(object: KubeObject, ownerUid: string): Write[] {
  const references = object.metadata.ownerReferences ?? [];
  const left = references.filter((reference) => reference.uid !== ownerUid);
  return left.length === references.length ? [] : [keepOwners(object, left)];
}

export function withoutFinalizer(object: KubeObject, finalizer: string): Write {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  return patch(object, { finalizers: finalizers.length > 0 ? finalizers : null });
}

function keepOwners(object: KubeObject, references: OwnerReference[]): Write {
  return patch(object, { ownerReferences: references.length > 0 ? references : null });
}

function unblock(object: KubeObject): Write {
  const references = object.metadata.ownerReferences ?? [];
  const ownerReferences = references.map((one) => ({ ...one, blockOwnerDeletion: false }));
  return patch(object, { ownerReferences });
}

function patch(object: KubeObject, change: Record<string, unknown>): Write {
  const { uid, resourceVersion } = object.metadata;
  return {
    op: 'Patch',
    target: nameOf(object),
    body: { metadata: { uid, resourceVersion, ...change } },
  };
}

type Policy = 'Foreground' | 'Background' | 'Orphan';

function policyOf(object: KubeObject): Policy {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

function deletion(object: KubeObject, propagation: Policy): Write {
  return { op: 'Delete', target: nameOf(object), uid: object.metadata.uid ?? '', propagation };
}
