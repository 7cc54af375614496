import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { checkSchema } from '../api/check.ts';
import { metricProviders } from '../metrics/index.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import { FakePrometheus } from '../testing/fake-prometheus.ts';
import { FakeCluster, HOLDING, policy, release } from './testing/fake-cluster.ts';

type Loose = Record<string, unknown>;

let prometheus: FakePrometheus;
beforeAll(async () => {
  prometheus = await FakePrometheus.open();
});
afterAll(async () => await prometheus.close());
beforeEach(() => prometheus.behave({ is: 'Has', page: PAGE }));

const POD = (pod: string) => `namespace="shop",pod="${pod}"`;
/** What a Prometheus has of two pods of stable and one of the candidate. */
const PAGE = [
  ['web-aaa-1', 900, 1],
  ['web-aaa-2', 600, 2],
  ['web-bbb-1', 300, 90],
]
  .flatMap(([pod, total, bad]) => [
    `http_requests_total{code="200",${POD(String(pod))}} ${Number(total) - Number(bad)}`,
    `http_requests_total{code="500",${POD(String(pod))}} ${bad}`,
    `http_request_duration_seconds_bucket{le="0.1",${POD(String(pod))}} ${Number(total) - 10}`,
    `http_request_duration_seconds_bucket{le="+Inf",${POD(String(pod))}} ${total}`,
  ])
  .join('\n');

const pod = (hash: string, number: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `web-${hash}-${number}`,
    namespace: 'shop',
    labels: { 'pod-template-hash': hash },
  },
  status: { podIP: `10.0.0.${number}`, conditions: [{ type: 'Ready', status: 'True' }] },
});

const STABLE = { target: { stableHash: 'aaa' } };
const noJobs = {} as TaskRunner;

function clusterWith(...objects: KubeObject[]): FakeCluster {
  const cluster = new FakeCluster();
  cluster.metricProviders = (client) => Promise.resolve(metricProviders(client, noJobs));
  cluster.put(pod('aaa', 1), pod('aaa', 2), pod('bbb', 1), ...objects);
  return cluster;
}

const metrics = () => ({ prometheus: { address: prometheus.url } });
/** No release: the policy as it is stored. */
function idle(checks: Loose[], more: Loose = {}): FakeCluster {
  const stored = policy(STABLE);
  Object.assign(stored['spec'] as object, { checks, metrics: metrics(), ...more });
  return clusterWith(stored);
}

/** A release in progress that keeps these checks. */
function releasing(...checks: Loose[]): FakeCluster {
  return releasingWith({ evidence: [] }, ...checks);
}

/** With more of its status. */
function releasingWith(status: Loose, ...checks: Loose[]): FakeCluster {
  const kept = checks.map((check) => checkSchema.parse(check));
  const open = release({ ...HOLDING, ...status }, { checks: kept });
  return clusterWith(policy({ ...STABLE, release: 'web-3' }), open);
}

const told = (text: string) => text.replaceAll(prometheus.url, 'PROMETHEUS');

const HTTP = () => ({
  address: prometheus.url,
  total: 'http_requests_total{pod=~"{{pods}}"}',
  bad: 'http_requests_total{pod=~"{{pods}}",code=~"5.."}',
});
const errors = (rest: Loose = { compare: {} }) => ({
  name: 'errors',
  prometheus: HTTP(),
  ...rest,
});

