/**
 * Ratcheting: a value that breaks a rule its schema did not have when it was written is no reason to
 * refuse a write that leaves it as it is.
 */
import type { ErrorObject } from 'ajv';
import { elementName } from '../patches/field-set.ts';
import { equal, isFields, listKind, memberSchema, type Schema } from '../schema.ts';

/** What holds for one value alone. What fields there are, and unions, are never forgiven. */
const FORGIVEN = new Set(
  `type enum format pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength
  maxLength minItems maxItems uniqueItems minProperties maxProperties`.split(/\s+/),
);
const IN_UNION = /\/(allOf|anyOf|oneOf|not)\//;

interface Pair {
  schema: Schema | undefined;
  now: unknown;
  old: unknown;
}

/** True for an error of a value that stood there before. */
export function isForgiven(
  { keyword, schemaPath, instancePath }: ErrorObject,
  whole: Pair,
): boolean {
  if (!FORGIVEN.has(keyword) || IN_UNION.test(schemaPath)) return false;
  let pair: Pair | undefined = whole;
  for (const part of instancePath.split('/').slice(1)) {
    pair = stepInto(pair, part.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (pair?.old === undefined) return false;
    if (equal(pair.now, pair.old)) return true;
  }
  return false;
}

/** Members by their name, elements of keyed lists by their keys; others cannot be told apart. */
function stepInto({ schema, now, old }: Pair, part: string): Pair | undefined {
  if (isFields(now) && isFields(old))
    return { schema: memberSchema(schema, part), now: now[part], old: old[part] };
  if (!Array.isArray(now) || !Array.isArray(old) || schema === undefined) return undefined;
  if (listKind(schema) !== 'map') return undefined;
  const element: unknown = now[Number(part)];
  const name = elementName(schema, element);
  const before: unknown = old.find((one) => elementName(schema, one) === name);
  return { schema: schema.items, now: element, old: before };
}
