/** Capacity before traffic: enough pods of the candidate that serve, or a wait that ends. */
import { formatDuration } from '../api/duration.ts';
import { beginAbort } from './abort.ts';
import { neededReplicas } from './needed.ts';
import { missingBehindService } from './pod-shares.ts';
import { direct, endpointsSuffice, reachesCandidate } from './traffic.ts';
import { nextLook, reportRecovery, reportTrouble } from './trouble.ts';
import type { Turn } from './turn.ts';

/** Enough available pods for the present share, and enough endpoints. */
export function candidateServes(turn: Turn): boolean {
  const needed = neededReplicas(turn);
  const available = turn.workload?.candidate?.available ?? 0;
  if (available < needed || missingBehindService(turn, needed) !== '') return false;
  return endpointsSuffice(turn, 'candidate', needed);
}

/** Capacity before traffic (invariant 1). */
export function candidateSuffices(turn: Turn): boolean {
  if (candidateServes(turn)) {
    if (turn.status.availableSince === undefined) turn.change({ availableSince: turn.nowIso });
    if (isSteady(turn)) turn.change({ unavailableSince: undefined });
    reportRecovery(turn);
    return true;
  }
  const { unavailableSince } = turn.status;
  if (unavailableSince === undefined || isSteady(turn))
    turn.change({ unavailableSince: turn.nowIso });
  turn.change({ availableSince: undefined });
  retire(turn);
  awaitCandidate(turn, shortfall(turn));
  return false;
}

/** Pods are ready before the endpoints of their Service say so: until then nothing more is sent to it. */
export function knownToService(turn: Turn): boolean {
  const { available = 0 } = turn.workload?.candidate ?? {};
  if (endpointsSuffice(turn, 'candidate', available)) return true;
  if (turn.status.unavailableSince === undefined) turn.change({ unavailableSince: turn.nowIso });
  turn.change({ availableSince: undefined });
  awaitCandidate(turn, endpointsText(turn, available));
  return false;
}

const STEADY_MS = 60_000;

/** A candidate that crashes, comes back and crashes again must not begin its deadline anew each time. */
export function isSteady(turn: Turn): boolean {
  const { availableSince } = turn.status;
  if (availableSince === undefined) return false;
  const steadyMs = Math.min(STEADY_MS, turn.plan.progressDeadlineMs);
  return turn.now >= turn.sinceMs(availableSince) + steadyMs;
}

function shortfall(turn: Turn): string {
  const needed = neededReplicas(turn);
  const available = turn.workload?.candidate?.available ?? 0;
  if (available < needed) return `${available} of ${needed} candidate pods available`;
  const missing = missingBehindService(turn, needed);
  if (missing !== '') return missing;
  return endpointsText(turn, needed);
}

function endpointsText({ snapshot }: Turn, needed: number): string {
  const ready = snapshot.traffic?.endpoints.candidate ?? 0;
  return `${ready} of ${needed} endpoints behind the Service of the candidate ready`;
}

/** Nothing answers for the candidate's share any more: stable takes it until pods are back. */
export function retire(turn: Turn): void {
  if ((turn.workload?.candidate?.available ?? 0) > 0 || neededReplicas(turn) === 0) return;
  if (!reachesCandidate(turn)) return;
  // Of a StatefulSet there may be no old pods any more.
  if (turn.plan.roll && (turn.workload?.stable?.available ?? 0) === 0) return;
  direct(turn, { route: 'Split', weight: 0 });
  // Pods that are not ready any more may still be busy with what they were asked before.
  turn.change({ gateSince: undefined, drainSince: turn.nowIso });
  // A restart that sent the traffic back at once would not know that it had been away.
  turn.persistNow = true;
}

export function awaitCandidate(turn: Turn, short: string): void {
  const { progressDeadlineMs } = turn.plan;
  const deadlineMs = turn.sinceMs(turn.status.unavailableSince) + progressDeadlineMs;
  const why = reportTrouble(turn, short);
  if (turn.now < deadlineMs) {
    turn.wakeAt(nextLook(turn, turn.status.unavailableSince));
    return turn.waitFor(short + why, deadlineMs);
  }
  const waited = formatDuration(progressDeadlineMs);
  beginAbort(turn, 'ProgressDeadlineExceeded', `${short} after ${waited}${why}`);
}
