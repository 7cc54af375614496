/** What a warm-up spares good releases whose first minute is bad, and what it costs where a release is bad, in words. */
import { duels, harmRatio, shownHarm } from './comparison.ts';
import type { Spec } from './spec.ts';
import { type CellSummary, PRODUCT, WARMED_UP } from './summary.ts';

/** Of good releases: more than this is too many. */
const MANY = 0.01;
const MEASURES = { errors: 'Errors', latency: 'Response times' } as const;
type Measure = keyof typeof MEASURES;

/** A line for each measure that was asked with a warm-up. */
export function warmUpText(spec: Spec, summaries: readonly CellSummary[]): string {
  return (['errors', 'latency'] as const)
    .map((measure) => {
      const of = summaries.filter(({ cell }) => cell.world.measure === measure);
      return `- ${MEASURES[measure]}: ${[sparedText(of), costText(spec, of, measure)].join(' ')}`;
    })
    .join('\n');
}

function sparedText(all: readonly CellSummary[]): string {
  const cold = all.filter(({ cell }) => cell.scenario.shape === 'start-up');
  const without = alarmsOf(cold, PRODUCT);
  const warmed = alarmsOf(cold, WARMED_UP);
  const least = `${percent(MANY)} %`;
  const others = all.filter(({ cell }) => cell.scenario.independent);
  return [
    `without it more than ${least} of the good releases whose first minute is bad are taken back in ${without.many} of`,
    `${without.count} worlds, ${percent(without.most)} % in \`${without.world}\`; with it in ${warmed.many}, and ${percent(warmed.most)} % at most.`,
    `Of the other good releases with independent requests ${percent(alarmsOf(others, WARMED_UP).most)} % at most, without it`,
    `${percent(alarmsOf(others, PRODUCT).most)} %.`,
  ].join(' ');
}

interface Alarms {
  count: number;
  /** Cells in which they are too many. */
  many: number;
  /** The largest share, and the world of its cell. */
  most: number;
  world: string;
}

function alarmsOf(all: readonly CellSummary[], judge: string): Alarms {
  const shares = all.flatMap(({ cell, judges }) => {
    const share = judges.get(judge)?.rolledBack.value;
    return share === undefined ? [] : [{ share, world: cell.world.id }];
  });
  const [most = { share: NaN, world: '' }] = shares.toSorted((a, b) => b.share - a.share);
  const many = shares.filter(({ share }) => share > MANY).length;
  return { count: shares.length, many, most: most.share, world: most.world };
}

/** In bad cells, what users bear with a warm-up in what they bear without. */
function costText(spec: Spec, all: readonly CellSummary[], measure: Measure): string {
  const { calibration } = spec;
  const met = duels(all, { ours: WARMED_UP, rivals: [PRODUCT], calibration });
  const rising = met.toSorted((a, b) => harmRatio(a) - harmRatio(b));
  const [median, most] = [rising[Math.floor((rising.length - 1) / 2)], rising.at(-1)];
  if (!median || !most) return 'Of bad releases nothing was asked.';
  const [warm, without] = [most.ours.excess.value, most.theirs.excess.value].map(shownHarm);
  const unit = measure === 'errors' ? 'bad requests' : 'seconds';
  return [
    `In ${met.length} bad cells users are harmed ${harmRatio(median).toFixed(2)} times as much by median, and`,
    `${harmRatio(most).toFixed(1)} times at most, by ${warm} ${unit} and not ${without}, in \`${most.cell}\`.`,
  ].join(' ');
}

function percent(share: number): string {
  return (share * 100).toFixed(2);
}