test('counts of both versions of a release, and what they would conclude', async () => {
  const latency = {
    name: 'latency',
    prometheus: {
      address: prometheus.url,
      histogram: 'http_request_duration_seconds{pod=~"{{pods}}"}',
    },
    compare: {},
  };
  const cluster = releasing(errors(), latency, errors({ name: 'limit', max: '50%' }));
  const { code, out, err } = await cluster.run('check', 'web');
  expect(err).toBe('');
  expect(told(out)).toMatchInlineSnapshot(`
    "shop/web   web-3   stable aaa (2 pods)   candidate bbb (1 pod)

    errors   prometheus: at most stable's share of bad events, with a margin that grows to 1.25
      stable      1500 counted, 3 bad (0.2 %), since its counters began
      candidate   300 counted, 90 bad (30 %), since its counters began
      now         fail: candidate 90 of 300 bad (30 %), stable 3 of 1500 bad (0.2 %), 0.6 of the candidate's would be bad at stable's rate: worse than stable with 1.25 times its rate allowed by now (log evidence 45.65 of 5.30)

    latency   prometheus: at most 1.1 times stable's response times
      stable      1500 counted, 20 over 100 ms, since its counters began
      candidate   300 counted, 10 over 100 ms, since its counters began
      now         undecided: candidate 10 of 300 (3.33 %) slower than 100 ms, stable 20 of 1500 (1.33 %, 1.1 times it allowed): neither slower than 1.1 times stable's response times (log evidence 1.12 of 5.30) nor less than 2 times stable's share of slow requests (log evidence 0.00 of 3.00) is shown

    limit   prometheus: at most 50 % failed, of 4 and more
      stable      1500 counted, 3 bad (0.2 %), since its counters began
      candidate   300 counted, 90 bad (30 %), since its counters began
      now         pass: 30 % of 300 requests failed, at most 50 % allowed
    "
  `);
  expect(code).toBe(0);
});

test('a candidate that fails so much more is told so', async () => {
  const { out } = await releasing(errors()).run('check', 'web', '-o', 'json');
  expect(JSON.parse(out)).toEqual({
    policy: 'web',
    namespace: 'shop',
    release: 'web-3',
    stable: { hash: 'aaa', pods: 2 },
    candidate: { hash: 'bbb', pods: 1 },
    checks: [
      {
        name: 'errors',
        source: 'prometheus',
        asks: "at most stable's share of bad events, with a margin that grows to 1.25",
        stable: { counted: 'Ever', total: 1_500, bad: 3, value: 0.002 },
        candidate: { counted: 'Ever', total: 300, bad: 90, value: 0.3 },
        verdict: 'fail',
        because: expect.stringContaining('90 of 300'),
      },
    ],
  });
});

test('beside what is counted now stands what the release has found at its stages', async () => {
  const because = 'candidate 1 of 200 bad (0.5 %), stable 0 of 900 bad (0 %)';
  const [since, until] = ['2026-01-01T10:00:00.000Z', '2026-01-01T10:04:00.000Z'];
  const counted = { counts: { total: 200, bad: 1 }, against: [0], inFavour: [0] };
  const evidence = [
    {
      check: 'errors',
      verdict: 'Undecided',
      because,
      kept: { test: 'Slo', since, until, slo: counted },
    },
    { check: 'limit', verdict: 'Pass', because: '0.5 % of 200 requests failed' },
  ];
  const limit = errors({ name: 'limit', max: '50%' });
  const cluster = releasingWith({ evidence }, errors(), limit, errors({ name: 'new', max: '1%' }));
  const { out } = await cluster.run('check', 'web');
  expect(out).toContain(`  release     undecided: ${because} (${since} to ${until})\n`);
  expect(out).toContain('  release     pass: 0.5 % of 200 requests failed\n');
  const { checks } = JSON.parse((await cluster.run('check', 'web', '-o', 'json')).out) as {
    checks: { kept?: unknown }[];
  };
  expect(checks.map(({ kept }) => kept)).toEqual([
    { verdict: 'undecided', because, since, until },
    { verdict: 'pass', because: '0.5 % of 200 requests failed' },
    undefined,
  ]);
});

test('with a fresh baseline stable is its pods, and without one there is nothing to compare with', async () => {
  const fresh = errors({ compare: { baseline: 'Fresh' } });
  const cluster = releasing(fresh);
  const without = await cluster.run('check', 'web');
  expect(told(without.out)).toContain('stable      nothing: no pod of a fresh baseline is ready');
  expect(without.code).toBe(1);
  const uid = release(HOLDING).metadata.uid ?? '';
  const young = pod('aaa', 2);
  const labels = { ...young.metadata.labels, 'segue.dev/fresh': uid };
  cluster.put({ ...young, metadata: { ...young.metadata, labels } });
  const { out } = await cluster.run('check', 'web');
  expect(told(out)).toContain('stable      600 counted, 2 bad');
  expect(told(out)).toContain('worse than fresh stable with 1.25 times its rate allowed by now');
});

