import { expect, test, vi } from 'vitest';
import { checkProblems } from '../../analysis/index.ts';
import { checkSchema } from '../../api/check.ts';
import { connect, createLog, systemClock } from '../../kube/index.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { KubeError, type RawRequest, type RawResponse } from '../../ports/kube.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import {
  CANDIDATE,
  type ConformanceOptions,
  countIn,
  type Provider,
} from '../../testing/metric-provider-fixture.ts';
import { kubernetesProvider } from './index.ts';

const signal = new AbortController().signal;
const checkOf = (asked: object) =>
  checkSchema.parse({ name: 'errors', kubernetes: asked, max: '1%', scope: 'Version' });

function answering(answer: (path: string) => unknown, status = 200) {
  const paths: string[] = [];
  const raw = ({ path }: RawRequest): Promise<RawResponse> => {
    paths.push(decodeURIComponent(path));
    const text = answer(path);
    const whole = typeof text === 'string' ? text : JSON.stringify(text);
    return Promise.resolve({
      status,
      headers: {},
      text: () => Promise.resolve(whole),
      body: (async function* () {
        yield await Promise.resolve(Buffer.from(whole));
      })(),
    });
  };
  return { paths, provider: kubernetesProvider({ raw }, { timeoutMs: 1_000, retryMs: [1, 1] }) };
}

const external = (...values: string[]) => ({
  kind: 'ExternalMetricValueList',
  items: values.map((value) => ({ metricName: 'n', metricLabels: {}, timestamp: 't', value })),
});
const ofPods = (values: Record<string, string>) => ({
  kind: 'MetricValueList',
  items: Object.entries(values).map(([name, value]) => ({
    describedObject: { kind: 'Pod', namespace: 'shop', name },
    metric: { name: 'n' },
    timestamp: 't',
    value,
  })),
});

test('external metrics are added up', async () => {
  const { paths, provider } = answering((path) =>
    path.includes('errors') ? external('500m', '1') : external('1k', '20'),
  );
  const check = checkOf({
    api: 'External',
    total: 'requests{version="{{hash}}"}',
    bad: 'errors{version="{{hash}}",code!="404"}',
  });
  expect(checkProblems(check, 'at')).toEqual([]);
  expect(await provider.measure(check, CANDIDATE, signal)).toEqual({
    kind: 'Counts',
    counts: { total: 1_020, bad: 1.5 },
  });
  const base = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop';
  expect(paths).toEqual([
    `${base}/requests?labelSelector=version=bbb222`,
    `${base}/errors?labelSelector=version=bbb222,code!=404`,
  ]);
});

test('of pods those of the version count, and one number is their mean', async () => {
  const { paths, provider } = answering(() =>
    ofPods({ 'web-bbb222-x': '300m', 'web-bbb222-y': '500m', 'web-aaa111-x': '9' }),
  );
  const pods = ['web-bbb222-x', 'web-bbb222-y'].map((name) => ({ name, ip: '' }));
  const check = checkOf({ api: 'Pods', query: 'latency{path="/buy"}' });
  expect(checkProblems(check, 'at')).toEqual([]);
  const reading = await provider.measure(check, { ...CANDIDATE, pods }, signal);
  expect(reading).toEqual({ kind: 'Value', value: 0.4 });
  expect(paths).toEqual([
    '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/latency?metricLabelSelector=path=/buy',
  ]);
});

/** Real clients of API servers on loopback; a metric is called after the port of the one that has it. */
function byRealClients(options: ConformanceOptions): Provider {
  const clusters = new Map<string, Cluster>();
  const clusterAt = (port: string): Cluster => {
    const known = clusters.get(port) ?? connect({ ...ANYBODY, server: origin(port) }, deps);
    clusters.set(port, known);
    return known;
  };
  const raw = (request: RawRequest): Promise<RawResponse> => {
    const [, port = ''] = /_at_(\d+)/.exec(request.path) ?? [];
    return clusterAt(port).client.raw(request);
  };
  const provider = kubernetesProvider({ raw }, options);
  return {
    ...provider,
    async close() {
      await provider.close();
      await Promise.all([...clusters.values()].map(({ client }) => client.close()));
    },
  };
}

