/**
 * Strategic merge patches: lists of the built-in kinds are merged by their keys, and directives in
 * the patch (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) steer it.
 */
import { clone, equal, isFields, memberSchema, type Fields, type Schema } from '../schema.ts';
import { badRequest } from '../status.ts';

const ORDER = '$setElementOrder/';
const DELETE_VALUES = '$deleteFromPrimitiveList/';

/** The patched object; neither argument is changed. */
export function strategicMergePatch(schema: Schema, target: Fields, patch: Fields): Fields {
  return mergeFields(schema, clone(target), clone(patch));
}

function mergeFields(schema: Schema | undefined, target: Fields, patch: Fields): Fields {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type ${JSON.stringify(directive)} in the patch`);
  retainKeys(target, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_VALUES))
      deleteValues(target, name.slice(DELETE_VALUES.length), value);
    else if (!name.startsWith('$'))
      mergeMember(memberSchema(schema, name), { target, patch, name });
  }
  for (const [name, order] of Object.entries(patch))
    if (name.startsWith(ORDER)) {
      const field = name.slice(ORDER.length);
      setOrder(memberSchema(schema, field), { target, field, order });
    }
  return target;
}

interface Member {
  target: Fields;
  patch: Fields;
  name: string;
}

function mergeMember(schema: Schema | undefined, { target, patch, name }: Member): void {
  const value = patch[name];
  const old = target[name];
  if (value === null) delete target[name];
  else if (isFields(value)) target[name] = mergeValue(schema, old, value);
  else if (Array.isArray(value) && mergesList(schema)) {
    target[name] = mergeList(schema, Array.isArray(old) ? old : [], value);
  } else target[name] = withoutDirectivesDeep(value);
}

function mergeValue(schema: Schema | undefined, old: unknown, patch: Fields): Fields {
  return mergeFields(schema, isFields(old) ? old : {}, patch);
}

function mergesList(schema: Schema | undefined): schema is Schema {
  return schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;
}

function mergeList(schema: Schema, old: unknown[], patch: unknown[]): unknown[] {
  const key = schema['x-kubernetes-patch-merge-key'];
  if (key === undefined) return [...old, ...patch.filter((value) => !old.includes(value))];
  const elements = patch.filter(isFields);
  const replaced = elements.some(
    (one) => one['$patch'] === 'replace' && Object.keys(one).length === 1,
  );
  if (replaced) return elements.filter((one) => one['$patch'] === undefined).map(withoutDirectives);
  let result = [...old];
  for (const element of elements) {
    if (element[key] === undefined) {
      if (element['$patch'] === 'delete') continue;
      throw badRequest(
        `map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`,
      );
    }
    const same = (one: unknown) => isFields(one) && equal(one[key], element[key]);
    if (element['$patch'] === 'delete') {
      result = result.filter((one) => !same(one));
      continue;
    }
    const at = result.findIndex(same);
    if (at < 0) result.push(mergeFields(schema.items, {}, element));
    else result[at] = mergeFields(schema.items, result[at] as Fields, element);
  }
  return result;
}

interface Ordering {
  target: Fields;
  field: string;
  order: unknown;
}

/** Elements the order names stand in that order; those it does not stay near where they were. */
function setOrder(schema: Schema | undefined, { target, field, order }: Ordering): void {
  const list = target[field];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const key = schema?.['x-kubernetes-patch-merge-key'];
  const identity = (one: unknown) =>
    JSON.stringify(key !== undefined && isFields(one) ? one[key] : one);
  const wanted = order.map(identity);
  const rank = new Map(wanted.map((id, i) => [id, i]));
  const named = list
    .filter((one) => rank.has(identity(one)))
    .sort((a, b) => (rank.get(identity(a)) ?? 0) - (rank.get(identity(b)) ?? 0));
  const result: unknown[] = [...named];
  for (const [i, one] of list.entries()) {
    if (rank.has(identity(one))) continue;
    const before = i === 0 ? -1 : result.indexOf(list[i - 1]);
    result.splice(before + 1, 0, one);
  }
  target[field] = result;
}

function retainKeys(target: Fields, patch: Fields): void {
  const keys = patch['$retainKeys'];
  if (!Array.isArray(keys)) return;
  for (const name of Object.keys(target)) if (!keys.includes(name)) delete target[name];
}

function deleteValues(target: Fields, field: string, values: unknown): void {
  const list = target[field];
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  target[field] = list.filter((one) => !values.includes(one));
}

function withoutDirectives(patch: Fields): Fields {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')));
}

function withoutDirectivesDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectivesDeep);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(withoutDirectives(value)).map(([name, one]) => [
      name,
      withoutDirectivesDeep(one),
    ]),
  );
}
