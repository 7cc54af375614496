/** How long it takes to notice: told before a release, from its traffic. */
import { logThreshold } from './mixture.ts';
import {
  marginAfter,
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
  /** The candidate's share of the requests of both, in [0, 1); default 0, a small one. */
  share?: number;
}

/** In so many steps a margin grows here: more change no digit that anybody reads. */
const STEPS = 200;

/**
 * Bad events that the candidate's traffic would have at stable's rate until a rate `ratio` times as high
 * is noticed, about half of the time: as many as say ln(1/alpha) + ln K together. What one of them says by average is the
 * divergence of the candidate's share of the bad ones from that at the margin m; of a small share of the traffic it is
 * m h(ratio/m), h(x) = x ln x - x + 1, that of two Poisson rates. K bets share what is needed. Infinity for a ratio that is
 * within the margin.
 *
 * @param share the candidate's share of the requests of both, in [0, 1)
 */
export function eventsToNotice(
  ratio: number,
  options: Pick<RateRatioOptions, 'margin' | 'alpha' | 'wholeAfter'> = RATE_RATIO_DEFAULTS,
  share = 0,
): number {
  const { margin, alpha, wholeAfter = 0 } = options;
  if (!(ratio > margin)) return Infinity;
  let needed = logThreshold(alpha) + Math.log(WORSE.length);
  const step = wholeAfter / ratio / STEPS;
  for (let i = 0; i < STEPS && step > 0; i += 1) {
    const here = step * said(ratio, marginAfter(ratio * (i + 0.5) * step, options), share);
    if (here >= needed) return step * (i + needed / here);
    needed -= here;
  }
  return step * STEPS + needed / said(ratio, margin, share);
}

/** By one of the events that the candidate would have at stable's rate. */
function said(ratio: number, margin: number, share: number): number {
  const x = ratio / margin;
  if (share <= 0) return margin * (x * Math.log(x) - x + 1);
  const odds = share / (1 - share);
  const ofBad = (times: number) => (times * odds) / (times * odds + 1);
  const [here, atMargin] = [ofBad(ratio), ofBad(margin)];
  const divergence =
    here * Math.log(here / atMargin) + (1 - here) * Math.log((1 - here) / (1 - atMargin));
  return (ratio + 1 / odds) * divergence;
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
  const seconds = eventsToNotice(ratio, options, traffic.share) / eventsPerSecond;
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
  const share = candidate / (candidate + total);
  const traffic = { requestsPerSecond: candidate / seen.length, badShare: bad / total, share };
  return Math.ceil(secondsToNotice(ratio, { ...traffic, intervalSeconds: 1 }, options));
}
