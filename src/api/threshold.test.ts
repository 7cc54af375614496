import { expect, test } from 'vitest';
import { formatMeasure, parseThreshold } from './threshold.ts';

test.each([
  [0.01, 0.01, 'number'],
  ['0.01', 0.01, 'number'],
  [5, 5, 'number'],
  [-2, -2, 'number'],
  ['1e3', 1_000, 'number'],
  ['1%', 0.01, 'ratio'],
  ['0.1 %', 0.001, 'ratio'],
  ['1s', 1, 'seconds'],
  ['250ms', 0.25, 'seconds'],
  ['2.5ms', 0.0025, 'seconds'],
  ['1m30s', 90, 'seconds'],
])('%j is %d %s', (written, value, unit) => {
  expect(parseThreshold(written)).toEqual({ value, unit });
});

test.each([
  '',
  ' ',
  '%',
  '1 percent',
  '1d',
  'x',
  '1s!',
  'NaN',
  'Infinity',
  NaN,
  1 / 0,
  null,
  {},
  [],
])('%j is no threshold', (written) => expect(parseThreshold(written)).toBeUndefined());

test.each([
  [0.0312, 'ratio', '3.12 %'],
  [0.25, 'seconds', '250 ms'],
  [1.5, 'seconds', '1.5 s'],
  [1234.5, 'number', '1230'],
] as const)('%d as %s reads %s', (value, unit, text) => {
  expect(formatMeasure(value, unit)).toBe(text);
});