test('a good candidate is not', async () => {
  prometheus.behave({ is: 'Has', page: PAGE.replace(/300$/m, '300').replaceAll('} 90', '} 0') });
  const { out } = await releasing(errors()).run('check', 'web', '-o', 'json');
  const { checks } = JSON.parse(out) as { checks: { verdict: string }[] };
  expect(checks[0]?.verdict).not.toBe('fail');
});

test('without a release presets are asked about stable, which limits are held against', async () => {
  const cluster = idle([
    { name: 'preset', preset: 'http' },
    { name: 'limit', preset: 'http', of: 'errors', max: '1%' },
  ]);
  const { code, out, err } = await cluster.run('check', 'web');
  expect(err).toBe('');
  expect(told(out)).toMatchInlineSnapshot(`
    "shop/web   stable aaa (2 pods)   no candidate

    errors   prometheus: at most stable's share of bad events, with a margin that grows to 1.25, after a warm-up of 1m
      stable   1500 counted, 3 bad (0.2 %), since its counters began
      now      there is no candidate to compare with: no release is in progress

    latency   prometheus: at most 1.1 times stable's response times, after a warm-up of 1m
      stable   1500 counted, 20 over 100 ms, since its counters began
      now      there is no candidate to compare with: no release is in progress

    limit   prometheus: at most 1 % failed, of 200 and more, after a warm-up of 1m
      stable   1500 counted, 3 bad (0.2 %), since its counters began
      now      pass: 0.2 % of 1500 requests failed, at most 1 % allowed (of stable: no release is in progress)
    "
  `);
  expect(code).toBe(0);
});

test('for a misspelt metric the nearest are named, and the exit code says that something is missing', async () => {
  const misspelt = errors({ max: '1%' });
  misspelt.prometheus.total = 'http_request_total{pod=~"{{pods}}"}';
  const { code, out } = await releasing(misspelt).run('check', 'web');
  expect(told(out)).toMatchInlineSnapshot(`
    "shop/web   web-3   stable aaa (2 pods)   candidate bbb (1 pod)

    errors   prometheus: at most 1 % failed, of 200 and more
      stable      nothing: Prometheus at PROMETHEUS found no data; the query was http_request_total{pod=~"web-aaa-1|web-aaa-2"}
      candidate   nothing: Prometheus at PROMETHEUS found no data; the query was http_request_total{pod=~"web-bbb-1"}
      metric      http_request_total is not there; near it: http_requests_total
      now         undecided: Prometheus at PROMETHEUS found no data; the query was http_request_total{pod=~"web-bbb-1"}
    "
  `);
  expect(code).toBe(1);
});

test('a label that no series has is told from a metric that is not there', async () => {
  const elsewhere = errors({ max: '1%' });
  elsewhere.prometheus.total = 'http_requests_total{kubernetes_pod_name=~"{{pods}}"}';
  const { out } = await releasing(elsewhere).run('check', 'web', '-o', 'json');
  const { checks } = JSON.parse(out) as { checks: { metrics: unknown }[] };
  expect(checks[0]?.metrics).toEqual([{ name: 'http_requests_total', exists: true, near: [] }]);
});

test('of a preset that finds nothing of metrics that are there it is said what is usual', async () => {
  prometheus.behave({ is: 'Has', page: PAGE.replaceAll('namespace="shop"', 'ns="shop"') });
  const check = { name: 'errors', preset: 'http', of: 'errors' };
  const { code, out } = await idle([check]).run('check', 'web');
  expect(out).toContain('hint     does the Prometheus keep the labels namespace and pod');
  expect(code).toBe(1);
});

test('a preset that cannot find anything on the gateway that serves the route is told so', async () => {
  const served = (controllerName: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop' },
    status: { parents: [{ parentRef: { name: 'eg' }, controllerName }] },
  });
  const traffic = { services: [{ name: 'web' }], routers: [{ gatewayAPI: { httpRoute: 'web' } }] };
  const hinted = async (controllerName: string, ...checks: Loose[]) => {
    const cluster = idle(checks, { traffic });
    cluster.put(served(controllerName));
    const { out } = await cluster.run('check', 'web', '-o', 'json');
    return (JSON.parse(out) as { checks: { hint?: string }[] }).checks.map(({ hint }) => hint);
  };
  const eg = 'gateway.envoyproxy.io/gatewayclass-controller';
  const errors = { name: 'errors', preset: 'gateway', of: 'errors' };
  expect(await hinted(eg, errors)).toEqual([
    expect.stringMatching(/^HTTPRoute web is served by Envoy Gateway\..*use http, grpc/),
  ]);
  expect(await hinted('kgateway.dev/kgateway', errors)).toEqual([undefined]);
  expect(await hinted(eg, { ...errors, preset: 'http' })).toEqual([undefined]);
});

