/** Whether the candidate gets the share that the route was told: a wrong one is the commonest defect of a canary. */
import {
  addSplit,
  logMean,
  logThreshold,
  SPLIT_DEFAULTS,
  splitOff,
  splitText,
  startSplit,
} from '../stats/index.ts';
import type { KeptGoal } from '../api/evidence.ts';
import { kept, keptLogs } from './kept-numbers.ts';
import type { Counted } from './between.ts';

type KeptSplit = NonNullable<KeptGoal['split']>;

/** Undefined where nobody said which share it was to be. Off once, off for good. */
export function addShare(
  split: KeptSplit | undefined,
  { candidate, stable }: Pick<Counted, 'candidate' | 'stable'>,
  share: number | undefined,
): KeptSplit | undefined {
  if (share === undefined || !(share > 0 && share < 1)) return split;
  const total = candidate.total + stable.total;
  const more = addSplit(split ?? startSplit(), {
    total,
    candidate: candidate.total,
    share,
  });
  const isOff = split?.isOff === true || logMean(more.bets) >= logThreshold(SPLIT_DEFAULTS.alpha);
  const next = {
    total: more.total,
    candidate: more.candidate,
    meant: kept(more.meant),
    bets: keptLogs(more.bets),
  };
  return isOff ? { ...next, isOff } : next;
}

/** That requests did not go where the route was told to send them; undefined while nothing speaks for it. Connections
 * that last are not independent: only what is far off counts. */
export function wrongShare(split: KeptSplit | undefined): string | undefined {
  if (split?.isOff !== true || !(Math.abs(splitOff(split)) > SPLIT_DEFAULTS.tolerance))
    return undefined;
  return `${splitText(split)}: look at the route`;
}
