/** How many times a second one core evaluates a check by the present method. */
import { drawHour, settingOf } from './hour.ts';
import { shareTestLooks } from './share-test-rule.ts';
import { errorCellsOf, readSpec } from './spec.ts';

const HOURS = 200;
/** Errors in every tick, so that every tick is evaluated. */
const CELL = 'flat10/200rps/1%/alike';

export function evaluationsPerSecond(): number {
  const spec = readSpec();
  const cell = errorCellsOf(spec).find(({ id }) => id === CELL);
  if (!cell) throw new Error(`no cell ${CELL}`);
  const setting = settingOf(cell, spec);
  const hours = Array.from({ length: HOURS }, (_, run) => drawHour(setting, String(run)));
  const rule = { margin: 1.25, cap: 10, warmupTicks: 0 };
  let looks = 0;
  const started = process.cpuUsage();
  for (const hour of hours) for (const _ of shareTestLooks(hour, rule)) looks += 1;
  const { user, system } = process.cpuUsage(started);
  return looks / ((user + system) / 1e6);
}
