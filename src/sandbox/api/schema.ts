/** Structural schemas: what the server knows of the shape of a kind, built in or custom. */

/** A JSON schema as a CRD carries it; the same shape describes the built-in kinds. */
export interface Schema {
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  default?: unknown;
  nullable?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  /** Names a built-in type, `core.Container`; published documents refer to it by that name. */
  typeName?: string;
  [keyword: string]: unknown;
}

export const ANYTHING: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** The schema of a member of an object, or undefined where nothing is known of it. */
export function memberSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const known = schema.properties?.[name];
  if (known !== undefined) return known;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** How the elements of a list are told apart: by keys, by value, or not at all. */
export function listKind(schema: Schema | undefined): 'atomic' | 'set' | 'map' {
  return schema?.['x-kubernetes-list-type'] ?? 'atomic';
}

/** The values of the keys of one element of a list of type map, defaults of the schema applied;
 * undefined when one is missing. */
export function elementKey(schema: Schema, element: unknown): Record<string, unknown> | undefined {
  if (!isFields(element)) return undefined;
  const key: Record<string, unknown> = {};
  for (const name of schema['x-kubernetes-list-map-keys'] ?? []) {
    const value = element[name] ?? schema.items?.properties?.[name]?.default;
    if (value === undefined) return undefined;
    key[name] = value;
  }
  return key;
}

export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `name`, or an empty one that is not stored. */
export function fieldsAt(object: unknown, ...path: string[]): Fields {
  const value = valueAt(object, ...path);
  return isFields(value) ? value : {};
}

export function valueAt(object: unknown, ...path: string[]): unknown {
  let value: unknown = object;
  for (const name of path) {
    if (!isFields(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** The list under a path, or an empty one. */
export function listAt(object: unknown, ...path: string[]): unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

/** The list of objects under a path. */
export function objectsAt(object: unknown, ...path: string[]): Fields[] {
  return listAt(object, ...path).filter(isFields);
}

export function textAt(object: unknown, ...path: string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** A scalar as a text; nothing is the empty one. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

export function numberAt(object: unknown, ...path: string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
}

/** Sets a value deep inside, making the objects on the way. */
export function setAt(object: Fields, path: string[], value: unknown): void {
  let at = object;
  for (const name of path.slice(0, -1)) {
    if (!isFields(at[name])) at[name] = {};
    at = at[name] as Fields;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

/** A deep copy of plain data. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Fields = {};
  for (const name of Object.keys(value)) copy[name] = clone((value as Fields)[name]);
  return copy as T;
}

/** Deep equality of plain data; the order of members does not matter, that of elements does. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isFields(a) || !isFields(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]));
}
