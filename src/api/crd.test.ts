import { expect, test } from 'vitest';
import { SOURCE_NAMES } from './check-sources/index.ts';
import { crds, type CrdSchema } from './crd.ts';

interface Version {
  schema: { openAPIV3Schema: CrdSchema };
  subresources?: unknown;
  additionalPrinterColumns: { name: string; jsonPath: string }[];
}
interface Spec {
  names: { kind: string; plural: string; shortNames: string[]; categories: string[] };
  versions: [Version];
}
const specOf = (kind: string) => {
  const found = crds().find((crd) => (crd['spec'] as Spec).names.kind === kind);
  if (!found) throw new Error(kind);
  return found['spec'] as Spec;
};
const schemaOf = (kind: string) => specOf(kind).versions[0].schema.openAPIV3Schema;
const at = (schema: CrdSchema, path: string) =>
  path.split('.').reduce<CrdSchema>((s, part) => {
    const next = part === '[]' ? s.items : s.properties?.[part];
    if (!next) throw new Error(`${path}: no ${part}`);
    return next;
  }, schema);

function walk(schema: CrdSchema, visit: (s: CrdSchema, path: string) => void, path = ''): void {
  visit(schema, path);
  if (schema.items) walk(schema.items, visit, `${path}[]`);
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    walk(child, visit, `${path}.${name}`);
}

const KINDS = ['ReleasePolicy', 'Release', 'ReleaseRequest', 'ReleaseDefaults', 'CheckTemplate'];

const KNOWN = new Set(
  `type format description default enum pattern minimum maximum exclusiveMinimum exclusiveMaximum
  minLength maxLength minItems maxItems items properties required oneOf anyOf nullable additionalProperties
  x-kubernetes-preserve-unknown-fields x-kubernetes-list-type x-kubernetes-list-map-keys
  x-kubernetes-int-or-string`.split(/\s+/),
);

test.each(KINDS)('%s has a structural schema', (kind) => {
  const faults: string[] = [];
  walk(schemaOf(kind), (schema, path) => {
    const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (schema.type === undefined && !open) faults.push(`${path}: neither typed nor open`);
    const values = schema['additionalProperties'] as CrdSchema | undefined;
    const map =
      values?.type === 'string' || values?.['x-kubernetes-preserve-unknown-fields'] === true;
    const filled = schema.properties ? !map : map;
    if (schema.type === 'object' && !filled && !open && path !== '.metadata')
      faults.push(`${path}: object without properties`);
    if (schema.type === 'array' && !schema.items) faults.push(`${path}: array without items`);
    for (const key of Object.keys(schema))
      if (!KNOWN.has(key)) faults.push(`${path}: unknown keyword ${key}`);
    for (const name of schema.required ?? [])
      if (!schema.properties?.[name]) faults.push(`${path}: requires unknown ${name}`);
    const choices: CrdSchema[] = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
    for (const choice of choices.flatMap((one) => one.oneOf ?? [one]))
      if (Object.keys(choice).join(',') !== 'required') faults.push(`${path}: a choice says more`);
    for (const bound of [schema['minimum'], schema['maximum']])
      if (Math.abs(Number(bound ?? 0)) > 2_147_483_647)
        faults.push(`${path}: bound ${String(bound)}`);
    const keys = (schema['x-kubernetes-list-map-keys'] ?? []) as string[];
    for (const key of keys)
      if (
        !schema.items?.required?.includes(key) &&
        schema.items?.properties?.[key]?.['default'] === undefined
      )
        faults.push(`${path}: key ${key} is optional`);
  });
  expect(faults).toEqual([]);
});

test.each(['ReleasePolicy', 'ReleaseDefaults', 'CheckTemplate'])(
  'every field of a %s is explained',
  (kind) => {
    const silent: string[] = [];
    walk(at(schemaOf(kind), 'spec'), (schema, path) => {
      if (!schema['description'] && !path.endsWith('[]')) silent.push(path);
    });
    expect(silent).toEqual([]);
  },
);

