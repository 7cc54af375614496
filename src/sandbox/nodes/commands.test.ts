/** Containers that say their command, as processes of this machine. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
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
const NODE = process.execPath;

let api: ApiServer;
let cluster: Cluster;
let nodes: Awaited<ReturnType<typeof startNodes>>;

beforeAll(async () => {
  api = await startApiServer(deps);
  cluster = clusterOver(api.client(), deps);
  nodes = await startNodes({ cluster, ...deps }, { demoEntry: ['-e', ''], runCommands: true });
});

afterAll(async () => {
  await nodes.stop();
  await api.close();
});

type Fields = Record<string, unknown>;

function sh(script: string, more: Fields = {}): Fields {
  return { name: 'app', image: 'any/thing:1', command: ['sh', '-c', script], ...more };
}

async function run(name: string, container: Fields, spec: Fields = {}): Promise<void> {
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { nodeName: 'segue-0', containers: [container], ...spec },
  });
}

async function find(name: string): Promise<PodObject | undefined> {
  const object = await cluster.client.get({ ...POD, name });
  return object && asPod(object);
}

function seen<T>(name: string, what: string, look: (pod: PodObject) => T | undefined | false) {
  return until(`${name}: ${what}`, async () => {
    const pod = await find(name);
    return pod && look(pod);
  });
}

const phase = (name: string, wanted: string) =>
  seen(name, wanted, (pod) => pod.status?.phase === wanted && pod);

const ready = (name: string) =>
  seen(name, 'ready', (pod) => pod.status?.containerStatuses?.[0]?.ready && pod);

const stateOf = (pod: PodObject) => pod.status?.containerStatuses?.[0];

async function log(name: string, query = ''): Promise<string> {
  const path = `/api/v1/namespaces/default/pods/${name}/log${query}`;
  return (await cluster.client.raw({ method: 'GET', path })).text();
}

async function events(name: string): Promise<string[]> {
  const { items } = await cluster.client.list({ group: '', kind: 'Event' });
  return items
    .filter((event) => (event['involvedObject'] as KubeObject['metadata']).name === name)
    .map((event) => `${String(event['reason'])}: ${String(event['message'])}`);
}

async function ask(pod: PodObject): Promise<string> {
  const host = (pod.status?.podIP ?? '').replace(/^10\./, '127.');
  const [response] = (await once(get({ host, port: 8080, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  const [text] = (await once(response.setEncoding('utf8'), 'data')) as [string];
  return text;
}

const server = (host: string) =>
  `require('node:http').createServer((_, r) => r.end(process.env.WHO)).listen(8080, ${host})`;

test('two pods listen on one port, each on its own address', async () => {
  const container = (who: string) => ({
    name: 'app',
    image: 'node:20',
    command: [NODE, '-e'],
    args: [server("'$(POD_IP)'")],
    env: [{ name: 'WHO', value: who }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  });
  await Promise.all([run('one', container('first')), run('two', container('second'))]);
  const [one, two] = await Promise.all([ready('one'), ready('two')]);
  expect([await ask(one), await ask(two)]).toEqual(['first', 'second']);
});

test('pods that collide on all addresses say so, and what to do', async () => {
  const container = { name: 'app', image: 'node:20', command: [NODE, '-e', server("'0.0.0.0'")] };
  const names = ['all-1', 'all-2'];
  await Promise.all(names.map((name) => run(name, { ...container })));
  const ended = await until('one of them to fail', async () => {
    for (const name of names) {
      const pod = await find(name);
      const last = pod && stateOf(pod)?.lastState?.terminated;
      if (last?.reason === 'AddressInUse') return { name, message: last.message ?? '' };
    }
    return undefined;
  });
  expect(ended.message).toMatch(/EADDRINUSE.*listen on the pod's own address \$POD_IP \(127\./);
  expect((await events(ended.name)).join('\n')).toContain('AddressInUse: ');
});

test('environment, expansion, and the pod about itself', async () => {
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    stringData: { TOKEN: 's3cret' },
  });
  const env = [
    { name: 'ME', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: 'AT', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'ALL', value: '$(ME)-$(TOKEN)-$$(ME)-$(NONE)' },
  ];
  const container = sh('echo "$0 $AT"; test "$AT" = "$POD_IP"; echo $?; env', {
    args: ['$(ALL)'],
    env,
    envFrom: [{ secretRef: { name: 'keys' } }],
  });
  await run('env', container, { restartPolicy: 'Never' });
  await phase('env', 'Succeeded');
  const lines = (await log('env')).split('\n');
  expect(lines[0]).toMatch(/^env-s3cret-\$\(ME\)-\$\(NONE\) 127\.\d+\.\d+\.\d+$/);
  expect(lines[1]).toBe('0');
  expect(lines.filter((line) => /^(USER|LOGNAME|npm_)/.test(line))).toEqual([]);
});

test('volumes are folders under $SEGUE_ROOT, shared by the containers of the pod', async () => {
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'site', namespace: 'default' },
    data: { 'index.html': 'hello', other: 'no' },
    binaryData: { raw: Buffer.from('raw').toString('base64') },
  });
  const site = { name: 'site', mountPath: '/etc/site' };
  const work = { name: 'work', mountPath: '/work' };
  const items = [
    { key: 'index.html', path: 'pages/index.html' },
    { key: 'raw', path: 'raw' },
  ];
  await run(
    'volumes',
    sh('cat $SEGUE_ROOT/work/copy; cat $1; ls $SEGUE_ROOT/etc/site; pwd; touch here', {
      args: ['sh', '$(SEGUE_ROOT)/etc/site/raw'],
      volumeMounts: [site, work],
    }),
    {
      restartPolicy: 'Never',
      volumes: [
        { name: 'site', configMap: { name: 'site', items } },
        { name: 'work', emptyDir: {} },
      ],
      initContainers: [
        {
          ...sh('cat $SEGUE_ROOT/etc/site/pages/index.html > $SEGUE_ROOT/work/copy'),
          name: 'copy',
          volumeMounts: [site, work],
        },
      ],
    },
  );
  const pod = await phase('volumes', 'Succeeded');
  expect(pod.status?.initContainerStatuses).toMatchObject([
    { name: 'copy', ready: true, state: { terminated: { reason: 'Completed' } } },
  ]);
  const [text, ...rest] = (await log('volumes', '?container=app')).trim().split('\n');
  const root = rest.at(-1) ?? '';
  expect([text, ...rest.slice(0, -1)]).toEqual(['hellorawpages', 'raw']);
  expect(existsSync(`${root}/here`)).toBe(true);
  await cluster.client.delete({ ...POD, name: 'volumes' });
  await until('the folder to go', async () => !existsSync(root));
});

test('a volume or key that is not there, or not possible, keeps the container from starting', async () => {
  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
  await run('pvc', sh('true', { volumeMounts }), { volumes });
  const reasonOf = (name: string) =>
    seen(name, 'to wait', (pod) => {
      const waiting = stateOf(pod)?.state?.waiting;
      return waiting?.reason === 'CreateContainerConfigError' && waiting.message;
    });
  expect(await reasonOf('pvc')).toContain('volume "v": persistentVolumeClaim is not supported');
  const configMap = { name: 'site', items: [{ key: 'absent', path: 'x' }] };
  await cluster.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'site2', namespace: 'default' },
  });
  await run('key', sh('true', { volumeMounts }), {
    volumes: [{ name: 'v', configMap: { ...configMap, name: 'site2' } }],
  });
  expect(await reasonOf('key')).toBe('references non-existent key "absent" of configmap "site2"');
});

test('init containers run in order; one that fails holds the pod, or fails it', async () => {
  const failing = { ...sh('echo trying; exit 3'), name: 'first' };
  const second = { ...sh('echo never'), name: 'second' };
  await run('held', sh('sleep 60'), { initContainers: [failing, second] });
  const held = await seen('held', 'to back off', (pod) => {
    const first = pod.status?.initContainerStatuses?.[0];
    return first?.state?.waiting?.reason === 'CrashLoopBackOff' && pod;
  });
  expect(held.status).toMatchObject({
    phase: 'Pending',
    initContainerStatuses: [
      { restartCount: 1, lastState: { terminated: { exitCode: 3, reason: 'Error' } } },
      { state: { waiting: { reason: 'PodInitializing' } } },
    ],
    containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
  });
  expect(await log('held', '?container=first&previous=true')).toBe('trying\n');
  const spec = { initContainers: [failing], restartPolicy: 'Never' };
  await run('failed', sh('true'), spec);
  expect((await phase('failed', 'Failed')).status?.containerStatuses?.[0]?.state).toEqual({
    waiting: { reason: 'PodInitializing' },
  });
});

test('a program that is not on this machine, and one that ends with a code', async () => {
  const command = ['no-such-program'];
  await run('absent', { name: 'app', image: 'x', command }, { restartPolicy: 'Never' });
  expect(stateOf(await phase('absent', 'Failed'))?.state?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    message: 'exec: "no-such-program": executable file not found in $PATH',
  });
  await run('code', sh('exit 7'), { restartPolicy: 'Never' });
  expect(stateOf(await phase('code', 'Failed'))?.state?.terminated).toMatchObject({
    exitCode: 7,
    reason: 'Error',
  });
});

test('probes by exec: not ready while it fails, restarted when it is not alive', async () => {
  const probe = (file: string) => ({
    exec: { command: ['test', '-e', file] },
    periodSeconds: 1,
    failureThreshold: 1,
  });
  await run('probed', sh('sleep 60', { readinessProbe: probe('up') }));
  expect(stateOf(await phase('probed', 'Running'))?.ready).toBe(false);
  await until('a failure told', async () =>
    (await events('probed')).some((text) => text.startsWith('Unhealthy: Readiness probe failed')),
  );
  await run('up', sh('touch up; sleep 60', { readinessProbe: probe('up') }));
  await ready('up');
  await run('dead', sh('sleep 60', { livenessProbe: probe('alive') }));
  await seen('dead', 'to be started again', (one) => (stateOf(one)?.restartCount ?? 0) > 0);
  expect(await events('dead')).toContain(
    'Killing: Container app failed liveness probe, will be restarted',
  );
});

test('preStop and SIGTERM first; what ignores both is killed, with all it started', async () => {
  const polite = sh('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done', {
    lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo stopping > $SEGUE_ROOT/said'] } } },
  });
  await run('polite', polite, { terminationGracePeriodSeconds: 20 });
  await until('its trap', async () => (await log('polite')).includes('up'));
  const following = log('polite', '?follow=true');
  await cluster.client.delete({ ...POD, name: 'polite' });
  expect(await following).toBe('up\nbye\n');
  await until('the pod to go', async () => (await find('polite')) === undefined);

  const stubborn = sh('trap "" TERM; sleep 300 & echo $!; wait; wait; sleep 300');
  await run('stubborn', stubborn, { terminationGracePeriodSeconds: 1 });
  const child = await until('its child', async () => Number((await log('stubborn')).trim()));
  await cluster.client.delete({ ...POD, name: 'stubborn' });
  await until('the pod to go', async () => (await find('stubborn')) === undefined);
  await until('its child to go', async () => !isAlive(child));
});

test('an image without a command says what to write', async () => {
  await run('image', { name: 'app', image: 'nginx:1.27' });
  const message = await seen('image', 'refused', (pod) => stateOf(pod)?.state?.waiting?.message);
  expect(message).toContain('does not pull images; write the command');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
