/** What people asked of the release in progress: each answered once, recorded, then removed. */
import { beginAbort, canAbort } from './abort.ts';
import { pause } from './forward.ts';
import { failedCheck } from './gates.ts';
import { answerRetry } from './retry.ts';
import type { RequestSnapshot } from './snapshot.ts';
import { measuredChecks } from './triggers.ts';
import type { Turn } from './turn.ts';

const REQUESTS_MAX = 32;

/** Answers what is new; returns the names of all that are dealt with. */
export function answerRequests(turn: Turn): string[] {
  for (const request of turn.snapshot.requests) {
    const before = turn.status.requests ?? [];
    if (before.some((handled) => handled.uid === request.uid)) continue;
    const { action, by, because } = request.spec;
    const answer = answerRequest(turn, request);
    const record = {
      uid: request.uid,
      action,
      ...(by !== undefined && { by }),
      ...(because !== undefined && { because }),
      at: turn.nowIso,
      answer,
    };
    turn.change({ requests: [...before, record].slice(-REQUESTS_MAX) });
    turn.persistNow = true;
  }
  return turn.snapshot.requests.map((request) => request.name);
}

function answerRequest(turn: Turn, request: RequestSnapshot): string {
  const { spec } = request;
  const { who, why } = asker(request);
  if (spec.action === 'Retry') return answerRetry(turn, who + why);
  if (spec.release !== undefined && spec.release !== turn.release.name)
    return `refused: ${spec.release} is not in progress, ${turn.release.name} is`;
  if (!canAbort(turn))
    return `refused: the release is ${turn.status.towards === 'Promoted' ? 'past the point of return' : 'being taken back already'}`;
  switch (spec.action) {
    case 'Abort':
      beginAbort(turn, 'AbortRequested', `${who} asked to abort${why}`);
      return 'aborting';
    case 'Pause':
      if (turn.status.paused) return 'paused already';
      pause(turn, 'PauseRequested', `${who} asked to pause${why}`);
      return 'paused';
    case 'Resume':
      return resume(turn, who + why);
    case 'Promote':
      return promote(turn, who + why);
  }
}

function asker({ spec }: RequestSnapshot): { who: string; why: string } {
  return { who: spec.by ?? 'a person', why: spec.because === undefined ? '' : `: ${spec.because}` };
}

function resume(turn: Turn, who: string): string {
  if (!turn.status.paused) return 'refused: it is not paused';
  // Evidence begins anew and gets its whole time: what failed or timed out would pause at once.
  const since = turn.status.gateSince === undefined ? 'stepSince' : 'gateSince';
  turn.change({ paused: undefined, [since]: turn.nowIso });
  turn.tell('Normal', 'Resumed', `resumed by ${who}`);
  return 'resumed';
}

function promote(turn: Turn, who: string): string {
  const failed = failedCheck(measuredChecks(turn), turn.evidence);
  if (failed) return `refused: ${failed}; resume to measure anew, or abort`;
  turn.change({ paused: undefined, promoted: true });
  turn.tell('Normal', 'PromoteRequested', `promoted to the next stage by ${who}`);
  return 'going on: hold, approval and undecided checks of this stage are passed over';
}
