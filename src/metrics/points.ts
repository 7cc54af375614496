/** One number out of the points of a series. */
import type { Reduce } from '../api/check-sources/counting.ts';
import type { Answer } from './by-query.ts';

const REDUCERS: Record<Reduce, (points: readonly number[]) => number> = {
  Last: (points) => points.at(-1) ?? NaN,
  Mean: (points) => sum(points) / points.length,
  Max: (points) => Math.max(...points),
  Min: (points) => Math.min(...points),
  Sum: sum,
};

/** Of points in order of time; those without a value are not there. */
export function reduced(points: readonly unknown[], reduce: Reduce): Answer {
  const values = points.filter((point) => typeof point === 'number');
  return values.length === 0 ? 'Empty' : { value: REDUCERS[reduce](values) };
}

/** The one series there must be. `fix`: how its source is asked for one only. */
export function onlySeries<Series>(
  series: readonly Series[],
  fix: string,
): { series: Series } | 'Empty' | { because: string } {
  const [first, ...others] = series;
  if (!first) return 'Empty';
  if (others.length === 0) return { series: first };
  return { because: `answered with ${others.length + 1} series, not with one: ${fix}` };
}

function sum(points: readonly number[]): number {
  return points.reduce((all, point) => all + point, 0);
}
