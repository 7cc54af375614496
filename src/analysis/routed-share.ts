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
  const { bets, ...sums } = addSplit(split ?? startSplit(), {
    total,
    candidate: candidate.total,
    share,
  });
  const isOff = split?.isOff === true || logMean(bets) >= logThreshold(SPLIT_DEFAULTS.alpha);
  return { ...sums, meant: kept(sums.meant), bets: keptLogs(bets), ...(isOff && { isOff }) };
}

/** Connections that last are not independent: of requests only what is far off is worth a word. */
export function routeText(split: KeptSplit | undefined): string {
  if (split?.isOff !== true || !(Math.abs(splitOff(split)) > SPLIT_DEFAULTS.tolerance)) return '';
  return `; ${splitText(split)}: look at the route`;
}
