/**
 * Strategic merge patches: lists of the built-in kinds are merged by their keys, and directives in
 * the patch (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) steer it.
 */
import {
  asText,
  clone,
  equal,
  isFields,
  memberSchema,
  type Fields,
  type Schema,
} from '../schema.ts';
import { unexplained } from '../status.ts';
import { goText } from './go-text.ts';
import { inOrder } from './list-order.ts';

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
    throw unexplained(`unknown patch type: ${asText(directive)} in map: ${goText(patch)}`);
  retainKeys(target, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_VALUES))
      deleteValues(target, name.slice(DELETE_VALUES.length), value);
    else if (!name.startsWith('$'))
      mergeMember(memberSchema(schema, name), { target, patch, name });
  }
  for (const [name, order] of Object.entries(patch)) {
    const field = name.slice(ORDER.length);
    if (name.startsWith(ORDER) && patch[field] === undefined)
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
    target[name] = mergeList(schema, Array.isArray(old) ? old : [], {
      patch: value,
      order: patch[`${ORDER}${name}`],
    });
  } else target[name] = withoutDirectivesDeep(value);
}

function mergeValue(schema: Schema | undefined, old: unknown, patch: Fields): Fields {
  return mergeFields(schema, isFields(old) ? old : {}, patch);
}

function mergesList(schema: Schema | undefined): schema is Schema {
  return schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;
}

interface ListPatch {
  patch: unknown[];
  /** Of `$setElementOrder`; undefined without one. */
  order: unknown;
}

function mergeList(schema: Schema, old: unknown[], { patch, order }: ListPatch): unknown[] {
  const key = schema['x-kubernetes-patch-merge-key'];
  const orders = {
    live: old,
    wanted: Array.isArray(order) ? (order as unknown[]) : patch,
    key,
  };
  if (key === undefined) {
    const added = patch.filter((value) => !old.includes(value));
    return inOrder([...old, ...added], orders);
  }
  const elements = patch.filter(isFields);
  const replaced = elements.some(
    (one) => one['$patch'] === 'replace' && Object.keys(one).length === 1,
  );
  if (replaced) return elements.filter((one) => one['$patch'] === undefined).map(withoutDirectives);
  let result = [...old];
  for (const element of elements) {
    if (element[key] === undefined)
      throw unexplained(`map: ${goText(element)} does not contain declared merge key: ${key}`);
    const same = (one: unknown) => isFields(one) && equal(one[key], element[key]);
    if (element['$patch'] === 'delete') {
      result = result.filter((one) => !same(one));
      continue;
    }
    const at = result.findIndex(same);
    if (at < 0) result.push(mergeFields(schema.items, {}, element));
    else result[at] = mergeFields(schema.items, result[at] as Fields, element);
  }
  return inOrder(result, orders);
}

interface Ordering {
  target: Fields;
  field: string;
  order: unknown;
}

/** An order alone, without a patch of the list. */
function setOrder(schema: Schema | undefined, { target, field, order }: Ordering): void {
  const list = target[field];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const key = schema?.['x-kubernetes-patch-merge-key'];
  target[field] = inOrder(list as unknown[], { live: list, wanted: order, key });
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
