/** The runners against real servers and a cluster in memory, on a clock that the test moves. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Task } from '../api/release.ts';
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import type { TaskOutcome, TaskWork } from '../ports/task-runner.ts';
import { taskRunners } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Asked {
  method: string | undefined;
  url: string | undefined;
  body: string;
}

/** Answers with these, one after the other, then with the last. */
async function serve(...statuses: number[]) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 200;
      asked.push({ method: request.method, url: request.url, body: String(Buffer.concat(chunks)) });
      // Never to be followed.
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, port: (server.address() as AddressInfo).port };
}

/** Time passes only while somebody sleeps. */
function sleeping(): Clock & { slept: number[] } {
  let nowMs = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    sleep: (ms) => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
}

const HTTP = { method: 'GET', path: '/', status: '2xx' };

function workOf(task: Partial<Task>, ports: number[] = []): TaskWork & { said: string[] } {
  const said: string[] = [];
  return {
    task: { name: 'a', kind: 'Http', spec: HTTP, retries: 0, intervalMs: 1_000, ...task },
    key: 'web-1-before-a-12345678',
    about: {
      namespace: 'shop',
      policy: 'web',
      release: 'web-1',
      releaseUid: 'uid-1',
      moment: 'before',
      target: 'web',
      stableImages: ['web:v1'],
      candidateImages: ['web:v2'],
      candidateHash: 'abc',
      candidateService: 'web-candidate',
    },
    candidates: () =>
      Promise.resolve(
        ports.map((port, i) => ({
          name: `pod-${i}`,
          service: 'web-candidate',
          ip: '127.0.0.1',
          port,
        })),
      ),
    say: (message) => said.push(message),
    said,
  };
}

async function run(work: TaskWork, client: Partial<KubeClient> = {}, clock = sleeping()) {
  const runner = taskRunners(client as KubeClient, clock).get(work.task.kind);
  const outcome = (await runner?.run(work, new AbortController().signal)) as TaskOutcome;
  await runner?.end?.(work);
  return outcome;
}

test('a smoke test asks another pod at each try, and says how it went', async () => {
  const [bad, good] = await Promise.all([serve(500), serve(204)]);
  const work = workOf({ retries: 2 }, [bad.port, good.port]);
  expect(await run(work)).toEqual({
    state: 'Passed',
    message: 'GET / of pod pod-1 answered 204, at try 2',
  });
  expect(work.said).toEqual(['GET / of pod pod-0 answered 500 instead of 2xx, 1 of 3 tries']);
});

test('a smoke test that goes on failing fails, and a redirect is no good answer', async () => {
  const moved = await serve(302);
  expect(await run(workOf({ retries: 1 }, [moved.port]))).toEqual({
    state: 'Failed',
    message: `GET / of pod pod-0 answered 302 instead of 2xx, a redirect to http://127.0.0.1:${moved.port}/elsewhere, after 2 tries`,
  });
  expect(moved.asked.map(({ url }) => url)).toEqual(['/', '/']);
});

test('method, path, body and the very status are as written', async () => {
  const { asked, port } = await serve(201);
  const spec = { method: 'POST', path: '/buy?n=1', body: '{}', status: '201' };
  expect((await run(workOf({ spec }, [port]))).state).toBe('Passed');
  expect(asked).toEqual([{ method: 'POST', url: '/buy?n=1', body: '{}' }]);
  const wrong = { ...spec, status: '200' };
  expect((await run(workOf({ spec: wrong }, [port]))).state).toBe('Failed');
});

test('without a pod, or where nobody listens, it fails with the reason', async () => {
  expect((await run(workOf({}))).message).toBe(
    'no ready pod of the candidate to ask, after 1 tries',
  );
  const gone = await serve(200);
  servers.splice(0).forEach((server) => server.close());
  const { message } = await run(workOf({}, [gone.port]));
  expect(message).toMatch(
    /^GET \/ of pod pod-0 cannot be reached \(.*ECONNREFUSED.*\), after 1 tries$/,
  );
});

