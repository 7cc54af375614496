/** Measures a version by Graphite's render API.
 * Source: https://graphite.readthedocs.io/en/latest/render_api.html */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { AskedMetric, MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery, questionsOf } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { onlySeries, reduced } from '../points.ts';
import { rangeSeconds } from '../range.ts';
import { foundPath, nodesIn, pathsIn } from './paths.ts';

type Asked = NonNullable<Check['graphite']>;

const shape = z.array(
  z.object({ datapoints: z.array(z.tuple([z.number().nullable(), z.number()])) }),
);

export function graphiteProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'graphite',
      title: 'Graphite',
      address: ({ address }) => address,
      access: (asked) => asked,
      measure: async (measuring) =>
        await measureByQuery(measuring, (target, counts) => ask(measuring, target, counts)),
      metrics: async (measuring) => await metricsOf(measuring),
    },
    options,
  );
}

async function metricsOf(measuring: Measuring<Asked>): Promise<AskedMetric[] | undefined> {
  const base = measuring.asked.address.replace(/\/+$/, '');
  const find = async (query: string) => {
    const url = `${base}/metrics/find?${new URLSearchParams({ query }).toString()}`;
    const answer = await measuring.ask({
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
    });
    return 'because' in answer ? undefined : nodesIn(answer.text);
  };
  const found: AskedMetric[] = [];
  for (const path of pathsIn(questionsOf(measuring))) {
    const one = await foundPath(path, find);
    if (!one) return undefined;
    found.push(one);
  }
  return found.length === 0 ? undefined : found;
}

async function ask(measuring: Measuring<Asked>, target: string, counts: boolean): Promise<Answer> {
  const { from, to } = rangeSeconds(measuring.version);
  const form = new URLSearchParams({
    target,
    from: String(from),
    until: String(to),
    format: 'json',
  });
  const answer = await measuring.ask({
    url: `${measuring.asked.address.replace(/\/+$/, '')}/render`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
  });
  if ('because' in answer) return answer;
  const read = readJson(answer.text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: "did not answer as Graphite's render API does" };
  const only = onlySeries(found.data, 'sumSeries() them');
  if (only === 'Empty' || 'because' in only) return only;
  const points = only.series.datapoints.map(([value]) => value);
  return reduced(points, counts ? 'Sum' : measuring.asked.reduce);
}
