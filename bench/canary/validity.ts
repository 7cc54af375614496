/**
 * Is the promise kept where it is hardest to keep: at the very margin, looked at in every tick, while weights and rates do
 * what they like? And what becomes of it where nothing is promised: requests that depend on each other.
 */
import { wilson } from '../../src/stats/binomial-interval.ts';
import { logThreshold } from '../../src/stats/mixture.ts';
import { type Next, seedOf, uniform } from './generator.ts';
import { growingMarginLooks } from './growing-margin-rule.ts';
import type { Hour } from './hour.ts';
import type { Look } from './judges.ts';
import { binomial, poisson } from './samplers.ts';
import { shareTestLooks } from './share-test-rule.ts';

const TICKS = 240;
const ALPHA = 0.01;

/** A judge, and the most that the candidate's rate may be in stable's for its promise. */
export interface Promised {
  id: string;
  ratio: number;
  looks: (hour: Hour) => Iterable<Look>;
}

const SHARE = { cap: 10, warmupTicks: 0 };
const GROWING = {
  margin: 1.25,
  wholeAfter: 40,
  cap: 10,
  heldBack: 0,
  heldTicks: 80,
  warmupTicks: 0,
};
const ANY_START = { ...GROWING, cap: 12, heldBack: 0.3 };

/** Those of spec.json. */
export const PROMISED: readonly Promised[] = [
  { id: 'ours', ratio: 1.25, looks: (hour) => shareTestLooks(hour, { ...SHARE, margin: 1.25 }) },
  { id: 'ours-margin-1', ratio: 1, looks: (hour) => shareTestLooks(hour, { ...SHARE, margin: 1 }) },
  { id: 'ours-growing-margin', ratio: 1, looks: (hour) => growingMarginLooks(hour, GROWING) },
  { id: 'ours-any-start', ratio: 1, looks: (hour) => growingMarginLooks(hour, ANY_START) },
];

/** What a setting makes of a tick; `lead` is by how many bad requests the candidate is ahead of its share so far. */
export interface Setting {
  name: string;
  requestsPerTick: number;
  weight: (next: Next, lead: number) => number;
  /** Of stable. */
  badShare: (next: Next) => number;
  /** Every bad request is sent again so many times at once, and bad again. */
  repeats: number;
  /** Of the candidate in stable's; where it is left out, all that is promised. */
  ratio?: number;
}

const STEADY = { requestsPerTick: 300, weight: () => 0.1, badShare: () => 0.01, repeats: 0 };
const anyWeight = (next: Next) => 0.01 + 0.89 * next();

export const HARDEST: readonly Setting[] = [
  { ...STEADY, name: 'steady' },
  { ...STEADY, name: '30 % bad', badShare: () => 0.3 },
  { ...STEADY, name: 'another weight in every tick', weight: anyWeight },
  {
    ...STEADY,
    name: 'half of the traffic while the candidate looks bad, else 2 %',
    weight: (_, lead) => (lead > 0 ? 0.5 : 0.02),
  },
  {
    ...STEADY,
    name: 'another weight and up to 30 times the rate in every tick',
    weight: anyWeight,
    badShare: (next) => 0.01 * 30 ** next(),
  },
];

export const DEPENDENT: readonly Setting[] = [0, 1, 2, 4, 9].map((repeats) => ({
  ...STEADY,
  name: repeats === 0 ? 'none' : `${repeats}, at once`,
  repeats,
  ratio: 1,
}));

/** The same where a margin that grows to 1.25 promises nothing: a candidate that is so much worse. */
export const AT_THE_MARGIN: readonly Setting[] = HARDEST.map((setting) => ({
  ...setting,
  ratio: 1.25,
}));

