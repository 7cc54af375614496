/** Who manages which fields of an object: `metadata.managedFields` read, moved on and written. */
import type { KubeObject } from '../../../api/object.ts';
import { asText, equal, isFields, type Fields, type Schema } from '../schema.ts';
import { StatusError, type Cause } from '../status.ts';
import { mergeApplied, withoutFields } from './apply.ts';
import {
  compare,
  difference,
  emptySet,
  fieldsOf,
  intersection,
  isEmpty,
  pathsOf,
  readFieldSet,
  union,
  writeFieldSet,
  type FieldSet,
} from './field-set.ts';

/** Who writes, how, and when. */
export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  /** '' for the object itself. */
  subresource: string;
  /** RFC 3339, in seconds. */
  time: string;
}

interface Entry extends Writer {
  fields: FieldSet;
}

/** Fields the server sets, which nobody manages. */
const UNMANAGED = `name namespace creationTimestamp selfLink uid generation managedFields
  resourceVersion deletionTimestamp deletionGracePeriodSeconds generateName`.split(/\s+/);

const SERVER_FIELDS: FieldSet = readFieldSet({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries(UNMANAGED.map((name) => [`f:${name}`, {}])),
});

export function readManagers(object: KubeObject): Entry[] {
  const list = object.metadata['managedFields'];
  if (!Array.isArray(list)) return [];
  return list.filter(isFields).map((entry) => ({
    manager: asText(entry['manager'] ?? ''),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: asText(entry['apiVersion'] ?? ''),
    subresource: asText(entry['subresource'] ?? ''),
    time: asText(entry['time'] ?? ''),
    fields: readFieldSet(entry['fieldsV1']),
  }));
}

function writeManagers(object: KubeObject, entries: Entry[]): void {
  const written = entries
    .filter((entry) => !isEmpty(entry.fields))
    .sort((a, b) => rankOf(a).localeCompare(rankOf(b)))
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: writeFieldSet(fields),
      ...(subresource === '' ? {} : { subresource }),
    }));
  if (written.length > 0) object.metadata['managedFields'] = written;
  else delete object.metadata['managedFields'];
}

function rankOf(entry: Entry): string {
  return `${entry.operation} ${entry.time} ${entry.manager}`;
}

function isSame(a: Writer, b: Writer): boolean {
  const isVersion = a.operation === 'Apply' || a.apiVersion === b.apiVersion;
  const isOne = a.manager === b.manager && a.operation === b.operation;
  return isOne && isVersion && a.subresource === b.subresource;
}

/** Notes in `now` who changed what since `old`. */
export function trackUpdate(
  schema: Schema,
  change: { old: KubeObject | undefined; now: KubeObject },
  writer: Writer,
): void {
  const { old, now } = change;
  const { changed, removed } = compare(schema, old, now);
  const managed = difference(changed, SERVER_FIELDS);
  const entries = entriesBefore(change, writer.subresource);
  const taken = union(managed, removed);
  const others = entries
    .filter((entry) => !isSame(entry, writer))
    .map((entry) => ({ ...entry, fields: difference(entry.fields, taken) }));
  const own = entries.find((entry) => isSame(entry, writer));
  const before = own?.fields ?? emptySet();
  const mine = schema.typeName === undefined ? managed : withoutStructs(managed);
  const after = difference(union(before, mine), removed);
  const moved = own === undefined || !equal(writeFieldSet(before), writeFieldSet(after));
  writeManagers(now, [
    ...others,
    {
      ...writer,
      time: moved ? writer.time : own.time,
      fields: withoutMeta(after, writer.subresource),
    },
  ]);
}

/**
 * Who managed what before this write. A client may set managedFields itself, and one empty entry
 * forgets them all; a write that leaves them out keeps those of the stored object.
 */
function entriesBefore(
  { old, now }: { old: KubeObject | undefined; now: KubeObject },
  subresource: string,
): Entry[] {
  const given = now.metadata['managedFields'];
  if (old !== undefined && subresource !== '') return readManagers(old);
  if (Array.isArray(given) && given.length === 1 && equal(given[0], {})) return [];
  const own = readManagers(now).filter(({ manager }) => manager !== '');
  return own.length > 0 || old === undefined ? own : readManagers(old);
}

