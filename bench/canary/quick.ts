/** The first runs of every cell: the same on every machine, so that whatever changes a count is noticed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runCell } from './cell-runs.ts';
import type { WorldLimits } from './limits.ts';
import { outcomesText } from './outcomes.ts';
import { type Cell, cellsOf, type Spec } from './spec.ts';

const PATH = 'bench/canary/runs-0-to-19.json';
export const QUICK_RUNS = 20;

export interface QuickRuns {
  version: number;
  /** As `outcomesText` has them, by the id of the cell. */
  cells: Record<string, string>;
}

export function runQuick(spec: Spec, limits: WorldLimits, cells = cellsOf(spec)): QuickRuns {
  const started = process.cpuUsage();
  const seen = cells.map((cell) => [cell.id, quickText(spec, limits, cell)]);
  const { user } = process.cpuUsage(started);
  console.log(`${cells.length} cells in ${(user / 1e6).toFixed(1)} s of one core`);
  return { version: spec.version, cells: Object.fromEntries(seen) as Record<string, string> };
}

export function quickText(spec: Spec, limits: WorldLimits, cell: Cell): string {
  return outcomesText(
    runCell(cell, { spec, limits: limits[cell.world.id] ?? {}, runs: { from: 0, to: QUICK_RUNS } }),
  );
}

export function writeQuick(spec: Spec, seen: QuickRuns): void {
  writeFileSync(PATH, `${JSON.stringify(seen, null, 2)}\n`);
  console.log(`version ${spec.version}: kept in ${PATH}`);
}

export function keptQuick(): QuickRuns {
  return JSON.parse(readFileSync(PATH, 'utf8')) as QuickRuns;
}

/** Whether all counts are the ones that are kept; says which are not. */
export function compareQuick(spec: Spec, seen: QuickRuns): boolean {
  const kept = keptQuick();
  if (kept.version !== spec.version) {
    console.log(`${PATH} is of version ${kept.version}, the spec of ${spec.version}`);
    return false;
  }
  const ids = new Set([...Object.keys(kept.cells), ...Object.keys(seen.cells)]);
  const others = [...ids].filter((id) => kept.cells[id] !== seen.cells[id]);
  for (const id of others)
    console.log(`${id}\n  kept ${kept.cells[id] ?? 'not'}\n  seen ${seen.cells[id] ?? 'not'}`);
  console.log(`${ids.size - others.length} of ${ids.size} cells as they were kept`);
  return others.length === 0;
}
