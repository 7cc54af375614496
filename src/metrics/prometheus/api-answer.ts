/** Reads an answer of Prometheus' HTTP API to an instant query.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
import * as z from 'zod';
import { readJson } from '../asker.ts';
import type { Series } from '../series.ts';

/** Series with their values and the time in seconds they were evaluated at; a scalar is a series
 * without a name. `because` follows the address in a sentence. */
export type Answer = { series: Series[]; atSeconds: number | undefined } | { because: string };

const point = z.tuple([z.number(), z.string()]);
const success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()).default({}),
          value: point.optional(),
        }),
      ),
    }),
    z.object({ resultType: z.enum(['matrix', 'string', 'streams']) }),
  ]),
});
type Found = z.output<typeof success>['data'];
const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

export function readAnswer(text: string): Answer {
  const read = readJson(text);
  if ('because' in read) return { because: `${read.because}; is it a Prometheus?` };
  const failed = failure.safeParse(read.json);
  if (failed.success)
    return { because: `refused (${failed.data.errorType}: ${failed.data.error})` };
  const found = success.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the Prometheus HTTP API does' };
  return seriesOf(found.data.data);
}

function seriesOf(data: Found): Answer {
  if (data.resultType === 'scalar') {
    const [atSeconds, written] = data.result;
    return { series: [{ name: '', labels: new Map(), value: numberOf(written) }], atSeconds };
  }
  if (data.resultType !== 'vector')
    return { because: `answered with a ${data.resultType}, not with one number for each series` };
  const series: Series[] = [];
  for (const { metric, value } of data.result) {
    if (!value) return { because: 'answered with a native histogram, not with numbers' };
    const { __name__: name = '', ...labels } = metric;
    series.push({ name, labels: new Map(Object.entries(labels)), value: numberOf(value[1]) });
  }
  return { series, atSeconds: data.result[0]?.value?.[0] };
}

function numberOf(written: string): number {
  return written.trim() === '' ? NaN : Number(written.replace('Inf', 'Infinity'));
}
