/** The tables of every cell, where the present method loses, and what was to be reached: made from the outcomes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { report } from '../results.ts';
import type { Finding } from '../spread.ts';
import { duels, shownHarm, USABLE_FALSE_ALARMS, whereWeLose } from './comparison.ts';
import { evaluationSpeeds } from './evaluation-speed.ts';
import { readLimits } from './limits.ts';
import { outcomesText } from './outcomes.ts';
import { type FullOutcomes, readShards } from './shards.ts';
import type { Spec } from './spec.ts';
import {
  type CellSummary,
  type JudgeSummary,
  PRODUCT,
  SHIPPED,
  summarize,
  WARMED_UP,
  WITH_WARMUP,
} from './summary.ts';
import {
  OURS,
  scenarioText,
  standingsText,
  type Target,
  targetsOf,
  targetsText,
} from './targets.ts';
import { validityText } from './validity.ts';
import { warmUpText } from './warm-up.ts';

const TABLES = 'bench/results/canary.md';
const LEAST_EVALUATIONS = 100_000;
/** Hours of each setting in which the promise is put to the test. */
const VALIDITY_RUNS = 2000;

/** Writes the tables and the findings of all shards; the exit code is 1 where something was not reached. */
export function writeReport(spec: Spec): void {
  const { headers, outcomes } = readShards(spec, readLimits(spec));
  const summaries = summarize(spec, outcomes);
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(TABLES, tables(spec, summaries, VALIDITY_RUNS));
  report('canary', findings(spec, summaries), { shards: headers, cells: cellTexts(outcomes) });
}

function cellTexts(outcomes: FullOutcomes): Record<string, string> {
  return Object.fromEntries([...outcomes].map(([id, cell]) => [id, outcomesText(cell)]));
}

export function findings(spec: Spec, summaries: readonly CellSummary[]): Finding[] {
  return [
    ...targetsOf(spec, summaries).map(({ what, values, unit, target, reached }) => ({
      what,
      ...spreadOf(values),
      unit,
      target,
      reached,
    })),
    ...evaluationSpeeds().map(({ check, perSecond }) => {
      const spread = spreadOf(perSecond);
      return {
        what: `evaluations of a check by one core, with their words: ${check}`,
        ...spread,
        unit: '/s',
        target: `at least ${LEAST_EVALUATIONS}`,
        reached: spread.median >= LEAST_EVALUATIONS,
      };
    }),
  ];
}

