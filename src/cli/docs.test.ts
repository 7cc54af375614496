import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkProblems } from '../analysis/index.ts';
import { checkSchema } from '../api/check.ts';
import { SOURCE_NAMES, sourceOf } from '../api/check-sources/index.ts';
import { crds, type CrdSchema } from '../api/crd.ts';
import { TEMPLATE_VARIABLES } from '../analysis/query-problems.ts';
import { CONVERSION_DEFAULTS, RATE_RATIO_DEFAULTS, SPLIT_DEFAULTS } from '../stats/index.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

interface Field {
  path: string;
  schema: CrdSchema;
}

/** Every field of a kind; lists of objects as `path[]`. */
function fieldsOf(kind: string): Field[] {
  const crd = crds().find(({ spec }) => (spec as { names: { kind: string } }).names.kind === kind);
  const spec = crd?.['spec'] as
    { versions: { schema: { openAPIV3Schema: CrdSchema } }[] } | undefined;
  const { properties = {} } = spec?.versions[0]?.schema.openAPIV3Schema ?? {};
  return ['spec', 'status'].flatMap((part) => children(part, properties[part] ?? {}));
}

function children(path: string, schema: CrdSchema): Field[] {
  const list = Object.entries(schema.items?.properties ?? {}).map(
    ([name, child]) => [`${path}[].${name}`, child] as const,
  );
  const own = Object.entries(schema.properties ?? {}).map(
    ([name, child]) => [`${path}.${name}`, child] as const,
  );
  return [...list, ...own].flatMap(([at, child]) => [
    { path: at, schema: child },
    ...children(at, child),
  ]);
}

/** Said elsewhere: metav1.Condition; windows, checks, their sources, tasks and configuration, each once. */
const ELSEWHERE =
  /^status\.conditions\[\]|^spec\.checks\[\]|\.window\.|\.(match\[\]|mirror)\.|^spec\.plan\.(before\.tasks|after|onAbort|stages\[\]\.tests)\[\]|^spec\.config\.(stable|candidate)\./;
const IN_POLICY =
  /^spec\.checks\[\]\.\w+\.(auth|headers|tls)(\[\])?\.|^spec\.metrics\.prometheus\.(auth|headers|tls)(\[\])?\.|\.goal\.prometheus\.(auth|headers|tls)(\[\])?\.|\.goal\.(web|influxdb|elasticsearch|newRelic)\.|^status\.conditions\[\]|\.(canary|abTest)\.match\[\]\.|^spec\.strategy\..*\.window\.|^spec\.strategy\.(blueGreen|rolling|abTest)\..*(smokeTests|webhooks)\[\]|^spec\.hooks\.(after|onAbort)\[\]|^status\.target\.config\./;

test.each([
  ['docs/spec/release-policy.md', 'ReleasePolicy', IN_POLICY],
  ['docs/spec/release.md', 'Release', ELSEWHERE],
  ['docs/spec/release.md', 'ReleaseRequest', ELSEWHERE],
  ['docs/spec/release-defaults.md', 'ReleaseDefaults', /^spec\.\w+(\[\])?\./],
  ['docs/spec/check-template.md', 'CheckTemplate', /^spec\.check\.(?!template$)/],
] as const)('%s has every field of %s with its default, and no others', (file, kind, elsewhere) => {
  // Where a check is measured is said beside how it is.
  const text = read(file) + read('docs/spec/metrics.md');
  const fields = fieldsOf(kind).filter(({ path }) => !elsewhere.test(path));
  const rows = new Map(
    [...text.matchAll(/^\| `((?:spec|status)[^`]*)` +\|(.*)$/gm)].map(([, path = '', row = '']) => [
      path,
      row,
    ]),
  );
  expect(fields.filter(({ path }) => !rows.has(path)).map(({ path }) => path)).toEqual([]);
  for (const { path, schema } of fields) {
    const { default: value } = schema;
    if (typeof value === 'string') expect(`${path}:${rows.get(path)}`).toContain(`\`${value}\``);
  }
  if (kind !== 'ReleasePolicy') return;
  const known = new Set(fields.map(({ path }) => path));
  expect([...rows.keys()].filter((path) => !known.has(path))).toEqual([]);
});

