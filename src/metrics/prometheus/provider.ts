/** Measures a version by asking a Prometheus, or anything that speaks its HTTP API. */
import type { Counts, MetricProvider, Reading } from '../../ports/metric-provider.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { countSlow, slowLimit } from '../histogram.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import type { Series } from '../series.ts';
import { renderQuery } from '../template.ts';
import { type Asked, metricNames, QueryApi, type Questions } from './query-api.ts';
import { bySource, countersOf, isRaw, REPLICA_LABELS, SOURCE_LABELS } from './raw-counters.ts';

/**
 * `query` gives a Value. `total` with `bad` or `good` gives Counts where they ask for a range
 * (`increase(...[1m])`), and otherwise Counters: one source for each `pod` (or `instance`).
 * `histogram` gives Counters with `slower`.
 *
 * All questions about a moment are evaluated at one time of the server. `bad` or `good` without
 * series is 0, though only beside a `total` that has some: a counter whose labels have not occurred
 * yet is not there at all, so a version without an error has no errors to count, and one that
 * answers nothing well no good ones. A `total` without series is Missing.
 */
export function prometheusProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  const api = new QueryApi();
  return providerOf<Asked>(
    {
      name: 'prometheus',
      title: 'Prometheus',
      address: ({ address }) => address,
      access: (asked) => asked,
      measure: async (measuring) => await measure(measuring, api.begin(measuring)),
      names: metricNames,
    },
    options,
  );
}

async function measure(measuring: Measuring<Asked>, questions: Questions): Promise<Reading> {
  const { query, total, histogram } = measuring.asked;
  if (histogram !== undefined) return await measureHistogram(measuring, questions, histogram);
  if (query === undefined && total !== undefined && isRaw(total))
    return await measureCounters(measuring, questions, total);
  return await measureByQuery(measuring, async (rendered) =>
    oneNumber(await questions.ask(rendered)),
  );
}

type Answered = { series: Series[] } | { because: string };

function oneNumber(answer: Answered): Answer {
  if ('because' in answer) return answer;
  const [first, ...others] = answer.series;
  if (!first) return 'Empty';
  if (others.length > 0)
    return { because: `answered with ${others.length + 1} series, not with one: sum() them` };
  return { value: first.value };
}

async function measureCounters(
  measuring: Measuring<Asked>,
  questions: Questions,
  total: string,
): Promise<Reading> {
  const { bad, good = '' } = measuring.asked;
  const [all, part] = [total, bad ?? good].map((one) => renderQuery(one, measuring.version));
  const first = await sourcesOf(questions, all ?? '');
  if ('because' in first) return measuring.missing(first.because, all);
  if (first.size === 0) return measuring.missing('found no data', all);
  const second = await sourcesOf(questions, part ?? '');
  if ('because' in second) return measuring.missing(second.because, part);
  const counters = countersOf(first, second, bad !== undefined);
  return 'because' in counters
    ? measuring.missing(counters.because, part)
    : { kind: 'Counters', ...counters };
}

async function sourcesOf(questions: Questions, query: string) {
  const answer = await questions.ask(query);
  return 'because' in answer ? answer : bySource(answer.series);
}

async function measureHistogram(
  measuring: Measuring<Asked>,
  questions: Questions,
  histogram: string,
): Promise<Reading> {
  const selector = renderQuery(histogram, measuring.version);
  const query = bucketsOf(selector);
  const limit = slowLimit(/^[\w:]+/.exec(selector)?.[0] ?? '', measuring.check.max);
  if ('because' in limit) return measuring.missing(limit.because, query);
  const found = await sourcesOf(questions, query);
  if ('because' in found) return measuring.missing(found.because, query);
  if (found.size === 0) return measuring.missing('found no data', query);
  const sources: Record<string, Counts> = {};
  for (const [source, buckets] of found) {
    const counts = countSlow(buckets, limit);
    if ('because' in counts) return measuring.missing(counts.because, query);
    sources[source] = counts;
  }
  return { kind: 'Counters', sources };
}

/** Every process's buckets, whatever else tells their series apart. */
function bucketsOf(selector: string): string {
  const kept = ['le', ...SOURCE_LABELS, ...REPLICA_LABELS].join(', ');
  return `sum by (${kept}) (${selector.trim().replace(/^[\w:]+/, '$&_bucket')})`;
}
