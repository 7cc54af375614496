/**
 * `x-kubernetes-validations`: rules in CEL, evaluated wherever the schema has them. What was there
 * before and has not changed is not held against a write (ratcheting), and rules that speak of
 * `oldSelf` hold for changes only.
 */
import type { KubeObject } from '../../../api/object.ts';
import { compile, problemOf, type Expression, type Scope } from '../cel/expression.ts';
import { celValue } from '../cel/values.ts';
import { elementName } from '../patches/field-set.ts';
import {
  equal,
  isFields,
  listKind,
  objectsAt,
  textAt,
  type Fields,
  type Schema,
} from '../schema.ts';
import { cause, type Cause } from '../status.ts';

/** A rule with its texts compiled; the compiler's complaint where that failed. */
export interface Rule {
  text: string;
  expression: Expression | undefined;
  problem: string | undefined;
  message: string;
  messageExpression: string;
  reason: string;
  /** Below the place of the rule: `.name`, `['a-b']`, or ''. */
  fieldPath: string;
  isOldOptional: boolean;
}

const compiled = new WeakMap<Schema, Rule[]>();

/** The rules of one place in a schema, not those below it. */
export function rulesOf(schema: Schema): Rule[] {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const rules = objectsAt(schema, 'x-kubernetes-validations').map(readRule);
  compiled.set(schema, rules);
  return rules;
}

function readRule(rule: Fields): Rule {
  const isOldOptional = rule['optionalOldSelf'] === true;
  const text = textAt(rule, 'rule');
  return {
    ...compiledOrNot(text, isOldOptional),
    text,
    isOldOptional,
    message: textAt(rule, 'message'),
    messageExpression: textAt(rule, 'messageExpression'),
    reason: textAt(rule, 'reason') || 'FieldValueInvalid',
    fieldPath: textAt(rule, 'fieldPath'),
  };
}

function compiledOrNot(text: string, isOldOptional: boolean): Pick<Rule, 'expression' | 'problem'> {
  try {
    return { expression: compile(text, { isOldOptional }), problem: undefined };
  } catch (error) {
    return { expression: undefined, problem: problemOf(error) };
  }
}

/** Parts of a schema that have rules of their own or below them. */
const ruled = new WeakMap<Schema, boolean>();

export function hasRules(schema: Schema): boolean {
  const known = ruled.get(schema);
  if (known !== undefined) return known;
  const { properties = {}, items, additionalProperties } = schema;
  const inner = [...Object.values(properties), items, additionalProperties];
  const found =
    objectsAt(schema, 'x-kubernetes-validations').length > 0 ||
    inner.some((one) => typeof one === 'object' && hasRules(one));
  ruled.set(schema, found);
  return found;
}

/** One value, where it is, and what stood there before. */
interface Place {
  schema: Schema;
  value: unknown;
  path: string;
  isResource: boolean;
  /** Undefined when there was nothing, or nothing that could be told to be the same. */
  old: unknown;
  /** It, or something around it, is as it was before. */
  isUnchanged: boolean;
}

export function checkRules(
  schema: Schema,
  object: KubeObject,
  old: KubeObject | undefined,
): Cause[] {
  if (!hasRules(schema)) return [];
  const isUnchanged = false;
  return checkPlace({ schema, value: object, path: '', isResource: true, old, isUnchanged });
}

function checkPlace(given: Place): Cause[] {
  const { schema, value, old } = given;
  if (value === undefined || value === null || !hasRules(schema)) return [];
  const isUnchanged = given.isUnchanged || (old !== undefined && equal(old, value));
  const place = { ...given, isUnchanged };
  return [...checkHere(place), ...placesBelow(place).flatMap(checkPlace)];
}

function placesBelow({ schema, value, path, old, isUnchanged }: Place): Place[] {
  const all = { isResource: false, isUnchanged };
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return [];
    const before = elementsBefore(schema, old);
    return value.map((one, i) => ({
      schema: items,
      value: one as unknown,
      path: `${path}[${i}]`,
      ...all,
      old: before?.get(elementName(schema, one)),
    }));
  }
  if (!isFields(value)) return [];
  const oldFields = isFields(old) ? old : {};
  const { properties = {}, additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, one]) => {
    const known = properties[name];
    const member = known ?? additionalProperties;
    if (typeof member !== 'object') return [];
    const below = known === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return [{ ...all, schema: member, value: one, path: below, old: oldFields[name] }];
  });
}

/** Only elements of keyed lists are known again. */
function elementsBefore(schema: Schema, old: unknown): Map<string, unknown> | undefined {
  if (!Array.isArray(old) || listKind(schema) !== 'map') return undefined;
  return new Map(old.map((one) => [elementName(schema, one), one as unknown]));
}

function checkHere(place: Place): Cause[] {
  const { schema, value, old, isResource } = place;
  const rules = rulesOf(schema).filter((rule) => isDue(place, rule));
  if (rules.length === 0) return [];
  const scope = {
    self: celValue(schema, value, isResource),
    oldSelf: old === undefined ? undefined : celValue(schema, old, isResource),
  };
  return rules.flatMap((rule) => tryRule(place, rule, scope));
}

function isDue({ old, isUnchanged }: Place, { expression, isOldOptional }: Rule): boolean {
  if (expression === undefined) return false;
  return expression.usesOldSelf ? old !== undefined || isOldOptional : !isUnchanged;
}

function tryRule(place: Place, rule: Rule, scope: Scope): Cause[] {
  try {
    if (rule.expression?.evaluate(scope) === true) return [];
  } catch (error) {
    const told = `${problemOf(error)} evaluating rule: ${rule.message || rule.text.trim()}`;
    return [cause.invalid(place.path || '<nil>', place.schema.type ?? '', told)];
  }
  return [causeOf(place, rule, messageOf(rule, scope))];
}

function messageOf(rule: Rule, scope: Scope): string {
  const plain = rule.message || `failed rule: ${rule.text.trim()}`;
  if (rule.messageExpression === '') return plain;
  try {
    const { isOldOptional } = rule;
    const text = compile(rule.messageExpression, { isOldOptional }).evaluate(scope);
    const isGood = typeof text === 'string' && text.trim() !== '' && !text.includes('\n');
    return isGood ? text : plain;
  } catch {
    return plain;
  }
}

/** `.a` and `['a-b']` below `spec`. */
function joined(path: string, below: string): string {
  const text = below.replaceAll(/\['([^']*)'\]/g, '.$1');
  return path === '' ? text.replace(/^\./, '') || '<nil>' : `${path}${text}`;
}

/** The type stands for the value, as Kubernetes up to 1.34 tells it. */
function causeOf({ schema, path }: Place, rule: Rule, message: string): Cause {
  const field = joined(path, rule.fieldPath);
  const type = schema.type ?? '';
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return cause.forbidden(field, message);
    case 'FieldValueRequired':
      return cause.required(field, message);
    case 'FieldValueDuplicate':
      return cause.duplicate(field, type);
    default:
      return cause.invalid(field, type, message);
  }
}
