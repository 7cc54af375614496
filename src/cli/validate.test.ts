import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FakeCluster } from './testing/fake-cluster.ts';
import { GOOD } from './testing/good-policy.ts';
import { validateText } from './validate-text.ts';
import { readYaml } from '../api/yaml-documents.ts';

const dir = mkdtempSync(join(tmpdir(), 'segue-validate-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('a good policy is valid, other objects are left alone', () => {
  const text = `${GOOD}---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n`;
  expect(validateText('a.yaml', text)).toMatchObject({
    policies: ['a.yaml: ReleasePolicy web: valid'],
    faults: [],
  });
});

const lines = (text: string) => validateText('a.yaml', text).faults.join('\n');

test('structure: file, line, field and what to do', () => {
  const bad = GOOD.replace('weight: 50', 'weight: 150\n        wieght: 3')
    .replace('hold: 10m', 'timeout: 10')
    .replace('{name: web}\n  traffic', '{}\n  bake: 10m 5\n  traffic')
    .replace('[{name: web}]', '[]');
  expect(lines(bad)).toMatchInlineSnapshot(`
    "a.yaml:5: ReleasePolicy web: spec.targetRef.name: is missing; add text
    a.yaml:6: ReleasePolicy web: spec.bake: "10m 5" is not a duration; write it with its unit, as in 90s, 10m or 1h30m
    a.yaml:8: ReleasePolicy web: spec.traffic.services: is empty, 1 entry is the least; add to it
    a.yaml:14: ReleasePolicy web: spec.strategy.canary.stages[0].timeout: must be a duration with its unit, as in 90s, 10m or 1h30m, not 10; write 10s, if seconds are meant
    a.yaml:15: ReleasePolicy web: spec.strategy.canary.stages[1].weight: 150 is over 100, which is the most; write 100 or less
    a.yaml:16: ReleasePolicy web: spec.strategy.canary.stages[1].wieght: unknown field; write weight"
  `);
});

test('sense: weights that fall, holds without a unit, a list of objects', () => {
  const bad = GOOD.replace('hold: 10m', 'hold: 10').replace('weight: 50', 'weight: 3');
  expect(lines(bad)).toMatchInlineSnapshot(`
    "a.yaml:13: ReleasePolicy web: spec.strategy.canary.stages[0].hold: 10 is not a hold; write a duration with its unit (10m), or {atMost: 10m}
    a.yaml:14: ReleasePolicy web: spec.strategy.canary.stages[1].weight: 3 does not rise above the stage before it (5); order the stages by rising weight, or set spec.strategy.canary.allowLower: true"
  `);
  const indented = bad.replaceAll('\n', '\n    ');
  expect(lines(`apiVersion: v1\nkind: List\nitems:\n  - ${indented}`)).toMatchInlineSnapshot(`
    "a.yaml:16: ReleasePolicy web: spec.strategy.canary.stages[0].hold: 10 is not a hold; write a duration with its unit (10m), or {atMost: 10m}
    a.yaml:17: ReleasePolicy web: spec.strategy.canary.stages[1].weight: 3 does not rise above the stage before it (5); order the stages by rising weight, or set spec.strategy.canary.allowLower: true"
  `);
});

test('other versions, other kinds, no name', () => {
  expect(lines(GOOD.replace('v1alpha1', 'v1'))).toMatchInlineSnapshot(
    `"a.yaml:1: ReleasePolicy web: apiVersion: there is no "segue.dev/v1" here; write segue.dev/v1alpha1"`,
  );
  expect(lines(GOOD.replace('kind: ReleasePolicy', 'kind: Rollout'))).toMatchInlineSnapshot(
    `"a.yaml:2: Rollout web: kind: "Rollout" is not written by hand; take it out"`,
  );
  expect(lines(GOOD.replace('{name: web}\nspec', '{}\nspec'))).toMatchInlineSnapshot(
    `"a.yaml:3: ReleasePolicy (none): metadata: has no name; set metadata.name"`,
  );
});

test('what is no YAML', () => {
  expect(lines(`${GOOD}---\na: [1\nb: }\n`)).toMatch(/^a\.yaml:17: /);
  expect(lines('a: 1\na: 2\n')).toMatch(/^a\.yaml:2: Map keys must be unique/);
});

test('YAML is read as kubectl reads it', () => {
  const text = '{a: yes, b: 0644, c: 1:30, d: 2001-12-14, e: "on", f: 010}';
  expect(readYaml(text).documents[0]?.value).toEqual({
    a: true,
    b: 420,
    c: '1:30',
    d: '2001-12-14',
    e: 'on',
    f: 8,
  });
});

test('the command checks files and tells by its exit code', async () => {
  const good = join(dir, 'good.yaml');
  const bad = join(dir, 'bad.yaml');
  writeFileSync(good, GOOD);
  writeFileSync(bad, GOOD.replace('weight: 50', 'weight: 3'));
  const cluster = new FakeCluster();
  expect(await cluster.run('validate', '-f', good)).toEqual({
    code: 0,
    out: `${good}: ReleasePolicy web: valid\n`,
    err: '',
  });
  const both = await cluster.run('validate', '-f', good, bad);
  expect(both.code).toBe(1);
  expect(both.err).toContain(`${bad}:14: ReleasePolicy web: spec.strategy.canary.stages[1].weight`);
  expect((await cluster.run('validate', '-f', join(dir, 'none.yaml'))).err).toContain(
    'none.yaml: cannot be read: there is no such file',
  );
  expect((await cluster.run('validate', '-f', dir)).err).toContain('it is a directory');
  writeFileSync(good, 'kind: Service\n');
  expect((await cluster.run('validate', '-f', good)).err).toContain('no ReleasePolicy in it');
});
