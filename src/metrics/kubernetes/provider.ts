/** Measures a version by the metrics APIs of the cluster, which adapters serve for autoscalers.
 * Source: https://kubernetes.io/docs/reference/external-api/ (external-metrics.v1beta1 and
 * custom-metrics.v1beta2) */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { labelSelectorOf } from '../../api/series-selector.ts';
import type { KubeClient, RawResponse } from '../../ports/kube.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';

type Asked = NonNullable<Check['kubernetes']>;

/** Where the API server is asked. */
export type RawClient = Pick<KubeClient, 'raw'>;

const shape = z.object({
  items: z.array(
    z.object({
      describedObject: z.object({ name: z.string() }).optional(),
      value: z.union([z.string(), z.number()]),
    }),
  ),
});

export function kubernetesProvider(
  client: RawClient,
  options: Pick<ProviderOptions, 'timeoutMs'> = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'kubernetes',
      title: 'The metrics API',
      address: ({ api }) => GROUPS[api],
      access: () => ({}),
      measure: async (measuring) =>
        await measureByQuery(measuring, (query, counts) =>
          ask({ client, measuring }, query, counts),
        ),
    },
    options,
  );
}

const GROUPS = {
  External: 'external.metrics.k8s.io/v1beta1',
  Pods: 'custom.metrics.k8s.io/v1beta2',
} as const;

interface Asking {
  client: RawClient;
  measuring: Measuring<Asked>;
}

async function ask({ client, measuring }: Asking, query: string, counts: boolean): Promise<Answer> {
  const path = pathOf(measuring, query);
  if (path === undefined) return { because: `was not asked: ${query} is not a metric` };
  const { signal } = measuring;
  try {
    const answer = await measuring.inTime(client.raw({ method: 'GET', path, signal }));
    if (!answer) return { because: measuring.late };
    const text = (await measuring.inTime(answer.text())) ?? '';
    if (answer.status !== 200) return { because: faultOf(answer, text) };
    return valueOf(text, measuring, counts);
  } catch (error) {
    return { because: signal.aborted ? measuring.late : `cannot be asked (${String(error)})` };
  }
}

function pathOf({ asked, version }: Measuring<Asked>, query: string): string | undefined {
  const metric = labelSelectorOf(query);
  if (!metric) return undefined;
  const base = `/apis/${GROUPS[asked.api]}/namespaces/${version.namespace}`;
  const name = encodeURIComponent(metric.name);
  if (asked.api === 'External')
    return `${base}/${name}?${new URLSearchParams({ labelSelector: metric.labels }).toString()}`;
  const parameters = { ...(metric.labels !== '' && { metricLabelSelector: metric.labels }) };
  return `${base}/pods/*/${name}?${new URLSearchParams(parameters).toString()}`;
}

function faultOf({ status }: RawResponse, text: string): string {
  const read = readJson(text);
  const told = z.object({ message: z.string() }).safeParse('json' in read ? read.json : undefined);
  const words = told.success ? `: ${told.data.message}` : '';
  if (status === 403) return `may not be asked: apply all that \`segue install\` prints${words}`;
  if (status === 404)
    return `does not know it (404): is an adapter installed, and the metric one of its own?${words}`;
  return `answered with status ${status}${words}`;
}

function valueOf(text: string, { asked, version }: Measuring<Asked>, counts: boolean): Answer {
  const read = readJson(text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as the metrics APIs do' };
  const own = new Set(version.pods.map(({ name }) => name));
  const values = found.data.items
    .filter(
      ({ describedObject }) => asked.api === 'External' || own.has(describedObject?.name ?? ''),
    )
    .map(({ value }) => parseQuantity(value));
  if (values.length === 0) return 'Empty';
  const sum = values.reduce((all, value) => all + value, 0);
  return { value: counts ? sum : sum / values.length };
}
