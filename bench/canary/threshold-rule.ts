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

/**
 * The value is what the success rate of the worst windows so far is at most, negated: `failureLimit` and one more are
 * under every limit that is over it. Argo fails at failed > failureLimit, at once. Flagger counts and takes back at its
 * next tick, when failed >= threshold: one less than its threshold may fail.
 */
export function* thresholdLooks(hour: Hour, rule: ThresholdRule): Generator<Look> {
  /** The lowest success rates so far, rising. */
  const worst: number[] = [];
  for (
    let end = rule.windowTicks;
    end + rule.actsAfterTicks <= hour.ticks;
    end += rule.windowTicks
  ) {
    const success = successIn(hour, end - rule.windowTicks, end);
    if (Number.isNaN(success)) continue;
    const place = worst.findIndex((rate) => rate > success);
    worst.splice(place < 0 ? worst.length : place, 0, success);
    worst.length = Math.min(worst.length, rule.failureLimit + 1);
    const oneTooMany = worst[rule.failureLimit];
    if (oneTooMany !== undefined) yield { at: end + rule.actsAfterTicks, value: -oneTooMany };
  }
}

/** NaN without requests. */
function successIn({ candidateTotal, candidateBad }: Hour, from: number, to: number): number {
  let [total, bad] = [0, 0];
  for (let t = from; t < to; t += 1) {
    total += candidateTotal[t] ?? 0;
    bad += candidateBad[t] ?? 0;
  }
  return (total - bad) / total;
}
