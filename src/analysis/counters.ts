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

export type Sources = Readonly<Record<string, Counts>>;

const NOTHING: Counts = { total: 0, bad: 0 };

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
export function countedBetween(readings: readonly Sources[], grows: Grows): Counts {
  let last: Sources = {};
  let sum: Counts = NOTHING;
  for (const sources of readings) {
    sum = plus(sum, countedSince(last, sources, grows));
    last = { ...last, ...sources };
  }
  return { ...sum, bad: Math.max(0, sum.bad) };
}

/** The same since each source was seen last; `bad` may be below 0, where good events came late. */
export function countedSince(last: Sources, sources: Sources, grows: Grows): Counts {
  let sum: Counts = NOTHING;
  for (const [source, counts] of Object.entries(sources)) {
    const before = last[source] ?? counts;
    const more = restarted(before, counts, grows) ? counts : less(counts, before);
    sum = sum === NOTHING ? more : plus(sum, more);
  }
  return sum;
}

/** Whether a source began to count anew between the two. */
export function restarted(before: Counts, after: Counts, grows: Grows): boolean {
  if (after.total < before.total) return true;
  return grows === 'TotalAndBad' ? after.bad < before.bad : good(after) < good(before);
}

/** All sources together. */
export function sumOf(sources: Sources): Counts {
  return Object.values(sources).reduce(plus, NOTHING);
}

function good(counts: Counts): number {
  return counts.total - counts.bad;
}

function plus(a: Counts, b: Counts): Counts {
  const sum = { total: a.total + b.total, bad: a.bad + b.bad };
  if (!a.slower || !b.slower) {
    const slower = a.slower ?? b.slower;
    return slower ? { ...sum, slower } : sum;
  }
  const slower = { ...a.slower };
  for (const [bound, count] of Object.entries(b.slower))
    slower[bound] = (slower[bound] ?? 0) + count;
  return { ...sum, slower };
}

function less(counts: Counts, before: Counts): Counts {
  const since = { total: counts.total - before.total, bad: counts.bad - before.bad };
  if (!counts.slower) return since;
  const slower: Record<string, number> = {};
  for (const [bound, count] of Object.entries(counts.slower))
    // A bound that was not there before counts from now on.
    slower[bound] = Math.max(0, count - (before.slower?.[bound] ?? count));
  return { ...since, slower };
}