/** To three digits: `spread` is for whole numbers. */
function spreadOf(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number((sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toPrecision(3));
  return { n: sorted.length, min: at(0), median: at(0.5), max: at(1) };
}

/** The whole text, in Markdown; `hours` of each setting in which the promise is put to the test. */
export function tables(spec: Spec, summaries: readonly CellSummary[], hours: number): string {
  const named = (of: 'judges' | 'tuned') => [
    ...new Set([...Object.keys(spec[of]), ...Object.keys(spec.latency[of])]),
  ];
  const [documented, tuned] = [named('judges'), named('tuned')];
  const isOurs = (id: string) => id.includes('ours');
  const rivals = [...documented, ...tuned].filter((id) => !isOurs(id));
  const mine = [...documented, ...tuned].filter(isOurs);
  const losses = (ours: string, judges: readonly string[]) => {
    const theirs = judges.filter((id) => !isOurs(id));
    return whereWeLose(duels(summaries, { ours, rivals: theirs, calibration: spec.calibration }))
      .map((text) => `- ${text}`)
      .join('\n');
  };
  const percent = USABLE_FALSE_ALARMS * 100;
  const others = documented.filter(
    (id) => isOurs(id) && !isShipped(id) && !id.includes('warmup') && id !== 'ours-margin-1',
  );
  return `${[
    '# Judges of releases, compared',
    `Version ${spec.version} of bench/canary/spec.json. Made by \`npm run bench -- canary --report\`; do not edit.`,
    runsText(spec, summaries),
    READING,
    WHICH,
    '## What was to be reached',
    `By the product. A rival can be used in a world where it takes back at most ${percent} % of the releases of \`alike\`.`,
    targetsText(targetsOf(spec, summaries)),
    ...triedText('the product with a warm-up of 60 s', targetsOf(spec, summaries, WARMED_UP)),
    ...others.flatMap((id) => triedText(`\`${id}\``, targetsOf(spec, summaries, id))),
    '## Where we lose',
    `Bad cells in which rivals that can be used harm users less than the product, as documented:`,
    losses(PRODUCT, documented),
    'The same of `tuned-ours`, with every judge tuned to 1 % false alarms:',
    losses('tuned-ours', tuned),
    'All of ours against all rivals, and against `ours`, in how many bad cells it harms users less / as much / more:',
    standingsText(spec, summaries, {
      judges: [PRODUCT, WARMED_UP, ...mine],
      rivals: [OURS, ...rivals],
    }),
    '## What a warm-up is for',
    `A preset has one of 60 s where nothing else is written, \`compare\` by hand has none.`,
    warmUpText(spec, summaries),
    `The releases in percent that are taken back because of the first minute alone, with it and without:`,
    scenarioText(summaries, {
      scenario: 'start-up',
      judges: [PRODUCT, WARMED_UP, ...documented.filter((id) => isOurs(id) && !isShipped(id))],
    }),
    '## Good releases whose requests are not independent',
    ...['drift', 'bursts'].flatMap((scenario) => [
      scenarioText(summaries, {
        scenario,
        judges: documented.filter((id) => !id.includes('warmup')),
      }),
    ]),
    '## Where the promise is hardest to keep, and where it is not made',
    validityText(hours),
    '## As documented',
    ...worldTables(summaries, Object.keys(spec.judges), Object.keys(spec.latency.judges)),
    '## Tuned to 1 % false alarms where nothing changes',
    ...worldTables(summaries, Object.keys(spec.tuned), Object.keys(spec.latency.tuned)),
  ].join('\n\n')}\n`;
}

/** How many runs there are, of how many. */
function runsText({ runs, latency }: Spec, summaries: readonly CellSummary[]): string {
  const of = (measure: string, release: string) => {
    const seen = summaries.filter(
      ({ cell }) => cell.world.measure === measure && cell.scenario.release === release,
    );
    return Math.max(0, ...seen.map(({ judges }) => judges.get(OURS)?.runs ?? 0));
  };
  return `Made of ${of('errors', 'good')} of ${runs.good} runs of each good cell and ${of('errors', 'bad')} of ${runs.bad} of each bad one; of
response times ${of('latency', 'good')} of ${latency.runs.good} and ${of('latency', 'bad')} of ${latency.runs.bad}. Kayenta, which takes long, is asked in ${runs.kayenta} of
them at most.`;
}

function triedText(whom: string, targets: readonly Target[]): string[] {
  const text = targetsText(targets);
  return text === '' ? [`- By ${whom} nothing of it was asked.`] : [`The same by ${whom}:`, text];
}

function isShipped(id: string): boolean {
  return [SHIPPED, WITH_WARMUP].flatMap((of) => Object.values<string>(of)).includes(id);
}

const WHICH = `A check with \`compare: {}\` judges errors as \`${SHIPPED.errors}\` and response times as \`${SHIPPED.latency}\`: they are
"the product" here, and have kept the names under which they were tried, with their streams. \`ours\` was the product
before; it is what a check with \`margin: 1.25\` makes of errors. docs/adr/0023-what-checks-compare-by.md says why.`;

const READING = `Of good releases, the first of each table, a field has the false alarms in percent with the 95 % interval; of
\`ours-passes\` the releases that were shown to be good, and after how many minutes half of them were. Of bad ones: the
releases that were taken back, the minutes until half and nine tenths of those were, the requests that were bad because
of the candidate, averaged over all runs, and in brackets the same with an hour of the whole traffic where it was
promoted. Of response times it is the seconds that users waited longer instead. Both are counted by expectation.`;

function worldTables(
  summaries: readonly CellSummary[],
  ofErrors: readonly string[],
  ofLatency: readonly string[],
): string[] {
  const worlds = [...new Set(summaries.map(({ cell }) => cell.world))];
  return worlds.flatMap(({ id: world, measure }) => {
    const judges = measure === 'errors' ? ofErrors : ofLatency;
    const columns = judges.includes(OURS) ? [...judges, 'ours-passes'] : judges;
    const rows = summaries
      .filter(({ cell }) => cell.world.id === world)
      .map(({ cell, judges: seen }) => {
        const isGood = cell.scenario.release === 'good';
        const fields = columns.map((id) => fieldOf(seen.get(id), id, isGood));
        return `| ${[cell.scenarioName, ...fields].join(' | ')} |`;
      });
    const head = `| scenario | ${columns.join(' | ')} |`;
    const line = `| --- ${columns.map(() => '| --- ').join('')}|`;
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
