/**
 * Validity of custom resources by their schema, in the words of the real server. Rules in CEL
 * (`x-kubernetes-validations`) are not evaluated yet: what only they refuse, the sandbox accepts.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { KubeObject } from '../../../api/object.ts';
import { elementName } from '../patches/field-set.ts';
import { isFields, listKind, memberSchema, type Fields, type Schema } from '../schema.ts';
import { cause, type Cause } from '../status.ts';

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
export function customValidator(schema: Schema): (object: KubeObject) => Cause[] {
  let check: ValidateFunction | undefined;
  return (object) => {
    check ??= newAjv().compile(forAjv(schema) as Fields);
    const { metadata: _, ...content } = object;
    const causes = check(content) ? [] : (check.errors ?? []).flatMap(causeOf);
    return [...causes, ...duplicates(schema, content, '')];
  };
}

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
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (result[flag] === true) {
      result[flag] = result[bound];
      delete result[bound];
    } else if (result[flag] === false) delete result[flag];
  }
  if (schema['nullable'] === true && typeof result['type'] === 'string') {
    result['type'] = [result['type'], 'null'];
    if (Array.isArray(result['enum']) && !result['enum'].includes(null))
      result['enum'] = [...(result['enum'] as unknown[]), null];
  }
  for (const name of ['nullable', 'default', 'example', 'externalDocs', 'discriminator'])
    delete result[name];
  return result;
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
  const value = error.data;
  const params = error.params as Fields;
  const body = `${field === '<nil>' ? '""' : field} in body`;
  switch (error.keyword) {
    case 'required': {
      const missing = String(params['missingProperty']);
      return [cause.required(field === '<nil>' ? missing : `${field}.${missing}`)];
    }
    case 'type': {
      const types = Array.isArray(params['type']) ? params['type'] : [params['type']];
      const wanted = types.filter((type) => type !== 'null').join(' or ');
      const shown = typeName(value);
      return [
        cause.typeInvalid(
          field,
          shown,
          `${body} must be of type ${wanted}: ${JSON.stringify(shown)}`,
        ),
      ];
    }
    case 'enum':
      return [cause.notSupported(field, value, (params['allowedValues'] as unknown[]).map(String))];
    case 'maxItems':
      return [tooMany(field, (value as unknown[]).length, params['limit'])];
    case 'maxLength':
      return [tooLong(field, params['limit'])];
    case 'oneOf':
    case 'anyOf':
    case 'not':
    case 'allOf':
      return [cause.invalid(field, '', combinationRule(error.keyword, field))];
    default:
      return [cause.invalid(field, shownValue(error.keyword, value), `${body} ${ruleOf(error)}`)];
  }
}

function combinationRule(keyword: string, field: string): string {
  switch (keyword) {
    case 'oneOf':
      return `"${field}" must validate one and only one schema (oneOf). Found none valid`;
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

function ruleOf(error: ErrorObject): string {
  const params = error.params as Fields;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'pattern':
      return `should match '${String(params['pattern'])}'`;
    case 'format':
      return `must be of type ${String(params['format'])}: ${JSON.stringify(error.data)}`;
    case 'minimum':
      return `should be greater than or equal to ${limit}`;
    case 'maximum':
      return `should be less than or equal to ${limit}`;
    case 'exclusiveMinimum':
      return `should be greater than ${limit}`;
    case 'exclusiveMaximum':
      return `should be less than ${limit}`;
    case 'multipleOf':
      return `should be a multiple of ${String(params['multipleOf'])}`;
    case 'minLength':
      return `should be at least ${limit} chars long`;
    case 'minItems':
      return `should have at least ${limit} items`;
    case 'minProperties':
      return `should have at least ${limit} properties`;
    case 'maxProperties':
      return `should have at most ${limit} properties`;
    default:
      return error.message ?? 'is not valid';
  }
}

function tooMany(field: string, count: number, limit: unknown): Cause {
  const message = `Too many: ${count}: must have at most ${String(limit)} items`;
  return { reason: 'FieldValueTooMany', message, field };
}

function tooLong(field: string, limit: unknown): Cause {
  const message = `Too long: may not be more than ${String(limit)} bytes`;
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
