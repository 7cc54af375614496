/** Before anything is touched: the window, the same images released elsewhere, and what is run first. */
import type { Task } from '../api/release.ts';
import { enterPrepare } from './forward.ts';
import { readWindow } from './gates.ts';
import { fail } from './stage-gates.ts';
import { runTasks } from './tasks.ts';
import type { Turn } from './turn.ts';

/** Nothing is touched yet, and nothing has to be put back. */
export function enterWait(turn: Turn): void {
  if (turn.hasTraffic) turn.change({ traffic: { dedicated: false, route: 'Service', weight: 0 } });
  turn.enter('Wait');
}

export function wait(turn: Turn): void {
  const { paused, promoted, full, skipped } = turn.status;
  if (paused) return turn.waitFor(`paused: ${paused.message}`);
  const { window, tasks = [] } = turn.plan.before ?? {};
  const opened = [promoted, full, skipped].includes(true);
  if (!opened) {
    const reading = readWindow(window, turn.now);
    if (reading.is === 'Waiting') return turn.waitFor(reading.for, reading.untilMs);
  }
  const asked = opened ? tasks.filter(({ kind }) => isNeeded(kind, skipped)) : tasks;
  const reading = runTasks(turn, 'before', asked);
  if (reading.is === 'Failed') {
    const reason = reading.kind === 'Pull' ? 'ImageNotPulled' : 'HookFailed';
    return fail(turn, reading.because, reason);
  }
  if (reading.is === 'Waiting') return turn.waitFor(reading.for);
  turn.change({ promoted: undefined, skipped: undefined });
  enterPrepare(turn);
}

/** What a promote does not pass over. A Job is what the new version cannot do without, as a migration;
 * whether it can start takes no time to find out. */
function isNeeded(kind: Task['kind'], skipped: boolean | undefined): boolean {
  return kind === 'Job' || (kind === 'Pull' && skipped !== true);
}
