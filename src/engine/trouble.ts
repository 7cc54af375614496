/** What is said of pods that do not run: at once, once for each reason, and again when they do. */
import type { Trouble } from './snapshot.ts';
import type { Turn } from './turn.ts';

const CONDITION = 'CandidateAvailable';
/** Nobody watches pods: a wait for them looks again, often at first. */
const LOOK_FIRST_MS = 1_000;
const LOOK_LAST_MS = 15_000;

/** `: what is wrong`, for the end of a sentence about what is waited for; '' when nothing is known. */
export function troubleText({ snapshot }: Turn): string {
  return snapshot.trouble ? `: ${snapshot.trouble.message}` : '';
}

/** The same, and told to people where it is there to stay. */
export function reportTrouble(turn: Turn, short: string): string {
  const { trouble } = turn.snapshot;
  const text = troubleText(turn);
  if (trouble?.certain) report(turn, trouble, short + text);
  return text;
}

/** Tells of it once for each reason in a row. */
export function report(turn: Turn, { reason }: Trouble, message: string): void {
  const before = conditionOf(turn);
  turn.condition(CONDITION, 'False', reason, message);
  if (before?.status !== 'False' || before.reason !== reason) turn.tell('Warning', reason, message);
}

export function reportRecovery(turn: Turn): void {
  if (conditionOf(turn)?.status !== 'False') return;
  turn.condition(CONDITION, 'True', 'Available', 'enough pods of the candidate are available');
}

function conditionOf({ status }: Turn) {
  return status.conditions?.find(({ type }) => type === CONDITION);
}

/** When to look again at what is waited for since `since`. */
export function nextLook(turn: Turn, since: string | undefined): number {
  const waitedMs = turn.now - turn.sinceMs(since);
  return turn.now + Math.min(Math.max(LOOK_FIRST_MS, waitedMs / 2), LOOK_LAST_MS);
}
