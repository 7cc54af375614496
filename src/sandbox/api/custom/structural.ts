/** Pruning and defaulting by the structural schema of a custom resource. */
import { decode, type Decoded } from '../decode.ts';
import { TYPES } from '../kinds/types.ts';
import { clone, isFields, type Fields, type Schema } from '../schema.ts';

const ROOT_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/** Drops what the schema does not have, in place, and tells of it. */
export function prune(schema: Schema, object: Fields): Decoded {
  const unknown: string[] = [];
  const meta: Decoded = isFields(object['metadata'])
    ? decode(TYPES.type('meta.ObjectMeta'), object['metadata'])
    : { unknown: [], error: undefined };
  unknown.push(...meta.unknown.map((path) => `metadata.${path}`));
  pruneFields({ ...schema, 'x-kubernetes-embedded-resource': true }, object, { path: '', unknown });
  return { unknown, error: meta.error };
}

interface Place {
  path: string;
  unknown: string[];
}

function pruneFields(schema: Schema, object: Fields, place: Place): void {
  const isResource = schema['x-kubernetes-embedded-resource'] === true;
  for (const name of Object.keys(object)) {
    const path = place.path === '' ? name : `${place.path}.${name}`;
    if (isResource && ROOT_FIELDS.has(name)) continue;
    const known = schema.properties?.[name];
    const additional = schema.additionalProperties;
    if (known !== undefined) pruneValue(known, object[name], { ...place, path });
    else if (typeof additional === 'object')
      pruneValue(additional, object[name], { ...place, path });
    else if (additional !== true && schema['x-kubernetes-preserve-unknown-fields'] !== true) {
      place.unknown.push(path);
      delete object[name];
    }
  }
}

function pruneValue(schema: Schema, value: unknown, place: Place): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [i, item] of value.entries())
      pruneValue(items, item, { ...place, path: `${place.path}[${i}]` });
  } else if (isFields(value)) pruneFields(schema, value, place);
}

/** Fills in the defaults of the schema, in place. A null where none may be counts as left out. */
export function setSchemaDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) setSchemaDefaults(schema.items, item);
  } else if (isFields(value)) setFieldDefaults(schema, value);
}

function setFieldDefaults(schema: Schema, value: Fields): void {
  const { properties = {}, additionalProperties } = schema;
  for (const [name, property] of Object.entries(properties)) {
    if (property.default !== undefined) setDefault(property, value, name);
    if (value[name] !== undefined) setSchemaDefaults(property, value[name]);
  }
  if (typeof additionalProperties !== 'object') return;
  for (const [name, member] of Object.entries(value))
    if (properties[name] === undefined) setSchemaDefaults(additionalProperties, member);
}

function setDefault(property: Schema, value: Fields, name: string): void {
  const isMissing = value[name] === undefined || (value[name] === null && !property.nullable);
  if (isMissing) value[name] = clone(property.default);
}
