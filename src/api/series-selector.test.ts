import { describe, expect, test } from 'vitest';
import { parseSelector, patternFault, rangesOf, selects } from './series-selector.ts';

const series = (labels: Record<string, string>) => ({
  name: 'http:requests_total',
  labels: new Map(Object.entries(labels)),
});

describe('a selector means', () => {
  const labels = { code: '503', path: 'a"b\\c', version: 'web-1' };
  test.each([
    ['http:requests_total', true],
    ['http:requests_total{}', true],
    [' http:requests_total { code = "503" , } ', true],
    ['requests_total', false],
    ['http:requests_total{code="50"}', false],
    ['http:requests_total{code!="200"}', true],
    ['http:requests_total{code=~"5.."}', true],
    ['http:requests_total{code=~"5"}', false],
    ['http:requests_total{code=~"4..|5.."}', true],
    ['http:requests_total{code!~"5.."}', false],
    ['http:requests_total{code=~"5\\\\d+"}', true],
    ['http:requests_total{code=~"5\\d+"}', true],
    ['http:requests_total{path="a\\"b\\\\c"}', true],
    ['http:requests_total{path="a\\x22b\\x5cc"}', true],
    ['http:requests_total{absent=""}', true],
    ['http:requests_total{absent!=""}', false],
    ['http:requests_total{version=~"web-1|web-2",code="503"}', true],
  ])('%s: %s', (written, meant) => {
    const selector = parseSelector(written);
    expect(selector && selects(selector, series(labels))).toBe(meant);
  });
});

describe('what is a selector', () => {
  test.each([
    'a',
    'a{}',
    'a{b="c"}',
    'a{b="c",}',
    'a{ b = "c" , d!~"e|f" }',
    'a{b="}"}',
    'a{b="\\""}',
    'a{b=~"\\\\d[.]"}',
  ])('%s', (written) => expect(parseSelector(written)).toBeDefined());
});

describe('what is none', () => {
  test.each([
    '',
    '{b="c"}',
    'a b',
    'a{',
    'a{b}',
    'a{b=c}',
    "a{b='c'}",
    'a{b="c"d="e"}',
    'a{,}',
    'a{b="c"',
    'a{b="c"}[5m]',
    'sum(a)',
    'a{b=~"("}',
    'a{b=~"["}',
    '1a',
  ])('%s', (written) => expect(parseSelector(written)).toBeUndefined());
});

describe('patterns that could be matched for ever are not matched at all', () => {
  test.each([
    ['(a+)+$', 'repeats a group'],
    ['(a|aa)*b', 'repeats a group'],
    ['a*a*a*b', 'more than twice'],
    ['(?=a)b', 'not a regular expression'],
    ['(a)\\\\1', 'not a regular expression'],
  ])('%s', (pattern, words) => {
    const written = `m{b=~"${pattern}"}`;
    expect(parseSelector(written)).toBeUndefined();
    expect(patternFault(written)?.message).toContain(words);
  });

  test('and a value that is too long matches no pattern', () => {
    const selector = parseSelector('m{b=~".*.*x"}');
    const of = (value: string) => ({ name: 'm', labels: new Map([['b', value]]) });
    expect(selector && selects(selector, of('y'.repeat(200) + 'x'))).toBe(true);
    expect(selector && selects(selector, of('y'.repeat(100_000) + 'x'))).toBe(false);
  });
});

test.each([
  ['a{b="c"}', []],
  ['sum(increase(a{b="c"}[{{window}}]))', ['{{window}}']],
  ['a[1m] / b[5m:10s]', ['1m', '5m:10s']],
  ["a{b=~\"[0-9]+\",c=~'[x\\']'}", []],
  ['a{b=~"\\"[y]"}[2m]', ['2m']],
  ['a[1m', ['1m']],
])('%s asks for the ranges %j', (query, ranges) => expect(rangesOf(query)).toEqual(ranges));
