/** One sync of a Deployment, pure: what it and its sets should look like next, as writes. */
import { isDeleting } from '../ownership.ts';
import type { Plan } from '../write.ts';
import { markPaused } from './conditions.ts';
import { draftOf, type Draft, type Snapshot } from './draft.ts';
import { REVISION } from './revision.ts';
import { recreate, rollingUpdate } from './rollout.ts';
import { isScalingEvent, scale } from './scale.ts';
import { findSets, forgetOldSets, syncSets } from './sets.ts';
import { deadlineCheckMs, sameStatus, writeStatus } from './status.ts';
import { isRollingUpdate } from './strategy.ts';

export function syncDeployment(snapshot: Snapshot): Plan {
  const draft = draftOf(snapshot);
  act(draft);
  const { deployment } = draft;
  const before = snapshot.deployment;
  // The status endpoint of Deployments takes annotations too: the revision goes with the status,
  // as a write of its own would count up the generation.
  const revised =
    before.metadata.annotations?.[REVISION] !== deployment.metadata.annotations?.[REVISION];
  if (revised || !sameStatus(before.status, deployment.status ?? {}))
    draft.writes.push({ op: 'UpdateStatus', object: deployment });
  const requeueAfterMs = deadlineCheckMs(deployment, snapshot.nowMs);
  return { writes: draft.writes, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
}

function act(draft: Draft): void {
  const { deployment } = draft;
  if (isDeleting(deployment)) {
    writeStatus(draft, syncSets(draft));
    return;
  }
  markPaused(draft);
  const paused = deployment.spec.paused === true;
  if (paused || isScalingEvent(deployment, findSets(deployment, draft.sets))) {
    const sets = syncSets(draft);
    scale(draft, sets);
    if (paused) forgetOldSets(draft, sets);
    writeStatus(draft, sets);
    return;
  }
  if (isRollingUpdate(deployment)) rollingUpdate(draft);
  else recreate(draft);
}
