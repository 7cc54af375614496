/** Counts the events slower than a bound by the buckets of a histogram, without interpolating:
 * between two buckets nobody knows. */
import type { Counts } from '../../ports/metric-provider.ts';
import type { Series } from './page.ts';

/** Above it is slow. */
export interface Bound {
  value: number;
  unit: 's' | '';
}

/** Buckets of one series by their upper bound; each counts everything up to it. */
type Buckets = Map<number, number>;

/** `buckets` are the `_bucket` series of one histogram, of any number of label sets. */
export function countSlow(
  buckets: readonly Series[],
  bound: Bound,
  histogram: string,
): Counts | { because: string } {
  let total = 0;
  let bad = 0;
  for (const group of grouped(buckets)) {
    const all = group.get(Infinity);
    const fast = bucketAt(group, bound.value);
    if (fast === undefined) return { because: noBucket(group, bound, histogram) };
    if (all === undefined || !(all >= fast && fast >= 0))
      return { because: `shows buckets of ${histogram} that do not add up` };
    total += all;
    bad += all - fast;
  }
  return { total, bad };
}

function grouped(buckets: readonly Series[]): Iterable<Buckets> {
  const groups = new Map<string, Buckets>();
  for (const { labels, value } of buckets) {
    const others = [...labels].filter(([name]) => name !== 'le').sort(byName);
    const key = JSON.stringify(others);
    const group = groups.get(key) ?? new Map<number, number>();
    groups.set(key, group.set(bucketBound(labels.get('le')), value));
  }
  return groups.values();
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}

function bucketBound(le = ''): number {
  return /^\+?inf$/i.test(le) ? Infinity : Number(le || NaN);
}

function bucketAt(group: Buckets, bound: number): number | undefined {
  for (const [le, value] of group)
    if (le === bound || Math.abs(le - bound) <= bound * 1e-9) return value;
  return undefined;
}

function noBucket(group: Buckets, { value, unit }: Bound, histogram: string): string {
  const bounds = [...group.keys()].filter(Number.isFinite).sort((a, b) => a - b);
  const near = [bounds.findLast((le) => le < value), bounds.find((le) => le > value)]
    .filter((le) => le !== undefined)
    .map((le) => `${le}${unit}`);
  const use = near.length > 0 ? `use one of ${near.join(', ')}` : 'it has no others either';
  return `has no bucket at ${value}${unit} in ${histogram}: ${use}`;
}
