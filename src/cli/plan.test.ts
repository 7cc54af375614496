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