test('every source has a check in docs/spec/metrics.md that is well formed', () => {
  const blocks = [...read('docs/spec/metrics.md').matchAll(/^```yaml\n(checks:\n[^]*?)^```$/gm)];
  const checks = blocks.flatMap(([, text = '']) => (parse(text) as { checks: unknown[] }).checks);
  const parsed = checks.map((check) => checkSchema.parse(check));
  expect(parsed.flatMap((check) => checkProblems(check, check.name))).toEqual([]);
  const shown = parsed.map((check) => sourceOf(check));
  expect(SOURCE_NAMES.filter((name) => !shown.includes(name))).toEqual([]);
});

test('docs/spec/metrics.md has every field of how a source is reached, with its default', () => {
  const prefix = 'spec.checks[].prometheus.';
  const fields = fieldsOf('ReleasePolicy').filter(({ path }) =>
    /^spec\.checks\[\]\.prometheus\.(auth|headers|tls)\b.*\.\w+$/.test(path),
  );
  const leaves = fields.filter(({ schema }) => schema.type === 'string');
  expect(leaves.length).toBeGreaterThan(10);
  const text = read('docs/spec/metrics.md');
  for (const { path, schema } of leaves) {
    const row = text
      .split('\n')
      .find((line) => line.startsWith(`| \`${path.slice(prefix.length)}\``));
    expect(`${path}: ${row}`).toContain(
      `| ${typeof schema.default === 'string' ? `\`${schema.default}\`` : ''}`,
    );
    expect(row).toBeDefined();
  }
});

test('every reason that the engine gives is documented', () => {
  const folder = new URL('src/engine/', root);
  const source = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');
  const given = /(?:beginAbort|pause|warn|tell)\((?:turn, )?(?:'\w+',\s*)?'(\w+)'|reason: '(\w+)'/g;
  const reasons = new Set([...source.matchAll(given)].map(([, a, b]) => a ?? b ?? ''));
  for (const type of ['Normal', 'Warning']) reasons.delete(type);
  expect(reasons.size).toBeGreaterThan(15);
  const pages = read('docs/spec/release-policy.md') + read('docs/spec/release.md');
  expect([...reasons].filter((reason) => !pages.includes(`\`${reason}\``))).toEqual([]);
});

test('every metric and every query variable is documented', () => {
  const page = read('docs/spec/metrics.md');
  const source = read('src/controller/health-server.ts');
  const metrics = [...source.matchAll(/'(segue_\w+)'/g)].map(([, name = '']) => name);
  expect(metrics.length).toBeGreaterThan(3);
  expect(metrics.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  for (const name of TEMPLATE_VARIABLES) expect(page).toContain(`{{${name}}}`);
});

test('the defaults of the statistics are those documented', () => {
  const page = read('docs/spec/statistics.md');
  const { tolerance } = SPLIT_DEFAULTS;
  for (const [name, value] of Object.entries({ ...RATE_RATIO_DEFAULTS, tolerance }))
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${value} +\\|`, 'm'));
  expect(page).toContain(
    `of \`--split\` ${SPLIT_DEFAULTS.alpha}, of \`--goal\` ${CONVERSION_DEFAULTS.alpha}`,
  );
});

test('the pages link only to files that exist, and name only commands that exist', () => {
  const pages = 'release-policy release-defaults check-template release metrics statistics'
    .split(' ')
    .map((page) => `docs/spec/${page}.md`);
  const commands = new Set(
    'get status promote approve skip pause resume abort history undo retry restart detach validate plan check judge crds install controller sandbox demo'.split(
      ' ',
    ),
  );
  for (const page of [...pages, 'docs/en/own-cluster.md']) {
    const text = read(page);
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)\)/g))
      expect(() => readFileSync(new URL(link, new URL(page, root)))).not.toThrow();
    const named = [...text.matchAll(/(?:`|npx |^|kubectl )segue ([a-z]+)/gm)].map(([, c]) => c);
    expect(named.filter((command) => !commands.has(command ?? ''))).toEqual([]);
  }
});
