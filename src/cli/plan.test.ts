import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FakeCluster } from './testing/fake-cluster.ts';

const examples = new URL('../../examples/', import.meta.url);
const golden = new URL('../../test/golden/plans/', import.meta.url);
const files = readdirSync(examples).filter((file) => file.endsWith('.yaml'));
const pathOf = (file: string) => new URL(file, examples).pathname;

/** `npx vitest run src/cli/plan.test.ts -u` writes them anew. */
test.each(files)('the plan of %s is the one that was looked at', async (file) => {
  const { code, out, err } = await new FakeCluster().run('plan', '-f', pathOf(file));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  await expect(out).toMatchFileSnapshot(new URL(file.replace('.yaml', '.txt'), golden).pathname);
});

test('there is no plan of an example that is gone', () => {
  const kept = readdirSync(golden).map((file) => file.replace('.txt', '.yaml'));
  expect(kept.filter((file) => !files.includes(file))).toEqual([]);
});

test('as JSON: pods, extra pods and times of every stage, and every write', async () => {
  const { out } = await new FakeCluster().run('plan', '-f', pathOf('canary.yaml'), '-o', 'json');
  const plan = JSON.parse(out) as { stages: unknown[]; writes: unknown[] };
  expect(plan).toMatchObject({
    policy: 'web',
    target: { kind: 'Deployment', name: 'web', replicas: 4 },
    strategy: 'canary',
    extraPodsMost: 4,
    // Five moves of 2 s, two holds and the bake of 20 s, in which the old version drains.
    atBestMs: 50_000,
    bake: { leastMs: 20_000, checks: ['errors', 'p99'], extraPods: 4 },
  });
  expect(plan.stages[1]).toMatchObject({
    number: 2,
    weightPercent: 50,
    candidatePods: 2,
    stablePods: 4,
    extraPods: 2,
    holdMs: 10_000,
    checks: ['errors', 'p99'],
  });
  expect(plan.writes).toContainEqual({
    when: 'stage 1',
    object: 'HTTPRoute web',
    what: '90 % to stable, 10 % to the candidate',
  });
});

test('with the traffic to expect it says when more errors would be noticed', async () => {
  const traffic = ['--requests', '200', '--errors', '0.5%'];
  const of = (file: string, ...more: string[]) =>
    new FakeCluster().run('plan', '-f', pathOf(file), ...more);
  const { out } = await of('canary-evidence.yaml', ...traffic);
  expect(out).toContain(
    [
      'at 200 requests a second, 0.5 % of them bad before, check errors notices (half of the time sooner)',
      '  2 times as many not before all get the new version: 2m more of hold would do',
      '  5 times as many after about 23s, in stage 1 of 3',
      '  20 times as many after about 6s, in stage 1 of 3\n',
    ].join('\n'),
  );
  const json = await of('canary-evidence.yaml', ...traffic, '-o', 'json');
  expect(JSON.parse(json.out)).toMatchObject({
    noticing: {
      requests: { perSecond: 200, badShare: 0.005 },
      checks: [{ check: 'errors', notices: [{ ratio: 2 }, { ratio: 5, at: 0 }, { ratio: 20 }] }],
    },
  });
  expect((await of('canary.yaml', ...traffic)).out).toContain(
    "before: no check compares errors with stable's, so nothing can be said of when more are noticed\n",
  );
  const half = await of('canary.yaml', '--requests', '200');
  expect(half).toMatchObject({
    code: 2,
    out: '',
    err: 'error: tell both: --requests 200 (a second) and --errors 0.5% (the bad ones among them)\n',
  });
  expect((await of('canary.yaml', '--requests', '0', '--errors', '1%')).code).toBe(2);
});

const policy = readFileSync(pathOf('canary.yaml'), 'utf8').split('---\n').at(-1) ?? '';

test('the pods are those asked for, those of the cluster, or those in the file', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = policy;
  cluster.put({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas: 7 },
  });
  expect((await cluster.run('plan', '-f', '-', '--replicas', '10')).out).toContain('(10 pods)');
  expect((await cluster.run('plan', '-f', '-', '--cluster')).out).toContain('(7 pods)');
  const unknown = await cluster.run('plan', '-f', '-');
  expect(unknown.out).toContain('(1 pod)');
  expect(unknown.err).toBe(
    'note: how many pods Deployment web has is not in the file: planned for 1; --replicas N or --cluster tells\n',
  );
  const elsewhere = await cluster.run('plan', '-f', '-', '--cluster', '-n', 'other');
  expect(elsewhere).toMatchObject({
    code: 1,
    err: 'error: Deployment other/web: does not exist; --replicas N plans without it\n',
  });
});

