/** Measures a version by the metrics APIs of the cluster, which adapters serve for autoscalers.
 * Source: https://kubernetes.io/docs/reference/external-api/ (external-metrics.v1beta1 and
 * custom-metrics.v1beta2) */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import { readQuantity } from '../../api/quantity.ts';
import { labelSelectorOf } from '../../api/series-selector.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { readText, type SendText } from '../http-text.ts';
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
  options: Omit<ProviderOptions, 'objects'> = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'kubernetes',
      title: 'The metrics API',
      address: ({ api }) => GROUPS[api],
      access: () => ({}),
      measure: async (measuring) =>
        await measureByQuery(measuring, (query, counts) => ask(measuring, query, counts)),
      names: namesOf,
      send: sendBy(client),
      meanings: MEANINGS,
    },
    options,
  );
}

const GROUPS = {
  External: 'external.metrics.k8s.io/v1beta1',
  Pods: 'custom.metrics.k8s.io/v1beta2',
} as const;

/** Stands for the API server that the client asks, of which there is one. */
const SERVER = 'https://kubernetes.default.svc';
/** All pods of a namespace may answer. */
const MAX_BYTES = 10 * 1_048_576;

const MEANINGS: Readonly<Record<number, string>> = {
  403: 'the credentials do not allow this, apply all that `segue install` prints',
  404: 'is an adapter installed, and the metric one of its own?',
};

async function ask(measuring: Measuring<Asked>, query: string, counts: boolean): Promise<Answer> {
  const path = pathOf(measuring, query);
  if (path === undefined) return { because: `was not asked: ${query} is not a metric` };
  const request = { url: SERVER + path, method: 'GET', headers: {} } as const;
  const answer = await measuring.ask(request, MAX_BYTES);
  return 'because' in answer ? answer : valueOf(answer.text, measuring, counts);
}

const resources = z.object({ resources: z.array(z.object({ name: z.string() })) });

/** As the adapter lists them where kinds of objects are found out: those of pods have that before them. */
async function namesOf(measuring: Measuring<Asked>): Promise<string[] | undefined> {
  const { api } = measuring.asked;
  const url = `${SERVER}/apis/${GROUPS[api]}`;
  const answer = await measuring.ask({ url, method: 'GET', headers: {} }, MAX_BYTES);
  if ('because' in answer) return undefined;
  const found = resources.safeParse(JSON.parse(answer.text));
  const names = found.data?.resources.map(({ name }) => name);
  if (api === 'External') return names;
  return names?.flatMap((name) => (name.startsWith(OF_PODS) ? name.slice(OF_PODS.length) : []));
}

const OF_PODS = 'pods/';

/** By the connection of the client, which knows the API server and who asks it. */
function sendBy(client: RawClient): SendText {
  return async ({ url, method }, { deadline, maxBytes }) => {
    const { pathname, search } = new URL(url);
    const { signal } = deadline;
    if (signal.aborted) return { because: deadline.because };
    const asking = async () => {
      const answer = await client.raw({ method, path: pathname + search, signal });
      return await readText(url, answer, maxBytes);
    };
    try {
      return (await deadline.race(asking())) ?? { because: deadline.because };
    } catch (error) {
      if (signal.aborted) return { because: deadline.because };
      return {
        because: `cannot be asked (${error instanceof Error ? error.message : String(error)})`,
        broken: true,
      };
    }
  };
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
    .map(({ value }) => readQuantity(value) ?? NaN);
  if (values.length === 0) return 'Empty';
  const sum = values.reduce((all, value) => all + value, 0);
  return { value: counts ? sum : sum / values.length };
}
