/** Counts the events slower than the bounds of a histogram's buckets, without interpolating: between
 * two buckets nobody knows. */
import { parseThreshold } from '../api/threshold.ts';
import type { Counts } from '../ports/metric-provider.ts';
import type { Series } from './series.ts';

export interface SlowLimit {
  /** The histogram, without `_bucket`. */
  histogram: string;
  /** Above it is slow, in the histogram's own unit; absent: nothing is held against one bound. */
  bound?: number;
}

/** Buckets of one series by their upper bound; each counts everything up to it. */
type Buckets = Map<number, number>;

/**
 * Where `max` says a bound, as a duration, or as a bare number in the histogram's own unit.
 * @returns `because` when it is neither
 */
export function slowLimit(histogram: string, max: unknown): SlowLimit | { because: string } {
  if (max === undefined) return { histogram };
  const read = parseThreshold(max);
  if (!read || read.unit === 'ratio')
    return { because: `was not asked: ${JSON.stringify(max)} is not a duration` };
  const inUnit = read.unit === 'seconds' ? clean(read.value / secondsOf(histogram)) : read.value;
  return { histogram, bound: inUnit };
}

/** `buckets` are the `_bucket` series of one histogram, of any number of label sets. */
export function countSlow(
  buckets: readonly Series[],
  { histogram, bound }: SlowLimit,
): Counts | { because: string } {
  const groups = [...grouped(buckets)];
  let total = 0;
  let bad = 0;
  for (const group of groups) {
    const all = group.get(Infinity);
    if (all === undefined || [...group.values()].some((fast) => !(fast >= 0 && fast <= all)))
      return { because: `shows buckets of ${histogram} that do not add up` };
    const fast = bound === undefined ? all : bucketAt(group, bound);
    if (fast === undefined) return { because: noBucket(group, bound ?? NaN, histogram) };
    total += all;
    bad += all - fast;
  }
  return { total, bad, slower: slowerThanEach(groups, histogram, total) };
}

/** Only bounds that all label sets have. */
function slowerThanEach(
  groups: readonly Buckets[],
  histogram: string,
  total: number,
): Record<string, number> {
  const bounds = [...(groups[0]?.keys() ?? [])].filter(Number.isFinite).sort((a, b) => a - b);
  const known = bounds.filter((bound) => groups.every((group) => group.has(bound)));
  return Object.fromEntries(
    known.map((bound) => {
      const fast = groups.reduce((sum, group) => sum + (group.get(bound) ?? 0), 0);
      return [String(clean(bound * secondsOf(histogram))), total - fast];
    }),
  );
}

/** Milliseconds whose names do not say so: those of Envoy
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats) and of APISIX
 * (https://apisix.apache.org/docs/apisix/plugins/prometheus/). */
const IN_MILLISECONDS = /^(?:envoy_\w+_rq_time|apisix_http_latency)$/;

/** What one unit of the histogram is in seconds, by the usual names. */
function secondsOf(histogram: string): number {
  const isMs = /_(milliseconds|millis|ms)$/.test(histogram) || IN_MILLISECONDS.test(histogram);
  return isMs ? 0.001 : 1;
}

/** 250 * 0.001 and its like have few digits. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
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

function noBucket(group: Buckets, bound: number, histogram: string): string {
  const unit = secondsOf(histogram) === 1 ? 's' : 'ms';
  const bounds = [...group.keys()].filter(Number.isFinite).sort((a, b) => a - b);
  const near = [bounds.findLast((le) => le < bound), bounds.find((le) => le > bound)]
    .filter((le) => le !== undefined)
    .map((le) => `${le}${unit}`);
  const use = near.length > 0 ? `use one of ${near.join(', ')}` : 'it has no others either';
  return `has no bucket at ${bound}${unit} in ${histogram}: ${use}`;
}
