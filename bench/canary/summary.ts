/** What the outcomes of one cell come to, judge by judge. */
import { wilson } from '../../src/stats/binomial-interval.ts';
import { isOfErrors } from './cell-runs.ts';
import { expectedExcess, expectedExcessAfter, settingOf } from './hour.ts';
import { expectedWait, expectedWaitAfter, latencySettingOf } from './latency-hour.ts';
import {
  averageCost,
  type CellOutcomes,
  type Outcome,
  quantileTick,
  rolledBack,
} from './outcomes.ts';
import type { FullOutcomes } from './shards.ts';
import { type Cell, cellsOf, type Spec } from './spec.ts';

/** What checks with `compare: {}` do, by what is measured: docs/adr/0023-what-checks-compare-by.md. */
export const SHIPPED = { errors: 'ours-growing-margin', latency: 'ours-two-shares' } as const;
/** It as one judge; it has no stream of its own. */
export const PRODUCT = 'the product';
/** The same with a warm-up, as presets have it where nothing else is written: docs/adr/0021-presets.md. */
export const WITH_WARMUP = {
  errors: 'ours-growing-margin-warmup-60s',
  latency: 'ours-two-shares-warmup-60s',
} as const;
export const WARMED_UP = 'the product with a warm-up';

/** A number with the ends of its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface JudgeSummary {
  runs: number;
  /** The share of runs that were taken back, in [0, 1]: of good releases false alarms, of bad ones those found. */
  rolledBack: Estimate;
  /** Minutes until then, of those that were; NaN of none. */
  medianMinutes: number;
  p90Minutes: number;
  /** Requests that were bad because of the candidate until it was taken back or the hour was over, by average; where
   * times are compared the seconds that users waited longer. */
  excess: Estimate;
  /** The same with an hour of the whole traffic after a promotion. */
  excessAfter: Estimate;
}

export interface CellSummary {
  cell: Cell;
  judges: ReadonlyMap<string, JudgeSummary>;
}

export function summarize(spec: Spec, outcomes: FullOutcomes): CellSummary[] {
  return cellsOf(spec).map((cell) => {
    const seen: CellOutcomes = outcomes.get(cell.id) ?? new Map();
    const harm = harmOf(cell, spec);
    const judges = [...seen].map(([id, outcome]): [string, JudgeSummary] => [
      id,
      summaryOf(outcome, harm, spec),
    ]);
    const named = (name: string, of: Record<Cell['world']['measure'], string>) =>
      judges
        .filter(([id]) => id === of[cell.world.measure])
        .map(([, summary]) => [name, summary] as const);
    const product = [...named(PRODUCT, SHIPPED), ...named(WARMED_UP, WITH_WARMUP)];
    return { cell, judges: new Map([...judges, ...product]) };
  });
}

function harmOf(cell: Cell, spec: Spec): Harm {
  if (isOfErrors(cell)) {
    const setting = settingOf(cell, spec);
    return { until: expectedExcess(setting), after: expectedExcessAfter(setting) };
  }
  const setting = latencySettingOf(cell, spec);
  return { until: expectedWait(setting), after: expectedWaitAfter(setting) };
}

interface Harm {
  /** Bad requests, or seconds that users wait longer, expected until each tick. */
  until: Float64Array;
  /** And in the hour after a promotion. */
  after: number;
}

function summaryOf(outcome: Outcome, { until, after }: Harm, spec: Spec): JudgeSummary {
  const { runs } = outcome;
  const back = rolledBack(outcome);
  const minutes = (p: number) => (quantileTick(outcome, p) * spec.tickSeconds) / 60;
  const all = until.at(-1) ?? NaN;
  const costOf = (promoted: number) =>
    estimateOf(averageCost(outcome, { until: (tick) => until[tick] ?? NaN, promoted }));
  return {
    runs,
    rolledBack: { value: back / runs, ...wilson({ total: runs, bad: back }, 0.95) },
    medianMinutes: minutes(0.5),
    p90Minutes: minutes(0.9),
    excess: costOf(all),
    excessAfter: costOf(all + after),
  };
}

function estimateOf({ mean, halfWidth }: { mean: number; halfWidth: number }): Estimate {
  return { value: mean, low: mean - halfWidth, high: mean + halfWidth };
}
