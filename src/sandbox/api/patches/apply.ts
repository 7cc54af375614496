/** Server-side apply: merging what a manager applies, and taking away what it no longer does. */
import { clone, isFields, listKind, memberSchema, type Fields, type Schema } from '../schema.ts';
import { elementName, membersOf, type FieldSet } from './field-set.ts';

/** `live` with everything in `applied` written into it; neither is changed. */
export function mergeApplied(schema: Schema | undefined, live: unknown, applied: unknown): unknown {
  if (isFields(applied) && isFields(live) && membersOf(schema, applied) !== undefined) {
    const result: Fields = { ...live };
    for (const [name, value] of Object.entries(applied))
      if (value !== undefined)
        result[name] = mergeApplied(memberSchema(schema, name), live[name], value);
    return result;
  }
  if (Array.isArray(applied) && Array.isArray(live) && schema && listKind(schema) !== 'atomic')
    return mergeLists(schema, live, applied);
  return clone(applied);
}

/** The applied elements in their order; the others stay behind the one they stood behind. */
function mergeLists(schema: Schema, live: unknown[], applied: unknown[]): unknown[] {
  const names = live.map((element) => elementName(schema, element));
  const liveByName = new Map(names.map((name, i) => [name, live[i]]));
  const result = applied.map((element) => ({
    name: elementName(schema, element),
    value: mergeApplied(schema.items, liveByName.get(elementName(schema, element)), element),
  }));
  const present = new Set(result.map(({ name }) => name));
  for (const [i, name] of names.entries()) {
    if (present.has(name)) continue;
    const before = i === 0 ? -1 : result.findIndex((one) => one.name === names[i - 1]);
    result.splice(before + 1, 0, { name, value: live[i] });
  }
  return result.map(({ value }) => value);
}

/**
 * The value without the fields of `gone`; fields that `kept` speaks of stay, and so does whatever
 * contains them. Undefined when nothing is left of it.
 */
export function withoutFields(
  schema: Schema | undefined,
  value: unknown,
  sets: { gone: FieldSet; kept: FieldSet | undefined },
): unknown {
  const { gone, kept } = sets;
  if (gone.owned && kept === undefined) return undefined;
  const members = membersOf(schema, value);
  if (members === undefined || gone.children.size === 0) return value;
  const left = members.flatMap((member) => {
    const inner = gone.children.get(member.name);
    if (inner === undefined) return [member];
    const rest = withoutFields(member.schema, member.value, {
      gone: inner,
      kept: kept?.children.get(member.name),
    });
    return rest === undefined ? [] : [{ ...member, value: rest }];
  });
  if (left.length === 0 && members.length > 0 && kept === undefined) return undefined;
  if (Array.isArray(value)) return left.map((member) => member.value);
  return Object.fromEntries(left.map((member) => [member.name.slice(2), member.value]));
}