/** Members of built-in kinds that are always there, and so never come to be owned themselves. */
const STRUCTS = new Set(
  `f:spec f:status f:template f:strategy f:updateStrategy f:containers f:jobTemplate`.split(' '),
);

function withoutStructs(set: FieldSet): FieldSet {
  const children = [...set.children].map(([name, child]): [string, FieldSet] => {
    const inner = withoutStructs(child);
    const isPart = STRUCTS.has(name) || (name === 'f:metadata' && child.children.size > 0);
    return [name, isPart && child.children.size > 0 ? { ...inner, owned: false } : inner];
  });
  return { owned: set.owned, children: new Map(children) };
}

/** `metadata` itself is nobody's, and the status belongs to those who write it as such. */
function withoutMeta(set: FieldSet, subresource: string): FieldSet {
  const meta = set.children.get('f:metadata');
  const children = new Map(set.children);
  if (subresource !== 'status') children.delete('f:status');
  if (meta !== undefined) children.set('f:metadata', { ...meta, owned: false });
  return { owned: false, children };
}

/** Whoever wrote what an object had before its first manager was noted. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

export interface Applying {
  live: KubeObject;
  applied: KubeObject;
  /** Fields of others that may be taken without force. */
  yielded?: FieldSet;
}

/** The object after `writer` applied `applied` to `live`. Throws Conflict unless `force`. */
export function applyTo(
  schema: Schema,
  { live, applied, yielded = emptySet() }: Applying,
  writer: Writer,
  force: boolean,
): KubeObject {
  const known = readManagers(live);
  const before = difference(fieldsOf(schema, live), SERVER_FIELDS);
  const first: Entry = {
    ...writer,
    manager: BEFORE_FIRST_APPLY,
    operation: 'Update',
    subresource: '',
    fields: withoutMeta(schema.typeName === undefined ? before : withoutStructs(before), ''),
  };
  const entries = known.length > 0 ? known : [first];
  const merged = mergeApplied(schema, live, applied) as Fields;
  const set = withoutMeta(difference(fieldsOf(schema, applied), SERVER_FIELDS), writer.subresource);
  const own = entries.find((entry) => isSame(entry, writer));
  let others = entries.filter((entry) => !isSame(entry, writer));
  const { changed } = compare(schema, live, merged);
  const conflicts = others
    .map((entry) => ({
      entry,
      fields: difference(intersection(entry.fields, changed), yielded),
    }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  others = others.map((entry) => ({ ...entry, fields: difference(entry.fields, changed) }));
  const kept = others.map((entry) => entry.fields).reduce(union, set);
  const gone = difference(own?.fields ?? emptySet(), kept);
  const result = withoutFields(schema, merged, { gone, kept }) as KubeObject;
  const { removed } = compare(schema, merged, result);
  others = others.map((entry) => ({ ...entry, fields: difference(entry.fields, removed) }));
  const moved = own === undefined || !equal(writeFieldSet(own.fields), writeFieldSet(set));
  result.metadata = { ...result.metadata };
  writeManagers(result, [
    ...others,
    { ...writer, time: moved ? writer.time : own.time, fields: set },
  ]);
  return result;
}

/** Told in the order of the managers' names. */
function conflictError(found: { entry: Entry; fields: FieldSet }[]): StatusError {
  const conflicts = found.toSorted((a, b) => (a.entry.manager < b.entry.manager ? -1 : 1));
  const causes = conflicts.flatMap(({ entry, fields }): Cause[] =>
    pathsOf(fields).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${entry.manager}"${usingOf(entry)}`,
      field,
    })),
  );
  const count = causes.length;
  const told =
    count === 1
      ? `1 conflict: ${causes[0]?.message}: ${causes[0]?.field}`
      : `${count} conflicts: ${conflicts.map(severalConflicts).join('\n')}`;
  return new StatusError(409, 'Conflict', `Apply failed with ${told}`, { causes });
}

/** Appliers are known by their names alone. */
function usingOf(entry: Entry): string {
  const subresource = entry.subresource === '' ? '' : ` with subresource "${entry.subresource}"`;
  return entry.operation === 'Apply' ? subresource : `${subresource} using ${entry.apiVersion}`;
}

function severalConflicts({ entry, fields }: { entry: Entry; fields: FieldSet }): string {
  const list = pathsOf(fields).map((path) => `- ${path}`);
  return `conflicts with "${entry.manager}"${usingOf(entry)}:\n${list.join('\n')}`;
}
