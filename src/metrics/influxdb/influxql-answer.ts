/** Reads an answer to InfluxQL.
 * Source: https://docs.influxdata.com/influxdb/v1/tools/api/#query-http-endpoint */
import * as z from 'zod';
import { readJson } from '../asker.ts';
import type { Answer } from '../by-query.ts';

const series = z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())) });
const shape = z.object({
  error: z.string().optional(),
  results: z.array(z.object({ error: z.string().optional(), series: z.array(series).optional() })),
});

export function readInfluxql(text: string): Answer {
  const read = readJson(text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the query API of InfluxDB does' };
  const { error, results } = found.data;
  const refused = error ?? results.find((result) => result.error !== undefined)?.error;
  if (refused !== undefined) return { because: `refused: ${refused}` };
  const all = results.flatMap((result) => result.series ?? []);
  return onlyValue(
    all.flatMap(({ columns, values }) =>
      values.flatMap((row) => row.filter((_, i) => columns[i] !== 'time')),
    ),
  );
}

/** Of all values, their times and labels apart. */
export function onlyValue(all: readonly unknown[]): Answer {
  const values = all.filter((value) => value !== null);
  const [value] = values;
  if (values.length === 0) return 'Empty';
  if (values.length > 1)
    return { because: `answered with ${values.length} values, not with one: aggregate them` };
  return typeof value === 'number'
    ? { value }
    : { because: `answered ${JSON.stringify(value)}, not a number` };
}
