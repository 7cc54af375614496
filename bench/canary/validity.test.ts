/** That the promise is kept at the margin, and that these settings would show it if it was not. */
import { describe, expect, test } from 'vitest';
import {
  alarmsIn,
  AT_THE_MARGIN,
  DEPENDENT,
  HARDEST,
  PROMISED,
  type Setting,
  validityText,
} from './validity.ts';

const RUNS = 200;
const [ours, bare] = PROMISED;
const [steady] = HARDEST;
if (!ours || !bare || !steady) throw new Error('the settings are gone');
const share = (setting: Setting, judge: typeof ours, runs = RUNS) =>
  alarmsIn(setting, [judge], runs)[0];

describe('at the margin', () => {
  test.each(HARDEST)('$name', (setting) => {
    for (const [i, { low }] of alarmsIn(setting, PROMISED, RUNS).entries())
      expect(low, PROMISED[i]?.id).toBeLessThanOrEqual(0.01);
  });

  test('the weight follows what was seen, in one of them', () => {
    const following = HARDEST.find(({ name }) => name.startsWith('half of the traffic'));
    expect([2, -2].map((lead) => following?.weight(() => 0, lead))).toEqual([0.5, 0.02]);
  });

  test('what is over the margin is noticed in the same hours', () => {
    expect(share({ ...steady, ratio: 2.5 }, ours, 50)?.value).toBeGreaterThan(0.9);
    expect(share({ ...steady, ratio: 1.25 }, bare)?.value).toBeGreaterThan(0.05);
  });
});

test.each(AT_THE_MARGIN)(
  'a margin that grows calls few bad that are as bad as it: $name',
  (setting) => {
    const growing = PROMISED.find(({ id }) => id === 'ours-growing-margin');
    expect(growing && share(setting, growing)?.low).toBeLessThanOrEqual(0.02);
  },
);

test('requests that depend on each other break it', () => {
  const [none, most] = [DEPENDENT[0], DEPENDENT.at(-1)];
  expect(none && share(none, bare)?.low).toBeLessThanOrEqual(0.01);
  expect(most && share(most, bare)?.low).toBeGreaterThan(0.05);
});

test('the tables name every setting', () => {
  const text = validityText(2);
  for (const { name } of [...HARDEST, ...DEPENDENT]) expect(text).toContain(`| ${name} | `);
});