/** Of so many hours, the share in which each of them takes the release back; those with one ratio see the same hours. */
export function alarmsIn(setting: Setting, judges: readonly Promised[], runs: number) {
  const limit = logThreshold(ALPHA);
  const alarms = judges.map(() => 0);
  for (let run = 0; run < runs; run += 1) {
    const hours = new Map<number, Hour>();
    for (const [i, { ratio: promised, looks }] of judges.entries()) {
      const ratio = setting.ratio ?? promised;
      const hour = hours.get(ratio) ?? drawTrial(setting, ratio, run);
      hours.set(ratio, hour);
      if (isOver(looks(hour), limit)) alarms[i] = (alarms[i] ?? 0) + 1;
    }
  }
  return alarms.map((bad) => ({ value: bad / runs, ...wilson({ total: runs, bad }, 0.95) }));
}

function isOver(looks: Iterable<Look>, limit: number): boolean {
  for (const { value } of looks) if (value >= limit) return true;
  return false;
}

function drawTrial(setting: Setting, ratio: number, run: number): Hour {
  const next = uniform(seedOf(`validity ${setting.name} ${ratio} ${run}`));
  const column = () => new Int32Array(TICKS);
  const hour: Hour = {
    ticks: TICKS,
    ticksPerMinute: 4,
    shares: new Float64Array(TICKS),
    candidateTotal: column(),
    candidateBad: column(),
    stableTotal: column(),
    stableBad: column(),
  };
  let lead = 0;
  for (let t = 0; t < TICKS; t += 1) {
    const weight = setting.weight(next, lead);
    const badShare = setting.badShare(next);
    const [own, ownBad] = versionIn(setting, { weight, badShare: ratio * badShare }, next);
    const [other, otherBad] = versionIn(setting, { weight: 1 - weight, badShare }, next);
    hour.shares[t] = weight;
    hour.candidateTotal[t] = own;
    hour.candidateBad[t] = ownBad;
    hour.stableTotal[t] = other;
    hour.stableBad[t] = otherBad;
    const all = ratio * weight + 1 - weight;
    lead += ownBad - ((ownBad + otherBad) * ratio * weight) / all;
  }
  return hour;
}

/** Requests and bad ones of one version in a tick. */
function versionIn(
  { requestsPerTick, repeats }: Setting,
  { weight, badShare }: { weight: number; badShare: number },
  next: Next,
): [number, number] {
  const total = poisson(requestsPerTick * weight, next);
  const bad = binomial({ trials: total, chance: Math.min(1, badShare) }, next);
  return [total + repeats * bad, bad + repeats * bad];
}

/** Two tables in Markdown, of so many hours each. */
export function validityText(runs: number): string {
  return [
    `Of ${runs} hours each, the releases in percent that were taken back, with the 95 % interval. The candidate is as bad as
the promise allows: ${promises()}. At most 1 is promised.`,
    table('weights and rates', HARDEST, runs),
    'Of a candidate with 1.25 times the errors of stable, which only `ours` promises to let pass:',
    table('weights and rates', AT_THE_MARGIN, runs),
    `And where nothing is promised, as requests depend on each other: two versions that are alike, of which every bad
request is sent again at once, and is bad again.`,
    table('sent again', DEPENDENT, runs),
  ].join('\n\n');
}

function promises(): string {
  return PROMISED.map(({ id, ratio }) =>
    ratio === 1 ? `as stable for \`${id}\`` : `${ratio} times stable for \`${id}\``,
  ).join(', ');
}

function table(head: string, settings: readonly Setting[], runs: number): string {
  const percent = (share: number) => (share * 100).toFixed(2);
  const rows = settings.map((setting) => {
    const fields = alarmsIn(setting, PROMISED, runs).map(
      ({ value, low, high }) => `${percent(value)} (${percent(low)}-${percent(high)})`,
    );
    return `| ${[setting.name, ...fields].join(' | ')} |`;
  });
  const columns = [head, ...PROMISED.map(({ id }) => id)];
  return [`| ${columns.join(' | ')} |`, `|${columns.map(() => ' --- |').join('')}`, ...rows].join(
    '\n',
  );
}