test('a misspelt histogram is told by its own name', async () => {
  const check = { name: 'latency', preset: 'http', of: 'latency' };
  prometheus.behave({
    is: 'Has',
    page: PAGE.replaceAll('http_request_duration_seconds', 'http_requests_duration_seconds'),
  });
  const { code, out } = await idle([check]).run('check', 'web');
  expect(out).toContain(
    'http_request_duration_seconds is not there; near it: http_requests_duration_seconds\n',
  );
  expect(code).toBe(1);
});

test('one check of several', async () => {
  const checks = [errors({ max: '1%' }), errors({ name: 'other', max: '2%' })];
  const { out } = await releasing(...checks).run('check', 'web', '--check', 'other', '-o', 'json');
  const { checks: asked } = JSON.parse(out) as { checks: { name: string }[] };
  expect(asked.map(({ name }) => name)).toEqual(['other']);
});

test.each<[string, () => FakeCluster, string[], string]>([
  ['no such policy', () => new FakeCluster(), [], 'ReleasePolicy shop/web: not found'],
  [
    'no such check',
    () => releasing(errors({ max: '1%' })),
    ['--check', 'erors'],
    'there is no check erors; write errors',
  ],
  ['no checks', () => releasing(), [], 'it has no checks; add some under spec.checks'],
  [
    'a check that is not valid',
    () => idle([{ name: 'preset', preset: 'kong' }]),
    [],
    'ReleasePolicy shop/web: spec.checks[0].preset: kong counts',
  ],
  [
    'no version that is known',
    () =>
      clusterWith(
        Object.assign(policy(), {
          spec: { ...(policy()['spec'] as object), checks: [errors({ max: '1%' })] },
        }),
      ),
    [],
    'which version users have is not known yet',
  ],
])('%s is an error', async (_what, cluster, more, words) => {
  const { code, out, err } = await cluster().run('check', 'web', ...more);
  expect(err).toContain(words);
  expect(out).toBe('');
  expect(code).toBe(1);
});

test('what is there during a release only is not missed without one', async () => {
  const { code, out } = await idle([{ name: 'preset', preset: 'traefik', of: 'errors' }]).run(
    'check',
    'web',
  );
  expect(out).toContain('not asked: it is about the Services of two versions');
  expect(code).toBe(0);
});

test('a Prometheus that this machine reaches by another address', async () => {
  const check = errors({ max: '50%' });
  check.prometheus.address = 'http://prometheus.monitoring.invalid:9090';
  const cluster = releasing(check);
  const there = await cluster.run('check', 'web', '--prometheus', prometheus.url);
  expect(there.code).toBe(0);
  const wrong = await cluster.run('check', 'web', '--prometheus', 'http://me:pass@localhost');
  expect(wrong.err).toContain('Write a URL without credentials');
  expect(wrong.code).toBe(2);
});

test('a Job is not run for it', async () => {
  const job = { name: 'journeys', job: { spec: { template: {} } }, max: 0 };
  const { code, out } = await releasing(job).run('check', 'web', '-o', 'json');
  const { checks } = JSON.parse(out) as { checks: unknown[] };
  expect(checks).toEqual([
    expect.objectContaining({ because: 'not asked: it would run a Job', source: 'job' }),
  ]);
  expect(code).toBe(0);
});

test('a source is asked with the Secrets that the user may read, and told without them', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'shop' },
    data: { token: Buffer.from('hush-hush').toString('base64') },
  };
  const check = errors({ max: '1%' });
  Object.assign(check.prometheus, { auth: { bearer: { secretRef: { name: 'login' } } } });
  const cluster = releasing(check);
  cluster.put(secret);
  prometheus.behave({ is: 'Echoes' });
  const { code, out, err } = await cluster.run('check', 'web');
  expect(prometheus.headers.authorization).toBe('Bearer hush-hush');
  expect(out + err).not.toContain('hush-hush');
  expect(out).toContain('status 401');
  expect(code).toBe(1);
});
