/** The present method: the share test of src/stats, at every tick. */
import { eventsAtRatio, evidenceOfPassing, failureBets } from '../../src/stats/rate-ratio.ts';
import { addInterval, logEvidence, startBets } from '../../src/stats/share-test.ts';
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';

export interface ShareTestRule {
  margin: number;
  cap: number;
  /** What comes in the first ticks is left out. */
  warmupTicks: number;
}

/** The value is the log evidence of failure. A tick without errors says nothing, and is not looked at. */
export function* shareTestLooks(hour: Hour, rule: ShareTestRule): Generator<Look> {
  const bets = failureBets(rule.cap);
  let logs = startBets(bets);
  for (let t = rule.warmupTicks; t < hour.ticks; t += 1) {
    const counts = countsAt(hour, t);
    if (counts.candidate.bad + counts.stable.bad === 0) continue;
    logs = addInterval(logs, eventsAtRatio(counts, rule.margin), bets);
    yield { at: t + 1, value: logEvidence(logs) };
  }
}

/** The value is the log evidence of being less than `passMargin` times stable. */
export function* passLooks(hour: Hour, rule: { passMargin: number }): Generator<Look> {
  const intervals = Array.from({ length: hour.ticks }, (_, t) => countsAt(hour, t));
  for (const [t, value] of evidenceOfPassing(intervals, rule).entries()) yield { at: t + 1, value };
}

export function countsAt(hour: Hour, t: number) {
  return {
    candidate: { total: hour.candidateTotal[t] ?? 0, bad: hour.candidateBad[t] ?? 0 },
    stable: { total: hour.stableTotal[t] ?? 0, bad: hour.stableBad[t] ?? 0 },
  };
}
