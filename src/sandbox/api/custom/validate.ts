/** Validity of custom resources by their schema, in the words of the real server. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { KubeObject } from '../../../api/object.ts';
import { elementName } from '../patches/field-set.ts';
import { asText, isFields, listKind, memberSchema, type Fields, type Schema } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { isForgiven } from './ratchet.ts';
import { checkRules, hasRules } from './rules.ts';

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, unicodeRegExp: false });
  const formats: Record<string, RegExp> = {
    'date-time': DATE_TIME,
    date: /^\d{4}-\d{2}-\d{2}$/,
    uuid: UUID,
    duration: /^(\d+(\.\d+)?\s*[a-zµ]+\s*)+$/i,
    byte: /^[A-Za-z0-9+/]*={0,2}$/,
    ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
  };
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  for (const name of [
    'int32',
    'int64',
    'float',
    'double',
    'password',
    'uri',
    'hostname',
    'email',
    'ipv6',
    'cidr',
  ])
    ajv.addFormat(name, true);
  return ajv;
}

/** Checks objects of one version; the schema is compiled when the first one comes. */
export function customValidator(schema: Schema): (object: KubeObject, old?: KubeObject) => Cause[] {
  let check: ValidateFunction | undefined;
  return (object, old) => {
    check ??= newAjv().compile(forAjv(schema) as Fields);
    const { name } = object.metadata;
    // Of the metadata a schema may say something about the name only.
    const content = { ...object, metadata: { name } };
    const whole = { schema, now: object, old };
    const errors = check(content) ? [] : (check.errors ?? []);
    const found = errors.filter((error) => old === undefined || !isForgiven(error, whole));
    const causes = [...found.flatMap(causeOf), ...duplicates(schema, content, '')];
    if (causes.some(({ reason }) => BLOCKING.has(reason)))
      return hasRules(schema) ? [...causes, UNCHECKED] : causes;
    return [...causes, ...checkRules(schema, object, old)];
  };
}

