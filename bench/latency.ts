/** npm run bench -- latency: what the sandbox's gateway adds to a request at 2,000 requests a second (open loop, kept-alive
 * connections, on loopback), by an HTTPRoute with two weights, next to what nginx adds and to no proxy at all. Each is a
 * process of its own; they take turns, and what is added is the difference to the requests without a proxy of one turn.
 * On a machine that has other things to do the p99 is theirs: `chrt -r 1 npm run bench -- latency` keeps them out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createLog, loadKubeconfig, systemClock } from '../src/kube/index.ts';
import type { KubeClient } from '../src/ports/kube.ts';
import { TestProcess } from '../src/testing/process.ts';
import { until } from '../src/testing/until.ts';
import { report } from './results.ts';
import { type Finding, spread } from './spread.ts';
import { latencies, quantile } from './steady-load.ts';

const PER_SECOND = 2_000;
const CONNECTIONS = 32;
const ROUNDS = 7;
const SECONDS = 5;
const WARM_UP_SECONDS = 4;
const ADDED_MICROS = 2_000;
const HOST = 'shop.example.com';
const MAIN = 'dist/main.js';
const WITHOUT_NGINX = 'nginx is not installed and left out: apt-get install nginx-light';

if (process.argv[2] === 'backend') await serve();
else await measure();

/** Answers at once; the port is what it says. */
async function serve(): Promise<void> {
  const body = 'x'.repeat(512);
  const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(`port ${(server.address() as AddressInfo).port}`);
}

async function measure(): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const backend = start(stops, 'backend', [process.argv[1] ?? '', 'backend']);
    const direct = Number((await backend.waitFor(/port (\d+)/))[1]);
    const gateway = await startGateway(stops, direct);
    const nginx = await startNginx(stops, direct);
    const ways = { direct, gateway, ...(nginx !== undefined && { nginx }) };
    await tell(ways);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

type Way = 'direct' | 'gateway' | 'nginx';
type Ways = Partial<Record<Way, number>>;

async function tell(ways: Ways): Promise<void> {
  for (const port of Object.values(ways)) await sample(port, WARM_UP_SECONDS);
  const rounds: Partial<Record<Way, { p50: number; p99: number }>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen: (typeof rounds)[number] = {};
    for (const [way, port] of Object.entries(ways) as [Way, number][])
      seen[way] = await sample(port, SECONDS);
    rounds.push(seen);
  }
  const added = (way: Way, which: 'p50' | 'p99') =>
    spread(rounds.map((seen) => (seen[way]?.[which] ?? 0) - (seen.direct?.[which] ?? 0)));
  const compared = { unit: 'µs', target: 'to compare', reached: true };
  const p99 = added('gateway', 'p99');
  const reached = p99.median < ADDED_MICROS;
  const findings: Finding[] = [
    { what: 'the gateway adds, p50', ...added('gateway', 'p50'), ...compared },
    {
      what: 'the gateway adds, p99',
      ...p99,
      unit: 'µs',
      target: `median under ${ADDED_MICROS}`,
      reached,
    },
  ];
  if (ways.nginx !== undefined)
    for (const which of ['p50', 'p99'] as const)
      findings.push({ what: `nginx adds, ${which}`, ...added('nginx', which), ...compared });
  console.table(rounds.map(rowOf));
  report('latency', findings, { perSecond: PER_SECOND, rounds });
  if (ways.nginx === undefined) console.log(WITHOUT_NGINX);
}

function rowOf(seen: Partial<Record<Way, { p50: number; p99: number }>>): Record<string, number> {
  const cells = Object.entries(seen).flatMap(([way, { p50, p99 }]) => [
    [`${way} p50 µs`, p50],
    [`${way} p99 µs`, p99],
  ]);
  return Object.fromEntries(cells) as Record<string, number>;
}

/** In microseconds. */
async function sample(port: number, seconds: number): Promise<{ p50: number; p99: number }> {
  const load = { port, host: HOST, perSecond: PER_SECOND, connections: CONNECTIONS };
  const sorted = await latencies({ ...load, seconds });
  const at = (share: number) => Math.round(quantile(sorted, share) * 1_000);
  return { p50: at(0.5), p99: at(0.99) };
}

