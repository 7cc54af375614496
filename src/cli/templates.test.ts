import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { readYaml } from '../api/yaml-documents.ts';
import { KubeError } from '../ports/kube.ts';
import { FakeCluster } from './testing/fake-cluster.ts';
import { validateText } from './validate-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'segue-templates-'));
afterAll(() => rmSync(dir, { recursive: true }));

const POLICY = `apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: web}
spec:
  targetRef: {name: web}
  strategy:
    rolling:
      stages: [{holdAfter: 1, checks: [errors]}]
  checks:
  - name: errors
    template: {name: http-errors, args: {job: web}}
    dryRun: true
`;
const TEMPLATE = `apiVersion: segue.dev/v1alpha1
kind: CheckTemplate
metadata: {name: http-errors}
spec:
  args:
  - name: job
  - {name: most, default: 1%}
  check:
    scrape:
      pods: {port: 8080}
      total: 'a_total{job="{{args.job}}"}'
      bad: 'a_total{job="{{args.job}}",code="500"}'
    max: '{{args.most}}'
`;
const DEFAULTS = `apiVersion: segue.dev/v1alpha1
kind: ReleaseDefaults
metadata: {name: default}
spec:
  checks:
  - name: errors
    template: {name: http-errors, args: {job: web}}
`;
const faultsOf = (...texts: string[]) => validateText('a.yaml', texts.join('---\n')).faults;

test('the kind is checked as a policy is, with the line of each fault', () => {
  expect(validateText('a.yaml', TEMPLATE).policies).toEqual([
    'a.yaml: CheckTemplate http-errors: valid',
  ]);
  expect(faultsOf(TEMPLATE.replace('bad:', 'bda:'))).toEqual([
    'a.yaml:12: CheckTemplate http-errors: spec.check.scrape.bda: unknown field; write bad',
  ]);
  expect(faultsOf(TEMPLATE.replace('default: 1%', 'default: much'))).toEqual([
    expect.stringMatching(
      /^a\.yaml:13: CheckTemplate http-errors: spec\.check\.max: "much" is not/,
    ),
  ]);
  expect(faultsOf(TEMPLATE.replaceAll('{{args.job}}', '{{args.jbo}}'))).toEqual([
    expect.stringMatching(/^a\.yaml:6: .* spec\.args\[0\]\.name: job is used nowhere/),
    expect.stringMatching(
      /^a\.yaml:11: .* spec\.check\.scrape\.total: \{\{args\.jbo\}\} is not decl/,
    ),
    expect.stringMatching(
      /^a\.yaml:12: .* spec\.check\.scrape\.bad: \{\{args\.jbo\}\} is not decl/,
    ),
  ]);
  expect(faultsOf(TEMPLATE.replace('max:', 'template: {name: other}\n    max:'))).toEqual([
    'a.yaml:13: CheckTemplate http-errors: spec.check.template: a template uses no other one; ' +
      'write the check here, or use the other template in its place',
  ]);
  expect(faultsOf(TEMPLATE.replace('kind: CheckTemplate', 'kind: CheckTemplates'))).toEqual([
    'a.yaml:2: CheckTemplates http-errors: kind: "CheckTemplates" is no kind of Segue; write CheckTemplate',
  ]);
});

describe('a policy is checked with the template that it uses', () => {
  test('in whatever order and file', async () => {
    expect(faultsOf(POLICY, TEMPLATE)).toEqual([]);
    expect(faultsOf(TEMPLATE, POLICY)).toEqual([]);
    const [one, other] = [join(dir, 'policy.yaml'), join(dir, 'template.yaml')];
    writeFileSync(one, POLICY);
    writeFileSync(other, TEMPLATE);
    const { code, out } = await new FakeCluster().run('validate', '-f', one, other);
    expect({ code, out }).toEqual({
      code: 0,
      out: `${one}: ReleasePolicy web: valid\n${other}: CheckTemplate http-errors: valid\n`,
    });
  });

  test('and is refused without it, or with one of another namespace', () => {
    const missing = [
      'a.yaml:11: ReleasePolicy web: spec.checks[0].template.name: there is no CheckTemplate http-errors in ' +
        'the files; name the file that has it too, or correct the name; --cluster looks for it there',
    ];
    expect(faultsOf(POLICY)).toEqual(missing);
    const here = POLICY.replace('{name: web}\nspec', '{name: web, namespace: a}\nspec');
    const elsewhere = TEMPLATE.replace('-errors}', '-errors, namespace: b}');
    expect(faultsOf(here, elsewhere)).toEqual(missing);
  });

  test('each fault is told where it is written, and once', () => {
    expect(faultsOf(POLICY.replace('job: web', 'jbo: web'), TEMPLATE)).toEqual([
      expect.stringMatching(/^a\.yaml:11: .* spec\.checks\[0\]\.template\.args: job is missing/),
      expect.stringMatching(
        /^a\.yaml:11: .* spec\.checks\[0\]\.template\.args\.jbo: .* no such arg/,
      ),
    ]);
    // By the template alone nobody knows it.
    expect(faultsOf(POLICY.replace('job: web', 'job: web, most: 5x'), TEMPLATE)).toEqual([
      expect.stringMatching(
        /^a\.yaml:26: ReleasePolicy web: CheckTemplate http-errors: spec\.check\.max: "5x" is not .* \(for the check errors\)/,
      ),
    ]);
    for (const wrong of [
      TEMPLATE.replace('default: 1%', 'default: much'),
      TEMPLATE.replace('{{args.most}}', '1%'),
    ])
      expect(faultsOf(POLICY, wrong)).toEqual([
        expect.stringMatching(/^a\.yaml:\d+: CheckTemplate http-errors: /),
      ]);
    expect(faultsOf(POLICY, TEMPLATE.replace('bad:', 'bda:'))).toEqual([
      'a.yaml:11: ReleasePolicy web: spec.checks[0].template.name: CheckTemplate http-errors cannot be read; correct it first',
      expect.stringMatching(/^a\.yaml:25: CheckTemplate http-errors: spec\.check\.scrape\.bda: /),
    ]);
  });

  test('and so is one whose namespace uses it', () => {
    const bare = POLICY.replace(/ {2}checks:\n[^]*/, '');
    expect(faultsOf(bare, DEFAULTS, TEMPLATE)).toEqual([]);
    expect(faultsOf(bare, DEFAULTS)).toEqual([
      expect.stringMatching(
        /^a\.yaml:16: ReleaseDefaults default: spec\.checks\[0\]\.template\.name: there is no CheckT/,
      ),
    ]);
    const much = TEMPLATE.replace('default: 1%', 'default: much');
    expect(faultsOf(bare, DEFAULTS, much)).toHaveLength(1);
  });
});

