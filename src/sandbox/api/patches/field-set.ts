/**
 * Sets of fields as managedFields write them (`FieldsV1`): a tree whose member names are `f:name`
 * for fields, `k:{…}` for elements of keyed lists, `v:…` for elements of sets and `.` for the
 * object or element itself.
 */
import {
  elementKey,
  equal,
  isFields,
  listKind,
  memberSchema,
  type Fields,
  type Schema,
} from '../schema.ts';

export interface FieldSet {
  owned: boolean;
  children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { owned: false, children: new Map() };
}

export function isEmpty(set: FieldSet): boolean {
  return !set.owned && [...set.children.values()].every(isEmpty);
}

export function readFieldSet(fieldsV1: unknown): FieldSet {
  const set = emptySet();
  if (!isFields(fieldsV1)) return set;
  for (const [name, value] of Object.entries(fieldsV1)) {
    if (name === '.') set.owned = true;
    else {
      const child = readFieldSet(value);
      if (child.children.size === 0) child.owned = true;
      set.children.set(name, child);
    }
  }
  return set;
}

export function writeFieldSet(set: FieldSet): Fields {
  const fields: Fields = {};
  const children = [...set.children].filter(([, child]) => !isEmpty(child));
  if (set.owned && children.length > 0) fields['.'] = {};
  for (const [name, child] of children.sort(([a], [b]) => (a < b ? -1 : 1)))
    fields[name] = writeFieldSet(child);
  return fields;
}

/** One element of a container, under its name in a field set. */
interface Member {
  name: string;
  value: unknown;
  schema: Schema | undefined;
  /** List elements are owned themselves, beside what is in them. */
  element: boolean;
}

/** The members that are merged one by one, or undefined for a value that is owned as a whole. */
export function membersOf(schema: Schema | undefined, value: unknown): Member[] | undefined {
  if (isFields(value)) {
    if (schema?.['x-kubernetes-map-type'] === 'atomic') return undefined;
    return Object.entries(value).map(([name, one]) => ({
      name: `f:${name}`,
      value: one,
      schema: memberSchema(schema, name),
      element: false,
    }));
  }
  if (!Array.isArray(value) || listKind(schema) === 'atomic' || schema === undefined)
    return undefined;
  return value.map((one) => ({
    name: elementName(schema, one),
    value: one,
    schema: schema.items,
    element: true,
  }));
}

/** `k:{"name":"web"}` or `v:"finalizer"`. */
export function elementName(schema: Schema, element: unknown): string {
  if (listKind(schema) === 'set') return `v:${JSON.stringify(element)}`;
  const key = elementKey(schema, element) ?? {};
  const sorted = Object.fromEntries(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `k:${JSON.stringify(sorted)}`;
}

/** All that an applied configuration speaks of. */
export function fieldsOf(schema: Schema | undefined, value: unknown): FieldSet {
  const set = emptySet();
  const members = membersOf(schema, value);
  if (members === undefined || members.length === 0) {
    set.owned = true;
    return set;
  }
  for (const member of members) {
    const child = fieldsOf(member.schema, member.value);
    if (member.element) child.owned = true;
    set.children.set(member.name, child);
  }
  return set;
}

export interface Comparison {
  /** Fields with another value than before, or that were not there. */
  changed: FieldSet;
  removed: FieldSet;
}

/** What differs between two states of an object. */
export function compare(schema: Schema | undefined, old: unknown, now: unknown): Comparison {
  const changed = emptySet();
  const removed = emptySet();
  if (old === now) return { changed, removed };
  const before = old === undefined ? [] : membersOf(schema, old);
  const after = now === undefined ? [] : membersOf(schema, now);
  if (before === undefined || after === undefined) {
    if (!equal(old, now)) (now === undefined ? removed : changed).owned = true;
    return { changed, removed };
  }
  changed.owned = old === undefined;
  removed.owned = now === undefined;
  compareMembers(before, after, { changed, removed });
  return { changed, removed };
}

function compareMembers(before: Member[], after: Member[], { changed, removed }: Comparison): void {
  const was = new Map(before.map((member) => [member.name, member]));
  for (const member of after) {
    const inner = compare(member.schema, was.get(member.name)?.value, member.value);
    was.delete(member.name);
    addChild(changed, member.name, inner.changed);
    addChild(removed, member.name, inner.removed);
  }
  for (const member of was.values())
    addChild(removed, member.name, compare(member.schema, member.value, undefined).removed);
}

function addChild(set: FieldSet, name: string, child: FieldSet): void {
  if (!isEmpty(child)) set.children.set(name, child);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { owned: a.owned || b.owned, children: new Map(a.children) };
  for (const [name, child] of b.children) {
    const other = result.children.get(name);
    result.children.set(name, other === undefined ? child : union(other, child));
  }
  return result;
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { owned: a.owned && !b.owned, children: new Map() };
  for (const [name, child] of a.children) {
    const other = b.children.get(name);
    addChild(result, name, other === undefined ? child : difference(child, other));
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { owned: a.owned && b.owned, children: new Map() };
  for (const [name, child] of a.children) {
    const other = b.children.get(name);
    if (other !== undefined) addChild(result, name, intersection(child, other));
  }
  return result;
}

/** `.spec.containers[name="web"].image` of every field of a set. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const own = set.owned ? [prefix] : [];
  const inner = [...set.children].flatMap(([name, child]) => pathsOf(child, prefix + shown(name)));
  return [...own, ...inner];
}

function shown(name: string): string {
  const rest = name.slice(2);
  if (name.startsWith('f:')) return `.${rest}`;
  if (name.startsWith('v:')) return `[=${rest}]`;
  const key = JSON.parse(rest) as Fields;
  const parts = Object.entries(key).map(([one, value]) => `${one}=${JSON.stringify(value)}`);
  return `[${parts.join(',')}]`;
}