function start(stops: (() => Promise<unknown>)[], name: string, args: string[]): TestProcess {
  const process = new TestProcess(name, args);
  stops.push(() => process.stop());
  return process;
}

/** The port of a listener whose route shares requests between two Services with that one endpoint. */
async function startGateway(stops: (() => Promise<unknown>)[], backend: number): Promise<number> {
  const sandbox = start(stops, 'sandbox', [
    MAIN,
    'sandbox',
    'up',
    '--no-gateway',
    '--no-controller',
  ]);
  const [, path = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  const gateway = start(stops, 'gateway', [MAIN, '--kubeconfig', path, 'sandbox', 'gateway']);
  await gateway.waitFor(/its metrics: (\S+)/);
  const log = createLog({ format: 'pretty', level: 'error' });
  const deps = { clock: systemClock, log, random: Math.random };
  const { client } = connect(await loadKubeconfig({ path }), deps);
  stops.push(() => client.close());
  const port = await freePort();
  await apply(client, { port, backend });
  await until('the gateway to answer', async () => (await fetch(`http://127.0.0.1:${port}/`)).ok);
  return port;
}

async function apply(
  client: KubeClient,
  { port, backend }: { port: number; backend: number },
): Promise<void> {
  const api = 'gateway.networking.k8s.io/v1';
  const make = (apiVersion: string, kind: string, name: string, rest: object) =>
    client.create({
      apiVersion,
      kind,
      ...rest,
      metadata: { name, namespace: 'default', ...labels(name) },
    });
  // Only slices need them, and they do no harm elsewhere.
  const labels = (name: string) => ({ labels: { 'kubernetes.io/service-name': name } });
  for (const name of ['web-stable', 'web-candidate']) {
    await make('v1', 'Service', name, { spec: { ports: [{ port: 80, protocol: 'TCP' }] } });
    await make('discovery.k8s.io/v1', 'EndpointSlice', name, {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: '', port: backend, protocol: 'TCP' }],
    });
  }
  const listeners = [{ name: 'http', protocol: 'HTTP', port }];
  await make(api, 'Gateway', 'web', { spec: { gatewayClassName: 'segue', listeners } });
  const backendRefs = [
    { name: 'web-stable', port: 80, weight: 95 },
    { name: 'web-candidate', port: 80, weight: 5 },
  ];
  await make(api, 'HTTPRoute', 'web', {
    spec: { parentRefs: [{ name: 'web' }], rules: [{ backendRefs }] },
  });
}

/** Its port; undefined where it is not installed. */
async function startNginx(
  stops: (() => Promise<unknown>)[],
  backend: number,
): Promise<number | undefined> {
  const prefix = await mkdtemp(join(tmpdir(), 'segue-nginx-'));
  stops.push(() => rm(prefix, { recursive: true, force: true }));
  const port = await freePort();
  await writeFile(join(prefix, 'nginx.conf'), nginxConf({ port, backend }));
  const child = spawn('nginx', ['-p', prefix, '-c', 'nginx.conf', '-e', 'error.log'], {
    stdio: 'inherit',
  });
  const missing = new Promise<boolean>((resolve) => child.once('error', () => resolve(true)));
  const begun = new Promise<boolean>((resolve) => child.once('spawn', () => resolve(false)));
  if (await Promise.race([missing, begun])) return undefined;
  stops.push(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  await until('nginx to answer', async () => (await fetch(`http://127.0.0.1:${port}/`)).ok);
  return port;
}

/** One worker, connections kept alive on both sides, and nothing written for a request. */
function nginxConf({ port, backend }: { port: number; backend: number }): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path temp-${name};`,
  );
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  ${folders.join('\n  ')}
  keepalive_requests 1000000;
  upstream backend { server 127.0.0.1:${backend}; keepalive ${CONNECTIONS}; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
