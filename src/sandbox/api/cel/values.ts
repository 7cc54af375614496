/**
 * Values as CEL sees them: typed by their schema (integers apart from other numbers, maps apart from
 * objects, times as times), and without the fields the schema does not have.
 */
import { isFields, type Fields, type Schema } from '../schema.ts';

/** Words of CEL that are not names there. */
const RESERVED = new Set(
  `true false null in as break const continue else for function if import let loop package namespace
  return var void while`.split(/\s+/),
);

const ESCAPES: [part: string, escape: string][] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
];

/** The name by which a rule reads a property. */
export function escapedName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return ESCAPES.reduce((text, [part, escape]) => text.replaceAll(part, escape), name);
}

const TEXT: Schema = { type: 'string' };

/** Of the metadata rules see the name only. */
const RESOURCE: Record<string, Schema> = {
  apiVersion: TEXT,
  kind: TEXT,
  metadata: { type: 'object', properties: { name: TEXT, generateName: TEXT } },
};

/** What rules may read of an object; undefined for a map. */
export function propertiesOf(
  schema: Schema,
  isResource = false,
): Record<string, Schema> | undefined {
  if (typeof schema.additionalProperties === 'object') return undefined;
  const isWhole = isResource || schema['x-kubernetes-embedded-resource'] === true;
  return { ...schema.properties, ...(isWhole ? RESOURCE : {}) };
}

export function celValue(schema: Schema | undefined, value: unknown, isResource = false): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((one) => celValue(schema?.items, one));
  if (isFields(value)) return celObject(schema ?? {}, value, isResource);
  if (typeof value === 'number') return celNumber(schema, value);
  return typeof value === 'string' ? celText(schema, value) : value;
}

function celObject(schema: Schema, value: Fields, isResource: boolean): unknown {
  const properties = propertiesOf(schema, isResource);
  if (properties === undefined) {
    const member = schema.additionalProperties as Schema;
    return new Map(Object.entries(value).map(([name, one]) => [name, celValue(member, one)]));
  }
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => value[name] !== undefined)
      .map(([name, property]) => [escapedName(name), celValue(property, value[name])]),
  );
}

function celNumber(schema: Schema | undefined, value: number): bigint | number {
  return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
}

function celText(schema: Schema | undefined, value: string): unknown {
  switch (schema?.format) {
    case 'date':
    case 'date-time': {
      const time = new Date(value);
      return Number.isNaN(time.getTime()) ? value : time;
    }
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}
