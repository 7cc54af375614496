import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { KubeError, type WatchEvent } from '../ports/kube.ts';
import { HttpKubeClient } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import type { ClusterConfig } from './kubeconfig.ts';
import {
  type Answer,
  failure,
  json,
  type Received,
  type ScriptedServer,
  scriptedServer,
} from './scripted-server.ts';
import { Transport, type TransportLimits } from './transport.ts';

const DEPLOYMENTS = { group: 'apps', kind: 'Deployment' };
const WEB = { ...DEPLOYMENTS, namespace: 'shop', name: 'web' };

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Setup {
  client: HttpKubeClient;
  server: ScriptedServer;
  clock: FakeClock;
}

async function start(
  answer: Answer,
  options: { config?: Partial<ClusterConfig>; limits?: Partial<TransportLimits> } = {},
): Promise<Setup> {
  const server = await scriptedServer(answer);
  const config: ClusterConfig = {
    server: server.url,
    insecureSkipVerify: false,
    namespace: 'default',
    credentials: () => Promise.resolve({ headers: {} }),
    source: 'a test',
    ...options.config,
  };
  const clock = new FakeClock();
  const transport = new Transport(config, options.limits, { clock });
  const client = new HttpKubeClient({ config, transport, clock, random: () => 0 });
  cleanUps.push(server.close, () => client.close());
  return { client, server, clock };
}

function caught(promise: Promise<unknown>): Promise<KubeError> {
  return promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(KubeError);
      return error as KubeError;
    },
  );
}

function object(name: string, rest: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    ...rest,
  };
}

const echo: Answer = (request, response) => json(response, JSON.parse(request.body || '{}'));

function only(server: ScriptedServer): Received {
  expect(server.received).toHaveLength(1);
  return server.received[0] as Received;
}

describe('discovery', () => {
  test('names the version the server prefers, the plural and the scope', async () => {
    const { client } = await start(echo);
    expect(await client.resolve(DEPLOYMENTS)).toEqual({
      ...DEPLOYMENTS,
      version: 'v1',
      apiVersion: 'apps/v1',
      resource: 'deployments',
      namespaced: true,
    });
    expect((await client.resolve({ group: '', kind: 'Namespace' }))?.namespaced).toBe(false);
  });

  test('falls back to another version when the preferred one lacks the kind', async () => {
    const { client } = await start((request, response) => {
      expect(request.path).toBe('/apis/apps/v1beta1');
      json(response, { resources: [{ name: 'olds', kind: 'Old', namespaced: true }] });
    });
    const old = await client.resolve({ group: 'apps', kind: 'Old' });
    expect(old?.apiVersion).toBe('apps/v1beta1');
  });

  test('a kind that is installed later is found, without asking for it each time', async () => {
    let installed = false;
    const { client, server, clock } = await start((_, response) => {
      if (!installed) return failure(response, { code: 404, reason: 'NotFound', message: 'none' });
      return json(response, { resources: [{ name: 'news', kind: 'New', namespaced: true }] });
    });
    const wanted = { group: 'apps', kind: 'New' };
    expect(await client.resolve(wanted)).toBeUndefined();
    expect(await client.resolve(wanted)).toBeUndefined();
    expect(server.received).toHaveLength(1);
    const error = await caught(client.get({ ...wanted, name: 'a', namespace: 'b' }));
    expect([error.code, error.reason]).toEqual([404, 'NotServed']);
    expect(error.message).toContain('New.apps');
    installed = true;
    await clock.advance(5_000);
    expect((await client.resolve(wanted))?.resource).toBe('news');
  });

  test('a version that cannot be read is an error, not a kind that is missing', async () => {
    const { client } = await start((_, response) =>
      failure(response, { code: 503, reason: 'ServiceUnavailable', message: 'down' }),
    );
    const error = await caught(client.resolve({ group: 'apps', kind: 'Old' }));
    expect(error.code).toBe(503);
  });

  test('a resource whose version went away is discovered anew', async () => {
    const { client, server, clock } = await start((request, response) => {
      if (request.path.startsWith('/apis/apps/v1/')) {
        response.writeHead(404);
        response.end('404 page not found');
      } else json(response, object('web', { apiVersion: 'apps/v2' }));
    });
    expect((await client.resolve(DEPLOYMENTS))?.version).toBe('v1');
    server.discovery['/apis'] = { groups: [{ name: 'apps', versions: [{ version: 'v2' }] }] };
    server.discovery['/apis/apps/v2'] = server.discovery['/apis/apps/v1'];
    expect((await client.get(WEB))?.apiVersion).toBe('apps/v2');
    server.discovery['/apis'] = { groups: [] };
    await clock.advance(5_000);
    expect((await client.resolve(DEPLOYMENTS))?.version).toBe('v2');
  });
});

