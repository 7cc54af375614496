/** `compare`: the candidate against stable at the same time, by bad events or by the bounds of a histogram. */
import { asksFresh } from '../api/check.ts';
import type { KeptComparison } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { formatMeasure, parseThreshold } from '../api/threshold.ts';
import type { Counts } from '../ports/metric-provider.ts';
import {
  addLatency,
  addRates,
  fewestIntervals,
  latencyEvidence,
  latencyInFavour,
  latencyText,
  type LatencyState,
  logEvidence,
  logThreshold,
  marginOfTimes,
  ratesText,
  REQUESTS_TO_CHOOSE_BY,
  secondsToNotice,
  startLatency,
  startRates,
  usefulBounds,
} from '../stats/index.ts';
import { type Counted, countedEver, endOf } from './between.ts';
import { formatPlanned } from '../api/duration.ts';
import { type EvidenceTest, evidenceTest, type Said, type Unbegun } from './evidence-test.ts';
import { kept as rounded, keptLogs } from './kept-numbers.ts';
import { measurement, type Sample, withShare } from './measured.ts';
import { addShare, wrongShare } from './routed-share.ts';
import { type ComparisonTerms, comparisonTerms, saidOf } from './terms.ts';

export function comparisonTest(check: MeasuredCheck, alpha: number): EvidenceTest {
  const terms = comparisonTerms(check, alpha);
  return evidenceTest('Comparison', {
    both: true,
    fewest: fewestIntervals(terms),
    begin(sample) {
      const begun = startOf(check, sample, terms);
      if ('because' in begun) return { because: saidOf(check, begun.because) };
      const { bounds, compared } = begun;
      return {
        isChosen: bounds !== undefined,
        from: (since) => ({ test: 'Comparison', since, until: since, bounds, compared }),
      };
    },
    add(state, counted, share) {
      // Of the pods that are compared with nobody said which share they are to have.
      const split = asksFresh(check) ? undefined : addShare(state.split, counted, share);
      const compared = kept(addCounts(state, counted, terms));
      return { ...state, until: endOf(counted), compared, split };
    },
    read(state) {
      const says = read(state, terms);
      return { says, words: () => saidOf(check, wordsOf(says.verdict, state, terms)) };
    },
  });
}

function addCounts(
  { bounds, compared }: KeptComparison,
  { candidate, stable }: Pick<Counted, 'candidate' | 'stable'>,
  terms: ComparisonTerms,
): LatencyState {
  if (!bounds) return addEvents(compared, { candidate, stable }, terms);
  const at = ({ total, slower }: Counts) => ({
    total,
    slower: bounds.map((bound) => slower?.[bound] ?? 0),
  });
  return addLatency(compared, { candidate: at(candidate), stable: at(stable) }, terms);
}

/** Bad events are kept as if they were slower than one bound. */
function addEvents(
  { bounds: [events], best: [best = -Infinity] }: LatencyState,
  counted: Pick<Counted, 'candidate' | 'stable'>,
  terms: ComparisonTerms,
): LatencyState {
  const more = addRates(events ?? startRates(terms), counted, terms);
  return { bounds: [more], best: [Math.max(best, logEvidence(more.inFavour))] };
}

function read({ compared, split }: KeptComparison, terms: ComparisonTerms): Said {
  const against = latencyEvidence(compared);
  const inFavour = latencyInFavour(compared);
  const needed = logThreshold(terms.alpha);
  const neededToPass = logThreshold(terms.beta);
  const verdict = against >= needed ? 'Fail' : inFavour >= neededToPass ? 'Pass' : 'Undecided';
  const [first] = compared.bounds;
  return {
    verdict,
    wrongShare: wrongShare(split),
    log: { against, needed, inFavour, neededToPass },
    candidate: first && withShare(first.candidate),
    stable: first && withShare(first.stable),
  };
}

function wordsOf(verdict: Said['verdict'], state: KeptComparison, terms: ComparisonTerms): string {
  const { bounds, compared } = state;
  if (bounds) return latencyText(verdict, compared, { ...terms, names: bounds.map(nameOf) });
  const text = ratesText(verdict, compared.bounds[0] ?? startRates(terms), terms);
  return verdict === 'Undecided' ? `${text}${noticeText(state, terms)}` : text;
}

function nameOf(bound: string): string {
  return formatMeasure(Number(bound), 'seconds');
}

