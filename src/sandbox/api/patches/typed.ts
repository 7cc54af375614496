/** What makes an applied configuration not one of its kind, as server-side apply says it. */
import {
  elementKey,
  isFields,
  listKind,
  memberSchema,
  type Fields,
  type Schema,
} from '../schema.ts';

const ANY = 'x-kubernetes-preserve-unknown-fields';
const SCALARS: Record<string, string> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'numeric (int or float)',
  number: 'numeric (int or float)',
};

/** `.spec.replcas: field not declared in schema`, one for each thing that is wrong. */
export function typedProblems(schema: Schema | undefined, value: unknown, path = ''): string[] {
  if (schema === undefined || value === null || value === undefined) return [];
  if (schema['x-kubernetes-int-or-string'] === true) return [];
  if (Array.isArray(value)) return listProblems(schema, value, path);
  if (isFields(value)) return fieldProblems(schema, value, path);
  const wanted = schema.type === undefined ? undefined : SCALARS[schema.type];
  if (wanted === undefined || isScalar(schema.type, value)) return [];
  return [
    `${path}: expected ${wanted}, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`,
  ];
}

function isScalar(type: string | undefined, value: unknown): boolean {
  if (type === 'string' || type === 'boolean') return typeof value === type;
  return typeof value === 'number';
}

function fieldProblems(schema: Schema, value: Fields, path: string): string[] {
  const isOpen = schema[ANY] === true || schema.properties === undefined;
  return Object.entries(value).flatMap(([name, member]) => {
    const known = memberSchema(schema, name);
    if (known !== undefined) return typedProblems(known, member, `${path}.${name}`);
    return isOpen || schema.additionalProperties === true
      ? []
      : [`${path}.${name}: field not declared in schema`];
  });
}

function listProblems(schema: Schema, value: unknown[], path: string): string[] {
  const inner = value.flatMap((item, i) => {
    const key = listKind(schema) === 'map' ? elementKey(schema, item) : undefined;
    return typedProblems(schema.items, item, `${path}[${key === undefined ? i : keyText(key)}]`);
  });
  const seen = new Set<string>();
  const repeated = value.flatMap((item) => {
    const text = identityOf(schema, item);
    if (text === undefined || !seen.has(text)) {
      if (text !== undefined) seen.add(text);
      return [];
    }
    return [`${path}: duplicate entries for key ${text}`];
  });
  return [...repeated, ...inner];
}

function identityOf(schema: Schema, item: unknown): string | undefined {
  if (listKind(schema) === 'set') return `[=${JSON.stringify(item)}]`;
  if (listKind(schema) !== 'map') return undefined;
  const key = elementKey(schema, item);
  return key === undefined ? undefined : `[${keyText(key)}]`;
}

function keyText(key: Fields): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
