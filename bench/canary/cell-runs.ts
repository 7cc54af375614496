/** Runs of one cell: the same hour for every judge. */
import { drawBaseline, drawHour, settingOf } from './hour.ts';
import { type Judge, judgesOf, type Limits, passingJudge, rollbacks } from './judges.ts';
import type { CellOutcomes } from './outcomes.ts';
import type { Cell, Spec } from './spec.ts';

export interface Order {
  spec: Spec;
  /** Of the cell's world. */
  limits: Limits;
  /** Runs from 0 on. */
  runs: number;
}

export function runCell(cell: Cell, { spec, limits, runs }: Order): CellOutcomes {
  const setting = settingOf(cell, spec);
  const all = judgesOf(spec, limits);
  if (cell.scenario.release === 'good') all.push(passingJudge(spec));
  const cheap = all.filter((judge) => !judge.needsBaseline);
  const counted = new Map(all.map((judge) => [judge, { runs: 0, at: new Map<number, number>() }]));
  for (let run = 0; run < runs; run += 1) {
    const hour = drawHour(setting, String(run));
    const withKayenta = run < spec.runs.kayenta;
    const baseline = withKayenta ? drawBaseline(setting, hour, String(run)) : undefined;
    const judges: readonly Judge[] = withKayenta ? all : cheap;
    rollbacks(judges, { hour, ...(baseline && { baseline }) }).forEach((at, i) => {
      const judge = judges[i];
      const outcome = judge && counted.get(judge);
      if (!outcome) return;
      outcome.runs += 1;
      if (at !== undefined) outcome.at.set(at, (outcome.at.get(at) ?? 0) + 1);
    });
  }
  return new Map([...counted].map(([judge, outcome]) => [judge.id, outcome]));
}

/** How many the full benchmark has. */
export function runsOf({ scenario }: Cell, { runs }: Spec): number {
  return runs[scenario.release];
}
