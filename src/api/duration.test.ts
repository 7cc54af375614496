import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DURATION_PATTERN, formatDuration, parseDuration, withoutDays } from './duration.ts';

test.each([
  ['10m', 600_000],
  ['1m30s', 90_000],
  ['1.5s', 1_500],
  ['500ms', 500],
  ['2h', 7_200_000],
])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['10', '', 's', '10 m', '-1s', '1d', '5m!', 'm5'])('%j is not a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
  expect(new RegExp(DURATION_PATTERN).test(text)).toBe(false);
});

test('what is formatted reads back to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 1e9 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(Math.round(ms / 1_000) * 1_000);
    }),
  );
});

test.each([
  ['7d', '168h'],
  ['1w', '168h'],
  ['1d12h', '36h'],
  ['0.5d', '12h'],
  ['10m', undefined],
  ['d', undefined],
  ['1d x', undefined],
  ['', undefined],
])('days of %j as hours', (text, hours) => {
  expect(withoutDays(text)).toBe(hours);
});
