/** Pearson's test of shares, for a single look at counts that are complete. */
import { normalAbove } from './normal.ts';

/** Of two versions the first got `count` of `total`, over 0, and was meant to get `share`, in (0, 1). */
export function splitChiSquare({
  count,
  total,
  share,
}: {
  count: number;
  total: number;
  share: number;
}): {
  statistic: number;
  /** Under 0.0005 it is worth looking why. */
  pValue: number;
} {
  const off = count - total * share;
  const statistic = (off * off) / (total * share * (1 - share));
  return { statistic, pValue: 2 * normalAbove(Math.sqrt(statistic)) };
}
