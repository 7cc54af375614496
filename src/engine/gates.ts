/** Whether a stage may be left: hold, approval and checks, judged together. */
import type { Verdict } from '../analysis/index.ts';
import { formatDuration } from '../api/duration.ts';
import type { ReleaseWindow } from '../api/gates.ts';
import type { MeasuredCheck, Stage } from '../api/release.ts';
import { failedOf } from './check-gates.ts';
import type { TaskReading } from './tasks.ts';
import { windowAt } from './window.ts';

export interface Gates {
  holdMs?: number | undefined;
  holdAtMostMs?: number | undefined;
  approval: boolean;
  checks: string[];
  timeoutMs: number;
  window?: ReleaseWindow | undefined;
  /** What it is, for people, where it does not lead on by itself. */
  name?: string;
  atEnd?: Stage['atEnd'];
}

export interface GateInput {
  sinceMs: number;
  nowMs: number;
  /** A person said: go on. It opens hold, approval, undecided checks and those that are not critical, not failed ones. */
  promoted: boolean;
  /** A person gave the approval, and nothing else. */
  approved?: boolean;
  /** A person passed over this stage, whatever it says. */
  skipped?: boolean;
  /** Smoke tests and webhooks. */
  tasks?: TaskReading;
  evidence: readonly Verdict[];
  /** What hangs on each check; where nothing is said of one, all that can. */
  checks?: readonly Pick<
    MeasuredCheck,
    'name' | 'critical' | 'dryRun' | 'onUndecided' | 'compare'
  >[];
  /** The weights are to be seen in what was counted, too. */
  sharesMeasured?: boolean;
  /** Since when the evidence has been looked at without a break, undefined when it is not. */
  watchedSinceMs: number | undefined;
}

export type GateReading =
  | { is: 'Open' }
  | { is: 'Failed'; because: string; reason?: string }
  /** Waited for evidence until the timeout: a person must look. */
  | { is: 'TimedOut'; because: string; reason?: string }
  | { is: 'Waiting'; for: string; untilMs: number | undefined };

export function readGates(gates: Gates, input: GateInput): GateReading {
  return decideAtOnce(gates, input) ?? waitOrOpen(gates, input);
}

/** What counts however long it has been waited. */
function decideAtOnce(gates: Gates, input: GateInput): GateReading | undefined {
  if (input.skipped) return { is: 'Open' };
  const failed = failedOf(input.checks ?? [], gates.checks, input.evidence, true);
  if (failed) return { is: 'Failed', because: failed };
  const { tasks } = input;
  // One that asked somebody, who did not say yes, says nothing of the version.
  if (tasks?.is === 'Failed' && tasks.kind !== 'Webhook')
    return { is: 'Failed', because: tasks.because, reason: 'SmokeTestFailed' };
  if (input.promoted) return { is: 'Open' };
  const asks = personDecides(gates, input);
  if (asks) return asks;
  if (gates.approval && !input.approved)
    return { is: 'Waiting', for: 'approval', untilMs: undefined };
  return undefined;
}

/** Something speaks against going on, and nothing for going back. */
function personDecides(
  gates: Gates,
  { checks = [], evidence, tasks, sharesMeasured }: GateInput,
): GateReading | undefined {
  const off = sharesMeasured && evidence.find(({ wrongShare }) => wrongShare !== undefined);
  if (off) {
    const because = `check ${off.check} has counted other shares: ${off.wrongShare}`;
    return { is: 'TimedOut', because, reason: 'SharesNotMeasured' };
  }
  const doubt = failedOf(checks, gates.checks, evidence, false);
  if (doubt) return { is: 'TimedOut', because: doubt, reason: 'CheckFailed' };
  if (tasks?.is !== 'Failed') return undefined;
  return { is: 'TimedOut', because: tasks.because, reason: 'WebhookUnanswered' };
}

/** Time, answers, evidence, and the window last. */
function waitOrOpen(gates: Gates, input: GateInput): GateReading {
  const { tasks } = input;
  const elapsedMs = input.nowMs - input.sinceMs;
  const holdMs = gates.holdMs ?? 0;
  const undecided = undecidedCheck(gates.checks, input);
  if (elapsedMs < holdMs) {
    const rest = formatDuration(holdMs - elapsedMs);
    return { is: 'Waiting', for: `hold, ${rest} left`, untilMs: input.sinceMs + holdMs };
  }
  if (tasks?.is === 'Waiting') return { is: 'Waiting', for: tasks.for, untilMs: undefined };
  if (undecided === undefined) return readWindow(gates.window, input.nowMs);
  // While the controller was down nobody looked: that time is not held against the evidence.
  const lookedSinceMs = input.watchedSinceMs ?? input.nowMs;
  const holdEndMs = input.sinceMs + (gates.holdAtMostMs ?? holdMs);
  const endMs = Math.max(holdEndMs, lookedSinceMs) + gates.timeoutMs;
  // Where nobody said how long, the whole time there is for evidence.
  const throughMs = isLetThrough(undecided) && holdEndMs > input.sinceMs ? holdEndMs : endMs;
  if (input.nowMs < throughMs)
    return { is: 'Waiting', for: `checks: ${undecided.because}`, untilMs: throughMs };
  return isLetThrough(undecided) ? readWindow(gates.window, input.nowMs) : timedOut(undecided);
}

function timedOut({ atEnd, because }: Undecided): GateReading {
  if (atEnd !== 'Fail') return { is: 'TimedOut', because };
  return { is: 'Failed', because: `evidence still undecided, ${because}` };
}

/** Open, or the time at which it opens next. */
export function readWindow(window: ReleaseWindow | undefined, nowMs: number): GateReading {
  const state = window ? windowAt(window, nowMs) : { is: 'Open' as const };
  if (state.is === 'Open') return state;
  const { opensAtMs, because } = state;
  if (opensAtMs === undefined)
    return {
      is: 'Waiting',
      for: `a window that never opens again (${because})`,
      untilMs: undefined,
    };
  const at = `${new Date(opensAtMs).toISOString().slice(0, 16)}Z`;
  return {
    is: 'Waiting',
    for: `the window, which opens at ${at} (${because})`,
    untilMs: opensAtMs,
  };
}

interface Undecided {
  because: string;
  atEnd: NonNullable<MeasuredCheck['onUndecided']>;
  /** Of every version it needs there are measurements: nothing is missing but certainty. */
  isMeasured: boolean;
}

/** Missing evidence is never a pass: a check without a verdict is undecided. */
function undecidedCheck(
  names: readonly string[],
  { evidence, checks = [] }: Pick<GateInput, 'evidence' | 'checks'>,
): Undecided | undefined {
  const undecided = names.flatMap((name) => {
    const verdict = evidence.find(({ check }) => check === name);
    if (verdict?.verdict === 'Pass') return [];
    const { compare, onUndecided = compare ? 'Pass' : 'Pause' } =
      checks.find((check) => check.name === name) ?? {};
    return {
      because: `${name}: ${verdict?.because ?? 'not measured yet'}`,
      atEnd: onUndecided,
      isMeasured: verdict?.isMeasured === true,
    };
  });
  // What is let through by time waits for the others.
  return undecided.find((one) => !isLetThrough(one)) ?? undecided[0];
}

function isLetThrough({ atEnd, isMeasured }: Undecided): boolean {
  return atEnd === 'Pass' && isMeasured;
}
