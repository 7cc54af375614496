import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../../kube/fake-clock.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { KubeClient } from '../../../ports/kube.ts';
import {
  CONFIG_MAP,
  configMap,
  deployment,
  DEPLOYMENT,
  testServer,
  WIDGET,
  widget,
  widgets,
  type TestServer,
} from '../testing/server.ts';

const SERVICE = { group: '', kind: 'Service' };
const NAMESPACE = { group: '', kind: 'Namespace' };
const ACCOUNT = { group: '', kind: 'ServiceAccount' };

let parent: string;
let dir: string;
const servers: TestServer[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'segue-data-'));
  dir = join(parent, 'data');
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  rmSync(parent, { recursive: true });
});

async function start(options: { port?: number; clock?: FakeClock } = {}): Promise<TestServer> {
  const server = await testServer({ clock: new FakeClock(), data: dir, ...options });
  servers.push(server);
  return server;
}

async function stop(server: TestServer): Promise<void> {
  servers.splice(servers.indexOf(server), 1);
  await server.close();
}

async function everything(client: KubeClient): Promise<KubeObject[]> {
  const kinds = [CONFIG_MAP, DEPLOYMENT, WIDGET, SERVICE, NAMESPACE, ACCOUNT];
  const lists = await Promise.all(kinds.map((kind) => client.list(kind)));
  return lists.flatMap(({ items }) => items);
}

async function post(client: KubeClient, path: string, object: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(object);
  const answer = await client.raw({ method: 'POST', path, headers, body });
  return (JSON.parse(await answer.text()) as { status: unknown }).status;
}

async function tokenFor(client: KubeClient): Promise<string> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const status = await post(client, path, { spec: { expirationSeconds: 3_600 } });
  return (status as { token: string }).token;
}

function review(client: KubeClient, token: string): Promise<unknown> {
  const apiVersion = 'authentication.k8s.io/v1';
  const object = { apiVersion, kind: 'TokenReview', metadata: {}, spec: { token } };
  return post(client, `/apis/${apiVersion}/tokenreviews`, object);
}

test('everything is there again: versions, uids, managers, custom kinds, port, tokens, kubeconfig', async () => {
  const first = await start();
  await first.admin.create(widgets());
  await first.admin.create(widget('one'));
  await first.admin.create(deployment('web'));
  const body = configMap('settings', { a: '1' });
  const settings = { ...CONFIG_MAP, namespace: 'default', name: 'settings' };
  await first.admin.patch(settings, { type: 'apply', body }, { fieldManager: 'ours' });
  await first.admin.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.77.7', ports: [{ port: 80, protocol: 'TCP' }] },
  });
  const token = await tokenFor(first.admin);
  const before = await everything(first.admin);
  const { resourceVersion } = await first.admin.list(CONFIG_MAP);
  await stop(first);

  const second = await start();
  expect(second.notes).toEqual([]);
  expect(await everything(second.admin)).toEqual(before);
  expect(second.kubeconfig).toBe(first.kubeconfig);
  expect(await review(second.admin, token)).toMatchObject({ authenticated: true });
  const clash = { clusterIP: '10.96.77.7', ports: [{ port: 80, protocol: 'TCP' }] };
  const metadata = { name: 'other', namespace: 'default' };
  const other = { apiVersion: 'v1', kind: 'Service', metadata, spec: clash };
  await expect(second.admin.create(other)).rejects.toThrow('already allocated');
  const next = await second.admin.create(configMap('later'));
  expect(Number(next.metadata.resourceVersion)).toBe(Number(resourceVersion) + 1);
  const watched = second.admin.watch(CONFIG_MAP, { namespace: 'default', resourceVersion });
  for await (const event of watched) {
    expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'later' } } });
    break;
  }
});

test('killed after any write, what the server had begun is finished at its next start', async () => {
  const first = await start();
  const fresh = readFileSync(join(dir, 'journal.jsonl'));
  await first.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await first.admin.create(widgets());
  await first.admin.create({ ...widget('one'), metadata: { name: 'one', namespace: 'shop' } });
  await first.admin.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } });
  await first.admin.delete({ ...NAMESPACE, name: 'shop' });
  await first.admin.delete({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    name: 'widgets.ex.dev',
  });
  await stop(first);
  const path = join(dir, 'journal.jsonl');
  const whole = readFileSync(path);
  let rounds = 0;
  for (let end = 0; end < whole.length;) {
    end = whole.indexOf('\n', end) + 1;
    writeFileSync(path, whole.subarray(0, end));
    const again = await start();
    await expectFurnished(again.admin, end > fresh.length);
    await stop(again);
    rounds += 1;
  }
  expect(rounds).toBeGreaterThan(15);
});

