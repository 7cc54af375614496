/** Measures a version by Dynatrace's metrics API v2.
 * Source: https://docs.dynatrace.com/docs/dynatrace-api/environment-api/metric-v2/get-data-points */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { onlySeries, reduced } from '../points.ts';
import { rangeOf } from '../range.ts';

type Asked = NonNullable<Check['dynatrace']>;

const shape = z.object({
  result: z.array(
    z.object({ data: z.array(z.object({ values: z.array(z.number().nullable()) })) }),
  ),
});

export function dynatraceProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'dynatrace',
      title: 'Dynatrace',
      address: ({ address }) => address,
      access: ({ secretRef: { name: secret } }) => ({
        secretHeaders: [{ header: 'authorization', secret, key: 'token', prefix: 'Api-Token ' }],
      }),
      measure: async (measuring) =>
        await measureByQuery(measuring, (selector, counts) => ask(measuring, selector, counts)),
    },
    options,
  );
}

async function ask(
  measuring: Measuring<Asked>,
  metricSelector: string,
  counts: boolean,
): Promise<Answer> {
  const { fromMs, toMs } = rangeOf(measuring.version);
  const parameters = new URLSearchParams({
    metricSelector,
    from: String(Math.floor(fromMs)),
    to: String(Math.floor(toMs)),
  });
  const answer = await measuring.ask({
    url: `${measuring.asked.address.replace(/\/+$/, '')}/api/v2/metrics/query?${parameters.toString()}`,
    method: 'GET',
    headers: { accept: 'application/json' },
  });
  if ('because' in answer) return answer;
  const read = readJson(answer.text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the metrics API v2 does' };
  const series = found.data.result.flatMap(({ data }) => data);
  const only = onlySeries(series, 'add :splitBy()');
  if (only === 'Empty' || 'because' in only) return only;
  return reduced(only.series.values, counts ? 'Sum' : measuring.asked.reduce);
}
