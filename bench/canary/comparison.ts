/** Who harms users less than whom: by bad requests, or by the time that they wait. */
import type { CellSummary, JudgeSummary } from './summary.ts';

/** Of good releases, up to which a judge is taken for one that can be used. */
export const USABLE_FALSE_ALARMS = 0.02;
/** Of an average: judges may be asked in different numbers of runs. */
const ROUNDING = 1e-9;

/** Ours and another judge in a bad cell in which the other can be used. */
export interface Duel {
  cell: string;
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
        return [{ cell: cell.id, scenario: cell.scenarioName, rival, ours: mine, theirs }];
      });
    });
}

/** Ours in theirs; 1 where they are the same but for rounding, as where neither finds anything. */
export function harmRatio({ ours, theirs }: Duel): number {
  const [mine, other] = [ours.excess.value, theirs.excess.value];
  return Math.abs(mine - other) <= ROUNDING * other ? 1 : mine / other;
}

/** A sentence for every rival, with every cell in which it harms users less. */
export function whereWeLose(all: readonly Duel[]): string[] {
  const rivals = [...new Set(all.map(({ rival }) => rival))];
  return rivals.flatMap((rival) => {
    const met = all.filter((duel) => duel.rival === rival);
    const lost = met.filter((duel) => harmRatio(duel) > 1);
    const even = met.filter((duel) => harmRatio(duel) === 1).length;
    const head = `\`${rival}\` can be used in ${met.length} bad cells`;
    const same = even > 0 ? `, harms as much in ${even}` : '';
    if (lost.length === 0) return [`${head}${same}, and less in none.`];
    const cells = lost.map((duel) => `\`${duel.cell}\` ${lossText(duel)}`);
    return [`${head}${same}, and less in ${lost.length}: ${cells.join('; ')}.`];
  });
}

function lossText({ ours, theirs }: Duel): string {
  const numbers = `${shownHarm(theirs.excess.value)} against ${shownHarm(ours.excess.value)}`;
  return theirs.excess.high >= ours.excess.low ? `${numbers} (may be chance)` : numbers;
}

/** Three digits are more than enough. */
export function shownHarm(requests: number): string {
  return requests >= 100 ? requests.toFixed(0) : requests.toPrecision(2);
}