describe('objects', () => {
  test('get gives undefined for an object that is not there, and fails for anything else', async () => {
    const { client } = await start((request, response) =>
      request.path.endsWith('/web')
        ? failure(response, {
            code: 404,
            reason: 'NotFound',
            message: 'deployments.apps "web" not found',
            details: { name: 'web', group: 'apps', kind: 'deployments' },
          })
        : failure(response, { code: 403, reason: 'Forbidden', message: 'you may not' }),
    );
    expect(await client.get(WEB)).toBeUndefined();
    const error = await caught(client.get({ ...WEB, name: 'other' }));
    expect(error.message).toBe('GET deployments.apps shop/other: you may not');
    expect([error.code, error.reason]).toEqual([403, 'Forbidden']);
    expect(error.body).toMatchObject({ kind: 'Status', message: 'you may not' });
  });

  test('create fills in the version where only the group is given', async () => {
    const { client, server } = await start(echo);
    const created = await client.create(object('web', { apiVersion: 'apps/' }), {
      fieldManager: 'me',
      dryRun: true,
    });
    expect(created.apiVersion).toBe('apps/v1');
    const { method, path, query } = only(server);
    expect([method, path]).toEqual(['POST', '/apis/apps/v1/namespaces/shop/deployments']);
    expect(Object.fromEntries(query)).toEqual({ fieldManager: 'me', dryRun: 'All' });
  });

  test('create refuses a version the server does not have, and a missing namespace', async () => {
    const { client, server } = await start((_, response) => {
      response.writeHead(404);
      response.end();
    });
    const error = await caught(client.create(object('web', { apiVersion: 'apps/v7' })));
    expect(error.reason).toBe('NotServed');
    const homeless = object('web', { metadata: { name: 'web' } });
    expect((await caught(client.create(homeless))).reason).toBe('BadRequest');
    expect(server.received.map(({ method }) => method)).not.toContain('POST');
  });

  test('replace puts to the subresource', async () => {
    const { client, server } = await start(echo);
    await client.replace(object('web'), { subresource: 'status' });
    const { method, path } = only(server);
    expect(`${method} ${path}`).toBe('PUT /apis/apps/v1/namespaces/shop/deployments/web/status');
  });

  test.each([
    ['json', 'application/json-patch+json', [{ op: 'add', path: '/a', value: 1 }]],
    ['merge', 'application/merge-patch+json', { a: null }],
    ['strategic', 'application/strategic-merge-patch+json', { a: 1 }],
  ] as const)('a %s patch is sent as it is', async (type, contentType, body) => {
    const { client, server } = await start(echo);
    await client.patch(WEB, { type, body });
    const sent = only(server);
    expect(sent.method).toBe('PATCH');
    expect(sent.headers['content-type']).toBe(contentType);
    expect(JSON.parse(sent.body)).toEqual(body);
    expect(sent.query.get('force')).toBeNull();
  });

  test('an apply patch names kind and version, and may be forced', async () => {
    const { client, server } = await start(echo);
    await client.patch(WEB, { type: 'apply', body: { spec: {} } }, { force: true });
    const sent = only(server);
    expect(sent.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(JSON.parse(sent.body)).toEqual({ spec: {}, apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(Object.fromEntries(sent.query)).toEqual({ fieldManager: 'segue', force: 'true' });
  });

  test('delete sends its preconditions and names what it deleted', async () => {
    const { client, server } = await start((_, response) =>
      json(response, { kind: 'Status', status: 'Success', details: { uid: 'u1' } }),
    );
    const gone = await client.delete(WEB, { uid: 'u1', propagation: 'Orphan' });
    expect(gone?.metadata).toEqual({ name: 'web', namespace: 'shop', uid: 'u1' });
    expect(JSON.parse(only(server).body)).toMatchObject({
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u1' },
    });
  });

  test('deleting what is not there is not an error', async () => {
    const { client } = await start((_, response) =>
      failure(response, {
        code: 404,
        reason: 'NotFound',
        message: 'not found',
        details: { name: 'web' },
      }),
    );
    expect(await client.delete(WEB)).toBeUndefined();
  });
});

describe('list', () => {
  const page = (names: string[], next?: string) => ({
    kind: 'DeploymentList',
    metadata: { resourceVersion: '7', ...(next && { continue: next }) },
    items: names.map((name) => ({ metadata: { name, namespace: 'shop' } })),
  });

  test('follows pages to the end and names kind and version in every item', async () => {
    const { client, server } = await start((request, response) =>
      json(response, request.query.has('continue') ? page(['c']) : page(['a', 'b'], 'more')),
    );
    const list = await client.list(DEPLOYMENTS, {
      namespace: 'shop',
      labelSelector: 'app=web',
      pageSize: 2,
    });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(list.items[2]).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(list.resourceVersion).toBe('7');
    expect(server.received.map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: 'app=web', limit: '2' },
      { labelSelector: 'app=web', limit: '2', continue: 'more' },
    ]);
  });

  test('begins anew, in one piece, when a page has expired', async () => {
    const { client, server } = await start((request, response) => {
      if (request.query.has('continue'))
        failure(response, { code: 410, reason: 'Expired', message: 'too old' });
      else json(response, request.query.has('limit') ? page(['a'], 'more') : page(['a', 'b']));
    });
    const list = await client.list(DEPLOYMENTS, { pageSize: 1 });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(server.received).toHaveLength(3);
  });
});

describe('watch', () => {
  async function collect(watch: AsyncIterable<WatchEvent>, into: WatchEvent[] = []) {
    for await (const event of watch) into.push(event);
    return into;
  }
  const line = (type: string, rest: object) => `${JSON.stringify({ type, object: rest })}\n`;

  test('gives changes and bookmarks, however the stream is cut, and ends with it', async () => {
    const { client, server } = await start((_, response) => {
      response.writeHead(200);
      const text =
        line('ADDED', object('wéb')) + line('BOOKMARK', { metadata: { resourceVersion: '9' } });
      const bytes = Buffer.from(text);
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end('{"type":"ADDED","object":{"cut');
    });
    const events = await collect(client.watch(DEPLOYMENTS, { resourceVersion: '3' }));
    expect(events).toEqual([
      { type: 'ADDED', object: object('wéb') },
      { type: 'BOOKMARK', resourceVersion: '9' },
    ]);
    expect(Object.fromEntries(only(server).query)).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '3',
      timeoutSeconds: '300',
    });
  });

  test.each([
    ['in the stream', 200],
    ['as the answer', 410],
  ])('throws Expired when the version is too old: %s', async (_, code) => {
    const status = { kind: 'Status', code: 410, reason: 'Gone', message: 'too old' };
    const { client } = await start((_request, response) => {
      if (code !== 200) return json(response, status, code);
      response.writeHead(200);
      return response.end(line('ERROR', status));
    });
    const error = await caught(collect(client.watch(DEPLOYMENTS, { resourceVersion: '3' })));
    expect([error.code, error.reason]).toEqual([410, 'Expired']);
    expect(error.message).toContain('WATCH deployments.apps: too old');
  });

  test('ends without an error when stopped, and when the server does not end it in time', async () => {
    const { client, server, clock } = await start((_, response) => {
      response.writeHead(200);
      response.write(line('ADDED', object('web')));
    });
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    for await (const event of client.watch(DEPLOYMENTS, {
      resourceVersion: '3',
      signal: stop.signal,
    })) {
      events.push(event);
      stop.abort();
    }
    const watch = client.watch(DEPLOYMENTS, { resourceVersion: '3' })[Symbol.asyncIterator]();
    await watch.next();
    const end = watch.next();
    await clock.advance(316_000);
    expect((await end).done).toBe(true);
    expect(events).toHaveLength(1);
    expect(server.received).toHaveLength(2);
    expect(clock.sleeping).toBe(0);
  });

  test('a reader that leaves closes the stream', async () => {
    let closed = false;
    const { client } = await start((request, response) => {
      request.socket.on('close', () => (closed = true));
      response.writeHead(200);
      response.write(line('ADDED', object('web')));
    });
    for await (const event of client.watch(DEPLOYMENTS, { resourceVersion: '3' })) {
      expect(event.type).toBe('ADDED');
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });

  test('a connection that breaks is an error with code 0', async () => {
    const { client } = await start((request, response) => {
      response.writeHead(200);
      response.write(line('ADDED', object('web')), () => request.socket.destroy());
    });
    const error = await caught(collect(client.watch(DEPLOYMENTS, { resourceVersion: '3' })));
    expect([error.code, error.reason]).toEqual([0, 'ConnectionReset']);
  });
});

