/** Before anything is touched: the window, the same images released elsewhere, and what is run first. */
import type { Task } from '../api/release.ts';
import { enterPrepare } from './forward.ts';
import { readWindow } from './gates.ts';
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
  const { tasks = [] } = turn.plan.before ?? {};
  const opened = [promoted, full, skipped].includes(true);
  const shut = whatIsShut(turn, opened);
  const asked = opened ? tasks.filter(({ kind }) => isNeeded(kind, skipped)) : tasks;
  const reading = (shut ? readTasks : runTasks)(turn, 'before', asked);
  if (reading.is === 'Failed') {
    const reason = reading.kind === 'Pull' ? 'ImageNotPulled' : 'HookFailed';
    if (paused?.reason !== reason) return fail(turn, reading.because, reason);
  }
  if (shut) return turn.waitFor(shut.for, shut.untilMs);
  if (reading.is === 'Waiting') return turn.waitFor(reading.for);
  turn.change({ promoted: undefined, skipped: undefined, windowPassed: opened || undefined });
  enterPrepare(turn);
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

const OPEN = { is: 'Open' } as const;

/** What a promote does not pass over. A Job is what the new version cannot do without, as a migration;
 * whether it can start takes no time to find out. */
function isNeeded(kind: Task['kind'], skipped: boolean | undefined): boolean {
  return kind === 'Job' || (kind === 'Pull' && skipped !== true);
}
