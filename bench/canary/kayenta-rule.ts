/** Kayenta's judge on one metric, the error rate of every minute, against a baseline of the same size. */
import { classifyMetric, KAYENTA_DEFAULTS } from '../../src/stats/kayenta.ts';
import { rankSumZ } from '../../src/stats/mann-whitney.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { type Baseline, byMinute, type Hour } from './hour.ts';
import type { Look } from './judges.ts';

interface KayentaRule {
  firstMinute: number;
  everyMinutes: number;
}

/** The ratio of the means where the baseline has no errors at all: more than every limit but this one. */
const NO_RATIO = 1e300;
/** Kayenta's. What is not significant by it at a shift of 0 has an interval that covers 0, and its ends, which take
 * most of the time, need not be looked for. */
const CONFIDENCE = 0.98;

/**
 * The value is the ratio of the means where the difference is significant, and -Infinity where it is not. The limit is
 * Kayenta's `allowedIncrease`; a minute without requests has no errors (`nanStrategy: replace`).
 */
export function* kayentaLooks(
  { hour, baseline }: { hour: Hour; baseline: Baseline | undefined },
  { firstMinute, everyMinutes }: KayentaRule,
): Generator<Look> {
  if (!baseline) throw new Error('Kayenta was asked without a baseline');
  const candidate = ratesOf(byMinute(hour, hour.candidateBad), byMinute(hour, hour.candidateTotal));
  const stable = ratesOf(baseline.bad, baseline.total);
  const least = normalQuantile(1 - (1 - CONFIDENCE) / 2);
  for (let minute = firstMinute; minute <= candidate.length; minute += everyMinutes) {
    const samples = { candidate: candidate.slice(0, minute), baseline: stable.slice(0, minute) };
    const at = minute * hour.ticksPerMinute;
    const z = rankSumZ({ x: samples.candidate.map(orNone), y: samples.baseline.map(orNone) });
    if (!(z > least)) {
      yield { at, value: -Infinity };
      continue;
    }
    const { classification, effectSize = NaN } = classifyMetric(samples, {
      ...KAYENTA_DEFAULTS,
      direction: 'Increase',
      nanStrategy: 'Replace',
      effectSize: { measure: 'MeanRatio', allowedIncrease: 0, allowedDecrease: 1 },
    });
    const ratio = Number.isNaN(effectSize) ? NO_RATIO : effectSize;
    const value = classification === 'High' ? ratio : -Infinity;
    yield { at, value };
  }
}

function orNone(rate: number): number {
  return Number.isNaN(rate) ? 0 : rate;
}

function ratesOf(bad: Int32Array, total: Int32Array): number[] {
  return Array.from(bad, (count, m) => count / (total[m] ?? NaN));
}
