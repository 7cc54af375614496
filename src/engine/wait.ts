/** Before anything is touched: the window, the same images released elsewhere, and what is run first. */
import { beginAbort } from './abort.ts';
import { enterPrepare } from './forward.ts';
import { readWindow } from './gates.ts';
import { pause } from './stage-gates.ts';
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
  const opened = promoted === true || full === true || skipped === true;
  if (!opened) {
    const reading = readWindow(window, turn.now);
    if (reading.is === 'Waiting') return turn.waitFor(reading.for, reading.untilMs);
  }
  // A Job is what the new version cannot do without: nobody passes over a migration.
  const asked = opened ? tasks.filter(({ kind }) => kind === 'Job') : tasks;
  const reading = runTasks(turn, 'before', asked);
  if (reading.is === 'Failed') {
    if (turn.plan.onFailure === 'Pause') return pause(turn, 'HookFailed', reading.because);
    return beginAbort(turn, 'HookFailed', reading.because);
  }
  if (reading.is === 'Waiting') return turn.waitFor(reading.for);
  turn.change({ promoted: undefined, skipped: undefined });
  enterPrepare(turn);
}