test('a policy with a fault has no plan: the fault is said with its line', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = policy.replace('weight: 50', 'weight: 5');
  const { code, out, err } = await cluster.run('plan', '-f', '-');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^stdin:\d+: ReleasePolicy web: .*weight: 5 does not rise above/);
});

const native = (strategy: object, more: object) => ({
  apiVersion: 'segue.dev/v1alpha1',
  kind: 'ReleasePolicy',
  metadata: { name: 'ledger', namespace: 'shop' },
  spec: { targetRef: { name: 'ledger' }, strategy, bake: '20s', ...more },
});
const hook = (name: string) => {
  const containers = [{ name: 'a', image: 'a' }];
  return { name, job: { spec: { template: { spec: { containers } } } } };
};
const around = {
  hooks: { before: [hook('migrate')], after: [hook('tell')], onAbort: [hook('clean')] },
  onFailure: { revertTemplate: true },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ledger', namespace: 'shop' },
  spec: {
    replicas: 2,
    minReadySeconds: 5,
    template: {
      spec: {
        terminationGracePeriodSeconds: 60,
        containers: [{ name: 'app', readinessProbe: { initialDelaySeconds: 15 } }],
      },
    },
  },
};

async function planOf(...documents: object[]): Promise<string> {
  const cluster = new FakeCluster();
  cluster.stdin = documents.map((one) => JSON.stringify(one)).join('\n---\n');
  cluster.put(deployment);
  const { code, out, err } = await cluster.run('plan', '-f', '-');
  expect({ code, err: err.replace(/^note: .*\n/, '') }).toEqual({ code: 0, err: '' });
  return out;
}

test('a recreate: the time in which nobody is served, the hooks, and the template on abort', async () => {
  expect(await planOf(deployment, native({ recreate: {} }, around))).toMatchInlineSnapshot(`
    "ledger   recreate of Deployment ledger (2 pods)

    STAGE   NAME       TRAFFIC   CANDIDATE   STABLE   EXTRA   LEFT WHEN
    1       recreate   100%      2           0        +0      at once
            bake       100%      2           0        +0      20s

    before anything is touched it waits for the pull of the images, job migrate
    when it was promoted: job tell
    when it was taken back: job clean
    nobody is served from the first pod that stops to the first new one that is ready:
      at least 15s (probes of container app), and as long as old pods take to end (1m at most, terminationGracePeriodSeconds) and new ones to be scheduled and to start
      then 5s of minReadySeconds, in which users are served
    new pods that are not available within 10m take it back
    at best 20s, and the time that pods, evidence and people take
    at most 2 pods, 0 more than now
    what fails is taken back at once

    WHEN       OBJECT                    WRITTEN
    once       Deployment ledger         paused: true, for as long as the policy is there
    start      Release                   created: the plan and the record
    start      a Job                     created: pulls the images once; then deleted
    start      Job migrate               created, then deleted
    start      ReplicaSet ledger-<new>   created empty, for Deployment ledger to fill
    stage 1    Deployment ledger         resumed with strategy Recreate: all old pods stop, nobody is served until new ones are ready; paused
    last pod   Deployment ledger         strategy and what was set aside put back
    end        Job tell                  created, then deleted
    on abort   Job clean                 created, then deleted
    on abort   Deployment ledger         the stable version's template
    "
  `);
  const unknown = await planOf(native({ recreate: {} }, {}));
  expect(unknown).toContain('how long is for the Deployment to say: put it into the file');
});

test('a rolling update has the hooks too', async () => {
  const text = await planOf(deployment, native({ rolling: {} }, around));
  expect(text).not.toContain('nobody is served');
  const writes = text.slice(text.indexOf('WHEN'));
  for (const what of ['Job migrate', 'Job tell', 'Job clean', "the stable version's template"])
    expect(writes).toContain(what);
});
