/** Measures a version by counting documents of Elasticsearch or OpenSearch.
 * Source: https://www.elastic.co/guide/en/elasticsearch/reference/current/search-count.html */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { rangeOf } from '../range.ts';

type Asked = NonNullable<Check['elasticsearch']>;

const shape = z.object({
  count: z.number(),
  _shards: z.object({ total: z.number(), failed: z.number() }),
});

export function elasticsearchProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'elasticsearch',
      title: 'Elasticsearch',
      address: ({ address }) => address,
      access: (asked) => asked,
      measure: async (measuring) =>
        await measureByQuery(measuring, (query) => ask(measuring, query)),
    },
    options,
  );
}

async function ask(measuring: Measuring<Asked>, query: string): Promise<Answer> {
  const { address, index } = measuring.asked;
  const answer = await measuring.ask({
    url: `${address.replace(/\/+$/, '')}/${encodeURIComponent(index)}/_count`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: { bool: { filter: filtersOf(measuring, query) } } }),
  });
  if ('because' in answer) return answer;
  const read = readJson(answer.text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the count API does' };
  const { count, _shards: shards } = found.data;
  // A pattern that no index matches counts 0 of nothing.
  if (shards.total === 0) return { because: `has no data: no index is called ${index}` };
  if (shards.failed > 0)
    return { because: `counted without ${shards.failed} of ${shards.total} shards` };
  return { value: count };
}

function filtersOf({ asked, version }: Measuring<Asked>, query: string): object[] {
  const { fromMs, toMs } = rangeOf(version);
  const range = { gte: Math.floor(fromMs), lt: Math.floor(toMs), format: 'epoch_millis' };
  return [{ query_string: { query } }, { range: { [asked.timeField]: range } }];
}
