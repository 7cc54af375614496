/**
 * The limits of the tuned judges: in each world, the lowest one with which no more good releases are taken back than was
 * said. They know stable's true rate, which nobody does; the runs that tune are not those that are judged.
 */
import { scoresOf } from './cell-runs.ts';
import type { Limits } from './judges.ts';
import { cellsOf, type Spec, type World } from './spec.ts';

export function calibrate(world: World, spec: Spec): Limits {
  const id = `${world.id}/${spec.calibration}`;
  const cell = cellsOf(spec).find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  return Object.fromEntries(
    [...scoresOf(cell, spec)].map(([judge, scores]) => [judge, limitFor(scores, spec.falseAlarms)]),
  );
}

/** The limit that at most the share `falseAlarms` of the scores is over. */
export function limitFor(scores: readonly number[], falseAlarms: number): number {
  const falling = scores.toSorted((a, b) => b - a);
  return falling[Math.floor(falseAlarms * scores.length)] ?? NaN;
}
