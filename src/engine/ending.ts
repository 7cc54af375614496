/** How every release ends: the user's own objects as they were, then the outcome. */
import { formatDuration } from '../api/duration.ts';
import { direct, settled } from './traffic.ts';
import type { Turn } from './turn.ts';

/** One version is left behind the user's Service: traffic goes to it as it used to. */
export function restore(turn: Turn): void {
  if (turn.hasTraffic) {
    direct(turn, { route: 'Service', weight: turn.status.traffic?.weight ?? 0 });
    if (!settled(turn)) return;
  }
  turn.change({ traffic: { dedicated: false, route: 'Service', weight: 0 } });
  // A restart must not route once more to Services that are about to go.
  turn.enter('CleanUp', { persist: true });
}

/** Segue's own objects go; what it borrowed is given back. */
export function cleanUp(turn: Turn): void {
  if (turn.hasTraffic && turn.snapshot.traffic?.dedicated !== 'Absent')
    return turn.waitFor('the Services of each version to go');
  const stable = turn.workload?.stable;
  if (turn.status.towards === 'Promoted' && stable && stable.owner === 'Release')
    return turn.waitFor('the old set to be given back');
  finish(turn);
}

function finish(turn: Turn): void {
  const outcome = turn.status.towards ?? 'Aborted';
  const promoted = outcome === 'Promoted';
  const reason = turn.status.reason ?? outcome;
  const images = turn.spec.candidate.images.join(', ');
  const took = formatDuration(turn.now - turn.sinceMs(turn.status.startedAt));
  const message = promoted ? `${images} released in ${took}` : (turn.status.because ?? reason);
  turn.change({
    outcome,
    reason,
    message,
    endedAt: turn.nowIso,
    traffic: undefined,
    drainSince: undefined,
  });
  turn.enter('Done', { persist: true });
  if (promoted) turn.tell('Normal', 'Promoted', message);
  else turn.tell('Warning', 'Aborted', `${images} taken back: ${message}`);
}