test.each([
  ['no name', '{args: {job: web}}', 'spec.checks[0].template.name: is missing; add text'],
  [
    'a name alone',
    'http-errors',
    'spec.checks[0].template: must be an object, {name: …}, not the text "http-errors"; write {name: http-errors}',
  ],
  [
    'arguments as in a list',
    '{name: http-errors, args: [{name: job, value: web}]}',
    'spec.checks[0].template.args: must be an object, not a list; write it without the dashes',
  ],
  [
    'an empty argument',
    '{name: http-errors, args: {job: }}',
    'spec.checks[0].template.args.job: is empty, which cannot be put in; write text, a number, or true or false',
  ],
  [
    'arguments beside the template',
    '{name: http-errors}\n    args: {job: web}',
    'spec.checks[0].args: unknown field; is it misspelt or at the wrong depth?',
  ],
])('%s', (_name, written, expected) => {
  const text = POLICY.replace('{name: http-errors, args: {job: web}}', written);
  const faults = faultsOf(text, TEMPLATE);
  expect(faults).toContainEqual(expect.stringContaining(expected));
  for (const fault of faults) expect(fault).toMatch(/^a\.yaml:1[0-2]: ReleasePolicy web: spec/);
});

describe('a plan', () => {
  test('has the check that comes of it', async () => {
    const cluster = new FakeCluster();
    const told = POLICY.replace('    dryRun: true\n', '');
    cluster.stdin = `${told}---\n${TEMPLATE}`;
    const { code, out } = await cluster.run('plan', '-f', '-', '--replicas', '4');
    expect(code).toBe(0);
    expect(out).toContain('checks errors');
    expect(out).toMatch(/^errors +at most 1 % failed/m);
    cluster.stdin = cluster.stdin.replace('job: web', 'job: web, most: 5%');
    expect((await cluster.run('plan', '-f', '-')).out).toMatch(/^errors +at most 5 % failed/m);
    cluster.stdin = TEMPLATE;
    expect((await cluster.run('plan', '-f', '-')).err).toContain(
      'no ReleasePolicy in it, only CheckTemplate http-errors; name the file that has one',
    );
    cluster.stdin = POLICY;
    expect(await cluster.run('plan', '-f', '-')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no CheckTemplate http-errors') as string,
    });
  });

  const stored = (text: string): KubeObject => {
    const object = readYaml(text).documents[0]?.value as KubeObject;
    return { ...object, metadata: { ...object.metadata, namespace: 'shop' } };
  };
  const planned = (cluster: FakeCluster, text: string) => {
    cluster.stdin = text;
    return cluster.run('plan', '-f', '-', '--cluster', '--replicas', '4');
  };

  test('with --cluster takes it from there, where the file has none', async () => {
    const cluster = new FakeCluster();
    cluster.put(stored(TEMPLATE));
    expect(await planned(cluster, POLICY)).toMatchObject({ code: 0, err: '' });
    expect((await planned(cluster, POLICY.replace('http-errors', 'other'))).err).toContain(
      'there is no CheckTemplate other; create it, or correct the name',
    );
    // The file goes before it.
    const much = TEMPLATE.replace('default: 1%', 'default: much');
    expect((await planned(cluster, `${POLICY}---\n${much}`)).err).toContain('"much" is not');
    // Those that the defaults there use.
    cluster.put(stored(DEFAULTS));
    const bare = POLICY.replace(/ {2}checks:\n[^]*/, '');
    expect((await planned(cluster, bare)).out).toContain('* from ReleaseDefaults: check errors\n');
  });

  test('says what may not be read, and asks for nothing that is not used', async () => {
    const cluster = new FakeCluster();
    const forbidden = new KubeError('jo may not list checktemplates', {
      code: 403,
      reason: 'Forbidden',
    });
    cluster.refused.set('CheckTemplate', forbidden);
    expect((await planned(cluster, POLICY)).err).toContain(
      'CheckTemplate http-errors may not be read (jo may not list checktemplates); ' +
        'ask for the right to list checktemplates, or name a file that has it',
    );
    expect((await planned(cluster, `${POLICY}---\n${TEMPLATE}`)).code).toBe(0);
    const none = new KubeError('not served', { code: 404, reason: 'NotServed' });
    cluster.refused.set('CheckTemplate', none);
    expect((await planned(cluster, POLICY)).err).toContain(
      'the cluster has no CheckTemplates, and so no http-errors; apply all that `segue install` prints',
    );
  });
});
