/** What was to be reached, in numbers and in words. */
import { type Duel, duels, harmRatio, lossesText } from './comparison.ts';
import type { Spec } from './spec.ts';
import { type CellSummary, PRODUCT } from './summary.ts';

/** The share test by one margin: what a check does with `margin: 1.25`. */
export const OURS = 'ours';
const MAX_FALSE_ALARMS = 0.01;
/** Scenarios with regressions of twice the rate and more, in which Kayenta is to be beaten. */
const LARGE = [
  'x2',
  'stable-x0.5-x2',
  'x5',
  'x20',
  'share-30',
  'share-100',
  'one-pod',
  'onset',
  'leak',
];

/** One of them. */
export interface Target {
  what: string;
  target: string;
  reached: boolean;
  /** For every cell that counts: false alarms in percent, or our harm in theirs. */
  values: number[];
  unit: string;
  /** Where it is missed, and by how much. */
  words: string;
}

/** @param ours the judge that is to reach them */
export function targetsOf(
  spec: Spec,
  summaries: readonly CellSummary[],
  ours: string = PRODUCT,
): Target[] {
  const against = (rivals: string[], scenarios?: string[]) =>
    duels(summaries, { ours, rivals, calibration: spec.calibration }).filter(
      ({ scenario }) => !scenarios || scenarios.includes(scenario),
    );
  return [
    falseAlarmTarget(summaries, ours),
    harmTarget(
      "harm of users, in that of Argo's and Flagger's documented settings where they can be used",
      against(['argo-doc', 'argo-strict', 'flagger-doc']),
    ),
    harmTarget(
      'harm of users, in that of Kayenta every five minutes, by twice the rate and more',
      against(['kayenta-5m'], LARGE),
    ),
  ];
}

function falseAlarmTarget(summaries: readonly CellSummary[], ours: string): Target {
  const cells = summaries.flatMap(({ cell, judges }) => {
    const share = judges.get(ours)?.rolledBack;
    return cell.scenario.independent && share ? [{ id: cell.id, ...share }] : [];
  });
  const over = cells.filter(({ value }) => value > MAX_FALSE_ALARMS);
  const percent = (share: number) => (share * 100).toFixed(2);
  const list = over.map(
    ({ id, value, low, high }) => `\`${id}\` ${percent(value)} (${percent(low)}-${percent(high)})`,
  );
  return {
    what: 'false alarms in good cells with independent requests',
    target: `at most ${MAX_FALSE_ALARMS * 100}`,
    reached: over.length === 0,
    values: cells.map(({ value }) => value * 100),
    unit: '%',
    words:
      over.length === 0
        ? `${percent(Math.max(...cells.map(({ value }) => value)))} % at most in ${cells.length} cells.`
        : `over it in ${over.length} of ${cells.length} cells: ${list.join('; ')}.`,
  };
}

function harmTarget(what: string, all: readonly Duel[]): Target {
  const values = all.map(harmRatio);
  const fewer = values.filter((ratio) => ratio < 1).length;
  const same = all.filter((duel) => harmRatio(duel) === 1);
  const lost = all.filter((duel) => harmRatio(duel) > 1);
  const unseen = same.filter(isUnseen);
  const sentences = [`less in ${fewer} of ${all.length} comparisons`];
  if (same.length > 0)
    sentences.push(
      `as much in ${same.length}, in ${unseen.length} of which neither finds anything: ${placesOf(same)}`,
    );
  const against = rivalsOf(lost).map((rival) => againstText(lost, rival));
  if (lost.length > 0) sentences.push(`more in ${lost.length}: ${against.join('; ')}`);
  return {
    what,
    target: 'under 1 in every cell',
    reached: fewer === all.length,
    values,
    unit: 'of theirs',
    words: `${sentences.join('; ')}.`,
  };
}

function isUnseen({ ours, theirs }: Duel): boolean {
  return ours.rolledBack.value === 0 && theirs.rolledBack.value === 0;
}

/** Worlds, with their scenarios. */
function placesOf(all: readonly Duel[]): string {
  const names = new Map<string, Set<string>>();
  for (const { world, scenario } of all)
    names.set(world, (names.get(world) ?? new Set()).add(scenario));
  return [...names].map(([world, of]) => `\`${world}\` ${[...of].join(' ')}`).join(', ');
}

function rivalsOf(all: readonly Duel[]): string[] {
  return [...new Set(all.map(({ rival }) => rival))];
}

function againstText(lost: readonly Duel[], rival: string): string {
  const cells = lost.filter((duel) => duel.rival === rival);
  return `against \`${rival}\`, ${lossesText(cells)}`;
}

/** A line for each target; those that no cell is about are left out. */
export function targetsText(targets: readonly Target[]): string {
  return targets
    .filter(({ values }) => values.length > 0)
    .map(({ what, target, unit, reached, words }) => {
      const aim = `${what}: ${target}${unit === '%' ? ' %' : ''}`;
      return `- **${reached ? 'Reached' : 'Missed'}**, ${aim}. It is ${words}`;
    })
    .join('\n');
}

/** A row for each of ours, a column for each rival: in how many bad cells, in which the rival can be used, it harms less. */
export function standingsText(
  spec: Spec,
  summaries: readonly CellSummary[],
  { judges, rivals }: { judges: readonly string[]; rivals: readonly string[] },
): string {
  const rows = judges.map((ours) => {
    const fields = rivals.map((rival) => {
      const all = duels(summaries, { ours, rivals: [rival], calibration: spec.calibration });
      const count = (is: (ratio: number) => boolean) => all.map(harmRatio).filter(is).length;
      if (all.length === 0) return '';
      return [count((r) => r < 1), count((r) => r === 1), count((r) => r > 1)].join(' / ');
    });
    return `| ${[ours, ...fields].join(' | ')} |`;
  });
  const head = `| | ${rivals.join(' | ')} |`;
  return [head, `| --- |${rivals.map(() => ' --- |').join('')}`, ...rows].join('\n');
}

/** Of one scenario, by world: the releases that each judge takes back, in percent. */
export function scenarioText(
  summaries: readonly CellSummary[],
  { scenario, judges }: { scenario: string; judges: readonly string[] },
): string {
  const rows = summaries
    .filter(({ cell }) => cell.scenarioName === scenario)
    .map(({ cell, judges: seen }) => {
      const fields = judges.map((id) => {
        const share = seen.get(id)?.rolledBack;
        return share ? (share.value * 100).toFixed(2) : '';
      });
      return `| ${[cell.world.id, ...fields].join(' | ')} |`;
    });
  const head = `| ${scenario} | ${judges.join(' | ')} |`;
  return [head, `| --- |${judges.map(() => ' --- |').join('')}`, ...rows].join('\n');
}