test('a policy has exactly one strategy, a router one kind, a check one provider', () => {
  const policy = schemaOf('ReleasePolicy');
  const choices = (path: string) => at(policy, path).oneOf?.flatMap((c) => c.required);
  expect(choices('spec.strategy')).toEqual([
    'canary',
    'blueGreen',
    'recreate',
    'rolling',
    'abTest',
  ]);
  expect(choices('spec.traffic.routers.[]')).toContain('gatewayAPI');
  expect(choices('spec.traffic.routers.[].gatewayAPI')).toContain('grpcRoute');
  expect(choices('spec.traffic.routers.[].istio')).toBeUndefined();
  expect(at(policy, 'spec.checks.[]').anyOf).toEqual([
    { required: ['template'] },
    { required: ['preset'] },
    { oneOf: SOURCE_NAMES.map((name) => ({ required: [name] })) },
  ]);
  expect(at(schemaOf('Release'), 'spec.checks.[]').oneOf).toHaveLength(SOURCE_NAMES.length);
});

test('defaults, formats and requirements come from the schemas', () => {
  const policy = schemaOf('ReleasePolicy');
  expect(policy.required).toEqual(['spec']);
  expect(at(policy, 'spec').required).toEqual(['targetRef', 'strategy']);
  expect(at(policy, 'spec.targetRef.kind')['default']).toBe('Deployment');
  expect(at(policy, 'spec.strategy.canary.stages.[].weight')).toMatchObject({
    type: 'integer',
    format: 'int32',
    minimum: 0,
    maximum: 100,
  });
  expect(at(policy, 'status.observedGeneration')).toEqual({ type: 'integer', format: 'int64' });
});

test('what a ReleaseDefaults can say has no default, or nobody could tell who said it', () => {
  const said: string[] = [];
  const { properties = {} } = at(schemaOf('ReleaseDefaults'), 'spec');
  for (const kind of ['ReleasePolicy', 'ReleaseDefaults'])
    for (const name of Object.keys(properties))
      walk(at(schemaOf(kind), `spec.${name}`), (schema, path) => {
        // Entries of lists, and what is of the one or of the other as a whole.
        const inEntry =
          path.includes('[]') || (name === 'metrics' && path.startsWith('.prometheus'));
        if (schema['default'] !== undefined && !inEntry) said.push(`${kind} ${name}${path}`);
      });
  expect(said).toEqual([]);
});

test('a CheckTemplate can say every field of a check but its name, and no default goes before it', () => {
  const fields = (schema: CrdSchema) => {
    const found: string[] = [];
    walk(schema, (_, path) => found.push(path));
    return found.filter((path) => !/^\.(name$|template\b)/.test(path)).toSorted();
  };
  const check = at(schemaOf('ReleasePolicy'), 'spec.checks.[]');
  const template = at(schemaOf('CheckTemplate'), 'spec.check');
  expect(fields(template)).toEqual(fields(check));
  const filled: string[] = [];
  for (const [name, child] of Object.entries(check.properties ?? {}))
    if (child['default'] !== undefined && name !== 'name') filled.push(name);
  walk(template, (schema, path) => {
    const bound = ['default', 'pattern', 'enum'].some((word) => schema[word] !== undefined);
    if (bound || ['number', 'integer', 'boolean'].includes(schema.type ?? '')) filled.push(path);
  });
  expect(filled).toEqual([]);
});

test('there is one ReleaseDefaults in a namespace: its name is fixed', () => {
  expect(at(schemaOf('ReleaseDefaults'), 'metadata.name')['enum']).toEqual(['default']);
  expect(schemaOf('ReleasePolicy').properties?.['metadata']).toEqual({ type: 'object' });
});

test('printer columns point at fields that exist', () => {
  for (const kind of KINDS)
    for (const { jsonPath } of specOf(kind).versions[0].additionalPrinterColumns) {
      const path = jsonPath.replace(/\[\?.*?\]/, '.[]').slice(1);
      if (path.startsWith('metadata.')) continue;
      expect(() => at(schemaOf(kind), path)).not.toThrow();
    }
});

test('names are as documented', () => {
  expect(crds().map((crd) => crd.metadata.name)).toEqual([
    'releasepolicies.segue.dev',
    'releases.segue.dev',
    'releaserequests.segue.dev',
    'releasedefaults.segue.dev',
    'checktemplates.segue.dev',
  ]);
  expect(specOf('ReleasePolicy').names.shortNames).toEqual(['relpol']);
  expect(specOf('ReleaseDefaults').names.shortNames).toEqual(['reldef']);
  expect(specOf('CheckTemplate').names.shortNames).toEqual(['relchk']);
  expect(specOf('Release').versions[0].subresources).toEqual({ status: {} });
  expect(specOf('ReleaseRequest').versions[0].subresources).toBeUndefined();
});
