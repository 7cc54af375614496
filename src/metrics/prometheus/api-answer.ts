/** Reads an answer of Prometheus' HTTP API to an instant query.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
import * as z from 'zod';

/** One number and the time in seconds it was evaluated at. */
export type Answer =
  { kind: 'Number'; value: number; atSeconds: number } | { kind: 'Empty' } | { because: string };

const point = z.tuple([z.number(), z.string()]);
const success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ value: point.optional() })),
    }),
    z.object({ resultType: z.enum(['matrix', 'string', 'streams']) }),
  ]),
});
const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/** `because` follows the address in a sentence. */
export function readAnswer(status: number, text: string): Answer {
  const json = parseJson(text);
  const failed = failure.safeParse(json);
  if (failed.success)
    return { because: `refused (${failed.data.errorType}: ${failed.data.error.slice(0, 300)})` };
  if (status !== 200) return { because: `answered with status ${status}` };
  if (json === undefined) return { because: 'did not answer in JSON: is it a Prometheus?' };
  const read = success.safeParse(json);
  if (!read.success) return { because: 'did not answer as the Prometheus HTTP API does' };
  const { data } = read.data;
  if (data.resultType === 'scalar') return numberOf(data.result);
  if (data.resultType !== 'vector')
    return { because: `answered with a ${data.resultType}, not with one number` };
  const [first, ...others] = data.result;
  if (!first) return { kind: 'Empty' };
  if (others.length > 0)
    return { because: `answered with ${data.result.length} series, not with one: sum() them` };
  return first.value
    ? numberOf(first.value)
    : { because: 'answered with a native histogram, not with one number' };
}

function numberOf([atSeconds, written]: z.output<typeof point>): Answer {
  const value = written.trim() === '' ? NaN : Number(written.replace('Inf', 'Infinity'));
  if (!Number.isFinite(value))
    return {
      because: `answered ${written.slice(0, 40)}, not a finite number (a ratio of no events?)`,
    };
  return { kind: 'Number', value, atSeconds };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
