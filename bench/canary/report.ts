/** The tables of every cell, where the present method loses, and what was to be reached: made from the outcomes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { report } from '../results.ts';
import type { Finding } from '../spread.ts';
import { duels, harmRatio, shownHarm, USABLE_FALSE_ALARMS, whereWeLose } from './comparison.ts';
import { evaluationsPerSecond } from './evaluation-speed.ts';
import { readLimits } from './limits.ts';
import { outcomesText } from './outcomes.ts';
import { type FullOutcomes, readShards } from './shards.ts';
import type { Spec } from './spec.ts';
import { type CellSummary, type JudgeSummary, summarize } from './summary.ts';

const TABLES = 'bench/results/canary.md';
const OURS = 'ours';
const MAX_FALSE_ALARMS = 1;
const LEAST_EVALUATIONS = 100_000;
/** Scenarios with regressions of twice the rate and more, in which Kayenta is to be beaten. */
const LARGE = ['x2', 'x5', 'x20', 'share-30', 'share-100', 'one-pod', 'onset', 'leak'];

/** Writes the tables and the findings of all shards; the exit code is 1 where something was not reached. */
export function writeReport(spec: Spec): void {
  const { headers, outcomes } = readShards(spec, readLimits(spec));
  const summaries = summarize(spec, outcomes);
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(TABLES, tables(spec, summaries));
  report('canary', findings(spec, summaries), { shards: headers, cells: cellTexts(outcomes) });
}

function cellTexts(outcomes: FullOutcomes): Record<string, string> {
  return Object.fromEntries([...outcomes].map(([id, cell]) => [id, outcomesText(cell)]));
}

export function findings(spec: Spec, summaries: readonly CellSummary[]): Finding[] {
  const alarms = summaries
    .filter(({ cell }) => cell.scenario.independent)
    .map(({ judges }) => (judges.get(OURS)?.rolledBack.value ?? NaN) * 100);
  const against = (rivals: string[], scenarios?: string[]) =>
    duels(summaries, { ours: OURS, rivals, calibration: spec.calibration })
      .filter(({ scenario }) => !scenarios || scenarios.includes(scenario))
      .map(harmRatio);
  const documented = against(['argo-doc', 'argo-strict', 'flagger-doc']);
  const kayenta = against(['kayenta-5m'], LARGE);
  const speed = evaluationsPerSecond();
  const fewer = { unit: 'of theirs', target: 'under 1 in every cell' };
  return [
    {
      what: 'false alarms in good cells with independent requests',
      ...spreadOf(alarms),
      unit: '%',
      target: `at most ${MAX_FALSE_ALARMS}`,
      reached: Math.max(...alarms) <= MAX_FALSE_ALARMS,
    },
    {
      what: "requests harmed, in those of Argo's and Flagger's documented settings",
      ...spreadOf(documented),
      ...fewer,
      reached: Math.max(...documented) < 1,
    },
    {
      what: 'requests harmed, in those of Kayenta every five minutes, by twice the rate and more',
      ...spreadOf(kayenta),
      ...fewer,
      reached: Math.max(...kayenta) < 1,
    },
    {
      what: 'evaluations of a check by one core',
      ...spreadOf([speed]),
      unit: '/s',
      target: `at least ${LEAST_EVALUATIONS}`,
      reached: speed >= LEAST_EVALUATIONS,
    },
  ];
}

/** To three digits: `spread` is for whole numbers. */
function spreadOf(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number((sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toPrecision(3));
  return { n: sorted.length, min: at(0), median: at(0.5), max: at(1) };
}

/** The whole text of the tables, in Markdown. */
export function tables(spec: Spec, summaries: readonly CellSummary[]): string {
  const documented = Object.keys(spec.judges);
  const tuned = Object.keys(spec.tuned);
  const losses = (ours: string, judges: readonly string[]) => {
    const rivals = judges.filter((id) => !id.includes('ours'));
    return whereWeLose(duels(summaries, { ours, rivals, calibration: spec.calibration }))
      .map((text) => `- ${text}`)
      .join('\n');
  };
  const percent = USABLE_FALSE_ALARMS * 100;
  return `${[
    '# Judges of releases, compared',
    `Version ${spec.version} of bench/canary/spec.json. Made by \`npm run bench -- canary --report\`; do not edit.`,
    READING,
    '## Where we lose',
    `Rivals that take back at most ${percent} % of the good releases of the same world, and bad cells in which
they harm fewer requests than \`ours\`, as documented:`,
    losses(OURS, documented),
    'The same with every judge tuned to 1 % false alarms, ours too:',
    losses('tuned-ours', tuned),
    '## As documented',
    ...worldTables(summaries, [...documented, 'ours-passes']),
    '## Tuned to 1 % false alarms where nothing changes',
    ...worldTables(summaries, tuned),
  ].join('\n\n')}\n`;
}

const READING = `Of good releases, the first seven of each table, a field has the false alarms in percent with the 95 % interval; of
\`ours-passes\` the releases that were shown to be good, and after how many minutes half of them were. Of bad ones: the
releases that were taken back, the minutes until half and nine tenths of those were, the requests that were bad because
of the candidate, averaged over all runs, and in brackets the same with an hour of the whole traffic where it was
promoted. Requests are counted by expectation.`;

function worldTables(summaries: readonly CellSummary[], judges: readonly string[]): string[] {
  const worlds = [...new Set(summaries.map(({ cell }) => cell.world.id))];
  return worlds.flatMap((world) => {
    const rows = summaries
      .filter(({ cell }) => cell.world.id === world)
      .map(({ cell, judges: seen }) => {
        const isGood = cell.scenario.release === 'good';
        const fields = judges.map((id) => fieldOf(seen.get(id), id, isGood));
        return `| ${[cell.scenarioName, ...fields].join(' | ')} |`;
      });
    const head = `| scenario | ${judges.join(' | ')} |`;
    const line = `| --- ${judges.map(() => '| --- ').join('')}|`;
    return [`### ${world}`, [head, line, ...rows].join('\n')];
  });
}

function fieldOf(summary: JudgeSummary | undefined, judge: string, isGood: boolean): string {
  if (!summary) return '';
  const { value, low, high } = summary.rolledBack;
  const percent = (share: number) => (share * 100).toFixed(1);
  const share = `${percent(value)} (${percent(low)}-${percent(high)})`;
  const at = Number.isNaN(summary.medianMinutes) ? '-' : summary.medianMinutes;
  if (isGood) return judge === 'ours-passes' ? `${share}, ${at} min` : share;
  const late = Number.isNaN(summary.p90Minutes) ? '-' : summary.p90Minutes;
  const harm = `${shownHarm(summary.excess.value)} ± ${shownHarm(summary.excess.high - summary.excess.value)}`;
  return `${share}, ${at}/${late} min, ${harm} (${shownHarm(summary.excessAfter.value)})`;
}
