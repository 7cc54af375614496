import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkProblems } from '../../analysis/index.ts';
import { checkSchema } from '../../api/check.ts';
import { connect, createLog, systemClock } from '../../kube/index.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { VersionContext } from '../../ports/metric-provider.ts';
import type { TaskOutcome, TaskRunner, TaskWork } from '../../ports/task-runner.ts';
import { CANDIDATE, STABLE } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { jobRunner } from '../../tasks/job/index.ts';
import { jobProvider } from './index.ts';

const spec = { template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } };
const check = checkSchema.parse({ name: 'journeys', job: { spec, timeout: '90s' }, max: 0 });
const about = {
  namespace: 'shop',
  policy: 'web',
  release: 'web-7',
  releaseUid: 'uid-7',
  moment: 'check',
  target: 'web',
  stableImages: ['web:1'],
  candidateImages: ['web:2'],
  candidateHash: 'bbb222',
  candidateService: 'web-candidate',
};
const at = (atMs: number): VersionContext => ({ ...CANDIDATE, about, moment: { atMs } });

/** Jobs that end when a test says so. */
class Jobs implements TaskRunner {
  readonly kind = 'Job';
  readonly begun: TaskWork[] = [];
  readonly removed: string[] = [];
  private ends: ((outcome: TaskOutcome) => void)[] = [];

  async run(work: TaskWork, signal: AbortSignal): Promise<TaskOutcome> {
    this.begun.push(work);
    return await new Promise((resolve) => {
      this.ends.push(resolve);
      signal.addEventListener('abort', () => resolve({ state: 'Failed', message: 'given up' }));
    });
  }

  end(work: TaskWork): Promise<void> {
    this.removed.push(work.key);
    return Promise.resolve();
  }

  async finish(outcome: TaskOutcome): Promise<void> {
    const removed = this.removed.length;
    this.ends.shift()?.(outcome);
    await vi.waitFor(() => expect(this.removed).toHaveLength(removed + 1));
  }
}

function world() {
  const jobs = new Jobs();
  const stop = new AbortController();
  const provider = jobProvider(jobs, { timeoutMs: 10 });
  const measure = async (version: VersionContext) =>
    await provider.measure(check, version, stop.signal);
  return { jobs, stop, provider, measure };
}

test('its check is well formed', () => {
  expect(checkProblems(check, 'at')).toEqual([]);
  const bad = checkSchema.parse({ name: 'journeys', job: { spec: {}, timeout: '0s' }, max: 0 });
  expect(checkProblems(bad, 'at').map(({ field }) => field)).toEqual([
    'at.job.spec.template.spec.containers',
    'at.job.timeout',
  ]);
});

describe('a Job', () => {
  test('is begun for the candidate, waited for, and told as a number', async () => {
    const { jobs, measure } = world();
    const said = await measure(at(1));
    expect(said).toEqual({ kind: 'Missing', because: 'the Job has run for 0 s' });
    expect(jobs.begun).toMatchObject([
      { task: { kind: 'Job', spec: { spec }, timeoutMs: 90_000, retries: 0 }, about },
    ]);
    expect(jobs.begun[0]?.key).toMatch(/^web-7-journeys-[0-9a-f]{8}$/);
    jobs.begun[0]?.say('started');
    expect(await measure(at(2))).toMatchObject({ because: 'the Job has run for 0 s (started)' });
    await jobs.finish({ state: 'Passed', message: 'completed' });
    expect(await measure(at(3))).toEqual({ kind: 'Value', value: 0, told: 'the Job completed' });
  });

  test('that fails is 1, with why', async () => {
    const { jobs, measure } = world();
    await measure(at(1));
    await jobs.finish({ state: 'Failed', message: 'container a ended with exit code 3' });
    expect(await measure(at(2))).toEqual({
      kind: 'Value',
      value: 1,
      told: 'the Job failed, container a ended with exit code 3',
    });
  });

  test('follows another under a name of its own, and is told of when it has ended', async () => {
    const { jobs, measure } = world();
    await measure(at(1));
    await jobs.finish({ state: 'Passed', message: 'completed' });
    expect(await measure(at(2))).toMatchObject({ value: 0 });
    expect(await measure(at(3))).toMatchObject({ value: 0 });
    expect(jobs.begun).toHaveLength(2);
    expect(jobs.begun[1]?.key).not.toBe(jobs.begun[0]?.key);
    await jobs.finish({ state: 'Failed', message: 'failed' });
    expect(await measure(at(4))).toMatchObject({ value: 1 });
  });

  test('is deleted when nobody measures any more, and another stage begins anew', async () => {
    const { jobs, stop, provider, measure } = world();
    await measure(at(1));
    await jobs.finish({ state: 'Passed', message: 'completed' });
    await measure(at(2));
    stop.abort();
    await vi.waitFor(() => expect(jobs.removed).toEqual(jobs.begun.map(({ key }) => key)));
    const next = new AbortController();
    expect(await provider.measure(check, at(3), next.signal)).toMatchObject({ kind: 'Missing' });
    expect(jobs.begun).toHaveLength(3);
    next.abort();
  });

  test('is begun for nobody else', async () => {
    const { jobs, measure } = world();
    expect(await measure({ ...STABLE, about })).toMatchObject({ kind: 'Missing' });
    expect(await measure(CANDIDATE)).toMatchObject({ kind: 'Missing' });
    expect(jobs.begun).toEqual([]);
  });
});

