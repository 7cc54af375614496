/** What is asked of the server before it is believed: the watch may be behind, and what is decided by it could not
 * be taken back. */
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { KINDS } from '../api/group.ts';
import type { Decision } from '../engine/index.ts';
import type { Writer } from './apply.ts';
import { kindOf } from './caches.ts';
import type { Observed } from './observe.ts';

/** Why a release is taken back, where the deletion of its target would explain it too. */
const LOSSES = new Set(['CandidateDeleted', 'CandidateNameTaken', 'StableDeleted']);

/** @throws KubeError where it is not as it was seen, so that it is looked at again */
export async function confirm(writer: Writer, observed: Observed, decision: Decision) {
  const { asked } = decision.create ?? {};
  const { namespace } = observed.workload;
  // One that was answered a moment ago asks for nothing any more.
  if (asked) await writer.mustBeThere({ ...KINDS.releaseRequest, namespace, ...asked });
  if (isLoss(observed, decision) || isFarewell(observed, decision))
    await confirmTarget(writer, observed.workload.target);
}

/** A set that is gone may have gone with its target, and the watch of that be behind. */
function isLoss({ release }: Observed, decision: Decision): boolean {
  const { reason = '' } = decision.release?.status ?? {};
  const before = (release?.['status'] ?? {}) as ReleaseStatus;
  return LOSSES.has(reason) && before.reason !== reason;
}

/** Nobody would let it go any more where it was held by a write whose answer was lost. */
function isFarewell({ snapshot }: Observed, { finalizer }: Decision): boolean {
  return finalizer === 'Remove' && snapshot.workload !== undefined;
}

async function confirmTarget(writer: Writer, target: KubeObject | undefined): Promise<void> {
  if (!target) return;
  const { name, namespace = '', generation = 0 } = target.metadata;
  await writer.mustBeAsSeen({ ...kindOf(target), namespace, name, generation });
}
