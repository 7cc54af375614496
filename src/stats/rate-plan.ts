/** How long it takes to notice: told before a release, from its traffic. */
import { logThreshold } from './mixture.ts';
import {
  RATE_RATIO_DEFAULTS,
  type RateInterval,
  type RateRatioOptions,
  WORSE,
} from './rate-ratio.ts';

/** What a release has to go by. */
export interface ExpectedTraffic {
  /** Requests a second of the candidate, at least 0. */
  requestsPerSecond: number;
  /** Stable's share of bad ones, in [0, 1]. */
  badShare: number;
  /** Seconds; the cap lets one interval say only so much. */
  intervalSeconds: number;
}

/** Doubled so often, and halved: more than any release sees, and more digits than anybody reads. */
const STEPS = 60;

/**
 * Bad events that the candidate's traffic would have at stable's rate until a rate `ratio` times as high
 * is noticed, about half of the time: (ln(1/alpha) + ln K) / (m h(ratio/m)), h(x) = x ln x - x + 1, which
 * is the divergence of two Poisson rates and holds for a small share of the traffic. m is the margin, by average until
 * then where it grows. K bets share what is needed. Infinity for a ratio that is within the margin.
 */
export function eventsToNotice(
  ratio: number,
  options: Pick<RateRatioOptions, 'margin' | 'alpha' | 'wholeAfter'> = RATE_RATIO_DEFAULTS,
): number {
  if (!(ratio > options.margin)) return Infinity;
  const needed = logThreshold(options.alpha) + Math.log(WORSE.length);
  const until = (events: number) => {
    const margin = averageMargin(events, ratio, options);
    const x = ratio / margin;
    return needed / (margin * (x * Math.log(x) - x + 1));
  };
  let [low, high] = [0, until(Infinity)];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (until(middle) <= middle) high = middle;
    else low = middle;
  }
  return high;
}

/** Over the time in which stable's rate would have made so many bad events, and the candidate's `ratio` times as many. */
function averageMargin(
  events: number,
  ratio: number,
  { margin, wholeAfter = 0 }: Pick<RateRatioOptions, 'margin' | 'wholeAfter'>,
): number {
  const grown = (ratio * events) / wholeAfter;
  const missing = grown < 1 ? 1 - grown / 2 : 1 / (2 * grown);
  return wholeAfter > 0 ? margin - (margin - 1) * missing : margin;
}

/** Intervals that it takes at least to find anything bad, as the cap lets each of them say only so much. */
export function fewestIntervals({
  alpha,
  cap,
}: Pick<RateRatioOptions, 'alpha' | 'cap'> = RATE_RATIO_DEFAULTS): number {
  return Math.max(1, Math.ceil(logThreshold(alpha) / Math.log(cap)));
}

/**
 * Seconds until a candidate whose rate is `ratio` times stable's is noticed, about half of the time.
 * Infinity where that never happens: no traffic, a stable version without bad events, a ratio within the
 * margin. At least as many intervals as the cap needs.
 */
export function secondsToNotice(
  ratio: number,
  traffic: ExpectedTraffic,
  options: Pick<RateRatioOptions, 'margin' | 'alpha' | 'cap' | 'wholeAfter'> = RATE_RATIO_DEFAULTS,
): number {
  const eventsPerSecond = traffic.requestsPerSecond * traffic.badShare;
  const intervals = fewestIntervals(options);
  const seconds = eventsToNotice(ratio, options) / eventsPerSecond;
  return eventsPerSecond > 0 ? Math.max(intervals * traffic.intervalSeconds, seconds) : Infinity;
}

/**
 * Intervals like those seen, from the first on, until a candidate whose rate is `ratio` times stable's is
 * noticed, about half of the time. Infinity as above, and where nothing was seen.
 */
export function intervalsToNotice(
  ratio: number,
  seen: readonly RateInterval[],
  options: Pick<RateRatioOptions, 'margin' | 'alpha' | 'cap' | 'wholeAfter'> = RATE_RATIO_DEFAULTS,
): number {
  let [candidate, total, bad] = [0, 0, 0];
  for (const interval of seen) {
    candidate += interval.candidate.total;
    total += interval.stable.total;
    bad += interval.stable.bad;
  }
  if (total === 0) return Infinity;
  const traffic = { requestsPerSecond: candidate / seen.length, badShare: bad / total };
  return Math.ceil(secondsToNotice(ratio, { ...traffic, intervalSeconds: 1 }, options));
}
