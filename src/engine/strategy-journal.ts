/** What the swap puts back when it is over: the target's update strategy as its user wants it. */
import { sameJson } from '../api/same-json.ts';
import type { Turn } from './turn.ts';

/** Remembers the strategy just before a swap replaces it, since a user may have changed it after
 * the release began. While a swap is under way the stored one is not the user's. */
export function journalStrategy(turn: Turn): void {
  const { workload } = turn;
  const { journal } = turn.status;
  // Where it rolls, what is stored is Segue's.
  if (!workload?.swapClean || workload.move || sameJson(journal?.strategy, workload.strategy))
    return;
  turn.change({ journal: { ...journal, strategy: workload.strategy } });
  turn.persistNow = true;
}
