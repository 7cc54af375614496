/** The counts that are kept are those that this machine draws; all of them: npm run bench -- canary --quick. */
import { expect, test } from 'vitest';
import { readLimits } from './limits.ts';
import { parseOutcomes } from './outcomes.ts';
import { keptQuick, QUICK_RUNS, quickText } from './quick.ts';
import { isOfErrors } from './cell-runs.ts';
import { cellsOf, errorCellsOf, latencyCellsOf, readSpec } from './spec.ts';

const spec = readSpec();
const limits = readLimits(spec);
const cells = cellsOf(spec);
const kept = keptQuick();

/** Each scenario once, and each world at least every other time. */
const SOME = [
  ...errorCellsOf(spec).filter((_, i) => i % 31 === 0),
  ...latencyCellsOf(spec).filter((_, i) => i % 9 === 0),
];

test('every cell is kept, with as many runs of every judge', () => {
  expect(kept.version).toBe(spec.version);
  expect(Object.keys(kept.cells)).toEqual(cells.map(({ id }) => id));
  for (const cell of cells) {
    const { id, scenario } = cell;
    const { judges, tuned } = isOfErrors(cell) ? spec : spec.latency;
    const ids = [...Object.keys(judges), ...Object.keys(tuned)];
    const outcomes = parseOutcomes(kept.cells[id] ?? '');
    expect([...outcomes.values()].every(({ runs }) => runs === QUICK_RUNS)).toBe(true);
    const passes = scenario.release === 'good' ? ['ours-passes'] : [];
    expect([...outcomes.keys()]).toEqual([...ids, ...passes]);
  }
});

test('each scenario is among those that are repeated here', () => {
  const names = SOME.map(({ scenarioName, world }) => `${world.measure} ${scenarioName}`);
  expect(new Set(names).size).toBe(17 + 7);
});

test.each(SOME)('$id', (cell) => {
  expect(quickText(spec, limits, cell)).toBe(kept.cells[cell.id]);
});
