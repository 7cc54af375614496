/**
 * The share test with two changes that are tried here. Its margin grows from 1 with the errors that the candidate had, as
 * with few of them chance is more than what two good versions differ by. And part of the stake is held back and bet
 * bit by bit later, so that a fault that begins late is not bet on with what was lost before. docs/spec/statistics.md
 * has why it stays a test.
 */
import { eventsAtRatio, WORSE } from '../../src/stats/rate-ratio.ts';
import { logFactor } from '../../src/stats/share-test.ts';
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';
import { countsAt } from './share-test-rule.ts';

export interface GrowingMarginRule {
  /** What the margin grows to, at least 1. */
  margin: number;
  /** Errors of the candidate after which it is. */
  wholeAfter: number;
  cap: number;
  /** The share of the stake that is held back, in [0, 1). */
  heldBack: number;
  /** After so many ticks half of that is bet, after three times as many three quarters. */
  heldTicks: number;
  warmupTicks: number;
}

/** The value is the log of all that is held and bet, having begun with 1. A tick without errors is not looked at. */
export function* growingMarginLooks(hour: Hour, rule: GrowingMarginRule): Generator<Look> {
  const logCap = Math.log(rule.cap);
  let held = rule.heldBack;
  // Bets that are lost are nearly 0, and 240 ticks at the cap are 1e259 at most.
  const bets = WORSE.map(() => (1 - held) / WORSE.length);
  let seen = 0;
  for (let t = rule.warmupTicks; t < hour.ticks; t += 1) {
    const bet = held / (t - rule.warmupTicks + rule.heldTicks);
    held -= bet;
    const counts = countsAt(hour, t);
    const margin = 1 + (rule.margin - 1) * Math.min(1, seen / rule.wholeAfter);
    seen += counts.candidate.bad;
    const events = eventsAtRatio(counts, margin);
    let all = held;
    for (const [k, lambda] of WORSE.entries()) {
      const factor = Math.exp(Math.min(logFactor(events, lambda), logCap));
      const now = ((bets[k] ?? 0) + bet / WORSE.length) * factor;
      bets[k] = now;
      all += now;
    }
    if (events.total > 0) yield { at: t + 1, value: Math.log(all) };
  }
}
