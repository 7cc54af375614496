/** Whether a stage may be left: hold, approval and checks, judged together. */
import type { Verdict } from '../analysis/index.ts';
import { formatDuration } from '../api/duration.ts';

export interface Gates {
  holdMs?: number | undefined;
  holdAtMostMs?: number | undefined;
  approval: boolean;
  checks: string[];
  timeoutMs: number;
}

export interface GateInput {
  sinceMs: number;
  nowMs: number;
  /** A person said: go on. It opens hold, approval and undecided checks, not failed ones. */
  promoted: boolean;
  evidence: readonly Verdict[];
  /** Since when the evidence has been looked at without a break, undefined when it is not. */
  watchedSinceMs: number | undefined;
}

export type GateReading =
  | { is: 'Open' }
  | { is: 'Failed'; because: string }
  /** Waited for evidence until the timeout: a person must look. */
  | { is: 'TimedOut'; because: string }
  | { is: 'Waiting'; for: string; untilMs: number | undefined };

export function readGates(gates: Gates, input: GateInput): GateReading {
  const failed = failedCheck(gates.checks, input.evidence);
  if (failed) return { is: 'Failed', because: failed };
  if (input.promoted) return { is: 'Open' };
  if (gates.approval) return { is: 'Waiting', for: 'approval', untilMs: undefined };

  const elapsedMs = input.nowMs - input.sinceMs;
  const holdMs = gates.holdMs ?? 0;
  const undecided = undecidedCheck(gates.checks, input.evidence);
  if (elapsedMs < holdMs) {
    const rest = formatDuration(holdMs - elapsedMs);
    return { is: 'Waiting', for: `hold, ${rest} left`, untilMs: input.sinceMs + holdMs };
  }
  if (undecided === undefined) return { is: 'Open' };
  // While the controller was down nobody looked: that time is not held against the evidence.
  const lookedSinceMs = input.watchedSinceMs ?? input.nowMs;
  const holdEndMs = input.sinceMs + (gates.holdAtMostMs ?? holdMs);
  const endMs = Math.max(holdEndMs, lookedSinceMs) + gates.timeoutMs;
  if (input.nowMs >= endMs) return { is: 'TimedOut', because: undecided };
  return { is: 'Waiting', for: `checks: ${undecided}`, untilMs: endMs };
}

/** The first check that has failed, with its because; asked at every moment, not only at gates. */
export function failedCheck(
  checks: readonly string[],
  evidence: readonly Verdict[],
): string | undefined {
  const failed = evidence.find((v) => v.verdict === 'Fail' && checks.includes(v.check));
  return failed && `check ${failed.check} failed: ${failed.because}`;
}

/** Missing evidence is never a pass: a check without a verdict is undecided. */
function undecidedCheck(checks: readonly string[], evidence: readonly Verdict[]) {
  for (const check of checks) {
    const verdict = evidence.find((v) => v.check === check);
    if (verdict?.verdict === 'Pass') continue;
    return `${check}: ${verdict?.because ?? 'not measured yet'}`;
  }
  return undefined;
}
