/**
 * Stable lost its pods to a rollout that began while the hold was lost and nobody was there to take
 * it back. Until they are back the traffic goes to every pod there is: those that were started
 * meanwhile are ready, and behind a route or a pin to stable they would stand idle.
 */
import type { SetState, WorkloadState } from '../ports/workload.ts';
import { isLeftToOthers } from './contest.ts';
import { direct } from './traffic.ts';
import type { Turn } from './turn.ts';

const STEPS = new Set(['Prepare', 'Stage', 'Retreat']);

/** True while the release has to wait for it; a way back waits no longer than for other pods. */
export function shelter(turn: Turn): boolean {
  const { workload, status } = turn;
  if (!workload || !turn.hasTraffic || turn.plan.byPods || !STEPS.has(status.step ?? ''))
    return false;
  const rogues = roguesOf(turn, workload).filter((set) => set.available > 0);
  const others = [...rogues, ...sharing(turn, workload)];
  const missing = missingPods(turn, workload);
  if (others.length === 0 || missing <= 0) return false;
  const names = others.map((set) => set.name).join(' and ');
  const what = `${missing} stable pods are missing: the traffic goes to those of ${names} too`;
  if (status.traffic?.route === 'Split') {
    direct(turn, { route: 'Service', weight: status.traffic.weight });
    turn.change({ gateSince: undefined });
    turn.tell('Warning', 'StableShort', `${what}, until they are back`);
  }
  if (status.step !== 'Retreat') {
    turn.waitFor(what);
    return true;
  }
  const endMs = turn.sinceMs(status.stepSince) + turn.plan.progressDeadlineMs;
  if (turn.now < endMs) turn.waitFor(what, endMs);
  return turn.now < endMs;
}

/** The candidate that is taken back, where its pods answer with those of stable. */
function sharing(turn: Turn, { candidate }: WorkloadState): SetState[] {
  const { traffic, step } = turn.status;
  const shares = step === 'Retreat' && traffic?.route === 'Service' && traffic.dedicated;
  if (!shares || isLeftToOthers(turn)) return [];
  return candidate?.owner === 'Release' && candidate.ready > 0 ? [candidate] : [];
}

/** On the way back the candidate still answers behind the user's Service with everybody else: its pods
 * may go only when stable, which is whole again, has all traffic. */
export function sharesService(turn: Turn): boolean {
  const { status, workload } = turn;
  const { traffic } = status;
  if (traffic?.route !== 'Service' || !traffic.dedicated || isLeftToOthers(turn)) return false;
  if (workload?.carrier !== 'Stable' || missingPods(turn, workload) > 0) return false;
  return workload.candidate?.owner === 'Release' && workload.candidate.current > 0;
}

/** Of the share that stable has now, all of it while its set is made anew; none once the candidate belongs to the
 * target. */
function missingPods({ status }: Turn, { stable, carrier, replicas }: WorkloadState): number {
  if (carrier === 'Candidate' || carrier === 'Both') return 0;
  const weight = status.traffic?.route === 'Split' ? status.traffic.weight : 0;
  const needed = Math.ceil((replicas * (100 - weight)) / 100);
  return needed - (stable?.available ?? 0);
}

/** Sets of the target's controller's own making. */
function roguesOf({ spec }: Turn, { owned, strays, templateHash }: WorkloadState): SetState[] {
  const made = owned.filter(
    (set) =>
      set.name !== spec.stable.replicaSet &&
      set.name !== spec.candidate.replicaSet &&
      (set.templateHash === templateHash || set.templateHash === spec.candidate.templateHash),
  );
  return [...strays, ...made];
}
