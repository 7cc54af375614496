/** Sorts series of raw counters by the process that counts, so that its restarts can be told. */
import { rangesOf } from '../../api/series-selector.ts';
import type { Counts } from '../../ports/metric-provider.ts';
import { countsOf } from '../by-query.ts';
import type { Series } from '../series.ts';

/** Which process a series is of: the first of these that it has. */
export const SOURCE_LABELS = [
  'pod',
  'pod_name',
  'kubernetes_pod_name',
  'k8s_pod_name',
  'instance',
  'service_instance_id',
] as const;

/** By which the copies of two Prometheus servers differ that scrape the same. */
export const REPLICA_LABELS = ['prometheus_replica', '__replica__', 'replica'] as const;

type Grouped = Map<string, Series[]>;

/** Queries that ask for a range have differenced their counters themselves. */
export function isRaw(query: string): boolean {
  return rangesOf(query).length === 0;
}

export function bySource(series: readonly Series[]): Grouped | { because: string } {
  const grouped: Grouped = new Map();
  for (const one of series) {
    const label = SOURCE_LABELS.find((name) => one.labels.has(name));
    if (label === undefined)
      return {
        because:
          'answered with raw counters of nobody knows which process, so that a restart would not ' +
          'be seen: keep the label pod or instance (sum by (pod) (...)), or use increase()',
      };
    const source = one.labels.get(label) ?? '';
    grouped.set(source, [...(grouped.get(source) ?? []), one]);
  }
  const copies = [...grouped.values()].map(copiesOf).find((label) => label !== undefined);
  return copies === undefined
    ? grouped
    : {
        because: `answered with each counter more than once (label ${copies}): let it deduplicate`,
      };
}

/** The label that tells the copies apart. */
function copiesOf(series: readonly Series[]): string | undefined {
  return REPLICA_LABELS.find(
    (label) => new Set(series.map(({ labels }) => labels.get(label))).size > 1,
  );
}

/** Of each process, where a `part` that has no series has not happened there yet. */
export function countersOf(
  all: Grouped,
  part: Grouped,
  isBad: boolean,
): { sources: Record<string, Counts> } | { because: string } {
  const sources: Record<string, Counts> = {};
  for (const [source, series] of all) {
    const counts = countsOf(sum(series), sum(part.get(source) ?? []), isBad);
    if ('because' in counts) return { because: `${counts.because} (of ${source})` };
    sources[source] = counts;
  }
  return { sources };
}

function sum(series: readonly Series[]): number {
  return series.reduce((all, { value }) => all + value, 0);
}
