/** The proxy must do exactly what it is told, or the tests that use it prove nothing. */
import { afterEach, expect, test } from 'vitest';
import { HttpKubeClient } from '../kube/client.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { type Answer, json, type ScriptedServer, scriptedServer } from '../kube/scripted-server.ts';
import { Transport } from '../kube/transport.ts';
import { KubeError, type WatchEvent } from '../ports/kube.ts';
import { failure, type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const KIND = { group: 'apps', kind: 'Deployment' };
const WEB = { ...KIND, namespace: 'shop', name: 'web' };
const PATCH = { type: 'merge', body: { spec: { replicas: 3 } } } as const;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Setup {
  proxy: FaultProxy;
  server: ScriptedServer;
  client: HttpKubeClient;
}

async function start(answer: Answer = echo): Promise<Setup> {
  const server = await scriptedServer(answer);
  const proxy = await startFaultProxy({ server: server.url, insecureSkipVerify: false });
  const config = {
    server: proxy.url,
    insecureSkipVerify: false,
    namespace: 'default',
    credentials: () => Promise.resolve({ headers: { authorization: 'Bearer me' } }),
    source: 'a test',
  };
  const transport = new Transport(config);
  const clock = new FakeClock();
  const client = new HttpKubeClient({ config, transport, clock, random: () => 0 });
  cleanUps.push(
    server.close,
    () => proxy.stop(),
    () => client.close(),
  );
  return { proxy, server, client };
}

const echo: Answer = (request, response) => json(response, JSON.parse(request.body || '{}'));

function patch(client: HttpKubeClient, namespace = 'shop'): Promise<unknown> {
  return client.patch({ ...WEB, namespace }, PATCH);
}

async function codeOf(work: Promise<unknown>): Promise<[number, string] | 'fine'> {
  try {
    await work;
    return 'fine';
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return [error.code, error.reason];
  }
}

test('passes on what it is sent, with its credentials, and counts it', async () => {
  const { proxy, server, client } = await start();
  expect(await client.patch(WEB, PATCH, { fieldManager: 'me' })).toEqual(PATCH.body);
  const received = server.received.at(-1);
  expect(received?.headers.authorization).toBe('Bearer me');
  expect(received?.headers['content-type']).toBe('application/merge-patch+json');
  expect(received?.query.get('fieldManager')).toBe('me');
  await client.get(WEB);
  await client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: '', namespace: 'a' },
  });
  expect(proxy.counts).toMatchObject({ writes: 2, watches: 0 });
  const path = '/apis/apps/v1/namespaces/shop/deployments/web';
  expect(proxy.writesIn('shop')).toEqual([`PATCH ${path}?fieldManager=me`]);
});

test('numbers the writes of each namespace, without leases and events', async () => {
  const { proxy, client } = await start();
  const seen: (string | number | undefined)[] = [];
  proxy.rule = ({ namespace, write }) => void seen.push(`${namespace} ${write}`);
  await patch(client);
  await patch(client, 'other');
  await client.raw({ method: 'POST', path: '/api/v1/namespaces/shop/events', body: '{}' });
  const lease = '/apis/coordination.k8s.io/v1/namespaces/shop/leases/a';
  await client.raw({ method: 'PUT', path: lease, body: '{}' });
  await patch(client);
  const numbered = seen.filter((line) => String(line).match(/^(shop|other)/));
  expect(numbered).toEqual(['shop 1', 'other 1', 'shop undefined', 'shop undefined', 'shop 2']);
  proxy.recount('shop');
  await patch(client);
  expect(seen.at(-1)).toBe('shop 1');
});

test('cut before the server took it, and after', async () => {
  const { proxy, server, client } = await start();
  await client.resolve(KIND);
  proxy.rule = ({ write }) => (write === 1 ? { before: () => 'Cut' } : undefined);
  expect(await codeOf(patch(client))).toEqual([0, 'ConnectionReset']);
  expect(server.received).toHaveLength(0);
  proxy.rule = ({ write }) => (write === 2 ? { after: () => 'Cut' } : undefined);
  expect(await codeOf(patch(client))).toEqual([0, 'ConnectionReset']);
  expect(server.received).toHaveLength(1);
  expect(await codeOf(patch(client))).toBe('fine');
});

test('answers in the place of the server', async () => {
  const { proxy, server, client } = await start();
  for (const [code, reason] of [
    [409, 'Conflict'],
    [410, 'Expired'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ] as const) {
    proxy.rule = ({ write }) => (write ? { before: () => failure(code) } : undefined);
    expect(await codeOf(patch(client))).toEqual([code, reason]);
  }
  expect(server.received).toHaveLength(0);
});

test('a held write waits, and is not passed on when who sent it has gone', async () => {
  const { proxy, server, client } = await start();
  await client.resolve(KIND);
  let release: (fate: 'PassOn') => void = () => {};
  const held = new Promise<'PassOn'>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => {
    proxy.rule = () => ({
      before: () => {
        resolve();
        return held;
      },
    });
  });
  const gone = new AbortController();
  const path = '/apis/apps/v1/namespaces/shop/deployments/web';
  const sent = client.raw({ method: 'PUT', path, body: '{}', signal: gone.signal });
  await arrived;
  gone.abort();
  expect(await codeOf(sent)).toEqual([0, 'Aborted']);
  proxy.rule = () => undefined;
  await patch(client);
  release('PassOn');
  await patch(client);
  expect(server.received.map((request) => request.method)).toEqual(['PATCH', 'PATCH']);
});

async function nextEvent(watch: AsyncIterator<WatchEvent>): Promise<WatchEvent | undefined> {
  const { value, done } = await watch.next();
  return done ? undefined : (value as WatchEvent);
}

test('watches come through event by event, can be cut, and can expire in both ways', async () => {
  const watching: (() => void)[] = [];
  const { proxy, client } = await start((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const object = { kind: 'Deployment', metadata: { name: 'web', resourceVersion: '7' } };
    const say = () => response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    watching.push(say);
    say();
  });
  const watch = () => client.watch(KIND, { resourceVersion: '5' })[Symbol.asyncIterator]();
  const first = watch();
  expect(await nextEvent(first)).toMatchObject({ type: 'ADDED' });
  watching[0]?.();
  expect(await nextEvent(first)).toMatchObject({ type: 'ADDED' });
  expect(proxy.counts.watches).toBe(1);
  expect(proxy.cutWatches()).toBe(1);
  expect(await codeOf(nextEvent(first))).toEqual([0, 'ConnectionReset']);
  for (const as of ['Event', 'Status'] as const) {
    const second = watch();
    await nextEvent(second);
    expect(proxy.expireWatches(as)).toBe(1);
    await codeOf(nextEvent(second));
    expect(await codeOf(nextEvent(watch()))).toEqual([410, 'Expired']);
  }
  const third = watch();
  expect(await nextEvent(third)).toMatchObject({ type: 'ADDED' });
  await third.return?.();
});

test('while it is down nothing comes through, then everything again', async () => {
  const { proxy, client } = await start();
  expect(await codeOf(patch(client))).toBe('fine');
  proxy.goDown();
  expect(await codeOf(patch(client))).toEqual([0, 'ConnectionReset']);
  proxy.comeBack();
  expect(await codeOf(patch(client))).toBe('fine');
});
