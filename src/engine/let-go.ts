/** What a policy that is being deleted does about its target. */
import type { Decision, ReleaseEvent } from './decision.ts';
import { lookAtHold } from './lost-hold.ts';
import { imagesOf } from './new-release.ts';
import { letPairGo } from './pair-idle.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';
import type { WorkloadState } from '../ports/workload.ts';

/**
 * The policy is being deleted: the target runs by itself again. It is never unpaused while its
 * template differs from what runs: that would start a rollout nobody asked for.
 */
export function letGo(snapshot: Snapshot, policy: PolicySnapshot): Omit<Decision, 'handled'> {
  const workload = snapshot.workload;
  if (!policy.finalizer) return { events: [] };
  if (snapshot.contested || !workload) return { finalizer: 'Remove', events: [] };
  return workload.pair ? letPairGo(workload.pair) : letOneGo(snapshot, policy, workload);
}

function letOneGo(
  snapshot: Snapshot,
  policy: PolicySnapshot,
  workload: WorkloadState,
): Omit<Decision, 'handled'> {
  const lost = lookAtHold({ now: snapshot.now, policy, workload });
  if (lost?.workload && (workload.held || workload.strays.length > 0))
    return { workload: lost.workload, events: lost.events ?? [] };
  if (!workload.held) return letAlone(workload);
  const running = workload.running;
  const unknown = unknownVersion(snapshot, policy, workload);
  if (unknown) return unknown;
  if (!running)
    return {
      finalizer: 'Remove',
      events: [warn('LeftPaused', 'no version runs: the target is left paused')],
    };
  if (workload.templateHash === running.templateHash)
    return { workload: { held: false, failureMessage: '' }, events: [] };
  const message = `the template was put back to ${imagesOf(running).join(', ')}, which is what runs`;
  return {
    workload: { held: true, failureMessage: '', template: running.template },
    events: [warn('TemplateRestored', message)],
  };
}

/** A watch may be behind: without the template of what runs the target would be left held. Bounded: somebody may have
 * deleted it. */
const UNKNOWN_MS = 60_000;

function unknownVersion(
  { now }: Snapshot,
  { deletedAtMs = 0 }: PolicySnapshot,
  { ordinals }: WorkloadState,
): Omit<Decision, 'handled'> | undefined {
  const endMs = deletedAtMs + UNKNOWN_MS;
  return ordinals?.unknown !== undefined && now < endMs
    ? { events: [], wakeAtMs: endMs }
    : undefined;
}

/** Somebody else has resumed it: there it stays, and what Segue keeps for its user goes. In the middle of a
 * move of Segue's it is held first. */
function letAlone({ ordinals, nodes }: WorkloadState): Omit<Decision, 'handled'> {
  if (!(ordinals ?? nodes)?.kept) return { finalizer: 'Remove', events: [] };
  return { workload: { held: ordinals?.moving !== undefined, failureMessage: '' }, events: [] };
}

function warn(reason: string, message: string): ReleaseEvent {
  return { type: 'Warning', reason, message };
}