const origin = (port: string): string => `http://127.0.0.1:${port}`;
const ANYBODY = {
  insecureSkipVerify: false,
  namespace: 'default',
  credentials: () => Promise.resolve({ headers: {} }),
  source: 'a test',
};
const deps = {
  clock: systemClock,
  log: createLog({ level: 'error', format: 'json' }),
  random: Math.random,
};

metricConformance({
  name: 'kubernetes',
  create: byRealClients,
  check(baseUrl) {
    const { port } = new URL(baseUrl);
    return checkOf({
      api: 'External',
      total: `requests_at_${port}{version="{{hash}}"}`,
      bad: `bad_at_${port}{version="{{hash}}"}`,
    });
  },
  good: ({ path }, counts) => JSON.stringify(external(String(countIn(path, counts) - 0.5), '500m')),
  nan: JSON.stringify(external('many')),
  empty: JSON.stringify(external()),
  named: 'external.metrics.k8s.io',
  notFound: /404.*adapter installed/,
  oneServer: 'the API server of the client',
  anonymous: 'it asks as the controller does',
});

const status = (message: string) => ({ kind: 'Status', message });
test.each([
  ['nothing', external(), 200, /found no data/],
  ['a page', '<html>', 200, /browsers/],
  ['something else', { items: 7 }, 200, /did not answer as the metrics APIs/],
  ['403', status('forbidden: no'), 403, /403.*do not allow.*segue install.*forbidden: no/],
  ['404', status('the server could not find it'), 404, /adapter installed.*could not find/],
  ['503', 'no endpoints', 503, /status 503/],
])('%s is missing', async (_what, answer, code, because) => {
  const { provider } = answering(() => answer, code);
  const check = checkOf({ api: 'External', query: 'n{v="{{hash}}"}' });
  const reading = await provider.measure(check, CANDIDATE, signal);
  expect(reading).toMatchObject({ kind: 'Missing', because: expect.stringMatching(because) });
  expect(reading).toMatchObject({ because: expect.stringContaining('external.metrics.k8s.io') });
});

test('an API server that is gone, or never answers, is missing', async () => {
  const check = checkOf({ api: 'External', query: 'n{v="{{hash}}"}' });
  const gone = () => Promise.reject(new KubeError('no route', { code: 0, reason: 'Unknown' }));
  expect(await kubernetesProvider({ raw: gone }).measure(check, CANDIDATE, signal)).toMatchObject({
    because: expect.stringContaining('no route'),
  });
  const hanging = vi.fn(() => new Promise<never>(() => {}));
  const slow = kubernetesProvider({ raw: hanging }, { timeoutMs: 30 });
  expect(await slow.measure(check, CANDIDATE, signal)).toMatchObject({
    because: expect.stringContaining('did not answer within 0.03 s'),
  });
});

test.each([
  ['External', ['queue_length', 'requests'], ['queue_length', 'requests']],
  ['Pods', ['pods/http_requests', 'namespaces/cpu', 'pods/latency'], ['http_requests', 'latency']],
])('%s metrics that the adapter lists have names', async (api, listed, names) => {
  const { paths, provider } = answering(() => ({
    kind: 'APIResourceList',
    resources: listed.map((name) => ({ name, kind: 'MetricValueList', verbs: ['get'] })),
  }));
  const check = checkOf({ api, query: 'n{v="{{hash}}"}' });
  expect(await provider.names?.(check, CANDIDATE, signal)).toEqual(names);
  expect(paths).toEqual([
    expect.stringMatching(/^\/apis\/(external|custom)\.metrics\.k8s\.io\/v1beta[12]$/),
  ]);
});
