import { expect, test } from 'vitest';
import { splitChiSquare } from './chi-square.ts';
import { benjaminiHochberg, bonferroni, eBenjaminiHochberg } from './multiple.ts';
import { multinomialLogEvidence } from './multinomial.ts';

test('e-values: few false ones among those rejected, or none at all', () => {
  const logs = [120, 45, 18, 9, 2.5, 1.1, 0.8, 0.3].map(Math.log);
  expect(eBenjaminiHochberg(logs, 0.1)).toEqual([0, 1]);
  expect(bonferroni(logs, 0.1)).toEqual([0]);
  expect(bonferroni(logs, 0.1, [0.1, 0.8, 0.1, 0, 0, 0, 0, 0])).toEqual([0, 1]);
  expect(eBenjaminiHochberg([], 0.1)).toEqual([]);
  expect(eBenjaminiHochberg(logs.toReversed(), 0.1)).toEqual([6, 7]);
});

test('the example of Benjamini and Hochberg 1995', () => {
  const pValues = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719,
    0.6528, 0.759, 1,
  ];
  expect(benjaminiHochberg(pValues, 0.05)).toHaveLength(4);
  expect(
    bonferroni(
      pValues.map((p) => -Math.log(p)),
      0.05,
    ),
  ).toHaveLength(3);
});

test.each([
  [600, 1000, 40, 2.54e-10],
  [821_588, 821_588 + 815_482, 22.774, 1.82e-6],
])('a split at a single look: %d of %d', (count, total, statistic, pValue) => {
  const found = splitChiSquare({ count, total, share: 0.5 });
  expect(found.statistic).toBeCloseTo(statistic, 3);
  expect(Number(found.pValue.toPrecision(3))).toBe(pValue);
});

test.each([
  [[600, 400], [0.5, 0.5], 100, 17.09894],
  [[600, 400], [0.5, 0.5], 10_000, 1.77079],
  [[821_588, 815_482], [0.5, 0.5], 10_000, 8.765972],
  [[5300, 94_700], [0.05, 0.95], 100, 5.791699],
])('a split at any time: %j of %j', (counts, shares, concentration, log) => {
  expect(multinomialLogEvidence(counts, { shares, concentration })).toBeCloseTo(log, 5);
});