test('a webhook is asked at its interval until it says yes', async () => {
  const { asked, port } = await serve(503, 404, 200);
  const clock = sleeping();
  const spec = { url: `http://127.0.0.1:${port}/gate?token=secret` };
  const work = workOf({ kind: 'Webhook', spec, intervalMs: 7_000, timeoutMs: 60_000 });
  const { state, message } = await run(work, {}, clock);
  expect([state, clock.slept]).toEqual(['Passed', [7_000, 7_000]]);
  expect(message + work.said.join()).not.toContain('secret');
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    webhook: 'a',
    namespace: 'shop',
    policy: 'web',
    release: 'web-1',
    moment: 'before',
    target: 'web',
    stableImages: ['web:v1'],
    candidateImages: ['web:v2'],
    candidateHash: 'abc',
    candidateService: 'web-candidate',
  });
});

test('a webhook that only redirects says where to, and one that hangs keeps nobody beyond its time', async () => {
  const { port } = await serve(301);
  const spec = { url: `http://127.0.0.1:${port}/gate` };
  const task = { kind: 'Webhook', spec, intervalMs: 1_000, timeoutMs: 0 } as const;
  expect((await run(workOf(task))).message).toBe(
    `no 2xx within 0ms, last: http://127.0.0.1:${port}/gate answered 301, a redirect to http://127.0.0.1:${port}/elsewhere, which is not followed`,
  );
  const hanging = createServer(() => {});
  servers.push(hanging);
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/`;
  const { message } = await run(workOf({ ...task, spec: { url } }));
  hanging.closeAllConnections();
  expect(message).toMatch(/did not answer within 1 s$/);
});

test('a webhook whose Secret cannot be read is not asked without it', async () => {
  const { asked, port } = await serve(200);
  const headers = [{ name: 'authorization', secretRef: { name: 'gate', key: 'token' } }];
  const spec = { url: `http://127.0.0.1:${port}`, headers };
  const task = { kind: 'Webhook', spec, timeoutMs: 0 } as const;
  const secret = (data?: Record<string, string>) => ({
    get: () => Promise.resolve(data && ({ data } as unknown as KubeObject)),
  });
  expect((await run(workOf(task), secret())).message).toContain('Secret gate does not exist');
  expect((await run(workOf(task), secret({}))).message).toContain('Secret gate has no key token');
  const forbidden = new KubeError('no', { code: 403, reason: 'Forbidden' });
  const barred = { get: () => Promise.reject(forbidden) };
  expect((await run(workOf(task), barred)).message).toContain('allow it `get` on that one');
  expect(asked).toEqual([]);
  const there = secret({ token: Buffer.from('Bearer x\n').toString('base64') });
  expect((await run(workOf(task), there)).state).toBe('Passed');
});

/** A cluster that has at most one Job, which becomes what the test says at each look. */
function jobs(...conditions: { type: string; reason?: string; message?: string }[]) {
  const calls: string[] = [];
  let job: KubeObject | undefined;
  return {
    calls,
    job: () => job,
    put: (object: KubeObject) => (job = object),
    client: {
      get: () => {
        const next = job && conditions.shift();
        if (job && next) job = { ...job, status: { conditions: [{ status: 'True', ...next }] } };
        return Promise.resolve(job);
      },
      create: (object: KubeObject) => {
        calls.push('create');
        job = object;
        return Promise.resolve(object);
      },
      delete: () => {
        calls.push('delete');
        return Promise.resolve(undefined);
      },
    } as Partial<KubeClient>,
  };
}

const jobTask: Partial<Task> = {
  kind: 'Job',
  retries: 3,
  timeoutMs: 90_000,
  spec: {
    spec: {
      template: {
        spec: { containers: [{ name: 'a', image: 'a', env: [{ name: 'MINE', value: '1' }] }] },
      },
    },
  },
};

