import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import type { Fields, Schema } from '../schema.ts';
import { validateRules } from './rule-definitions.ts';
import { customValidator } from './validate.ts';

const rule = (text: string, more: Fields = {}) => ({ rule: text, message: 'no', ...more });
const ruled = (schema: Schema, ...rules: Fields[]): Schema => ({
  ...schema,
  'x-kubernetes-validations': rules,
});
const INT: Schema = { type: 'integer' };
const TEXT: Schema = { type: 'string' };
const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const widget = (spec: unknown): KubeObject => ({
  apiVersion: 'ex.dev/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
});

function check(specSchema: Schema, spec: unknown, old?: unknown): string[] {
  const validate = customValidator(object({ spec: specSchema }));
  const causes = validate(widget(spec), old === undefined ? undefined : widget(old));
  return causes.map(({ field, message }) => `${field}: ${message}`);
}

test('rules hold wherever the schema has them, and say where they do not', () => {
  const part = ruled(object({ min: INT, max: INT }), rule('self.min <= self.max'));
  const schema = object({
    parts: { type: 'array', items: part },
    byName: { type: 'object', additionalProperties: part },
  });
  const bad = { min: 2, max: 1 };
  expect(check(schema, { parts: [{ min: 1, max: 2 }, bad], byName: { a: bad } })).toEqual([
    'spec.parts[1]: Invalid value: "object": no',
    'spec.byName[a]: Invalid value: "object": no',
  ]);
  expect(check(schema, { parts: [{ min: 1, max: 1 }] })).toEqual([]);
});

test('the root sees the name, and no more of the metadata', () => {
  const schema = ruled(object({ spec: TEXT }), rule("self.metadata.name.startsWith('x')"));
  expect(customValidator(schema)(widget('a'))).toMatchObject([{ field: '<nil>' }]);
  expect(validateRules(ruled(object({}), rule('has(self.metadata.labels)')), 'at')).toMatchObject([
    { message: expect.stringContaining("undefined field 'labels'") },
  ]);
});

test('messages, reasons and paths', () => {
  const failed = (more: Fields, text = 'self.size > 5') =>
    check(ruled(object({ size: INT, 'a-b': TEXT }), { rule: text, ...more }), { size: 1 });
  expect(failed({})).toEqual(['spec: Invalid value: "object": failed rule: self.size > 5']);
  expect(failed({ messageExpression: "'size is ' + string(self.size)" })).toEqual([
    'spec: Invalid value: "object": size is 1',
  ]);
  expect(failed({ message: 'plain', messageExpression: "'' + self.nope" })).toEqual([
    'spec: Invalid value: "object": plain',
  ]);
  expect(failed({ message: 'no', fieldPath: '.size', reason: 'FieldValueForbidden' })).toEqual([
    'spec.size: Forbidden: no',
  ]);
  expect(failed({ message: 'no', fieldPath: "['a-b']", reason: 'FieldValueRequired' })).toEqual([
    'spec.a-b: Required value: no',
  ]);
  expect(failed({ reason: 'FieldValueDuplicate' })).toEqual(['spec: Duplicate value: "object"']);
  expect(failed({}, "self['a-b'] == ''")[0]).toContain('evaluating rule: ');
});

test('rules of change hold for changes, of what can be told to be the same', () => {
  const fixed = ruled(TEXT, rule('self == oldSelf'));
  const keyed: Schema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: object({ name: TEXT, of: fixed }),
  };
  const schema = object({ zone: fixed, parts: keyed });
  expect(check(schema, { zone: 'a' })).toEqual([]);
  expect(check(schema, { zone: 'b' }, { zone: 'a' })).toEqual([
    'spec.zone: Invalid value: "string": no',
  ]);
  expect(check(schema, { zone: 'b' }, {})).toEqual([]);
  const before = { parts: [{ name: 'x', of: '1' }] };
  const after = {
    parts: [
      { name: 'y', of: '2' },
      { name: 'x', of: '3' },
    ],
  };
  expect(check(schema, after, before)).toEqual(['spec.parts[1].of: Invalid value: "string": no']);
});

test('an optional oldSelf also holds for what is new', () => {
  const once = ruled(
    TEXT,
    rule("oldSelf.hasValue() || self == 'first'", { optionalOldSelf: true }),
  );
  const schema = object({ zone: once });
  expect(check(schema, { zone: 'x' })).toHaveLength(1);
  expect(check(schema, { zone: 'first' })).toEqual([]);
  expect(check(schema, { zone: 'x' }, { zone: 'first' })).toEqual([]);
});

test('what was wrong before and did not change is no reason to refuse a write', () => {
  const schema = object({ size: ruled(INT, rule('self > 5')), note: TEXT });
  expect(check(schema, { size: 1, note: 'new' }, { size: 1 })).toEqual([]);
  expect(check(schema, { size: 2 }, { size: 1 })).toHaveLength(1);
});

test('rules are not tried on values of another shape', () => {
  const schema = ruled(object({ size: INT }), rule('self.size > 5'));
  expect(check(schema, { size: 'x' })).toEqual([
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    expect.stringContaining('some validation rules were not checked'),
  ]);
});

test.each([
  ['', {}, 'rule', 'rule is not specified'],
  ['self.size >', {}, 'rule', 'unexpected token'],
  ['self.nope == 1', {}, 'rule', "undefined field 'nope'"],
  ['self.parts[0].nope == 1', {}, 'rule', "undefined field 'nope'"],
  ['self.size + 1', {}, 'rule', 'must give a bool'],
  ['self.size > 1', { reason: 'Odd' }, 'reason', 'supported values'],
  ['self.size > 1', { fieldPath: '.nope' }, 'fieldPath', 'must be a valid path'],
  ['self.size > 1', { message: 'a\nb' }, 'message', 'line breaks'],
  ['self.size > 1', { messageExpression: '1 +' }, 'messageExpression', 'compilation failed'],
  ['self.size > 1', { messageExpression: '1' }, 'messageExpression', 'evaluate to a string'],
  ['self.size > 1', { optionalOldSelf: true }, 'rule', 'optionalOldSelf may not be set'],
])('a definition with the rule %j %j is refused', (text, more, member, message) => {
  const parts: Schema = { type: 'array', items: object({ name: TEXT }) };
  const schema = ruled(object({ size: INT, parts }), rule(text, more));
  expect(validateRules(schema, 'at')).toMatchObject([
    {
      field: `at.x-kubernetes-validations[0].${member}`,
      message: expect.stringContaining(message),
    },
  ]);
});

test('there is no oldSelf below lists whose elements cannot be told apart', () => {
  const items = ruled(TEXT, rule('self == oldSelf'));
  const list: Schema = { type: 'array', items };
  expect(validateRules(object({ list }), 'at')).toMatchObject([
    { message: expect.stringContaining('uncorrelatable') },
  ]);
  expect(validateRules(ruled(list, rule('self == oldSelf')), 'at')).toHaveLength(1);
});