/** Rules are not tried on values that do not have the shape they speak of. */
const BLOCKING = new Set([
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const UNCHECKED = cause.invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

const NESTED = ['properties', 'patternProperties', 'definitions'];
const LISTS = ['allOf', 'anyOf', 'oneOf'];
const SINGLE = ['items', 'not', 'additionalProperties'];

/** From the OpenAPI 3.0 of a CRD to the JSON schema of ajv. */
function forAjv(schema: unknown): unknown {
  if (!isFields(schema)) return schema;
  const result: Fields = { ...schema };
  for (const name of NESTED)
    if (isFields(result[name]))
      result[name] = Object.fromEntries(
        Object.entries(result[name]).map(([key, one]) => [key, forAjv(one)]),
      );
  for (const name of LISTS)
    if (Array.isArray(result[name])) result[name] = result[name].map(forAjv);
  for (const name of SINGLE) if (result[name] !== undefined) result[name] = forAjv(result[name]);
  if (schema['x-kubernetes-int-or-string'] === true) {
    result['type'] = ['integer', 'string'];
    delete result['anyOf'];
  }
  moveBound(result, 'exclusiveMinimum', 'minimum');
  moveBound(result, 'exclusiveMaximum', 'maximum');
  if (schema['nullable'] === true) allowNull(result);
  for (const name of ['nullable', 'default', 'example', 'externalDocs']) delete result[name];
  return result;
}

/** OpenAPI says by a flag that a bound is exclusive, JSON schema by another keyword. */
function moveBound(schema: Fields, flag: string, bound: string): void {
  if (schema[flag] === true) {
    schema[flag] = schema[bound];
    delete schema[bound];
  } else if (schema[flag] === false) delete schema[flag];
}

function allowNull(schema: Fields): void {
  if (typeof schema['type'] !== 'string') return;
  schema['type'] = [schema['type'], 'null'];
  const values: unknown = schema['enum'];
  if (Array.isArray(values) && !values.includes(null)) schema['enum'] = [...values, null];
}

/** `/spec/stages/0/weight` as `spec.stages[0].weight`. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

function causeOf(error: ErrorObject): Cause[] {
  const field = pathOf(error.instancePath) || '<nil>';
  const shownField = field === '<nil>' ? '""' : field;
  const render = CAUSES[error.keyword];
  if (render !== undefined) return [render(error, field)];
  if (COMBINATIONS.has(error.keyword))
    return [cause.invalid(field, '', combinationRule(error, field))];
  const value = shownValue(error.keyword, error.data);
  return [cause.invalid(field, value, `${shownField} in body ${ruleOf(error)}`)];
}

const COMBINATIONS = new Set(['allOf', 'anyOf', 'not', 'oneOf']);

const CAUSES: Record<string, (error: ErrorObject, field: string) => Cause> = {
  required: ({ params }, field) => {
    const missing = asText((params as Fields)['missingProperty']);
    return cause.required(field === '<nil>' ? missing : `${field}.${missing}`);
  },
  type: ({ params, data }, field) => {
    const { type } = params as Fields;
    const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
    const shown = typeName(data);
    const why = `${field} in body must be of type ${types.join(' or ')}: ${JSON.stringify(shown)}`;
    return cause.typeInvalid(field, shown, why);
  },
  enum: ({ params, data }, field) => {
    const { allowedValues } = params as Fields;
    return cause.notSupported(field, data, (allowedValues as unknown[]).map(asText));
  },
  maxItems: ({ params, data }, field) =>
    tooMany(field, (data as unknown[]).length, (params as Fields)['limit']),
  maxLength: ({ params }, field) => tooLong(field, (params as Fields)['limit']),
};

function combinationRule({ keyword, params }: ErrorObject, field: string): string {
  const passing = (params as Fields)['passingSchemas'];
  const found = Array.isArray(passing) ? `${passing.length} valid alternatives` : 'none valid';
  switch (keyword) {
    case 'oneOf':
      return `"${field}" must validate one and only one schema (oneOf). Found ${found}`;
    case 'anyOf':
      return `"${field}" must validate at least one schema (anyOf)`;
    case 'not':
      return `"${field}" must not validate the schema (not)`;
    default:
      return `"${field}" must validate all the schemas (allOf)`;
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Of lists and maps only their size is told. */
function shownValue(keyword: string, value: unknown): unknown {
  if (keyword === 'minItems' || keyword === 'uniqueItems') return (value as unknown[]).length;
  return keyword.endsWith('Properties') ? Object.keys(value as Fields).length : value;
}

const RULES: Record<string, (limit: string) => string> = {
  minimum: (limit) => `should be greater than or equal to ${limit}`,
  maximum: (limit) => `should be less than or equal to ${limit}`,
  exclusiveMinimum: (limit) => `should be greater than ${limit}`,
  exclusiveMaximum: (limit) => `should be less than ${limit}`,
  minLength: (limit) => `should be at least ${limit} chars long`,
  minItems: (limit) => `should have at least ${limit} items`,
  minProperties: (limit) => `should have at least ${limit} properties`,
  maxProperties: (limit) => `should have at most ${limit} properties`,
};

function ruleOf({ keyword, params, data, message }: ErrorObject): string {
  const { limit, pattern, format, multipleOf } = params as Fields;
  const rule = RULES[keyword];
  if (rule !== undefined) return rule(asText(limit));
  if (keyword === 'pattern') return `should match '${asText(pattern)}'`;
  if (keyword === 'format') return `must be of type ${asText(format)}: ${JSON.stringify(data)}`;
  if (keyword === 'multipleOf') return `should be a multiple of ${asText(multipleOf)}`;
  return message ?? 'is not valid';
}

function tooMany(field: string, count: number, limit: unknown): Cause {
  const message = `Too many: ${count}: must have at most ${asText(limit)} items`;
  return { reason: 'FieldValueTooMany', message, field };
}

function tooLong(field: string, limit: unknown): Cause {
  const message = `Too long: may not be more than ${asText(limit)} bytes`;
  return { reason: 'FieldValueTooLong', message, field };
}

/** Elements of sets and keyed lists may not repeat. */
function duplicates(schema: Schema | undefined, value: unknown, path: string): Cause[] {
  if (schema === undefined) return [];
  if (isFields(value))
    return Object.entries(value).flatMap(([name, member]) =>
      duplicates(memberSchema(schema, name), member, path === '' ? name : `${path}.${name}`),
    );
  if (!Array.isArray(value)) return [];
  const inner = value.flatMap((item, i) => duplicates(schema.items, item, `${path}[${i}]`));
  if (listKind(schema) === 'atomic') return inner;
  const seen = new Set<string>();
  const repeated = value.flatMap((item, i) => {
    const name = elementName(schema, item);
    const isNew = !seen.has(name);
    seen.add(name);
    const shown: unknown = listKind(schema) === 'set' ? item : JSON.parse(name.slice(2));
    return isNew ? [] : [cause.duplicate(`${path}[${i}]`, shown)];
  });
  return [...inner, ...repeated];
}
