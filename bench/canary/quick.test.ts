/** The counts that are kept are those that this machine draws; all of them: npm run bench -- canary --quick. */
import { expect, test } from 'vitest';
import { readLimits } from './limits.ts';
import { parseOutcomes } from './outcomes.ts';
import { keptQuick, QUICK_RUNS, quickText } from './quick.ts';
import { cellsOf, readSpec } from './spec.ts';

const spec = readSpec();
const limits = readLimits(spec);
const cells = cellsOf(spec);
const kept = keptQuick();

/** Each scenario once, and each world at least every other time. */
const SOME = cells.filter((_, i) => i % 31 === 0);

test('every cell is kept, with as many runs of every judge', () => {
  expect(kept.version).toBe(spec.version);
  expect(Object.keys(kept.cells)).toEqual(cells.map(({ id }) => id));
  const ids = [...Object.keys(spec.judges), ...Object.keys(spec.tuned)];
  for (const { id, scenario } of cells) {
    const outcomes = parseOutcomes(kept.cells[id] ?? '');
    expect([...outcomes.values()].every(({ runs }) => runs === QUICK_RUNS)).toBe(true);
    const passes = scenario.release === 'good' ? ['ours-passes'] : [];
    expect([...outcomes.keys()]).toEqual([...ids, ...passes]);
  }
});

test('each scenario is among those that are repeated here', () => {
  expect(new Set(SOME.map(({ scenarioName }) => scenarioName)).size).toBe(17);
});

test.each(SOME)('$id', (cell) => {
  expect(quickText(spec, limits, cell)).toBe(kept.cells[cell.id]);
});
