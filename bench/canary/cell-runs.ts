/** Runs of one cell: the same hour for every judge. */
import { errorJudges, passingJudge, ruleOf } from './error-judges.ts';
import { drawBaseline, drawHour, settingOf } from './hour.ts';
import { type Judge, type Limits, rollbacks, type Rule } from './judges.ts';
import { drawLatencyBaseline, drawLatencyHour, latencySettingOf } from './latency-hour.ts';
import { latencyJudges, latencyPassingJudge, latencyRuleOf } from './latency-judges.ts';
import type { CellOutcomes } from './outcomes.ts';
import type { Cell, ErrorCell, LatencyCell, Spec } from './spec.ts';

export interface Order {
  spec: Spec;
  /** Of the cell's world. */
  limits: Limits;
  runs: Range;
  /** Those that are asked, by their ids; all where it is left out. */
  judges?: readonly string[] | undefined;
}

/** Runs by their number, of which `to` is not one. */
export interface Range {
  from: number;
  to: number;
}

/** How one run is drawn: with a baseline for those that need one. */
type Draw<Evidence> = (run: string, withBaseline: boolean) => Evidence;

export function runCell(cell: Cell, order: Order): CellOutcomes {
  return isOfErrors(cell)
    ? outcomesOf(drawerOf(cell, order.spec), judgesOfErrors(cell, order), order)
    : outcomesOf(latencyDrawerOf(cell, order.spec), judgesOfLatency(cell, order), order);
}

/** How many the full benchmark has. */
export function runsOf(cell: Cell, { runs, latency }: Spec): number {
  return (isOfErrors(cell) ? runs : latency.runs)[cell.scenario.release];
}

/** The most that each tuned rule of the spec says in the runs that tune, by its judge. */
export function scoresOf(cell: Cell, spec: Spec): Map<string, number[]> {
  return isOfErrors(cell)
    ? scores(drawerOf(cell, spec), rulesOf(spec.tuned, ruleOf), spec)
    : scores(latencyDrawerOf(cell, spec), rulesOf(spec.latency.tuned, latencyRuleOf), spec);
}

export function isOfErrors(cell: Cell): cell is ErrorCell {
  return cell.world.measure === 'errors';
}

function judgesOfErrors({ scenario }: ErrorCell, { spec, limits }: Order) {
  const passes = scenario.release === 'good' ? [passingJudge(spec)] : [];
  return [...errorJudges(spec, limits), ...passes];
}

function judgesOfLatency({ scenario }: LatencyCell, { spec, limits }: Order) {
  const passes = scenario.release === 'good' ? [latencyPassingJudge(spec)] : [];
  return [...latencyJudges(spec, limits), ...passes];
}

function drawerOf(cell: ErrorCell, spec: Spec) {
  const setting = settingOf(cell, spec);
  return (run: string, withBaseline: boolean) => {
    const hour = drawHour(setting, run);
    return { hour, ...(withBaseline && { baseline: drawBaseline(setting, hour, run) }) };
  };
}

function latencyDrawerOf(cell: LatencyCell, spec: Spec) {
  const setting = latencySettingOf(cell, spec);
  return (run: string, withBaseline: boolean) => {
    const hour = drawLatencyHour(setting, run);
    return { hour, ...(withBaseline && { baseline: drawLatencyBaseline(setting, hour, run) }) };
  };
}

function outcomesOf<Evidence>(
  draw: Draw<Evidence>,
  known: readonly Judge<Evidence>[],
  { spec, runs, judges: asked }: Order,
): CellOutcomes {
  const all = known.filter(({ id }) => asked?.includes(id) ?? true);
  const cheap = all.filter((judge) => !judge.isCostly);
  const counted = new Map(all.map((judge) => [judge, { runs: 0, at: new Map<number, number>() }]));
  for (let run = runs.from; run < runs.to; run += 1) {
    const asksAll = run < spec.runs.kayenta;
    const judges = asksAll ? all : cheap;
    rollbacks(judges, draw(String(run), judges.length > cheap.length)).forEach((at, i) => {
      const judge = judges[i];
      const outcome = judge && counted.get(judge);
      if (!outcome) return;
      outcome.runs += 1;
      if (at !== undefined) outcome.at.set(at, (outcome.at.get(at) ?? 0) + 1);
    });
  }
  return new Map([...counted].map(([judge, outcome]) => [judge.id, outcome]));
}

interface TunedRule<Evidence> {
  judge: string;
  rule: Rule<Evidence>;
  isCostly: boolean;
}

function rulesOf<T extends { rule: string }, Evidence>(
  tuned: Readonly<Record<string, T>>,
  of: (spec: T) => Rule<Evidence>,
): TunedRule<Evidence>[] {
  return Object.entries(tuned).map(([judge, spec]) => ({
    judge,
    rule: of(spec),
    isCostly: spec.rule === 'kayenta',
  }));
}

/** What is kept has so many digits at most, and JSON has no -Infinity. */
const NEVER = -1e300;

function scores<Evidence>(
  draw: Draw<Evidence>,
  rules: readonly TunedRule<Evidence>[],
  { runs }: Spec,
): Map<string, number[]> {
  const most = new Map(rules.map(({ judge }) => [judge, [] as number[]]));
  for (let i = 0; i < runs.calibration; i += 1) {
    const asksAll = i < runs.kayenta;
    const evidence = draw(`tuning ${i}`, asksAll);
    for (const { judge, rule, isCostly } of rules) {
      if (isCostly && !asksAll) continue;
      let score = NEVER;
      for (const { value } of rule(evidence)) score = Math.max(score, value);
      most.get(judge)?.push(score);
    }
  }
  return most;
}
