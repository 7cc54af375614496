/** Requests lost while a release changes versions under 500 requests a second, by every strategy but
 * recreate, which serves nobody in between: through a gateway, or straight to the Service where there is
 * no router. The sandbox and the gateway run in processes of their own, the load here. The answers of
 * the version released are counted, and what the gateway tried again. Exits with 1 if any request was
 * lost. */
import { createServer, type AddressInfo } from 'node:net';
import { KINDS } from '../src/api/group.ts';
import type { KubeObject } from '../src/api/object.ts';
import type { PolicySpecInput } from '../src/api/policy.ts';
import type { ReleaseStatus } from '../src/api/release.ts';
import { connect, createLog, loadKubeconfig, systemClock } from '../src/kube/index.ts';
import type { KubeClient } from '../src/ports/kube.ts';
import { LoadClient } from '../src/sandbox/demo/load-client.ts';
import { tally, type Tally } from '../src/sandbox/demo/load-report.ts';
import { reachableAddress } from '../src/sandbox/nodes/addresses.ts';
import { TestProcess } from '../src/testing/process.ts';
import { until } from '../src/testing/until.ts';
import { report } from './results.ts';
import { spread } from './spread.ts';

const PER_SECOND = 500;
const ROUNDS = 2;
const REPLICAS = 4;
const SERVICE_PORT = 18_080;
const RELEASE_WITHIN_MS = 120_000;
/** The load goes on before and after, so that the whole cutover is under it. */
const AROUND_MS = 2_000;

interface Cutover {
  /** Also the name of the application. */
  name: string;
  /** What moves the traffic; `Pods`: the Deployment's own controller, which the Service follows. */
  by: 'Route' | 'Service' | 'Pods' | 'Pair';
  strategy: PolicySpecInput['strategy'];
}

const stages = [
  { weight: 10, hold: '3s' },
  { weight: 50, hold: '3s' },
];
const blueGreen = { hold: '2s' };
const goal = {
  name: 'orders',
  scrape: { pods: { port: 8080 }, total: 'http_requests_total', good: 'orders_total' },
  interval: '1s',
};
const abTest = { sticky: { percent: 50 }, duration: '3s', goal, atEnd: 'PromoteB' as const };
const CUTOVERS: Cutover[] = [
  { name: 'canary-route', by: 'Route', strategy: { canary: { stages } } },
  { name: 'canary-pods', by: 'Service', strategy: { canary: { stages } } },
  { name: 'blue-green-route', by: 'Route', strategy: { blueGreen } },
  {
    name: 'blue-green-shares',
    by: 'Route',
    strategy: { blueGreen: { ...blueGreen, switch: [{ weight: 50, hold: '2s' }] } },
  },
  { name: 'blue-green-service', by: 'Service', strategy: { blueGreen } },
  { name: 'blue-green-pair', by: 'Pair', strategy: { blueGreen } },
  { name: 'ab-test', by: 'Route', strategy: { abTest } },
  {
    name: 'rolling',
    by: 'Pods',
    strategy: { rolling: { stages: [{ holdAfter: 1, hold: '2s' }] } },
  },
];

/** Of a pair the one without the traffic. */
const idle = (name: string) => `${name}-green`;

/** The objects of one application; `port` of its listener, where it has a route. */
function objects({ name, by, strategy }: Cutover, port: number): KubeObject[] {
  const pair = by === 'Pair';
  const metadata = { name, namespace: 'default' };
  const gatewayApi = 'gateway.networking.k8s.io/v1';
  const container = {
    name: 'app',
    image: 'segue-demo:v1',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, timeoutSeconds: 5 },
  };
  const deployment = (labels: Record<string, string>) => ({
    replicas: REPLICAS,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  });
  const live = { app: name, ...(pair && { colour: 'blue' }) };
  const ports = [{ name: 'http', port: SERVICE_PORT, targetPort: 'http', protocol: 'TCP' }];
  const policy: PolicySpecInput = {
    targetRef: { name },
    ...(pair && { pairRef: { name: idle(name) } }),
    ...(by !== 'Pods' && {
      traffic: {
        services: [{ name }],
        ...(by === 'Route' && { routers: [{ gatewayAPI: { httpRoute: name } }] }),
        settle: '500ms',
        drain: '2s',
      },
    }),
    strategy,
    bake: '2s',
  };
  const gateway = {
    gatewayClassName: 'segue',
    listeners: [{ name: 'http', protocol: 'HTTP', port }],
  };
  const backendRefs = [{ name, port: SERVICE_PORT }];
  const all: [string, string, object][] = [
    ['apps/v1', 'Deployment', deployment(live)],
    ['v1', 'Service', { selector: live, ports }],
    [gatewayApi, 'Gateway', gateway],
    [gatewayApi, 'HTTPRoute', { parentRefs: [{ name }], rules: [{ backendRefs }] }],
    ['segue.dev/v1alpha1', 'ReleasePolicy', policy],
  ];
  const second = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, name: idle(name) },
    spec: deployment({ app: name, colour: 'green' }),
  };
  const needed = all.filter(([apiVersion]) => by === 'Route' || apiVersion !== gatewayApi);
  return [
    ...(pair ? [second] : []),
    ...needed.map(([apiVersion, kind, spec]) => ({ apiVersion, kind, metadata, spec })),
  ];
}

