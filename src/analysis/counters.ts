/** Turns readings of ever-growing counters into how many events happened between them. */
import { askedOf, type CheckSources } from '../api/check-sources/index.ts';
import type { Counts } from '../ports/metric-provider.ts';

/** Which pair of numbers only ever grows, which is how a restart is recognised. Where a source
 * counts the good events, `bad` is total - good and may fall (requests in flight are in the total
 * and not yet among the good), but total and good do not. */
export type Grows = 'TotalAndBad' | 'TotalAndGood';

export function growthOf(check: CheckSources): Grows {
  return askedOf(check).bad === undefined ? 'TotalAndGood' : 'TotalAndBad';
}

/**
 * Events per source between its first and its newest reading, summed over all sources.
 *
 * `readings` are in order of time. A source's first reading is its baseline and counts nothing,
 * also when the source appears late: what it counted before it was first seen may have happened
 * before the range began, and evidence may be missed but is never invented. A number that falls
 * means that the source restarted: what it shows then has all happened since. A source that is
 * absent from a reading is compared with where it was last seen; one that is gone for good keeps
 * what it counted.
 */
export function countedBetween(
  readings: readonly Readonly<Record<string, Counts>>[],
  grows: Grows,
): Counts {
  const last = new Map<string, Counts>();
  let total = 0;
  let bad = 0;
  for (const sources of readings)
    for (const [source, counts] of Object.entries(sources)) {
      const before = last.get(source) ?? counts;
      const base = restarted(before, counts, grows) ? { total: 0, bad: 0 } : before;
      total += counts.total - base.total;
      bad += counts.bad - base.bad;
      last.set(source, counts);
    }
  return { total, bad: Math.max(0, bad) };
}

/** Whether a source began to count anew between the two. */
export function restarted(before: Counts, after: Counts, grows: Grows): boolean {
  if (after.total < before.total) return true;
  return grows === 'TotalAndBad' ? after.bad < before.bad : good(after) < good(before);
}

function good(counts: Counts): number {
  return counts.total - counts.bad;
}