test('a Job belongs to the Release, knows what it is about, and is deleted', async () => {
  const cluster = jobs({ type: 'SuccessCriteriaMet' }, { type: 'Complete' });
  expect(await run(workOf(jobTask), cluster.client)).toEqual({
    state: 'Passed',
    message: 'completed',
  });
  expect(cluster.calls).toEqual(['create', 'delete']);
  expect(cluster.job()).toMatchObject({
    metadata: {
      name: 'web-1-before-a-12345678',
      namespace: 'shop',
      ownerReferences: [{ kind: 'Release', name: 'web-1', uid: 'uid-1', controller: true }],
    },
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: 90,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            { name: 'a', image: 'a', terminationMessagePolicy: 'FallbackToLogsOnError' },
          ],
        },
      },
    },
  });
  const { env } = (
    cluster.job()?.['spec'] as { template: { spec: { containers: { env: unknown[] }[] } } }
  ).template.spec.containers[0] as { env: { name: string; value: string }[] };
  expect(env).toContainEqual({ name: 'SEGUE_CANDIDATE_IMAGE', value: 'web:v2' });
  expect(env.at(-1)).toEqual({ name: 'MINE', value: '1' });
});

test('a Job is deleted though the server cannot be reached for a while; one that it may not delete is left', async () => {
  const cluster = jobs({ type: 'Complete' });
  const refused = [
    new KubeError('no', { code: 0, reason: 'ConnectionFailed' }),
    new KubeError('busy', { code: 503, reason: 'ServiceUnavailable' }),
  ];
  const tried: string[] = [];
  const client = (last: KubeError | undefined): Partial<KubeClient> => ({
    ...cluster.client,
    delete: () => {
      const error = refused.shift() ?? last;
      tried.push(error?.reason ?? 'deleted');
      return error ? Promise.reject(error) : Promise.resolve(undefined);
    },
  });
  await run(workOf(jobTask), client(undefined));
  expect(tried.splice(0)).toEqual(['ConnectionFailed', 'ServiceUnavailable', 'deleted']);
  await run(workOf(jobTask), client(new KubeError('no', { code: 403, reason: 'Forbidden' })));
  expect(tried).toEqual(['Forbidden']);
});

test('a Job that is there is looked at, not made again', async () => {
  const cluster = jobs({ type: 'Failed', reason: 'BackoffLimitExceeded', message: 'too often' });
  const ownerReferences = [
    {
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'Release',
      name: 'web-1',
      uid: 'uid-1',
      controller: true,
    },
  ];
  cluster.put({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x', ownerReferences } });
  expect(await run(workOf(jobTask), cluster.client)).toEqual({
    state: 'Failed',
    message: 'BackoffLimitExceeded, too often',
  });
  expect(cluster.calls).toEqual(['delete']);
});

test('a Job that fails says why, as far as its pods do', async () => {
  const failing = (status: object) => {
    const cluster = jobs({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    const pods = [
      { metadata: { name: 'old', creationTimestamp: '2026-01-01T00:00:00Z' }, status: {} },
      { metadata: { name: 'new', creationTimestamp: '2026-01-01T00:01:00Z' }, status },
    ] as unknown as KubeObject[];
    const asked: unknown[] = [];
    const list: KubeClient['list'] = (_kind, options) => {
      asked.push(options);
      return Promise.resolve({ items: pods, resourceVersion: '1' });
    };
    return { asked, outcome: run(workOf(jobTask), { ...cluster.client, list }) };
  };
  const terminated = { exitCode: 3, reason: 'Error', message: 'connecting\nno such table\n' };
  const migrate = failing({ containerStatuses: [{ name: 'migrate', state: { terminated } }] });
  expect((await migrate.outcome).message).toBe(
    'container migrate ended with exit code 3: no such table (BackoffLimitExceeded)',
  );
  expect(migrate.asked).toEqual([
    { namespace: 'shop', labelSelector: 'job-name=web-1-before-a-12345678' },
  ]);
  const killed = { exitCode: 137, reason: 'OOMKilled' };
  const first = failing({
    initContainerStatuses: [{ name: 'wait', state: { terminated: killed } }],
    containerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'PodInitializing' } } }],
  });
  expect((await first.outcome).message).toMatch(/^container wait .* exit code 137 \(OOMKilled\) /);
  const waiting = { reason: 'ImagePullBackOff', message: 'not found' };
  const stuck = failing({ containerStatuses: [{ name: 'migrate', state: { waiting } }] });
  expect((await stuck.outcome).message).toMatch(/does not start: ImagePullBackOff: not found/);
});

