import { describe, expect, test } from 'vitest';
import { selectorProblems } from '../../analysis/query-problems.ts';
import { parseSelector, selects } from './selector.ts';

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

/** Said in two places, as folders of providers and of judging do not know each other. */
describe('what validation accepts is what can be read', () => {
  test.each([
    'a',
    'a{}',
    'a{b="c"}',
    'a{b="c",}',
    'a{ b = "c" , d!~"e|f" }',
    'a{b="}"}',
    'a{b="\\""}',
    'a{b=~"\\\\d[.]"}',
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
  ])('%s', (written) => {
    const accepted = selectorProblems(written, 'f').length === 0;
    expect(parseSelector(written) !== undefined).toBe(accepted);
  });
});
