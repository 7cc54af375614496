/**
 * A fixed limit, as Argo Rollouts' success rates and Flagger's checks have it: windows without an overlap, of which so
 * many may fail in all, good ones in between or not. A window without requests does not fail.
 */
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';

interface ThresholdRule {
  windowTicks: number;
  failureLimit: number;
  actsAfterTicks: number;
}

/** How bad the ticks [from, to) were; NaN without requests. */
export type Badness = (from: number, to: number) => number;

/**
 * The value is how bad the worst windows so far are at least: `failureLimit` and one more are over every limit that is
 * under it. Argo fails at failed > failureLimit, at once. Flagger counts and takes back at its next tick, when
 * failed >= threshold: one less than its threshold may fail.
 */
export function* thresholdLooks(
  ticks: number,
  rule: ThresholdRule,
  badness: Badness,
): Generator<Look> {
  /** The worst windows so far, falling. */
  const worst: number[] = [];
  for (let end = rule.windowTicks; end + rule.actsAfterTicks <= ticks; end += rule.windowTicks) {
    const value = badness(end - rule.windowTicks, end);
    if (Number.isNaN(value)) continue;
    const place = worst.findIndex((other) => other < value);
    worst.splice(place < 0 ? worst.length : place, 0, value);
    worst.length = Math.min(worst.length, rule.failureLimit + 1);
    const oneTooMany = worst[rule.failureLimit];
    if (oneTooMany !== undefined) yield { at: end + rule.actsAfterTicks, value: oneTooMany };
  }
}

/** The success rate of the candidate, negated. */
export function lackOfSuccess({ candidateTotal, candidateBad }: Hour): Badness {
  return (from, to) => {
    let [total, bad] = [0, 0];
    for (let t = from; t < to; t += 1) {
      total += candidateTotal[t] ?? 0;
      bad += candidateBad[t] ?? 0;
    }
    return -((total - bad) / total);
  };
}