/** How long it takes at this traffic, so that nobody takes silence for safety. */
function noticeText({ since, until, compared }: KeptComparison, terms: ComparisonTerms): string {
  const [first] = compared.bounds;
  const seconds = (Date.parse(until) - Date.parse(since)) / 1_000;
  if (!first || !(seconds > 0) || first.stable.total === 0) return '';
  const traffic = {
    requestsPerSecond: first.candidate.total / seconds,
    badShare: first.stable.bad / first.stable.total,
    share: first.candidate.total / (first.candidate.total + first.stable.total),
    intervalSeconds: 1,
  };
  const doubling = secondsToNotice(2, traffic, terms);
  if (!Number.isFinite(doubling)) return '';
  return `; at this traffic a doubling is noticed after about ${formatPlanned(doubling * 1_000)}`;
}

interface Start {
  /** Of a histogram. */
  bounds?: string[] | undefined;
  compared: KeptComparison['compared'];
}

function startOf(check: MeasuredCheck, sample: Sample, terms: ComparisonTerms): Start | Unbegun {
  const [candidate, stable] = [sample.candidate, sample.stable].map((reading) =>
    countedEver(measurement(reading)),
  );
  if (!candidate || !stable) return { because: 'nothing was counted of both versions yet' };
  const { total, slower } = stable;
  if (!slower) return { compared: { bounds: [startRates(terms)].map(keptBound), best: [] } };
  const bounds = boundsOf(check, { total, slower });
  if ('because' in bounds) return bounds;
  const starts = bounds.map((bound) => ({
    before: { total, bad: slower[bound] ?? 0 },
    margin: marginAt(bound, { total, slower }, terms),
  }));
  return { bounds, compared: kept(startLatency(starts, terms)) };
}

/** What was slower than each bound, by its name. */
interface Histogram {
  total: number;
  slower: Readonly<Record<string, number>>;
}

function boundsOf({ compare }: MeasuredCheck, before: Histogram): string[] | Unbegun {
  const bounds = ordered(before);
  if (compare?.within !== undefined)
    return boundAt(bounds, compare.within) ?? { because: noBoundText(bounds, compare.within) };
  if (before.total < REQUESTS_TO_CHOOSE_BY)
    return {
      because: `stable had ${Math.round(before.total)} of the ${REQUESTS_TO_CHOOSE_BY} requests by which the bounds are chosen`,
    };
  return usefulBounds(inOrder(before)).flatMap((j) => bounds[j] ?? []);
}

/** Of this bound alone, where times are compared. */
function marginAt(
  bound: string,
  before: Histogram,
  { longer }: ComparisonTerms,
): number | undefined {
  if (longer === undefined) return undefined;
  const bounds = ordered(before);
  return marginOfTimes(bounds.indexOf(bound), inOrder(before), {
    bounds: bounds.map(Number),
    longer,
  });
}

function ordered({ slower }: Histogram): string[] {
  return Object.keys(slower).sort((a, b) => Number(a) - Number(b));
}

function inOrder(before: Histogram) {
  const slower = ordered(before).map((bound) => before.slower[bound] ?? 0);
  return { total: before.total, slower };
}

/** The bucket that somebody named; one that is not there is in no answer, and nothing is counted. */
export function boundAt(bounds: readonly string[], within: unknown): string[] | undefined {
  const value = parseThreshold(within)?.value ?? NaN;
  const found = bounds.find((bound) => Math.abs(Number(bound) - value) <= value * 1e-9);
  return found === undefined ? undefined : [found];
}

export function noBoundText(bounds: readonly string[], within: unknown): string {
  const { value, unit } = parseThreshold(within) ?? { value: NaN, unit: 'number' };
  return `the histogram has no bound at ${formatMeasure(value, unit)}, but ${bounds.join(', ')}`;
}

/** Without what cannot be written as JSON. */
function kept({ bounds, best }: LatencyState): KeptComparison['compared'] {
  return { bounds: bounds.map(keptBound), best: keptLogs(best) };
}

function keptBound(bound: LatencyState['bounds'][number]) {
  const { candidate, stable, before, margin } = bound;
  return {
    candidate,
    stable,
    before,
    margin: margin === undefined ? undefined : rounded(margin),
    expected: rounded(bound.expected),
    against: keptLogs(bound.against),
    inFavour: keptLogs(bound.inFavour),
  };
}
