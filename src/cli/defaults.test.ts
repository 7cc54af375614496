import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FakeCluster, notServed, policy, PROMOTED, release } from './testing/fake-cluster.ts';
import { validateText } from './validate-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'segue-defaults-'));
afterAll(() => rmSync(dir, { recursive: true }));

const POLICY = `apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: web}
spec:
  targetRef: {name: web}
  strategy:
    rolling:
      stages: [{holdAfter: 1, checks: [errors]}]
`;
const DEFAULTS = `apiVersion: segue.dev/v1alpha1
kind: ReleaseDefaults
metadata: {name: default}
spec:
  checks:
  - name: errors
    scrape: {pods: {port: 8080}, total: a_total, bad: 'a_total{code="500"}'}
    max: 1%
  hooks:
    before: [{name: board, webhook: {url: 'http://board'}}]
  window:
    freeze: [{from: '2026-12-20', to: '2026-12-31'}]
  releasedIn: {namespace: staging}
  bake: 1m
`;
const faultsOf = (text: string) => validateText('a.yaml', text).faults;

test('the kind is checked as a policy is, with the line of each fault', () => {
  const bad = DEFAULTS.replace('name: default', 'name: shop')
    .replace('max: 1%', 'max: much')
    .replace('to: ', 'until: ');
  expect(validateText('a.yaml', DEFAULTS).policies).toEqual([
    'a.yaml: ReleaseDefaults default: valid',
  ]);
  expect(faultsOf(bad)).toEqual([
    'a.yaml:3: ReleaseDefaults shop: metadata.name: there is one ReleaseDefaults in a namespace; name it default',
    'a.yaml:12: ReleaseDefaults shop: spec.window.freeze[0].to: is missing; add text',
    expect.stringMatching(/^a.yaml:12: .*spec\.window\.freeze\[0\]\.until: unknown field/),
  ]);
  expect(faultsOf(DEFAULTS.replace('max: 1%', 'max: much'))[0]).toMatch(
    /^a\.yaml:8: ReleaseDefaults default: spec\.checks\[0\]\.max: /,
  );
});

test('a policy is checked with what its namespace adds, in whatever order and file', async () => {
  expect(faultsOf(POLICY)[0]).toContain('there is no check errors');
  expect(faultsOf(`${POLICY}---\n${DEFAULTS}`)).toEqual([]);
  expect(faultsOf(`${DEFAULTS}---\n${POLICY}`)).toEqual([]);
  const [one, other] = [join(dir, 'policy.yaml'), join(dir, 'defaults.yaml')];
  writeFileSync(one, POLICY);
  writeFileSync(other, DEFAULTS);
  const { code, out } = await new FakeCluster().run('validate', '-f', one, other);
  expect({ code, out }).toEqual({
    code: 0,
    out: `${one}: ReleasePolicy web: valid\n${other}: ReleaseDefaults default: valid\n`,
  });
});

test('the defaults of another namespace add nothing', () => {
  const elsewhere = DEFAULTS.replace('{name: default}', '{name: default, namespace: a}');
  const here = POLICY.replace('{name: web}\nspec', '{name: web, namespace: b}\nspec');
  expect(faultsOf(`${elsewhere}---\n${here}`)[0]).toContain('there is no check errors');
});

test('what the defaults break is told at their line; what is wrong in them, once', () => {
  const pair = POLICY.replace(/ {2}strategy:[^]*/, '  pairRef: {name: green}\n').concat(
    '  traffic: {services: [{name: web}]}\n  strategy: {blueGreen: {}}\n',
  );
  const revert = DEFAULTS.concat('  onFailure: {revertTemplate: true}\n');
  expect(faultsOf(`${pair}---\n${revert}`)).toEqual([
    expect.stringMatching(
      /^a\.yaml:24: ReleasePolicy web: ReleaseDefaults default: spec\.onFailure\.revertTemplate: /,
    ),
  ]);
  const wrong = DEFAULTS.replace('max: 1%', 'max: much');
  expect(faultsOf(`${POLICY}---\n${wrong}`)).toHaveLength(1);
});

test('the plan marks what comes from the namespace', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = `${POLICY}---\n${DEFAULTS}`;
  const { out } = await cluster.run('plan', '-f', '-', '--replicas', '4');
  expect(out).toContain('checks errors*');
  expect(out).toContain('1m*, checks errors*');
  expect(out).toContain(
    'waits for its window*, a release of the same images in namespace staging*, webhook board*\n',
  );
  expect(out).toContain(
    '* from ReleaseDefaults: check errors, released in staging first, bake 1m, ' +
      'freeze 2026-12-20 to 2026-12-31, hook board (before)\n',
  );
});

test('the plan marks the try of the images and the rollback window of the namespace', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = `${POLICY}---\n${DEFAULTS}  tryImages: Always\n  rollbackWindow: {revisions: 2}\n`;
  const { out } = await cluster.run('plan', '-f', '-', '--replicas', '4');
  expect(out).toContain('the pull of the images*');
  expect(out).toContain('back to an earlier version (2 revisions*) it goes without stages');
  expect(out).toMatch(/\* from ReleaseDefaults: .*tryImages Always, rollback window 2 revisions/);
});

test('with --cluster the plan takes them from the cluster, where the file has none', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = POLICY;
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas: 3 },
  };
  const without = await cluster.run('plan', '-f', '-', '--replicas', '4');
  expect(without.err).toContain('there is no check errors');
  cluster.put(deployment);
  cluster.put({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseDefaults',
    metadata: { name: 'default', namespace: 'shop' },
    spec: {
      checks: [
        {
          name: 'errors',
          scrape: { pods: { port: 8080 }, total: 'a_total', bad: 'a_total{code="500"}' },
          max: '1%',
          scope: 'Version',
          interval: '10s',
          window: '1m',
        },
      ],
    },
  });
  const { out } = await cluster.run('plan', '-f', '-', '--cluster');
  expect(out).toContain('(3 pods)');
  expect(out).toContain('* from ReleaseDefaults: check errors\n');
});

test('a cluster that does not know the kind has no defaults', async () => {
  const cluster = new FakeCluster();
  cluster.stdin = POLICY.replace(', checks: [errors]', '');
  cluster.nextError = notServed();
  const { code, out } = await cluster.run('plan', '-f', '-', '--cluster', '--replicas', '2');
  expect({ code, marked: out.includes('*') }).toEqual({ code: 0, marked: false });
});

test('the status of a release says what came from the namespace', async () => {
  const cluster = new FakeCluster();
  const made = release(PROMOTED);
  cluster.put(policy({ release: made.metadata.name }));
  cluster.put({ ...made, spec: { ...(made['spec'] as object), fromDefaults: ['check errors'] } });
  expect((await cluster.run('status', 'web')).out).toContain(
    'from ReleaseDefaults: check errors\n',
  );
});
