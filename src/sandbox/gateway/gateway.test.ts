/** The gateway end to end: objects in an API server, requests over loopback. */
import { once } from 'node:events';
import { Agent, createServer, request, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Condition, KubeObject } from '../../api/object.ts';
import { clusterOver, systemClock } from '../../kube/index.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import { until } from '../../testing/until.ts';
import { startApiServer, type ApiServer } from '../api/index.ts';
import { gatewayApiCrds, istioCrds, startGateway, type Gateway } from './index.ts';

const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => quiet,
};
const deps = { clock: systemClock, log: quiet, random: Math.random };
const NAMESPACE = 'default';

let api: ApiServer;
let cluster: Cluster;
let gateway: Gateway;
const backends: Server[] = [];

beforeAll(async () => {
  api = await startApiServer(deps);
  cluster = clusterOver(api.client(), deps);
  for (const crd of [...gatewayApiCrds(), ...istioCrds()]) await cluster.client.create(crd);
  gateway = await startGateway({ cluster, ...deps }, { listenerPorts: { '*': 0 } });
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  await create('gateway.networking.k8s.io/v1', 'Gateway', 'gw', {
    spec: { gatewayClassName: 'segue', listeners },
  });
  await until('the listener', async () => gateway.listenerUrl(NAMESPACE, 'gw', 'http'));
});

afterEach(() => {
  for (const server of backends.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

afterAll(async () => {
  await gateway.stop();
  await api.close();
});

function create(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Record<string, unknown>,
): Promise<KubeObject> {
  const metadata = { name, namespace: NAMESPACE, labels: rest['labels'] as Record<string, string> };
  return cluster.client.create({ apiVersion, kind, ...rest, metadata });
}

async function backend(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  backends.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const port = await backend(() => undefined);
  const server = backends.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

/** One slice for each port, as slices have one set of ports. */
function slices(service: string, ports: number[]): Promise<unknown> {
  return Promise.all(
    ports.map((port) =>
      create('discovery.k8s.io/v1', 'EndpointSlice', `${service}-${port}`, {
        labels: { 'kubernetes.io/service-name': service },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
        ports: [{ name: '', port, protocol: 'TCP' }],
      }),
    ),
  );
}

/** A Service with endpoints on these ports, and where it is reached once all of them are known. */
async function service(name: string, ports: number[], spec = {}): Promise<string> {
  await create('v1', 'Service', name, { spec: { ports: [{ port: 80 }], ...spec } });
  await slices(name, ports);
  const url = await until('the Service', async () => gateway.serviceUrl(NAMESPACE, name));
  await until('its endpoints', async () => ports.length === 0 || (await get(url)).code !== 503);
  await gateway.settled();
  return url;
}

interface Got {
  code: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

function get(
  url: string,
  options: {
    headers?: Record<string, string>;
    method?: string;
    body?: string;
    from?: string;
    path?: string;
  } = {},
): Promise<Got> {
  const { headers = {}, method = 'GET', body, from, path = '/' } = options;
  return new Promise((resolve, reject) => {
    const target = { headers, method, agent: false, ...(from && { localAddress: from }) } as const;
    const req = request(new URL(path, url), target, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ code: response.statusCode ?? 0, text, headers: response.headers });
      });
    });
    req.once('error', reject);
    req.end(body);
  });
}

function named(name: string): RequestListener {
  return (_, response) => void response.end(name);
}

async function route(name: string, spec: Record<string, unknown>): Promise<string> {
  await create('gateway.networking.k8s.io/v1', 'HTTPRoute', name, {
    spec: { parentRefs: [{ name: 'gw' }], hostnames: [`${name}.example`], ...spec },
  });
  await until(`an answer for ${name}`, async () => (await conditions(name)).length > 0);
  return gateway.listenerUrl(NAMESPACE, 'gw', 'http') ?? '';
}

async function conditions(name: string): Promise<Condition[]> {
  const kind = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' };
  const object = await cluster.client.get({ ...kind, namespace: NAMESPACE, name });
  const status = object?.['status'] as { parents?: { conditions: Condition[] }[] } | undefined;
  return status?.parents?.[0]?.conditions ?? [];
}

