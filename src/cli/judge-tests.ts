/** Which test of the statistics the options of `segue judge` mean, what it reads and what it says. */
import {
  CONVERSION_DEFAULTS,
  intervalsToNotice,
  judgeConversion,
  judgeLatency,
  judgePlannedConversion,
  judgeRates,
  judgeSlo,
  judgeSplit,
  logThreshold,
  PASS_MARGIN_PER_MARGIN,
  RATE_RATIO_DEFAULTS,
  type RateRatioOptions,
  SLO_DEFAULTS,
  SPLIT_DEFAULTS,
  WHOLE_AFTER,
} from '../stats/index.ts';
import type { Columns } from './counts-file.ts';
import { histogramTest } from './judge-histogram.ts';
import { kayentaTest, type KayentaGiven } from './judge-kayenta.ts';
import { type Judged, type JudgeTest, neededOf, type Row } from './judge-test.ts';

/** Shares are in (0, 1), factors 1 or more. */
export interface JudgeOptions extends KayentaGiven {
  margin?: number;
  alpha?: number;
  cap?: number;
  slo?: number;
  split?: number;
  goal?: true;
  effect?: number;
  maxSamples?: number;
  judge?: 'kayenta';
  compare?: 'errors' | 'within' | 'histogram';
  longer?: number;
}

type TestOption = 'slo' | 'split' | 'goal' | 'judge' | 'compare';

/** The options that say which test, the ones that win first, and what else each of them may be told. */
const TESTS: Record<TestOption, readonly (keyof JudgeOptions)[]> = {
  judge: ['direction', 'nanStrategy', 'outliers'],
  compare: ['alpha', 'cap', 'margin', 'longer'],
  goal: ['alpha', 'effect', 'maxSamples', 'split'],
  slo: ['alpha'],
  split: ['alpha', 'cap'],
};
const OF_RATES: readonly (keyof JudgeOptions)[] = ['alpha', 'margin', 'cap'];
const ALL: readonly (keyof JudgeOptions)[] = [
  'margin',
  'alpha',
  'cap',
  'slo',
  'split',
  'goal',
  'effect',
  'maxSamples',
  'judge',
  'compare',
  'longer',
  'direction',
  'nanStrategy',
  'outliers',
];

function chosen(options: JudgeOptions): TestOption | undefined {
  const tests = Object.keys(TESTS) as TestOption[];
  return tests.find((name) => options[name] !== undefined);
}

