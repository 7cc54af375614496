/** Measures a version by SkyWalking's metrics query expressions.
 * Source: https://skywalking.apache.org/docs/main/latest/en/api/query-protocol/ (V3 APIs) */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { onlySeries, reduced } from '../points.ts';
import { rangeOf } from '../range.ts';
import { renderQuery } from '../template.ts';

type Asked = NonNullable<Check['skywalking']>;

const QUESTION =
  'query($expression: String!, $entity: Entity!, $duration: Duration!) { ' +
  'execExpression(expression: $expression, entity: $entity, duration: $duration) { ' +
  'type error results { values { id value } } } }';

const shape = z.object({
  errors: z.array(z.object({ message: z.string() })).optional(),
  data: z
    .object({
      execExpression: z.object({
        error: z.string().nullish(),
        results: z.array(z.object({ values: z.array(z.object({ value: z.string().nullish() })) })),
      }),
    })
    .nullish(),
});

/** It keeps its metrics by the minute. */
const MINUTE_MS = 60_000;

export function skywalkingProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'skywalking',
      title: 'SkyWalking',
      address: ({ address }) => address,
      access: (asked) => asked,
      measure: async (measuring) =>
        await measureByQuery(measuring, (expression, counts) => ask(measuring, expression, counts)),
    },
    options,
  );
}

async function ask(
  measuring: Measuring<Asked>,
  expression: string,
  counts: boolean,
): Promise<Answer> {
  const answer = await measuring.ask({
    url: `${measuring.asked.address.replace(/\/+$/, '')}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      query: QUESTION,
      variables: { expression, entity: entityOf(measuring), duration: durationOf(measuring) },
    }),
  });
  if ('because' in answer) return answer;
  return readPoints(answer.text, counts ? 'Sum' : measuring.asked.reduce);
}

function readPoints(text: string, reduce: Asked['reduce']): Answer {
  const read = readJson(text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the query protocol does' };
  const { errors = [], data } = found.data;
  const refused = errors[0]?.message ?? data?.execExpression.error;
  if (refused) return { because: `refused: ${refused}` };
  if (!data) return { because: 'did not answer as the query protocol does' };
  const only = onlySeries(data.execExpression.results, 'choose one label');
  if (only === 'Empty' || 'because' in only) return only;
  const points = only.series.values.map(({ value }) => (value ? Number(value) : null));
  return reduced(points, reduce);
}

function entityOf({ asked, version }: Measuring<Asked>): object {
  const { service, instance, endpoint } = asked;
  const filled = (template: string) => renderQuery(template, version);
  return {
    serviceName: filled(service),
    normal: true,
    ...(instance !== undefined && { serviceInstanceName: filled(instance) }),
    ...(endpoint !== undefined && { endpointName: filled(endpoint) }),
  };
}

/** Whole minutes that are over, in UTC. */
function durationOf({ version }: Measuring<Asked>): object {
  const { fromMs, toMs } = rangeOf(version);
  const minutes = Math.max(1, Math.round((toMs - fromMs) / MINUTE_MS));
  const lastMs = Math.floor(toMs / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const firstMs = lastMs - (minutes - 1) * MINUTE_MS;
  return { start: written(firstMs), end: written(lastMs), step: 'MINUTE' };
}

/** `2026-01-31 1405` */
function written(ms: number): string {
  const [day = '', time = ''] = new Date(ms).toISOString().split('T');
  return `${day} ${time.slice(0, 2)}${time.slice(3, 5)}`;
}
