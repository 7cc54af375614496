/** When a comparison of errors would notice them, told before a release from the traffic that is to be expected. */
import { LOOKED_AT } from '../api/check.ts';
import { askedOf } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { eventsToNotice, fewestIntervals } from '../stats/index.ts';
import { comparisonTerms } from './terms.ts';

/** What the workload gets before the release. */
export interface ExpectedRequests {
  /** Requests a second to all versions together, above 0. */
  perSecond: number;
  /** The bad ones among them, in (0, 1). */
  badShare: number;
}

/** A time in which both versions get requests. */
export interface SharedTime {
  /** Percent of the requests that the new version gets, in [0, 100]. */
  sharePercent: number;
  /** At least 0; Infinity where it has no end. */
  ms: number;
  /** Whether the check looks at it. */
  isLookedAt: boolean;
  /** Pods of the new version come at its beginning, which is left out as long as the check says. */
  isCold: boolean;
}

/** Half of the time sooner, half of the time later. */
export interface Noticing {
  /** So many times the bad share of before. */
  ratio: number;
  /** From the first request on, and in which of the times, from 0; absent where it is not before their end. */
  afterMs?: number;
  at?: number;
  /** At the share of the last of them it would take so much longer; absent where it never happens. */
  missingMs?: number;
}

const RATIOS = [2, 5, 20];

/**
 * @param alpha of the check, in (0, 1)
 * @returns nothing for a check that does not compare shares of bad events. By `eventsToNotice`: of the bad events that the
 * new version would have at stable's share what each of the times gives, and no sooner than the intervals that a verdict takes.
 */
export function noticingOf(
  check: MeasuredCheck,
  alpha: number,
  times: readonly SharedTime[],
  { perSecond, badShare }: ExpectedRequests,
): Noticing[] {
  if (!check.compare || askedOf(check).histogram !== undefined) return [];
  const terms = comparisonTerms(check, alpha);
  const leastMs =
    fewestIntervals(terms) * (parseDuration(check.interval ?? LOOKED_AT.interval) ?? 0);
  const warmupMs = parseDuration(check.warmup ?? '0s') ?? 0;
  return RATIOS.filter((ratio) => ratio * badShare <= 1).map((ratio) => {
    const rates = times.map(({ sharePercent, isLookedAt }) => {
      const share = isLookedAt && sharePercent < 100 ? sharePercent / 100 : 0;
      return (perSecond * badShare * share) / 1_000 / eventsToNotice(ratio, terms, share);
    });
    return { ratio, ...walk(times, rates, { leastMs, warmupMs }) };
  });
}

/** @param rates in each of the times, of all that is needed what a millisecond gives */
function walk(
  times: readonly SharedTime[],
  rates: readonly number[],
  needed: { leastMs: number; warmupMs: number },
): Omit<Noticing, 'ratio'> {
  let { leastMs } = needed;
  let [missing, elapsedMs] = [1, 0];
  /** Of the warm-up of the last one, what was not over at its end. */
  let leftMs = 0;
  for (const [at, { ms, isCold }] of times.entries()) {
    const rate = rates[at] ?? 0;
    const coldMs = isCold ? needed.warmupMs : 0;
    const takesMs = rate > 0 ? Math.max(missing / rate, leastMs) : Infinity;
    if (takesMs <= ms - coldMs) return { afterMs: elapsedMs + coldMs + takesMs, at };
    elapsedMs += ms;
    if (rate === 0) continue;
    const countedMs = Math.max(0, ms - coldMs);
    leftMs = coldMs - (ms - countedMs);
    missing = Math.max(0, missing - countedMs * rate);
    leastMs = Math.max(0, leastMs - countedMs);
  }
  const last = rates.findLast((rate) => rate > 0) ?? 0;
  const missingMs = leftMs + Math.max(missing / last, leastMs);
  return Number.isFinite(missingMs) ? { missingMs } : {};
}