async function metric(prefix: string): Promise<number> {
  const { text } = await get(gateway.metricsUrl, { path: '/metrics' });
  const line = text.split('\n').find((line) => line.startsWith(prefix));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('requests are spread over the endpoints of a Service', async () => {
  const ports = await Promise.all(['a', 'b', 'c'].map((name) => backend(named(name))));
  const url = await service('spread', ports);
  await until('all three', async () => {
    const answers = await Promise.all(Array.from({ length: 9 }, () => get(url)));
    return new Set(answers.map(({ text }) => text)).size === 3;
  });
});

test('an endpoint that refuses connections is passed over, whatever the method, and counted', async () => {
  const url = await service('refusing', [await backend(named('alive')), await deadPort()]);
  for (let n = 0; n < 6; n += 1)
    expect(await get(url, { method: 'POST', body: 'x' })).toMatchObject({
      code: 200,
      text: 'alive',
    });
  const labels = 'namespace="default",service="refusing",reason="connect"';
  expect(await metric(`segue_gateway_retries_total{${labels}}`)).toBeGreaterThan(0);
});

test('a connection that breaks before the answer is tried again for GET, not for POST', async () => {
  let requests = 0;
  const port = await backend((incoming, response) => {
    requests += 1;
    if (requests === 2 || incoming.method === 'POST') incoming.socket.destroy();
    else response.end('ok');
  });
  const url = await service('breaking', [port]);
  requests = 1;
  expect(await get(url)).toMatchObject({ code: 200, text: 'ok' });
  expect(requests).toBe(3);
  expect((await get(url, { method: 'POST', body: 'x' })).code).toBe(502);
});

test('no endpoint is 503, and says so', async () => {
  const url = await service('empty', []);
  const answer = await until('an answer', () => get(url));
  expect(answer).toMatchObject({ code: 503, text: 'Service default/empty: no ready endpoint\n' });
});

test('a client address keeps its endpoint with sessionAffinity ClientIP', async () => {
  const ports = await Promise.all(['a', 'b', 'c', 'd'].map((name) => backend(named(name))));
  const url = await service('sticky', ports, { sessionAffinity: 'ClientIP' });
  const seen = new Set<string>();
  for (let n = 0; n < 8; n += 1) seen.add((await get(url, { from: '127.0.0.9' })).text);
  expect(seen.size).toBe(1);
});

test('a request under way finishes when its endpoint goes, and new ones go elsewhere', async () => {
  let release: (() => void) | undefined;
  const slow = await backend((incoming, response) => {
    if (incoming.url === '/slow') release = () => response.end('slow');
    else response.end('old');
  });
  const url = await service('draining', [slow]);
  const pending = get(url, { path: '/slow' });
  await until('the slow request', async () => release !== undefined);
  await slices('draining', [await backend(named('new'))]);
  await cluster.client.delete({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    namespace: NAMESPACE,
    name: `draining-${slow}`,
  });
  await until('the new endpoint alone', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => get(url)));
    return answers.every(({ text }) => text === 'new');
  });
  release?.();
  expect(await pending).toMatchObject({ code: 200, text: 'slow' });
});

test('a route shifts weights, and its status speaks of a generation only when it is in effect', async () => {
  await service('one', [await backend(named('one'))]);
  await service('two', [await backend(named('two'))]);
  const refs = (one: number, two: number) => [
    {
      backendRefs: [
        { name: 'one', port: 80, weight: one },
        { name: 'two', port: 80, weight: two },
      ],
    },
  ];
  const url = await route('shift', { rules: refs(1, 0) });
  const headers = { host: 'shift.example' };
  expect((await get(url, { headers })).text).toBe('one');
  for (const [one, two, text] of [
    [0, 1, 'two'],
    [1, 0, 'one'],
  ] as const) {
    const patch = { type: 'merge', body: { spec: { rules: refs(one, two) } } } as const;
    const name = {
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute',
      namespace: NAMESPACE,
      name: 'shift',
    };
    const { generation } = (await cluster.client.patch(name, patch)).metadata;
    await until('the generation', async () =>
      (await conditions('shift')).every((c) => c.observedGeneration === generation),
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => get(url, { headers })));
    expect(answers.map((answer) => answer.text)).toEqual(Array.from({ length: 5 }, () => text));
  }
  const labels = 'namespace="default",service="two",route="default/shift"';
  expect(await metric(`segue_gateway_requests_total{${labels}`)).toBe(5);
});