describe('transport', () => {
  test('requests in a row share one connection', async () => {
    const { client, server } = await start((_, response) => json(response, object('web')));
    for (let i = 0; i < 50; i += 1) await client.get(WEB);
    expect(server.connections()).toBe(1);
  });

  test('a read is sent again when its connection breaks, a write is not', async () => {
    let broken = 0;
    const { client, server } = await start((request, response) => {
      broken += 1;
      if (broken % 2 === 1) request.socket.destroy();
      else json(response, object('web'));
    });
    expect((await client.get(WEB))?.metadata.name).toBe('web');
    const error = await caught(client.create(object('web')));
    expect([error.code, error.reason]).toEqual([0, 'ConnectionReset']);
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  test('a server that does not answer is an error after the deadline', async () => {
    const { client } = await start(() => undefined, { limits: { deadlineMs: 50 } });
    const error = await caught(client.get(WEB));
    expect([error.code, error.reason]).toEqual([0, 'Timeout']);
    expect(error.message).toMatch(/^GET deployments.apps shop\/web: no answer from http/);
  });

  test('a server that is not there is named', async () => {
    const { client, server } = await start(echo);
    await server.close();
    const error = await caught(client.get(WEB));
    expect([error.code, error.reason]).toEqual([0, 'ConnectionFailed']);
    expect(error.message).toContain(`cannot reach ${server.url}: connection refused`);
  });

  test('credentials that are refused are asked for anew, once, for writes too', async () => {
    let token = 'old';
    const credentials = (options?: { refresh?: boolean }) => {
      if (options?.refresh) token = 'new';
      return Promise.resolve({ headers: { authorization: `Bearer ${token}` } });
    };
    const { client, server } = await start(
      (request, response) =>
        request.headers.authorization === 'Bearer new'
          ? echo(request, response)
          : failure(response, { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }),
      { config: { credentials } },
    );
    expect((await client.create(object('web'))).metadata.name).toBe('web');
    expect(server.received).toHaveLength(2);
  });

  test('Retry-After is handed on', async () => {
    const { client } = await start((_, response) => {
      response.setHeader('retry-after', '30');
      failure(response, { code: 429, reason: 'TooManyRequests', message: 'slow down' });
    });
    expect((await caught(client.get(WEB))).retryAfterSeconds).toBe(30);
  });

  test('a pod is evicted by the version that the server knows', async () => {
    const { client, server } = await start((request, response) => {
      if (request.method !== 'POST') return echo(request, response);
      const { apiVersion } = JSON.parse(request.body ?? '') as { apiVersion: string };
      if (apiVersion === 'policy/v1beta1') return echo(request, response);
      return failure(response, { code: 400, reason: 'BadRequest', message: 'no kind "Eviction"' });
    });
    const pod = { namespace: 'shop', name: 'web-1' };
    expect(await client.evict(pod, { uid: 'u1' })).toBe(true);
    expect(await client.evict(pod)).toBe(true);
    const posts = server.received.filter(({ method }) => method === 'POST');
    expect(posts.map(({ path }) => path)).toEqual(
      Array(3).fill('/api/v1/namespaces/shop/pods/web-1/eviction'),
    );
    expect(JSON.parse(posts[1]?.body ?? '')).toMatchObject({
      apiVersion: 'policy/v1beta1',
      deleteOptions: { preconditions: { uid: 'u1' } },
    });
  });

  test('a busy server is asked again when it says so, writes too, and not for ever', async () => {
    let busy = 2;
    const { client, server, clock } = await start((request, response) => {
      if (busy-- <= 0) return echo(request, response);
      response.setHeader('retry-after', '2');
      return failure(response, { code: 429, reason: 'TooManyRequests', message: 'busy' });
    });
    const patch = () => client.patch(WEB, { type: 'merge', body: { a: 1 } });
    await client.resolve(DEPLOYMENTS);
    const moved = async (sent: Promise<unknown>, times: number) => {
      for (let i = 0; i < times; i++) {
        await vi.waitFor(() => expect(clock.sleeping).toBe(1));
        await clock.advance(2_000);
      }
      return sent;
    };
    expect(await moved(patch(), 2)).toEqual({ a: 1 });
    expect(server.received).toHaveLength(3);
    busy = Infinity;
    const error = await moved(caught(patch()), 4);
    expect(error).toMatchObject({ code: 429, retryAfterSeconds: 2 });
    expect(server.received).toHaveLength(3 + 5);
  });

  test('a server that refuses without saying when to come back is not asked again', async () => {
    const { client, server } = await start((_, response) =>
      failure(response, { code: 429, reason: 'TooManyRequests', message: 'busy' }),
    );
    expect((await caught(client.get(WEB))).code).toBe(429);
    expect(server.received).toHaveLength(1);
  });

  test('a path before /api in the server address is kept', async () => {
    const paths: string[] = [];
    const { server } = await start((request, response) => {
      paths.push(request.path);
      json(response, {});
    });
    const transport = new Transport({
      server: `${server.url}/k8s/clusters/c-1`,
      insecureSkipVerify: false,
      namespace: 'default',
      credentials: () => Promise.resolve({ headers: {} }),
      source: 'a test',
    });
    await transport.send({ what: 'GET /version', method: 'GET', path: '/version' });
    await transport.close();
    expect(paths).toEqual(['/k8s/clusters/c-1/version']);
  });

  test('raw gives any answer as a stream', async () => {
    const { client } = await start((_, response) => {
      response.writeHead(418, { 'x-a': 'b' });
      response.end('tea');
    });
    const answer = await client.raw({ method: 'GET', path: '/healthz' });
    expect([answer.status, answer.headers['x-a'], await answer.text()]).toEqual([418, 'b', 'tea']);
  });

  test('an answer that is not of Kubernetes says so', async () => {
    const { client } = await start((_, response) => response.end('<html>'));
    expect((await caught(client.get(WEB))).message).toContain('is this a Kubernetes API?');
  });
});