async function expectFurnished(client: KubeClient, sawShop: boolean): Promise<void> {
  const { items } = await client.list(NAMESPACE);
  const names = items.map(({ metadata }) => metadata.name);
  expect(names).toEqual(
    expect.arrayContaining(['default', 'kube-node-lease', 'kube-public', 'kube-system']),
  );
  const shop = items.find(({ metadata }) => metadata.name === 'shop');
  expect(shop?.metadata.deletionTimestamp).toBeUndefined();
  if (!sawShop) expect(shop).toBeUndefined();
  for (const namespace of names) {
    expect(await client.get({ ...ACCOUNT, namespace, name: 'default' })).toBeDefined();
    expect(await client.get({ ...CONFIG_MAP, namespace, name: 'kube-root-ca.crt' })).toBeDefined();
  }
  const definitions = await client.list({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
  });
  expect(definitions.items.filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
  expect((await client.resolve(WIDGET)) !== undefined).toBe(definitions.items.length === 1);
}

test('nobody else may read the directory, nor the keys in it', async () => {
  await start();
  const modes = ['', 'sandbox.json', 'journal.jsonl'].map((file) => statSync(join(dir, file)).mode);
  expect(modes.map((mode) => mode & 0o077)).toEqual([0, 0, 0]);
});

test('one sandbox at a time; a lock of a dead process is taken over', async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`${dir} is used by process ${process.pid}; stop that`);
  await stop(first);
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const lock = join(dir, 'lock');
  writeFileSync(lock, JSON.stringify({ pid: child.pid, host: hostname(), birth: '' }));
  await stop(await start());
  // The id is in use again, by another process.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), birth: 'earlier/1' }));
  await stop(await start());
  writeFileSync(lock, JSON.stringify({ pid: 1, host: 'another-machine', birth: '' }));
  await expect(start()).rejects.toThrow(
    `is used by process 1 on another-machine; if it does not run any more, remove ${lock}`,
  );
  writeFileSync(lock, 'x');
  await expect(start()).rejects.toThrow('is not a lock of a sandbox');
});

test('a directory that is not ours, is newer, or is unreadable is refused and left as it is', async () => {
  mkdirSync(dir);
  writeFileSync(join(dir, 'thesis.txt'), 'mine');
  await expect(start()).rejects.toThrow('is not empty and has no sandbox.json');
  expect(readdirSync(dir)).toEqual(['thesis.txt']);
  rmSync(join(dir, 'thesis.txt'));
  for (const [text, message] of [
    ['{"format":2}', 'was written by a newer Segue (format 2, this one reads up to 1)'],
    ['{"format":1,"port"', 'sandbox.json cannot be read'],
    ['{"format":1}', 'sandbox.json cannot be read'],
  ] as const) {
    writeFileSync(join(dir, 'sandbox.json'), text);
    await expect(start()).rejects.toThrow(message);
    expect(readdirSync(dir)).toEqual(['sandbox.json']);
    expect(readFileSync(join(dir, 'sandbox.json'), 'utf8')).toBe(text);
  }
  rmSync(join(dir, 'sandbox.json'));
  await stop(await start());
  writeFileSync(join(dir, 'snapshot.jsonl'), 'half');
  await expect(start()).rejects.toThrow('snapshot.jsonl cannot be read');
  expect(readdirSync(dir)).not.toContain('lock');
});

test('the port is kept; when it is taken that is said, and another can be chosen', async () => {
  const first = await start();
  await stop(first);
  const rival = createServer();
  rival.listen(first.port, '127.0.0.1');
  await once(rival, 'listening');
  await expect(start()).rejects.toThrow(
    `port ${first.port}, which this sandbox had before, is in use by another program`,
  );
  const second = await start({ port: 0 });
  expect(second.port).not.toBe((rival.address() as AddressInfo).port);
  const service = await second.admin.get({ ...SERVICE, namespace: 'default', name: 'kubernetes' });
  expect(service?.['spec']).toMatchObject({ ports: [{ targetPort: second.port }] });
  await stop(second);
  expect((await start()).port).toBe(second.port);
  rival.close();
});

test('a certificate near its end is made anew, and published', async () => {
  const first = await start();
  await stop(first);
  const clock = new FakeClock();
  await clock.advance(360 * 86_400_000);
  const second = await start({ clock });
  expect(second.notes).toEqual([
    expect.stringContaining('with the new one, the kubeconfig is new'),
  ]);
  const name = 'kube-root-ca.crt';
  const published = await second.admin.get({ ...CONFIG_MAP, namespace: 'default', name });
  expect(published?.['data']).toEqual({ 'ca.crt': second.caPem });
  expect(second.caPem).not.toBe(first.caPem);
});