test('filters change the request and its answer', async () => {
  const port = await backend((incoming, response) => {
    response.setHeader('x-secret', '1');
    response.end(`${incoming.url} ${String(incoming.headers['x-a'])} ${incoming.headers.host}`);
  });
  await service('filtered', [port]);
  const path = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' };
  const filters = [
    {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { set: [{ name: 'x-a', value: '1' }] },
    },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['x-secret'] } },
    { type: 'URLRewrite', urlRewrite: { hostname: 'inside', path } },
  ];
  const matches = [{ path: { type: 'PathPrefix', value: '/api' } }];
  const rules = [{ matches, filters, backendRefs: [{ name: 'filtered', port: 80 }] }];
  const url = await route('filter', { rules });
  const answer = await get(url, { path: '/api/x?q=1', headers: { host: 'filter.example' } });
  expect(answer.text).toBe('/v2/x?q=1 1 inside');
  expect(answer.headers['x-secret']).toBeUndefined();
});

test('copies go to a mirror with headers and body, as many as asked for, and nobody waits for them', async () => {
  const copies: string[] = [];
  const copied = await backend((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.once('end', () => {
      copies.push(`${incoming.method} ${incoming.url} ${String(incoming.headers['x-a'])} ${body}`);
      response.writeHead(500).end('nobody reads this');
    });
  });
  const half = await backend((incoming, response) => {
    copies.push(`half ${incoming.url}`);
    response.end();
  });
  await service('shown', [await backend(named('shown'))]);
  await service('copied', [copied]);
  await service('half', [half]);
  copies.length = 0;
  const mirrorTo = (name: string, rest = {}) => ({
    type: 'RequestMirror',
    requestMirror: { backendRef: { name, port: 80 }, ...rest },
  });
  const filters = [mirrorTo('copied'), mirrorTo('half', { percent: 0 })];
  const url = await route('mirror', {
    rules: [{ filters, backendRefs: [{ name: 'shown', port: 80 }] }],
  });
  const headers = { host: 'mirror.example', 'x-a': '1' };
  const answer = await get(url, { method: 'POST', path: '/x?q=1', headers, body: 'order' });
  expect(answer).toMatchObject({ code: 200, text: 'shown' });
  await until('the copy', async () => copies.length > 0);
  expect(copies).toEqual(['POST /x?q=1 1 order']);
});

test('a backend that does not exist is 500 and ResolvedRefs=False, and is found when it comes', async () => {
  const url = await route('late', { rules: [{ backendRefs: [{ name: 'later', port: 80 }] }] });
  const headers = { host: 'late.example' };
  expect((await get(url, { headers })).code).toBe(500);
  expect(await conditions('late')).toMatchObject([
    { status: 'True' },
    { reason: 'BackendNotFound' },
  ]);
  await service('later', [await backend(named('later'))]);
  await until('ResolvedRefs', async () => (await conditions('late'))[1]?.status === 'True');
  expect((await get(url, { headers })).text).toBe('later');
});

test('a request no route matches is 404', async () => {
  const url = gateway.listenerUrl(NAMESPACE, 'gw', 'http') ?? '';
  expect((await get(url, { headers: { host: 'nobody.example' } })).code).toBe(404);
});

test('a route whose parent is a Service steers the traffic of that Service', async () => {
  await service('green', [await backend(named('green'))]);
  const url = await service('front', [await backend(named('front'))]);
  expect((await get(url)).text).toBe('front');
  await route('mesh', {
    parentRefs: [{ name: 'front', kind: 'Service', group: '', port: 80 }],
    hostnames: [],
    rules: [{ backendRefs: [{ name: 'green', port: 80 }] }],
  });
  expect((await get(url)).text).toBe('green');
});

test('a client that goes away ends the request to the endpoint', async () => {
  let begun = false;
  let ended = false;
  const port = await backend((incoming, response) => {
    if (incoming.url !== '/wait') return void response.end();
    begun = true;
    response.once('close', () => (ended = true));
  });
  const url = await service('abandoned', [port]);
  const waiting = request(new URL('/wait', url), { agent: false });
  waiting.once('error', () => undefined);
  waiting.end();
  await until('the request', async () => begun);
  waiting.destroy();
  await until('its end', async () => ended);
});

test('large bodies stream both ways', async () => {
  const port = await backend((incoming, response) => void incoming.pipe(response));
  const url = await service('stream', [port]);
  const body = 'x'.repeat(2_000_000);
  const answer = await get(url, { method: 'POST', body });
  expect(answer.text.length).toBe(body.length);
  const chunked = await get(url, {
    method: 'POST',
    body,
    headers: { 'transfer-encoding': 'chunked' },
  });
  expect(chunked.text.length).toBe(body.length);
});

