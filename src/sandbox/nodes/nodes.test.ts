/** Nodes end to end: pods in an API server become processes on this machine, or hollow. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Node, PodCondition } from 'kubernetes-types/core/v1.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { clusterOver, systemClock } from '../../kube/index.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import { until } from '../../testing/until.ts';
import { startApiServer, type ApiServer } from '../api/index.ts';
import { startNodes } from './index.ts';
import { asPod, type PodObject } from './pod.ts';

const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => quiet,
};
const deps = { clock: systemClock, log: quiet, random: Math.random };
const POD = { group: '', kind: 'Pod', namespace: 'default' };

let folder: string;
let demo: string;
let api: ApiServer;
let cluster: Cluster;
let nodes: Awaited<ReturnType<typeof startNodes>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-nodes-'));
  demo = join(folder, 'demo.mjs');
  const app = fileURLToPath(new URL('../demo-app/index.ts', import.meta.url));
  const contents = `import { runDemoApp } from ${JSON.stringify(app)};
    process.exit(await runDemoApp(process.env, process.argv.slice(2)));`;
  await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: demo,
    logLevel: 'silent',
  });
  api = await startApiServer(deps);
  cluster = clusterOver(api.client(), deps);
  nodes = await startNodes({ cluster, ...deps }, { count: 1, hollow: 1, demoEntry: [demo] });
});

afterAll(async () => {
  await nodes.stop();
  await api.close();
  await rm(folder, { recursive: true });
});

interface PodOptions {
  image?: string;
  nodeName?: string;
  container?: Record<string, unknown>;
  spec?: Record<string, unknown>;
  annotations?: Record<string, string>;
}

async function run(name: string, options: PodOptions = {}): Promise<void> {
  const { image = 'segue-demo:v1', nodeName = 'segue-0', annotations = {} } = options;
  const ports = [{ name: 'http', containerPort: 8080 }];
  const containers = [{ name: 'app', image, ports, ...options.container }];
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations },
    spec: { nodeName, containers, ...options.spec },
  });
}

async function find(name: string): Promise<PodObject | undefined> {
  const object = await cluster.client.get({ ...POD, name });
  return object && asPod(object);
}

function condition(pod: PodObject, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((one) => one.type === type);
}

function ready(name: string): Promise<PodObject> {
  return until(`${name} to be ready`, async () => {
    const pod = await find(name);
    return pod && condition(pod, 'Ready')?.status === 'True' && pod;
  });
}

function waitingReason(name: string): Promise<{ reason?: string; message?: string }> {
  return until(`${name} to wait`, async () => {
    const waiting = (await find(name))?.status?.containerStatuses?.[0]?.state?.waiting;
    return waiting?.reason !== 'ContainerCreating' && waiting;
  });
}

async function ask(pod: PodObject, path = '/'): Promise<string> {
  const host = (pod.status?.podIP ?? '').replace(/^10\./, '127.');
  const [response] = (await once(get({ host, port: 8080, path, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(response, 'end');
  return text;
}

async function log(name: string, query = ''): Promise<string> {
  const path = `/api/v1/namespaces/default/pods/${name}/log${query}`;
  return (await cluster.client.raw({ method: 'GET', path })).text();
}

test('a process pod answers on its own address with its version, and logs', async () => {
  await run('web', { container: { env: [{ name: 'GREETING', value: 'hi' }] } });
  const pod = await ready('web');
  expect(pod.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [{ ready: true, started: true, restartCount: 0 }],
  });
  expect(await ask(pod)).toBe('segue-demo v1 on web\n');
  expect(await log('web')).toMatch(/^v1 on web listens on 127\./);
  expect(await log('web', '?timestamps=true&tailLines=1')).toMatch(/^\d{4}-\d\d-\d\dT.* v1 on web/);
});

test('logs are served by TLS too, as Kubernetes asks for them', async () => {
  await run('secure');
  await ready('secure');
  const node = await cluster.client.get({ group: '', kind: 'Node', name: 'segue-0' });
  const status = node?.['status'] as Node['status'];
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
  const path = '/containerLogs/default/secure/app';
  const asked = getSecurely({ host: '127.0.0.1', port, path, rejectUnauthorized: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const [text] = (await once(response, 'data')) as [Buffer];
  expect(text.toString()).toContain('v1 on secure listens');
});

test('readiness follows the probe', async () => {
  const readinessProbe = { httpGet: { path: '/nothing', port: 'http' }, periodSeconds: 1 };
  const env = [{ name: 'FAULT_PERCENT', value: '100' }];
  await run('unready', { container: { readinessProbe, env } });
  const pod = await until('it to run', async () => {
    const pod = await find('unready');
    return pod?.status?.containerStatuses?.[0]?.started && pod;
  });
  expect(condition(pod, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
});

test('a container that keeps crashing ends in CrashLoopBackOff', async () => {
  await run('crash', { container: { env: [{ name: 'CRASH_AFTER_MS', value: '1' }] } });
  expect((await waitingReason('crash')).reason).toBe('CrashLoopBackOff');
  expect((await find('crash'))?.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  expect(await log('crash', '?previous=true')).toContain('as CRASH_AFTER_MS says');
  expect(await log('crash', '?previous=true&limitBytes=3')).toHaveLength(3);
});

test('an image the sandbox cannot run says what it can', async () => {
  await run('nginx', { image: 'nginx:1.27' });
  expect(await waitingReason('nginx')).toMatchObject({
    reason: 'ImagePullBackOff',
    message: expect.stringContaining('the sandbox does not pull images'),
  });
});

test('a missing ConfigMap keeps a container from starting until it is there', async () => {
  const configMapKeyRef = { name: 'settings', key: 'version' };
  await run('config', {
    container: { env: [{ name: 'VERSION', valueFrom: { configMapKeyRef } }] },
  });
  expect((await waitingReason('config')).reason).toBe('CreateContainerConfigError');
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { version: 'from-config' },
  });
  expect(await ask(await ready('config'))).toContain('from-config');
});

test('a deleted pod serves while others learn of it, finishes what is under way, and is gone', async () => {
  const env = [
    { name: 'LATENCY_MS', value: '700' },
    { name: 'LAME_DUCK_MS', value: '400' },
  ];
  await run('leaving', { container: { env } });
  const pod = await ready('leaving');
  const pending = ask(pod);
  await cluster.client.delete({ ...POD, name: 'leaving' });
  expect(await ask(pod, '/healthz')).toBe('ok\n');
  expect(await pending).toBe('segue-demo v1 on leaving\n');
  await until('the pod to go', async () => (await find('leaving')) === undefined);
});

test('a hollow pod claims to be ready without a process, and vanishes', async () => {
  await run('hollow', { nodeName: 'segue-hollow-0', image: 'anything:1' });
  const pod = await ready('hollow');
  expect(pod.status?.podIP).toMatch(/^10\./);
  await expect(ask(pod)).rejects.toThrow('ECONNREFUSED');
  await cluster.client.delete({ ...POD, name: 'hollow' });
  await until('the pod to go', async () => (await find('hollow')) === undefined);
});

test('a hollow pod that is not to be ready never is, until it is told otherwise', async () => {
  const annotations = { 'hollow.segue.dev/ready': 'never' };
  await run('never', { nodeName: 'segue-hollow-0', annotations });
  const pod = await until('it to run', async () => {
    const pod = await find('never');
    return pod?.status?.phase === 'Running' && pod;
  });
  expect(condition(pod, 'Ready')?.status).toBe('False');
  const body = { metadata: { annotations: { 'hollow.segue.dev/ready': null } } };
  await cluster.client.patch({ ...POD, name: 'never' }, { type: 'merge', body });
  await ready('never');
});

test('a pod at rest is not written to', async () => {
  await run('rest');
  const { resourceVersion } = (await ready('rest')).metadata;
  await run('another');
  await ready('another');
  expect((await find('rest'))?.metadata.resourceVersion).toBe(resourceVersion);
});

test('nodes are Ready, with leases, and hollow ones beside others are tainted', async () => {
  const { items } = await cluster.client.list({ group: '', kind: 'Node' });
  const taints = items.map(
    ({ spec }) => (spec as { taints?: { key: string }[] }).taints?.length ?? 0,
  );
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['segue-0', 'segue-hollow-0']);
  expect(taints).toEqual([0, 1]);
  const leases = await cluster.client.list({ group: 'coordination.k8s.io', kind: 'Lease' });
  expect(leases.items.map(({ metadata }) => metadata.name)).toEqual(['segue-0', 'segue-hollow-0']);
});

test('two sets of nodes have networks of their own, and take their Nodes along', async () => {
  const more = await startNodes({ cluster, ...deps }, { hollow: 1, name: 'other' });
  expect(more.network).not.toBe(nodes.network);
  await more.stop();
  const gone: KubeObject | undefined = await cluster.client.get({
    group: '',
    kind: 'Node',
    name: 'other-hollow-0',
  });
  expect(gone).toBeUndefined();
});

test('the demo app ends when the process that started it does', async () => {
  const parent = join(folder, 'parent.mjs');
  await writeFile(
    parent,
    `import { fork } from 'node:child_process';
     const child = fork(${JSON.stringify(demo)}, { env: { PORT: '0' }, stdio: 'ignore' });
     child.on('message', () => process.send(child.pid));`,
  );
  const outer = spawn(process.execPath, [parent], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [pid] = (await once(outer, 'message')) as [number];
  outer.kill('SIGKILL');
  await until('the app to end', async () => !alive(pid));
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
