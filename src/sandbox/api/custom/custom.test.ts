import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import type { Schema } from '../schema.ts';
import { prune, setSchemaDefaults } from './structural.ts';
import { customValidator } from './validate.ts';

const SCHEMA: Schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        mode: { type: 'string', enum: ['A', 'B'], default: 'A' },
        port: { 'x-kubernetes-int-or-string': true },
        note: { type: 'string', nullable: true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        options: {
          type: 'object',
          default: {},
          properties: { depth: { type: 'integer', default: 2 } },
        },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
        one: {
          type: 'object',
          properties: { a: { type: 'object' }, b: { type: 'object' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
        },
      },
    },
  },
};

function widget(spec: unknown): KubeObject {
  return { apiVersion: 'ex.dev/v1', kind: 'Widget', metadata: { name: 'w' }, spec };
}

test('unknown fields are dropped and told of, except where they are to be kept', () => {
  const object = widget({ size: 1, sise: 2, free: { any: 1 }, parts: [{ name: 'a', x: 1 }] });
  const { unknown } = prune(SCHEMA, object);
  expect(unknown).toEqual(['spec.sise', 'spec.parts[0].x']);
  expect(object['spec']).toEqual({ size: 1, free: { any: 1 }, parts: [{ name: 'a' }] });
});

test('defaults are filled in, inside of defaults too, and in place of nulls that may not be', () => {
  const object = widget({ size: 1, mode: null, note: null });
  setSchemaDefaults(SCHEMA, object);
  expect(object['spec']).toEqual({ size: 1, mode: 'A', note: null, options: { depth: 2 } });
});

test.each([
  [{}, 'spec.size', 'Required value'],
  [
    { size: 0 },
    'spec.size',
    'Invalid value: 0: spec.size in body should be greater than or equal to 1',
  ],
  [
    { size: 'x' },
    'spec.size',
    'Invalid value: "string": spec.size in body must be of type integer: "string"',
  ],
  [{ size: 1, mode: 'C' }, 'spec.mode', 'Unsupported value: "C": supported values: "A", "B"'],
  [
    { size: 1, parts: [{ name: 'a' }, { name: 'a' }] },
    'spec.parts[1]',
    'Duplicate value: {"name":"a"}',
  ],
  [
    { size: 1, one: { a: {}, b: {} } },
    'spec.one',
    'Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ],
])('%j is refused at %s', (spec, field, message) => {
  const causes = customValidator(SCHEMA)(widget(spec));
  expect(causes).toContainEqual(expect.objectContaining({ field, message }));
});

test('numbers and names are ports, null is a note', () => {
  const check = customValidator(SCHEMA);
  expect(check(widget({ size: 1, port: 80, note: null, one: { a: {} } }))).toEqual([]);
  expect(check(widget({ size: 1, port: 'http' }))).toEqual([]);
  expect(check(widget({ size: 1, port: true }))).toHaveLength(1);
});

test('what was wrong before and stays as it is does not refuse a write', () => {
  const check = customValidator(SCHEMA);
  const causes = (spec: unknown, old: unknown) => check(widget(spec), widget(old));
  const one = { one: { a: {} } };
  expect(causes({ ...one, size: 0, note: 'new' }, { ...one, size: 0 })).toEqual([]);
  expect(causes({ ...one, size: -1 }, { ...one, size: 0 })).toHaveLength(1);
  expect(causes({ ...one, size: 0 }, one)).toHaveLength(1);
  // What fields there have to be, and unions, are checked whatever was there.
  expect(causes(one, one)).toMatchObject([{ field: 'spec.size' }]);
  const both = { size: 1, one: { a: {}, b: {} } };
  expect(causes(both, both)).toMatchObject([{ field: 'spec.one' }]);
});

test('elements of keyed lists are known again by their keys, others are not', () => {
  const part: Schema = { type: 'object', properties: { name: { type: 'string', maxLength: 2 } } };
  const keyed: Schema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: part,
  };
  const schema: Schema = {
    type: 'object',
    properties: { keyed, plain: { type: 'array', items: part } },
  };
  const check = customValidator(schema);
  const object = (fields: object) => ({ ...widget({}), ...fields });
  const long = { name: 'long' };
  const now = { keyed: [{ name: 'a' }, long], plain: [{ name: 'a' }, long] };
  const causes = check(object(now), object({ keyed: [long], plain: [long] }));
  expect(causes).toMatchObject([{ field: 'plain[1].name' }]);
});
