/** What people asked of the release in progress: each answered once, recorded, then removed. */
import { beginAbort, canAbort } from './abort.ts';
import { failedCheck } from './checks.ts';
import { readWindow } from './gates.ts';
import { answerRetry } from './retry.ts';
import { pause } from './stage-gates.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { ReleaseWindow } from '../api/gates.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { RequestSnapshot } from './snapshot.ts';
import { beginFailedTasksAnew } from './tasks.ts';
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
  return ANSWERS[spec.action](turn, { who, why });
}

/** What each action does, and what it answers. */
const ANSWERS: Record<Exclude<RequestAction, 'Retry'>, (turn: Turn, asker: Asker) => string> = {
  Abort: (turn, { who, why }) => {
    beginAbort(turn, 'AbortRequested', `${who} asked to abort${why}`);
    return 'aborting';
  },
  Pause: (turn, { who, why }) => {
    if (turn.status.paused) return 'paused already';
    pause(turn, 'PauseRequested', `${who} asked to pause${why}`);
    return 'paused';
  },
  Resume: resume,
  Promote: promote,
  PromoteFull: promoteFull,
  Approve: approve,
  Skip: skip,
};

interface Asker {
  who: string;
  /** Ends a sentence. */
  why: string;
}

function asker({ spec }: RequestSnapshot): Asker {
  // Until something checks it, it is only what the request says.
  return {
    who: spec.by === undefined ? 'a person' : `${spec.by} (claimed)`,
    why: spec.because === undefined ? '' : `: ${spec.because}`,
  };
}

function resume(turn: Turn, { who, why }: Asker): string {
  if (!turn.status.paused) return 'refused: it is not paused';
  // Evidence begins anew and gets its whole time: what failed or timed out would pause at once.
  const since = turn.status.gateSince === undefined ? 'stepSince' : 'gateSince';
  turn.change({ paused: undefined, [since]: turn.nowIso });
  setAside(turn);
  beginFailedTasksAnew(turn);
  turn.tell('Normal', 'Resumed', `resumed by ${who}${why}`);
  return 'resumed';
}

function promote(turn: Turn, { who, why }: Asker): string {
  const failed = whatFailed(turn);
  if (failed) return `refused: ${failed}; resume to try anew, skip to go on all the same, or abort`;
  const past = pastWindow(turn, [windowHere(turn)]);
  turn.change({ paused: undefined, promoted: true });
  turn.tell('Normal', 'PromoteRequested', `promoted to the next stage by ${who}${past}${why}`);
  return `going on${past}: hold, approval, webhooks and undecided checks of this stage are passed over`;
}

function promoteFull(turn: Turn, { who, why }: Asker): string {
  const failed = whatFailed(turn);
  if (failed) return `refused: ${failed}; resume to try anew, skip to go on all the same, or abort`;
  const later = turn.plan.stages.slice((turn.status.stage ?? -1) + 1);
  const past = pastWindow(turn, [windowHere(turn), ...later.map(({ window }) => window)]);
  turn.change({ paused: undefined, full: true });
  turn.tell('Normal', 'PromoteFullRequested', `promoted through all stages by ${who}${past}${why}`);
  return `going on to all the traffic${past}: the gates of all stages are passed over, failed checks are not`;
}

/** Only the approval: hold, checks and whatever else is asked count as before. */
function approve(turn: Turn, { who, why }: Asker): string {
  if (turn.status.step !== 'Stage' || turn.stage?.approval !== true) {
    const { message = '' } = turn.status;
    return `refused: nothing waits for an approval here${message === '' ? '' : `; it waits for ${message}`}`;
  }
  if (turn.status.approved) return 'approved already';
  turn.change({ approved: true });
  turn.tell('Normal', 'Approved', `approved by ${who}${why}`);
  return 'approved';
}

/** Leaves this stage, even where something failed and the policy said to ask. */
function skip(turn: Turn, { who, why }: Asker): string {
  const past = pastWindow(turn, [windowHere(turn)]);
  turn.change({ paused: undefined, skipped: true });
  setAside(turn);
  turn.tell('Warning', 'SkipRequested', `this stage is skipped by ${who}${past}${why}`);
  return `going on${past}: nothing of this stage is waited for, failed checks and tests included`;
}

/** What evidence has shown to fail, or of a route, would be shown at once again: who goes on all the same begins it anew. */
function setAside(turn: Turn): void {
  const { evidence } = turn.status;
  if (!evidence?.some(hasShown)) return;
  turn.change({
    evidence: evidence.map((one) => {
      const { kept: _, wrongShare: __, ...rest } = one;
      return hasShown(one) ? rest : one;
    }),
  });
}

function hasShown({
  verdict,
  wrongShare,
}: NonNullable<ReleaseStatus['evidence']>[number]): boolean {
  return verdict === 'Fail' || wrongShare !== undefined;
}

function windowHere({ status, plan, stage }: Turn): ReleaseWindow | undefined {
  return status.step === 'Wait' ? plan.before?.window : stage?.window;
}

/** A freeze has its reasons: who passes over one is told so, and it is in the record. */
function pastWindow(turn: Turn, windows: readonly (ReleaseWindow | undefined)[]): string {
  const readings = windows.map((window) => readWindow(window, turn.now));
  const shut = readings.find(({ is }) => is === 'Waiting');
  return shut?.is === 'Waiting' ? ` past ${shut.for}` : '';
}

const TRIED = ['SmokeTestFailed', 'HookFailed', 'ImageNotPulled'];

/** What a promotion does not pass over. */
function whatFailed(turn: Turn): string | undefined {
  const failed = failedCheck(turn);
  if (failed) return failed;
  const { paused } = turn.status;
  return TRIED.includes(paused?.reason ?? '') ? paused?.message : undefined;
}