test('connections are kept, and headers of one hop stay at it', async () => {
  let seen: Record<string, unknown> = {};
  const port = await backend((incoming, response) => {
    seen = incoming.headers;
    response.setHeader('connection', 'close');
    response.end('ok');
  });
  const url = await service('hops', [port]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { connection: 'keep-alive, x-hop', 'x-hop': '1', te: 'trailers', 'x-end': '2' };
  const answers = [];
  for (let n = 0; n < 2; n += 1) {
    const req = request(url, { agent, headers }).end();
    const [response] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    await once(response, 'end');
    answers.push(req.reusedSocket);
  }
  agent.destroy();
  expect(answers).toEqual([false, true]);
  expect(seen).toMatchObject({ 'x-end': '2' });
  expect(Object.keys(seen)).not.toContain('x-hop');
  expect(Object.keys(seen)).not.toContain('te');
});

test('upgrades pass through', async () => {
  const port = await backend(named('plain'));
  backends.at(-1)?.on('upgrade', (_, socket, head) => {
    socket.write('HTTP/1.1 101 Switching\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
    socket.write(head);
    socket.pipe(socket);
  });
  const { hostname, port: at } = new URL(await service('upgraded', [port]));
  const socket = connect(Number(at || 80), hostname);
  socket.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until('the echo', async () => text.includes('hello'));
  expect(text).toContain('101 Switching');
  socket.destroy();
});

test('a port that is taken is said in an Event, and served when it is free', async () => {
  const taken = createServer(named('other'));
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await create('gateway.networking.k8s.io/v1', 'Gateway', 'busy', {
    spec: {
      gatewayClassName: 'segue',
      listeners: [{ name: 'http', port, protocol: 'HTTP' }],
    },
  });
  // Only a fixed port can be taken: this gateway binds its listeners as they are named.
  const fixed = await startGateway({ cluster, ...deps }, { listenerPorts: { '80': 0 } });
  await until('the Event', async () => {
    const { items } = await cluster.client.list({ group: '', kind: 'Event' });
    return items.some(({ message }) => String(message).includes(`127.0.0.1:${port}: EADDRINUSE`));
  });
  await new Promise((resolve) => taken.close(resolve));
  await until('the listener', async () => fixed.listenerUrl(NAMESPACE, 'busy', 'http'));
  await fixed.stop();
});

test('a rule for connections that is not there is said in an Event on its object', async () => {
  const tcp = [{ match: [{ sourceSubnet: '10.0.0.0/8' }], route: [] }];
  await create('networking.istio.io/v1', 'VirtualService', 'by-source', {
    spec: { hosts: ['nobody'], tcp },
  });
  await until('the Event', async () => {
    const { items } = await cluster.client.list({ group: '', kind: 'Event' });
    return items.some(
      ({ message, involvedObject }) =>
        message === 'sourceSubnet is not supported by the sandbox gateway' &&
        (involvedObject as { name: string }).name === 'by-source',
    );
  });
});

test('nothing is written while nothing changes', async () => {
  const kind = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' };
  await gateway.settled();
  const before = await cluster.client.list(kind);
  const second = await startGateway({ cluster, ...deps }, { listenerPorts: { '*': 0 } });
  await second.stop();
  const after = await cluster.client.list(kind);
  expect(after.items.map(({ metadata }) => metadata.resourceVersion)).toEqual(
    before.items.map(({ metadata }) => metadata.resourceVersion),
  );
});

test('a VirtualService steers the traffic of the Service that is its host', async () => {
  const copies: (string | undefined)[] = [];
  await service('mesh-v1', [await backend(named('v1'))]);
  await service('mesh-v2', [
    await backend((incoming, response) => {
      copies.push(incoming.url);
      response.end('v2');
    }),
  ]);
  const url = await service('mesh-web', [await backend(named('web'))]);
  copies.length = 0;
  const to = (host: string, weight: number) => ({ destination: { host }, weight });
  const http = (weight: number) => [
    { match: [{ headers: { canary: { exact: 'true' } } }], route: [to('mesh-v2', 100)] },
    {
      match: [{ uri: { prefix: '/copied' } }],
      route: [to('mesh-v1', 0)],
      mirror: { host: 'mesh-v2' },
    },
    { route: [to('mesh-v1', 100 - weight), to('mesh-v2', weight)] },
  ];
  const name = { group: 'networking.istio.io', kind: 'VirtualService', namespace: NAMESPACE };
  await create('networking.istio.io/v1', 'VirtualService', 'mesh-web', {
    spec: { hosts: ['mesh-web'], http: http(0) },
  });
  await until('stable to answer', async () => (await get(url)).text === 'v1');
  expect((await get(url, { headers: { canary: 'true' } })).text).toBe('v2');
  copies.length = 0;
  expect((await get(url, { path: '/copied/1' })).text).toBe('v1');
  await until('the copy', async () => copies.includes('/copied/1'));
  const body = { spec: { http: http(100) } };
  await cluster.client.patch({ ...name, name: 'mesh-web' }, { type: 'merge', body });
  await until('the candidate to answer', async () => (await get(url)).text === 'v2');
  await cluster.client.delete({ ...name, name: 'mesh-web' });
  await until('the Service itself to answer', async () => (await get(url)).text === 'web');
});

test('a VirtualService hands requests over to another one, as long as that is there', async () => {
  for (const name of ['handed-v1', 'handed-v2']) await service(name, [await backend(named(name))]);
  const url = await service('handing', [await backend(named('itself'))]);
  const kind = { group: 'networking.istio.io', kind: 'VirtualService', namespace: NAMESPACE };
  const to = (host: string) => [{ destination: { host } }];
  await create('networking.istio.io/v1', 'VirtualService', 'handing', {
    spec: {
      hosts: ['handing'],
      http: [
        { match: [{ uri: { prefix: '/app' } }], delegate: { name: 'handed' } },
        { route: to('handing') },
      ],
    },
  });
  await until('the Event', async () => {
    const { items } = await cluster.client.list({ group: '', kind: 'Event' });
    return items.some(
      ({ message }) =>
        message === 'http[0].delegate: there is no VirtualService default/handed without hosts',
    );
  });
  const answers = (text: string, headers = {}) =>
    until(text, async () => (await get(url, { path: '/app/1', headers })).text === text);
  await answers('itself');
  const tester = { match: [{ headers: { canary: { exact: 'yes' } } }], route: to('handed-v2') };
  const rules = (http: unknown[]) => ({ spec: { http } });
  await create(
    'networking.istio.io/v1',
    'VirtualService',
    'handed',
    rules([{ route: to('handed-v1') }]),
  );
  await answers('handed-v1');
  const body = rules([tester, { route: to('handed-v1') }]);
  await cluster.client.patch({ ...kind, name: 'handed' }, { type: 'merge', body });
  await answers('handed-v2', { canary: 'yes' });
  expect((await get(url, { headers: { canary: 'yes' } })).text).toBe('itself');
  await cluster.client.delete({ ...kind, name: 'handed' });
  await answers('itself');
});

test('a subset of a DestinationRule is the pods with its labels, as long as it is there', async () => {
  const kind = { group: 'networking.istio.io', kind: 'DestinationRule', namespace: NAMESPACE };
  for (const version of ['v1', 'v2']) {
    await create('v1', 'Pod', `sub-${version}`, {
      labels: { version },
      spec: { containers: [{ name: 'app', image: 'x' }] },
    });
    await create('discovery.k8s.io/v1', 'EndpointSlice', `sub-web-${version}`, {
      labels: { 'kubernetes.io/service-name': 'sub-web' },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: true },
          targetRef: { kind: 'Pod', name: `sub-${version}` },
        },
      ],
      ports: [{ name: '', port: await backend(named(version)), protocol: 'TCP' }],
    });
  }
  const url = await service('sub-web', []);
  await create('networking.istio.io/v1', 'VirtualService', 'sub-web', {
    spec: {
      hosts: ['sub-web'],
      http: [{ route: [{ destination: { host: 'sub-web', subset: 'chosen' } }] }],
    },
  });
  const answers = async (): Promise<string[]> => {
    const all = await Promise.all(Array.from({ length: 8 }, () => get(url)));
    return [...new Set(all.map(({ code, text }) => (code === 200 ? text : String(code))))].sort();
  };
  const become = (expected: string[]) =>
    until(expected.join(), async () => (await answers()).join() === expected.join());
  await become(['500']);
  const rule = (version: string) => ({
    spec: { host: 'sub-web', subsets: [{ name: 'chosen', labels: { version } }] },
  });
  await create('networking.istio.io/v1', 'DestinationRule', 'sub-web', rule('v1'));
  await become(['v1']);
  const body = rule('v2');
  await cluster.client.patch({ ...kind, name: 'sub-web' }, { type: 'merge', body });
  await become(['v2']);
  await cluster.client.delete({ ...kind, name: 'sub-web' });
  await become(['500']);
});
