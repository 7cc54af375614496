/** The gates of where a release is, read together; and what becomes of one that stays shut. */
import type { Verdict } from '../analysis/index.ts';
import type { Stage } from '../api/release.ts';
import { beginAbort } from './abort.ts';
import { type GateReading, readGates, type Gates } from './gates.ts';
import { readTasks, runTasks, stageMoment } from './tasks.ts';
import type { Turn } from './turn.ts';

/** Its pods are there and have no more traffic than before: the time to try them. */
export function testsPassed(turn: Turn, at: Stage): boolean {
  const { paused, skipped, promoted, full } = turn.status;
  if (skipped) return true;
  const reading = runTasks(turn, `${stageMoment(turn.status.stage)}-tests`, at.tests);
  if (reading.is === 'Failed') {
    fail(turn, reading.because, 'SmokeTestFailed');
    return false;
  }
  if (reading.is === 'Passed' || promoted || full) return true;
  turn.waitFor(paused ? `paused: ${paused.message}` : reading.for);
  return false;
}

function gatesOf(turn: Turn, gates: Gates): GateReading {
  return readGates(gates, {
    sinceMs: turn.sinceMs(turn.status.gateSince),
    nowMs: turn.now,
    promoted: turn.status.promoted === true || turn.status.full === true,
    approved: turn.status.approved === true,
    skipped: turn.status.skipped === true,
    tasks:
      turn.status.step === 'Stage'
        ? readTasks(turn, stageMoment(turn.status.stage), turn.stage?.tasks)
        : PASSED,
    evidence: turn.evidence,
    checks: turn.spec.checks,
    sharesMeasured: turn.plan.readBack === 'Measured',
    watchedSinceMs: turn.evidenceSince,
  });
}

const PASSED = { is: 'Passed' } as const;

/** These gates had begun to count, and nothing speaks for staying. */
export function gatesOpen(turn: Turn, gates: Gates): boolean {
  const { gateSince, paused } = turn.status;
  const open = gateSince !== undefined && !paused && gatesOf(turn, gates).is === 'Open';
  return open && leadsOn(turn, gates);
}

/** Where the plan says that it does not by itself, a person has to, or what its users did. */
function leadsOn(turn: Turn, { atEnd }: Gates): boolean {
  const { promoted, full, skipped } = turn.status;
  if (atEnd === undefined || promoted || full || skipped) return true;
  return atEnd === 'Winner' && outcomeOf(turn) === 'Better';
}

/** What the goal says of the new version. */
function outcomeOf({ evidence }: Turn): Verdict['outcome'] {
  return evidence.find(({ outcome }) => outcome !== undefined)?.outcome;
}

/** Both versions had users, so that time was all that was missing. */
function isCounted({ evidence }: Turn): boolean {
  return evidence.some(({ outcome, isMeasured }) => outcome !== undefined && isMeasured === true);
}

/** Its time is over and nothing failed: what was found out goes with the question, or the answer. */
function endStage(turn: Turn, { atEnd, name, checks }: Gates): void {
  const found = turn.evidence.filter(({ check }) => checks.includes(check));
  const outcome = outcomeOf(turn);
  const text = found.map(({ check, because }) => `; ${check}: ${because}`).join('');
  if (atEnd === 'TakeBack' || (atEnd === 'Winner' && outcome !== 'Mismatch'))
    return beginAbort(turn, 'StableKept', `${name} is over, and the stable version is kept${text}`);
  pause(turn, 'DecisionNeeded', `${name} is over, promote or abort${text}`);
}

/** Reads the gates of a stage or of the bake; true when they are open. */
export function passGates(turn: Turn, gates: Gates): boolean {
  const reading = gatesOf(turn, gates);
  if (reading.is === 'Failed') {
    fail(turn, reading.because, reading.reason);
    return false;
  }
  if (turn.status.paused) {
    turn.waitFor(`paused: ${turn.status.paused.message}`);
    return false;
  }
  if (reading.is === 'Open') {
    if (leadsOn(turn, gates)) return true;
    endStage(turn, gates);
    return false;
  }
  if (reading.is === 'TimedOut') {
    // Nothing was shown in all the time there was: what users have stays.
    if (gates.atEnd === 'Winner' && reading.reason === undefined && isCounted(turn)) {
      endStage(turn, gates);
      return false;
    }
    if (reading.reason === undefined)
      pause(turn, 'EvidenceUndecided', `evidence still undecided, ${reading.because}`);
    else pause(turn, reading.reason, reading.because);
    return false;
  }
  turn.waitFor(reading.for, reading.untilMs);
  return false;
}

const FAILURES = new Set(['CheckFailed', 'SmokeTestFailed', 'HookFailed', 'ImageNotPulled']);

/** Something failed: take it back, or stay and ask, as the policy says. */
export function fail(turn: Turn, because: string, reason = 'CheckFailed'): void {
  if (turn.plan.onFailure === 'Abort') return beginAbort(turn, reason, because);
  // A second failure takes nothing away from the first: told of in turns they would be news each time.
  if (FAILURES.has(turn.status.paused?.reason ?? '')) return;
  pause(turn, reason, because);
}

export function pause(turn: Turn, reason: string, message: string): void {
  turn.change({ paused: { since: turn.nowIso, reason, message } });
  turn.tell(reason === 'PauseRequested' ? 'Normal' : 'Warning', reason, `paused: ${message}`);
  turn.waitFor(`paused: ${message}`);
}
