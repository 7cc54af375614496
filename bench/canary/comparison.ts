/** Who harms users less than whom: by bad requests, or by the time that they wait. */
import type { CellSummary, JudgeSummary } from './summary.ts';

/** Of good releases, up to which a judge is taken for one that can be used. */
export const USABLE_FALSE_ALARMS = 0.02;
/** Of an average: judges may be asked in different numbers of runs. */
const ROUNDING = 1e-9;

/** Ours and another judge in a bad cell in which the other can be used. */
export interface Duel {
  cell: string;
  world: string;
  scenario: string;
  rival: string;
  ours: JudgeSummary;
  theirs: JudgeSummary;
}

/** In every bad cell: our judge against each rival whose false alarms are few enough in that world. */
export function duels(
  summaries: readonly CellSummary[],
  { ours, rivals, calibration }: { ours: string; rivals: readonly string[]; calibration: string },
): Duel[] {
  const alike = new Map(
    summaries
      .filter(({ cell }) => cell.scenarioName === calibration)
      .map(({ cell, judges }) => [cell.world.id, judges]),
  );
  return summaries
    .filter(({ cell }) => cell.scenario.release === 'bad')
    .flatMap(({ cell, judges }) => {
      const mine = judges.get(ours);
      return rivals.flatMap((rival): Duel[] => {
        const theirs = judges.get(rival);
        const alarms = alike.get(cell.world.id)?.get(rival)?.rolledBack.value ?? 1;
        if (!mine || !theirs || alarms > USABLE_FALSE_ALARMS) return [];
        const { id, world, scenarioName: scenario } = cell;
        return [{ cell: id, world: world.id, scenario, rival, ours: mine, theirs }];
      });
    });
}

/** Ours in theirs; 1 where they are the same but for rounding, as where neither finds anything. */
export function harmRatio({ ours, theirs }: Duel): number {
  const [mine, other] = [ours.excess.value, theirs.excess.value];
  return Math.abs(mine - other) <= ROUNDING * other ? 1 : mine / other;
}

/** A sentence for every rival, with every cell in which it harms users less by more than chance. */
export function whereWeLose(all: readonly Duel[]): string[] {
  const rivals = [...new Set(all.map(({ rival }) => rival))];
  return rivals.map((rival) => {
    const met = all.filter((duel) => duel.rival === rival);
    const lost = met.filter((duel) => harmRatio(duel) > 1);
    const even = met.filter((duel) => harmRatio(duel) === 1).length;
    const same = even > 0 ? `, harms as much in ${even}` : '';
    return `\`${rival}\` can be used in ${met.length} bad cells${same}, and less in ${lossesText(lost)}.`;
  });
}

/** How many, how many of them by what may be chance, and the others by their worlds: theirs against ours. */
export function lossesText(lost: readonly Duel[]): string {
  if (lost.length === 0) return 'none';
  const clear = lost.filter((duel) => !mayBeChance(duel));
  const chance = lost.length - clear.length;
  const head = `${lost.length}${chance > 0 ? `, ${chance} of them by what may be chance` : ''}`;
  const worlds = [...new Set(clear.map(({ world }) => world))];
  const texts = worlds.map((world) => {
    const cells = clear.filter((duel) => duel.world === world);
    return `\`${world}\` ${cells.map(lossText).join(', ')}`;
  });
  return texts.length > 0 ? `${head}: ${texts.join('; ')}` : head;
}

/** The intervals overlap. */
function mayBeChance({ ours, theirs }: Duel): boolean {
  return theirs.excess.high >= ours.excess.low;
}

function lossText({ scenario, ours, theirs }: Duel): string {
  return `${scenario} ${shownHarm(theirs.excess.value)} against ${shownHarm(ours.excess.value)}`;
}

/** Three digits are more than enough. */
export function shownHarm(requests: number): string {
  return requests >= 100 ? requests.toFixed(0) : requests.toPrecision(2);
}