/** Options that do not go together: which, and what to do. */
export function misuse(options: JudgeOptions): string | undefined {
  const test = chosen(options);
  const takes = test ? [test, ...TESTS[test]] : OF_RATES;
  const wrong = ALL.find((name) => options[name] !== undefined && !takes.includes(name));
  if (wrong === undefined) return notTogether(options);
  const flag = `--${wrong.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (TESTS.goal.includes(wrong) && !test)
    return `${flag} goes with --goal; add it, or leave ${flag} out`;
  if (TESTS.judge.includes(wrong) && !test)
    return `${flag} goes with --judge kayenta; add it, or leave ${flag} out`;
  if (wrong === 'longer' && !test)
    return `${flag} goes with --compare histogram; add it, or leave ${flag} out`;
  return `${flag} does not go with --${test}; leave one of them out`;
}

/** Options of one test that leave each other nothing to say. */
function notTogether({ effect, maxSamples, compare, longer, margin }: JudgeOptions) {
  if (effect !== undefined && maxSamples !== undefined)
    return '--effect does not go with --max-samples; leave one of them out';
  if (longer !== undefined && compare !== 'histogram')
    return `--longer does not go with --compare ${compare}; leave it out, or write --compare histogram`;
  return longer !== undefined && margin !== undefined
    ? '--longer does not go with --margin; leave one of them out'
    : undefined;
}

export function testFor(options: JudgeOptions): JudgeTest {
  switch (chosen(options)) {
    case 'judge':
      return kayentaTest(options);
    case 'goal':
      return goalTest(options);
    case 'slo':
      return sloTest(options);
    case 'split':
      return splitTest(options);
    case 'compare':
      return comparedTest(options);
    default:
      return ratesTest(ratesOptions(options));
  }
}

const OF_BOTH: Columns = {
  names: ['candidate_total', 'candidate_bad', 'stable_total', 'stable_bad'],
  kind: 'Counts',
  parts: [
    ['candidate_bad', 'candidate_total'],
    ['stable_bad', 'stable_total'],
  ],
};

/** As a check with `compare` does. */
function comparedTest(given: JudgeOptions): JudgeTest {
  const wholeAfter = given.margin === undefined ? WHOLE_AFTER : undefined;
  const rates = ratesOptions(given);
  const passMargin = rates.margin * PASS_MARGIN_PER_MARGIN;
  const options = { ...rates, passMargin, wholeAfter };
  if (given.compare === 'errors') return ratesTest(options);
  if (given.compare === 'within') return withinTest(options);
  return histogramTest(given.margin === undefined ? { ...options, longer: given.longer } : options);
}

/** Slow requests are those that are bad. */
function withinTest(options: RateRatioOptions): JudgeTest {
  const judge: JudgeTest['judge'] = (rows) => {
    const at = ({ total, bad }: { total: number; bad: number }) => ({ total, slower: [bad] });
    const intervals = rows
      .map(intervalOf)
      .map(({ candidate, stable }) => ({ candidate: at(candidate), stable: at(stable) }));
    const told = { ...options, names: ['the bound'] };
    return { ...judgeLatency(intervals, [{ index: 0 }], told), needed: neededOf(options) };
  };
  return { columns: OF_BOTH, judge };
}

function ratesOptions(given: JudgeOptions): RateRatioOptions {
  const margin = given.margin ?? RATE_RATIO_DEFAULTS.margin;
  return {
    margin,
    alpha: given.alpha ?? RATE_RATIO_DEFAULTS.alpha,
    cap: given.cap ?? RATE_RATIO_DEFAULTS.cap,
    passMargin: Math.max(RATE_RATIO_DEFAULTS.passMargin, margin * PASS_MARGIN_PER_MARGIN),
    beta: RATE_RATIO_DEFAULTS.beta,
  };
}

function intervalOf(row: Row) {
  return {
    candidate: { total: count(row, 'candidate_total'), bad: count(row, 'candidate_bad') },
    stable: { total: count(row, 'stable_total'), bad: count(row, 'stable_bad') },
  };
}

function ratesTest(options: RateRatioOptions): JudgeTest {
  return {
    columns: OF_BOTH,
    judge(rows) {
      const intervals = rows.map(intervalOf);
      const judged = judgeRates(intervals, options);
      const needed = neededOf(options);
      if (judged.verdict !== 'Undecided') return { ...judged, needed };
      const until = intervalsToNotice(2, intervals, options);
      const because = `${judged.because}${untilText(until)}`;
      return { ...judged, because, needed };
    },
  };
}

function untilText(rows: number): string {
  if (!Number.isFinite(rows)) return '';
  return `; at this traffic a doubling would be noticed in about ${rows} rows like these`;
}

function sloTest({ slo = NaN, alpha = SLO_DEFAULTS.alpha }: JudgeOptions): JudgeTest {
  const { beta } = SLO_DEFAULTS;
  return {
    columns: { names: ['total', 'bad'], kind: 'Counts', parts: [['bad', 'total']] },
    judge(rows) {
      const counts = rows.map((row) => ({ total: count(row, 'total'), bad: count(row, 'bad') }));
      const needed = { against: logThreshold(alpha), inFavour: logThreshold(beta) };
      return { ...judgeSlo(counts, { maxBad: slo, alpha, beta }), needed };
    },
  };
}

function splitTest({ split: share = NaN, alpha, cap }: JudgeOptions): JudgeTest {
  const options = {
    ...SPLIT_DEFAULTS,
    alpha: alpha ?? SPLIT_DEFAULTS.alpha,
    cap: cap ?? SPLIT_DEFAULTS.cap,
  };
  return {
    columns: { names: ['candidate', 'total'], kind: 'Counts', parts: [['candidate', 'total']] },
    judge(rows) {
      const intervals = rows.map((row) => ({
        candidate: count(row, 'candidate'),
        total: count(row, 'total'),
        share,
      }));
      const { off, ...judged } = judgeSplit(intervals, options);
      const needed = { against: logThreshold(options.alpha), inFavour: logThreshold(options.beta) };
      return { ...judged, needed, more: { off: Number.isNaN(off) ? null : off } };
    },
  };
}

function goalTest(options: JudgeOptions): JudgeTest {
  const { alpha = CONVERSION_DEFAULTS.alpha, effect, maxSamples, split } = options;
  return {
    columns: {
      names: ['a_total', 'a_goal', 'b_total', 'b_goal'],
      kind: 'Counts',
      parts: [
        ['a_goal', 'a_total'],
        ['b_goal', 'b_total'],
      ],
    },
    judge(rows) {
      const intervals = rows.map((row) => ({
        a: { total: count(row, 'a_total'), goal: count(row, 'a_goal') },
        b: { total: count(row, 'b_total'), goal: count(row, 'b_goal') },
      }));
      if (maxSamples !== undefined) return plannedGoal(intervals, { alpha, maxSamples, split });
      const { outcome, difference, interval, ratio, ...judged } = judgeConversion(intervals, {
        alpha,
        effect,
        split,
      });
      const more = {
        outcome: outcome.toLowerCase(),
        difference: Number.isNaN(difference) ? null : difference,
        interval: interval ? [interval.low, interval.high] : null,
        ratio: ratio ? [ratio.low, Number.isFinite(ratio.high) ? ratio.high : null] : null,
      };
      return { ...judged, needed: { against: logThreshold(alpha) }, more };
    },
  };
}

/** A planned look has a bound, and no evidence that holds at any time. */
function plannedGoal(...args: Parameters<typeof judgePlannedConversion>): Judged {
  const { outcome, statistics, bounds, ...judged } = judgePlannedConversion(...args);
  const more = {
    outcome: outcome.toLowerCase(),
    z: statistics,
    z_needed: bounds.map((bound) => (Number.isFinite(bound) ? bound : null)),
  };
  return { ...judged, against: statistics.map(() => null), more };
}

function count(row: Row, name: string): number {
  return row[name] ?? 0;
}
