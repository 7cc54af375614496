/**
 * The limits of the tuned judges: in each world, the lowest one with which no more good releases are taken back than was
 * said. They know stable's true rate, which nobody does; the runs that tune are not those that are judged.
 */
import { drawBaseline, drawHour, settingOf } from './hour.ts';
import { type Limits, ruleOf, type Evidence, type Rule } from './judges.ts';
import type { Cell, Spec, World } from './spec.ts';

/** Values are kept with so many digits: JSON has no -Infinity. */
const NEVER = -1e300;

export function calibrate(world: World, spec: Spec): Limits {
  const scenario = spec.scenarios[spec.calibration];
  if (!scenario) throw new Error(`no scenario ${spec.calibration}`);
  const id = `${world.id}/${spec.calibration}`;
  const cell: Cell = { id, scenarioName: spec.calibration, scenario, world };
  const rules = Object.entries(spec.tuned).map(([judge, tuned]) => ({
    judge,
    needsBaseline: tuned.rule === 'kayenta',
    rule: ruleOf(tuned),
    scores: [] as number[],
  }));
  const setting = settingOf(cell, spec);
  const { calibration, kayenta } = spec.runs;
  for (let i = 0; i < calibration; i += 1) {
    const run = `tuning ${i}`;
    const hour = drawHour(setting, run);
    const baseline = i < kayenta ? drawBaseline(setting, hour, run) : undefined;
    for (const { needsBaseline, rule, scores } of rules)
      if (baseline || !needsBaseline)
        scores.push(mostOf(rule, { hour, ...(baseline && { baseline }) }));
  }
  return Object.fromEntries(
    rules.map(({ judge, scores }) => [judge, limitFor(scores, spec.falseAlarms)]),
  );
}

/** The limit that at most the share `falseAlarms` of the scores is over. */
export function limitFor(scores: readonly number[], falseAlarms: number): number {
  const falling = scores.toSorted((a, b) => b - a);
  return falling[Math.floor(falseAlarms * scores.length)] ?? NEVER;
}

function mostOf(rule: Rule, evidence: Evidence): number {
  let most = NEVER;
  for (const { value } of rule(evidence)) most = Math.max(most, value);
  return most;
}
