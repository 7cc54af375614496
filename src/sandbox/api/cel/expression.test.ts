import { expect, test } from 'vitest';
import type { Schema } from '../schema.ts';
import { compile, problemOf } from './expression.ts';
import { celValue, escapedName } from './values.ts';

const TEXT: Schema = { type: 'string' };
const ITEM: Schema = { type: 'object', properties: { name: TEXT, weight: { type: 'integer' } } };
const SCHEMA: Schema = {
  type: 'object',
  properties: {
    size: { type: 'integer' },
    ratio: { type: 'number' },
    since: { type: 'string', format: 'date-time' },
    port: { 'x-kubernetes-int-or-string': true },
    items: { type: 'array', items: ITEM },
    labels: { type: 'object', additionalProperties: TEXT },
    namespace: TEXT,
    'a-b.c/d': TEXT,
    note: TEXT,
  },
};
const SELF = {
  size: 3,
  ratio: 2,
  since: '2026-01-02T00:00:00Z',
  port: 80,
  items: [{ name: 'a', weight: 1 }, { name: 'b' }],
  labels: { app: 'web' },
  namespace: 'shop',
  'a-b.c/d': 'odd',
  unknown: 1,
};

function evaluate(text: string, oldSelf?: unknown): unknown {
  const old = oldSelf === undefined ? undefined : celValue(SCHEMA, oldSelf);
  return compile(text, { isOldOptional: false }).evaluate({
    self: celValue(SCHEMA, SELF),
    oldSelf: old,
  });
}

test.each([
  'self.size == 3 && self.size % 2 == 1',
  'self.ratio == 2.0 && self.ratio > 1 && self.size < 3.5',
  "self.since > timestamp('2026-01-01T00:00:00Z') && self.since.getFullYear() == 2026",
  "type(self.port) == int ? self.port > 0 : self.port.matches('^[a-z]+$')",
  'size(self.items) == 2 && self.items.size() == 2',
  "self.items.exists(i, i.name == 'a') && self.items.exists_one(i, has(i.weight))",
  "self.items.all(i, i.name in ['a', 'b']) && !has(self.note)",
  "self.items.map(i, i.name) == ['a', 'b'] && self.items.filter(i, i.name != 'a').size() == 1",
  'has(self.items[0].weight) && !has(self.items[1].weight) && !has(self.items[0].nope)',
  'self.items.all(i, self.items.exists(o, has(o.weight)))',
  "'app' in self.labels && self.labels['app'] == 'web' && self.labels.all(k, k.startsWith('a'))",
  "self.__namespace__ == 'shop' && self.a__dash__b__dot__c__slash__d == 'odd'",
  'self.?note.orValue("none") == "none" && self.items[0].?weight.hasValue()',
  "duration('90s') > duration('1m') && '1,2'.split(',').size() == 2",
  "'Héé'.size() == 3 && 'aBc'.lowerAscii() == 'abc' && 'abc'.substring(1, 2) == 'b'",
  "['a', 'b'].join('-') == 'a-b' && 'a-b'.replace('-', '+') == 'a+b' && ' x '.trim() == 'x'",
  '[1, 2, 3].sum() == 6 && [2, 1].min() == 1 && [2, 1].max() == 2 && [1, 2].isSorted()',
  "[1, 2, 1].lastIndexOf(1) == 2 && ['a'].indexOf('z') == -1",
  "'ab12cd3'.find('[0-9]+') == '12' && 'a1b2'.findAll('[0-9]') == ['1', '2']",
  "isURL('https://ex.dev/x?y') && !isURL('ex dev') && url('https://ex.dev:8/x').getPort() == '8'",
  "isIP('10.0.0.1') && isIP('::1') && !isIP('10.0.0') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/40')",
  "sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects(['a'], ['b'])",
  'self.size != 3 || self.items[0].name == "a"',
])('%s', (text) => {
  expect(evaluate(text)).toBe(true);
});

test('oldSelf is what was before', () => {
  expect(evaluate('self.size >= oldSelf.size', { size: 2 })).toBe(true);
  expect(evaluate('self.items == oldSelf.items', { items: SELF.items })).toBe(true);
  const { usesOldSelf } = compile('self.a == self.b', { isOldOptional: false });
  expect(usesOldSelf).toBe(false);
});

test('an optional oldSelf can be asked whether it is there', () => {
  const rule = compile('!oldSelf.hasValue() || self == oldSelf.value()', { isOldOptional: true });
  expect(rule.usesOldSelf).toBe(true);
  expect(rule.evaluate({ self: 1n, oldSelf: undefined })).toBe(true);
  expect(rule.evaluate({ self: 1n, oldSelf: 2n })).toBe(false);
});

test.each([
  ['self.size >', 'unexpected token'],
  ['other > 1', 'unknown variable: other'],
  ['self.size.nope()', 'no such key'],
  ['1 + "a" == 2', 'no such overload: int + string'],
  ["quantity('1Gi') > 1", "no matching overload for 'quantity(string)'"],
])('%s is told to be wrong', (text, message) => {
  const told = () => {
    try {
      evaluate(text);
      return 'nothing';
    } catch (error) {
      return problemOf(error);
    }
  };
  expect(told()).toContain(message === 'no such key' ? 'nope' : message);
});

test('fields the schema does not have are not there', () => {
  expect(() => evaluate('self.unknown == 1')).toThrow('unknown');
  expect(escapedName('a__b')).toBe('a__underscores__b');
});