interface Measured {
  name: string;
  outcome: string;
  seconds: number;
  window: Tally;
  /** Requests the gateway sent again, to another pod, since the first did not take them. */
  retried: number;
}

async function measure(client: KubeClient, base: Cutover, at: Place): Promise<Measured> {
  const name = `${base.name}-${at.round}`;
  const cutover = { ...base, name };
  const retriesBefore = await retries(at.metricsUrl);
  const port = await freePort();
  for (const object of objects(cutover, port)) await client.create(object);
  await until(`${name} to be ready`, () => held(client, name), 60_000);
  const url = cutover.by === 'Route' ? `http://127.0.0.1:${port}` : await serviceUrl(client, name);
  const settings = { url, perSecond: PER_SECOND, maxInFlight: 200, timeoutMs: 20_000 };
  const load = new LoadClient(settings, systemClock);
  const stop = new AbortController();
  const before = load.report();
  const running = load.run(stop.signal);
  await systemClock.sleep(AROUND_MS);
  const beganMs = Date.now();
  const containers = [{ name: 'app', image: 'segue-demo:v2' }];
  const body = { spec: { template: { spec: { containers } } } };
  const changed = base.by === 'Pair' ? [name, idle(name)] : [name];
  const target = named(KINDS.deployment, changed.at(-1) ?? name);
  await client.patch(target, { type: 'strategic', body });
  const outcome = await until(`${name} to end`, () => outcomeOf(client, name), RELEASE_WITHIN_MS);
  const seconds = (Date.now() - beganMs) / 1_000;
  await systemClock.sleep(AROUND_MS);
  stop.abort();
  await running;
  for (const one of changed)
    await client.delete(named(KINDS.deployment, one), { propagation: 'Background' });
  const retried = (await retries(at.metricsUrl)) - retriesBefore;
  return { name, outcome, seconds, window: tally(before, load.report()), retried };
}

interface Place {
  round: number;
  metricsUrl: string;
}

async function retries(metricsUrl: string): Promise<number> {
  const page = await (await fetch(metricsUrl)).text();
  const counts = [...page.matchAll(/^segue_gateway_retries_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

const named = (kind: { group: string; kind: string }, name: string) => ({
  ...kind,
  namespace: 'default',
  name,
});

async function held(client: KubeClient, name: string): Promise<boolean> {
  const policy = await client.get(named(KINDS.releasePolicy, name));
  const status = policy?.['status'] as
    { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;
}

async function outcomeOf(client: KubeClient, name: string): Promise<string | undefined> {
  const { items } = await client.list(KINDS.release, { namespace: 'default' });
  const releases = items.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
  const status = releases.at(-1)?.['status'] as ReleaseStatus | undefined;
  return status?.outcome;
}

async function serviceUrl(client: KubeClient, name: string): Promise<string> {
  const service = await client.get(named(KINDS.service, name));
  const { clusterIP = '' } = (service?.['spec'] ?? {}) as { clusterIP?: string };
  return `http://${reachableAddress(clusterIP)}:${SERVICE_PORT}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function row({
  name,
  outcome,
  seconds,
  window,
  retried,
}: Measured): Record<string, string | number> {
  const { requests, failed, heldBack, lost } = window;
  const perSecond = Math.round(requests / (seconds + (2 * AROUND_MS) / 1_000));
  const why = Object.entries(lost).map(([code, count]) => `${count} ${code}`);
  return {
    cutover: name,
    outcome,
    seconds: Number(seconds.toFixed(1)),
    requests,
    'requests/s': perSecond,
    failed,
    lost: why.join(', '),
    'by v2': window.shares.find(({ version }) => version === 'v2')?.requests ?? 0,
    'tried again by the gateway': retried,
    'not sent': heldBack,
  };
}

const MAIN = 'dist/main.js';
const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up', '--no-gateway']);
let gateway: TestProcess | undefined;
try {
  const [, path = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  gateway = new TestProcess('gateway', [MAIN, '--kubeconfig', path, 'sandbox', 'gateway']);
  const [, metricsUrl = ''] = await gateway.waitFor(/its metrics: (\S+)/);
  const log = createLog({ format: 'pretty', level: 'error' });
  const config = await loadKubeconfig({ path });
  const { client } = connect(config, { clock: systemClock, log, random: Math.random });
  const measured: Measured[] = [];
  for (let round = 1; round <= ROUNDS; round++)
    for (const cutover of CUTOVERS)
      measured.push(await measure(client, cutover, { round, metricsUrl }));
  await client.close();
  console.table(measured.map(row));
  const lost = spread(measured.map(({ window }) => window.failed));
  const requests = measured.reduce((sum, { window }) => sum + window.requests, 0);
  report(
    'cutover',
    [
      {
        what: `requests lost in a cutover, of ${requests} in all`,
        ...lost,
        unit: 'requests',
        target: '0',
        reached: lost.max === 0,
      },
    ],
    { cutovers: measured.map(row) },
  );
} finally {
  await gateway?.stop();
  await sandbox.stop();
}
