/** Where in an object rules are, and where in a rule its destinations: fields below fields, by dots. */
import type { KubeObject } from '../../api/object.ts';
import type { Ref } from './refs.ts';
import type { Rule, RuleList } from './shape.ts';

type Fields = Record<string, unknown>;

export function rulesIn(route: KubeObject, { field, single }: RuleList): Rule[] {
  const found = valueAt(route, partsOf(placeOf({ field })));
  if (single && found !== undefined && !Array.isArray(found)) return [found as Rule];
  return listed(found);
}

/** `spec.rules`, of the object. */
export function placeOf({ field }: Pick<RuleList, 'field'>): string {
  return field === '' ? 'spec' : `spec.${field}`;
}

export function refsIn(rule: Rule, { refs }: RuleList): Ref[] {
  return listed(valueAt(rule, partsOf(refs)));
}

/** The same rule with other destinations. */
export function leadingTo(rule: Rule, { refs }: RuleList, to: readonly Ref[]): Rule {
  return withValue(rule, partsOf(refs), to);
}

/** As JSON Pointer (RFC 6901) of the object. */
export function pointerTo(...places: string[]): string {
  return places
    .flatMap(partsOf)
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function partsOf(place: string): string[] {
  return place.split('.');
}

/** What is there; undefined where it is not, or not below objects. */
export function valueIn(from: unknown, place: string): unknown {
  return valueAt(from, partsOf(place));
}

function valueAt(from: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>(
    (found, part) => (isObject(found) && Object.hasOwn(found, part) ? found[part] : undefined),
    from,
  );
}

/** The same with this value there, in objects that are made where there are none. */
export function withValueIn(from: Fields, place: string, value: unknown): Fields {
  return withValue(from, partsOf(place), value);
}

function withValue(from: Fields, [part = '', ...below]: readonly string[], value: unknown): Fields {
  if (below.length === 0) return { ...from, [part]: value };
  const inner = from[part];
  return { ...from, [part]: withValue(isObject(inner) ? inner : {}, below, value) };
}

/** The same without what is there. */
export function withoutValueIn(from: Fields, place: string): Fields {
  const parts = partsOf(place);
  const last = parts.at(-1) as string;
  const around = parts.slice(0, -1);
  const holder = around.length === 0 ? from : valueAt(from, around);
  if (!isObject(holder) || !Object.hasOwn(holder, last)) return from;
  const { [last]: _, ...rest } = holder;
  return around.length === 0 ? rest : withValue(from, around, rest);
}

/** What is no list has no rules, and no destinations. */
function listed(found: unknown): Fields[] {
  return Array.isArray(found) ? (found as Fields[]) : [];
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
