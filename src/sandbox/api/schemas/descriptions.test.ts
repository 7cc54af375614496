import { expect, test } from 'vitest';
import { openApiV2 } from '../http/openapi.ts';
import { builtinResources } from '../kinds/builtin.ts';
import { Registry } from '../registry.ts';
import { fieldsAt } from '../schema.ts';
import { DESCRIPTIONS, fieldDescription } from './descriptions.ts';

test('every description is of a type or a field that there is', () => {
  const registry = new Registry();
  for (const resource of builtinResources({})) registry.add(resource);
  const { definitions } = openApiV2(registry);
  const names = Object.entries(definitions as Record<string, object>).flatMap(([name, schema]) => {
    const type = name.split('.').at(-1) ?? '';
    return [type, ...Object.keys(fieldsAt(schema, 'properties')).map((one) => `${type}.${one}`)];
  });
  const known = new Set(names);
  const own = [...DESCRIPTIONS.keys()].filter((name) => !name.startsWith('*'));
  expect(own.filter((name) => !known.has(name))).toEqual([]);
  expect(fieldDescription('apps.Deployment', 'spec')).toBe('What is wanted.');
});
