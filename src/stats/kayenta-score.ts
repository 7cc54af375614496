/** Kayenta's score of a whole canary: groups of metrics, weighted. */
import type { KayentaResult } from './kayenta.ts';

export interface ScoredMetric {
  classification: KayentaResult['classification'];
  /** The metric counts in each of them. */
  groups: readonly string[];
  /** Where it does not pass the whole canary fails. */
  critical?: boolean;
  /** Nodata counts as a failure of it. */
  mustHaveData?: boolean;
}

/** From so many metrics without data on, in percent, the canary fails. */
const NODATA_PERCENT = 50;

/**
 * 0 to 100. A group's score is the percentage of its metrics with data that pass, 100 where none has data; the sum is
 * weighted. 0 where a critical metric does not pass, half of the metrics or more have no data, or there are none.
 *
 * @param weights percent by group; groups without one share what is left of 100
 */
export function kayentaScore(
  metrics: readonly ScoredMetric[],
  weights: Readonly<Record<string, number>> = {},
): number {
  const failed = metrics.some((metric) => metric.critical && metric.classification !== 'Pass');
  const without = metrics.filter(isWithoutData).length;
  if (failed || !((without / metrics.length) * 100 < NODATA_PERCENT)) return 0;
  const groups = [...new Set(metrics.flatMap((metric) => metric.groups))];
  const given = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const unweighted = groups.filter((group) => weights[group] === undefined).length;
  const sum = groups.reduce((total, group) => {
    const weight = weights[group] ?? (100 - given) / unweighted;
    return total + groupScore(metrics, group) * (weight / 100);
  }, 0);
  return Math.round(sum * 100) / 100;
}

function groupScore(metrics: readonly ScoredMetric[], group: string): number {
  const counted = metrics.filter(
    (metric) => metric.groups.includes(group) && !isWithoutData(metric),
  );
  const passed = counted.filter((metric) => metric.classification === 'Pass');
  return counted.length === 0 ? 100 : (passed.length / counted.length) * 100;
}

function isWithoutData({ classification, mustHaveData }: ScoredMetric): boolean {
  return classification === 'Nodata' && !mustHaveData;
}