/** As the other providers are held to by the suite that asks over HTTP. */
describe('an API server that makes no Job', () => {
  const server = new ScriptedServer();
  let cluster: Cluster;
  let stop: AbortController;
  beforeEach(async () => {
    stop = new AbortController();
    await server.start();
    const deps = { clock: systemClock, log: createLog(QUIET), random: Math.random };
    cluster = connect({ ...ANYBODY, server: server.url }, deps);
  });
  afterEach(async () => {
    stop.abort();
    await cluster.client.close();
    await server.stop();
  });

  const refusal = (code: number, reason: string, message: string) =>
    JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message });
  const batch = {
    kind: 'APIResourceList',
    groupVersion: 'batch/v1',
    resources: [{ name: 'jobs', kind: 'Job', namespaced: true, singularName: 'job', verbs: [] }],
  };

  test.each<[string, { status?: number; body: string; says: RegExp }]>([
    [
      '401',
      { status: 401, body: refusal(401, 'Unauthorized', 'who are you'), says: /who are you/ },
    ],
    [
      '403, as of a quota',
      {
        status: 403,
        body: refusal(403, 'Forbidden', 'jobs is forbidden: exceeded quota'),
        says: /^the Job was not made: .*exceeded quota/,
      },
    ],
    [
      '422',
      {
        status: 422,
        body: refusal(422, 'Invalid', 'spec.template: bad'),
        says: /^the Job was not made: .*spec\.template/,
      },
    ],
    ['429', { status: 429, body: refusal(429, 'TooManyRequests', 'slow down'), says: /slow down/ }],
    ['500', { status: 500, body: refusal(500, 'InternalError', 'etcd is gone'), says: /etcd is/ }],
    ['a page for browsers', { body: '<html>log in</html>', says: /JSON/ }],
    ['half an answer', { body: '{"kind": "Job", "meta', says: /JSON/ }],
  ])('%s is missing, and no verdict on the candidate', async (_what, { status, body, says }) => {
    server.script = ({ path }, response) => {
      const isDiscovery = path === '/apis/batch/v1';
      response.writeHead(isDiscovery ? 200 : (status ?? 200), {
        'content-type': 'application/json',
      });
      response.end(isDiscovery ? JSON.stringify(batch) : body);
    };
    const runner = jobRunner(cluster.client, systemClock);
    const provider = jobProvider(runner, { timeoutMs: 300 });
    const reading = await provider.measure(check, at(1), stop.signal);
    expect(reading).toEqual({ kind: 'Missing', because: expect.stringMatching(says) });
    expect(server.requests.length).toBeGreaterThan(0);
  });
});

const QUIET = { level: 'error', format: 'json' } as const;
const ANYBODY = {
  insecureSkipVerify: false,
  namespace: 'default',
  credentials: () => Promise.resolve({ headers: {} }),
  source: 'a test',
};