test("somebody else's Job is neither believed nor deleted", async () => {
  const cluster = jobs({ type: 'Complete' });
  cluster.put({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' } });
  expect((await run(workOf(jobTask), cluster.client)).message).toContain("is not Segue's");
  expect(cluster.calls).toEqual([]);
});

test('a Job that nobody runs fails by its deadline; one that is refused at once', async () => {
  expect((await run(workOf(jobTask), jobs().client)).message).toBe('did not end within 1m30s');
  const refused = {
    ...jobs().client,
    create: () => Promise.reject(new KubeError('spec: bad', { code: 422, reason: 'Invalid' })),
  };
  expect(await run(workOf(jobTask), refused)).toEqual({
    state: 'Failed',
    message: 'spec: bad',
    refused: true,
  });
});

test('released elsewhere: the same images, promoted', async () => {
  const release = (name: string, outcome: string, images: string[]) => ({
    metadata: { name },
    spec: { candidate: { images } },
    status: { outcome },
  });
  const lists = [
    [release('web-1', 'Promoted', ['web:v1']), release('web-2', 'Aborted', ['web:v2'])],
    [release('web-3', 'Promoted', ['web:v2', 'sidecar'])],
    [release('web-4', 'Promoted', ['web:v2'])],
  ];
  const asked: unknown[] = [];
  const client: Partial<KubeClient> = {
    list: (_kind, options) => {
      asked.push(options);
      const items = (lists.shift() ?? []) as unknown as KubeObject[];
      return Promise.resolve({ items, resourceVersion: '1' });
    },
  };
  const spec = { namespace: 'staging', policy: 'web' };
  lists.unshift([]);
  const work = workOf({ kind: 'ReleasedIn', spec });
  const outcome = await run(work, client);
  expect(outcome).toEqual({ state: 'Passed', message: 'promoted there by Release web-4' });
  expect(work.said).toEqual([
    'there is no Release of policy web in namespace staging: is it spelt right, and released there by Segue?',
    'promoted there last: web:v1 by web-1',
    'promoted there last: web:v2, sidecar by web-3',
  ]);
  expect(asked).toHaveLength(4);
  expect(asked[0]).toEqual({ namespace: 'staging', labelSelector: 'segue.dev/policy=web' });
});

test('what may not be read elsewhere is said in the words of the server, and asked again', async () => {
  const forbidden = 'releases.segue.dev is forbidden: cannot list in the namespace "staging"';
  const promoted = {
    metadata: { name: 'web-7' },
    spec: { candidate: { images: ['web:v2'] } },
    status: { outcome: 'Promoted' },
  };
  let asked = 0;
  const list = () => {
    asked += 1;
    if (asked < 3)
      return Promise.reject(new KubeError(forbidden, { code: 403, reason: 'Forbidden' }));
    return Promise.resolve({ items: [promoted], resourceVersion: '1' });
  };
  const work = workOf({ kind: 'ReleasedIn', spec: { namespace: 'staging' } });
  const outcome = await run(work, { list } as unknown as Partial<KubeClient>);
  expect(outcome).toEqual({ state: 'Passed', message: 'promoted there by Release web-7' });
  expect(work.said).toEqual([forbidden, forbidden]);
});
