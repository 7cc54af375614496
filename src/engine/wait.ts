/** Before anything is touched: the window, the same images released elsewhere, and what is run first. */
import type { Task } from '../api/release.ts';
import { enterPrepare } from './forward.ts';
import { readWindow } from './gates.ts';
import { begunByOthers } from './native.ts';
import { fail } from './stage-gates.ts';
import { journalStrategy } from './strategy-journal.ts';
import { readTasks, runTasks } from './tasks.ts';
import type { Turn } from './turn.ts';

/** Nothing is touched yet. But somebody may resume the target while it waits, or delete its set: that is put
 * back by a swap, which must know the strategy of the user. */
export function enterWait(turn: Turn): void {
  journalStrategy(turn);
  if (turn.hasTraffic) turn.change({ traffic: { dedicated: false, route: 'Service', weight: 0 } });
  turn.enter('Wait');
}

export function wait(turn: Turn): void {
  const { paused, promoted, full, skipped } = turn.status;
  const opened = [promoted, full, skipped].includes(true);
  const shut = whatIsShut(turn, opened);
  const reading = (shut ? readTasks : runTasks)(turn, 'before', firstTasks(turn, opened));
  if (reading.is === 'Failed') {
    const reason = reading.kind === 'Pull' ? 'ImageNotPulled' : 'HookFailed';
    if (paused?.reason !== reason) return fail(turn, reading.because, reason);
  }
  if (shut) return turn.waitFor(shut.for, shut.untilMs);
  const rest = reading.is === 'Waiting' ? reading.for : whatIsLoose(turn);
  if (rest !== '') return turn.waitFor(rest);
  turn.change({ promoted: undefined, skipped: undefined, windowPassed: opened || undefined });
  enterPrepare(turn);
}

function firstTasks({ plan, status }: Turn, opened: boolean): Task[] {
  const { tasks = [] } = plan.before ?? {};
  return opened ? tasks.filter(({ kind }) => isNeeded(kind, status.skipped)) : tasks;
}

/** A person stopped it, or the window is not open: nothing new is begun. */
function whatIsShut(
  { status, plan, now }: Turn,
  opened: boolean,
): { for: string; untilMs?: number | undefined } | undefined {
  if (status.paused) return { for: `paused: ${status.paused.message}` };
  const reading = opened ? OPEN : readWindow(plan.before?.window, now);
  return reading.is === 'Waiting' ? reading : undefined;
}

function whatIsLoose(turn: Turn): string {
  const begun = begunByOthers(turn);
  return begun ? `${begun.name} to go` : '';
}

const OPEN = { is: 'Open' } as const;

/** What a promote does not pass over. A Job is what the new version cannot do without, as a migration;
 * whether it can start takes no time to find out. */
function isNeeded(kind: Task['kind'], skipped: boolean | undefined): boolean {
  return kind === 'Job' || (kind === 'Pull' && skipped !== true);
}
