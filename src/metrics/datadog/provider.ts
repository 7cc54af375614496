/** Measures a version by Datadog's timeseries.
 * Source: https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/ (v1) */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { onlySeries, reduced } from '../points.ts';
import { rangeSeconds } from '../range.ts';

type Asked = NonNullable<Check['datadog']>;

const point = z.tuple([z.number().nullable(), z.number().nullable()]);
const shape = z.object({
  status: z.string().default('ok'),
  error: z.string().optional(),
  series: z.array(z.object({ pointlist: z.array(point) })).default([]),
});

export function datadogProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'datadog',
      title: 'Datadog',
      address: ({ address }) => address,
      access: ({ secretRef: { name: secret } }) => ({
        secretHeaders: [
          { header: 'dd-api-key', secret, key: 'api-key' },
          { header: 'dd-application-key', secret, key: 'app-key' },
        ],
      }),
      measure: async (measuring) =>
        await measureByQuery(measuring, async (query, counts) => {
          const reduce = counts ? 'Sum' : measuring.asked.reduce;
          const answer = await ask(measuring, query);
          return answer === 'Empty' || 'because' in answer
            ? answer
            : reduced(answer.points, reduce);
        }),
    },
    options,
  );
}

type Points = { points: (number | null)[] } | 'Empty' | { because: string };

async function ask(measuring: Measuring<Asked>, query: string): Promise<Points> {
  const { from, to } = rangeSeconds(measuring.version);
  const parameters = new URLSearchParams({ from: String(from), to: String(to), query });
  const answer = await measuring.ask({
    url: `${measuring.asked.address.replace(/\/+$/, '')}/api/v1/query?${parameters.toString()}`,
    method: 'GET',
    headers: { accept: 'application/json' },
  });
  return 'because' in answer ? answer : pointsOf(answer.text);
}

function pointsOf(text: string): Points {
  const read = readJson(text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as Datadog does' };
  const { status, error, series } = found.data;
  if (status !== 'ok' || error) return { because: `refused: ${error ?? status}` };
  const only = onlySeries(series, 'leave off `by {...}`');
  if (only === 'Empty' || 'because' in only) return only;
  return { points: only.series.pointlist.map(([, value]) => value) };
}
