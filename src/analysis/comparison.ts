/** `compare`: the candidate against stable at the same time, by bad events or by the bounds of a histogram. */
import type { KeptComparison } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { formatMeasure, parseThreshold } from '../api/threshold.ts';
import type { Counts } from '../ports/metric-provider.ts';
import {
  addLatency,
  fewestIntervals,
  latencyEvidence,
  latencyInFavour,
  latencyText,
  type LatencyState,
  logThreshold,
  type RateRatioOptions,
  ratesText,
  secondsToNotice,
  startLatency,
  usefulBounds,
} from '../stats/index.ts';
import { countedEver } from './between.ts';
import { formatDuration } from '../api/duration.ts';
import type { EvidenceTest, Read, Unbegun } from './evidence-test.ts';
import { kept as rounded, keptLogs } from './kept-numbers.ts';
import { measurement, type Sample } from './measured.ts';
import { addShare, routeText } from './routed-share.ts';
import { comparisonTerms } from './terms.ts';

/** Where no histogram is compared: the bad events of the check. */
const BAD = '';
/** Of stable, to choose the bounds by. */
const REQUESTS_TO_CHOOSE_BY = 500;

export function comparisonTest(check: MeasuredCheck, alpha: number): EvidenceTest<KeptComparison> {
  const terms = comparisonTerms(check, alpha);
  return {
    both: true,
    fewest: fewestIntervals(terms),
    begin(sample) {
      const bounds = boundsOf(check, sample);
      if ('because' in bounds) return bounds;
      return {
        test: 'Comparison',
        bounds,
        compared: kept(startLatency(bounds.length, terms)),
      };
    },
    add(state, counted, share) {
      const at = ({ total, ...counts }: Counts) => ({
        total,
        slower: state.bounds.map((bound) => countAt({ total, ...counts }, bound)),
      });
      const both = { candidate: at(counted.candidate), stable: at(counted.stable) };
      const split = addShare(state.split, counted, share);
      return {
        ...state,
        compared: kept(addLatency(state.compared, both, terms)),
        ...(split && { split }),
      };
    },
    read: (state) => read(state, terms),
  };
}

function read(state: KeptComparison, terms: RateRatioOptions): Read {
  const { compared, split } = state;
  const against = latencyEvidence(compared);
  const inFavour = latencyInFavour(compared);
  const needed = logThreshold(terms.alpha);
  const neededToPass = logThreshold(terms.beta);
  const verdict = against >= needed ? 'Fail' : inFavour >= neededToPass ? 'Pass' : 'Undecided';
  const [first] = compared.bounds;
  const isPlain = state.bounds[0] === BAD;
  const text =
    isPlain && first
      ? ratesText(verdict, first, terms)
      : latencyText(verdict, compared, {
          ...terms,
          names: state.bounds.map((bound) => formatMeasure(Number(bound), 'seconds')),
        });
  const when = verdict === 'Undecided' && isPlain ? noticeText(state, terms) : '';
  return {
    verdict,
    because: `${text}${when}`,
    note: routeText(split),
    log: { against, needed, inFavour, neededToPass },
    ...(first && {
      candidate: withShare(first.candidate),
      stable: withShare(first.stable),
    }),
  };
}

function withShare({ total, bad }: Counts) {
  return { total, bad, ...(total > 0 && { value: bad / total }) };
}

/** How long it takes at this traffic, so that nobody takes silence for safety. */
function noticeText({ since, until, compared }: KeptComparison, terms: RateRatioOptions): string {
  const [first] = compared.bounds;
  const seconds = (Date.parse(until) - Date.parse(since)) / 1_000;
  if (!first || !(seconds > 0) || first.stable.total === 0) return '';
  const traffic = {
    requestsPerSecond: first.candidate.total / seconds,
    badShare: first.stable.bad / first.stable.total,
    intervalSeconds: 1,
  };
  const doubling = secondsToNotice(2, traffic, terms);
  if (!Number.isFinite(doubling)) return '';
  return `; at this traffic a doubling is noticed after about ${formatDuration(plannedSeconds(doubling) * 1_000)}`;
}

/** Nobody plans by seconds. */
function plannedSeconds(seconds: number): number {
  return seconds < 120 ? Math.ceil(seconds) : 60 * Math.round(seconds / 60);
}

function boundsOf({ compare }: MeasuredCheck, sample: Sample): string[] | Unbegun {
  const [candidate, stable] = [sample.candidate, sample.stable].map((reading) =>
    countedEver(measurement(reading)),
  );
  if (!candidate || !stable) return { because: 'nothing was counted of both versions yet' };
  if (!stable.slower) return [BAD];
  const bounds = Object.keys(stable.slower).sort((a, b) => Number(a) - Number(b));
  if (compare?.within !== undefined)
    return boundAt(bounds, compare.within) ?? { because: noBoundText(bounds, compare.within) };
  if (stable.total < REQUESTS_TO_CHOOSE_BY)
    return {
      because: `stable had ${Math.round(stable.total)} of the ${REQUESTS_TO_CHOOSE_BY} requests by which the bounds are chosen`,
    };
  const slower = bounds.map((bound) => stable.slower?.[bound] ?? 0);
  return usefulBounds({ total: stable.total, slower }).flatMap((j) => bounds[j] ?? []);
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

function countAt({ bad, slower }: Counts, bound: string): number {
  return bound === BAD ? bad : (slower?.[bound] ?? 0);
}

/** Without what cannot be written as JSON. */
function kept({ bounds, best }: LatencyState): KeptComparison['compared'] {
  return {
    bounds: bounds.map((bound) => ({
      ...bound,
      expected: rounded(bound.expected),
      against: keptLogs(bound.against),
      inFavour: keptLogs(bound.inFavour),
    })),
    best: keptLogs(best),
  };
}
