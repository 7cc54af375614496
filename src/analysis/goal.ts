/** The goal of an A/B test: counted for both versions, and told apart by a test that may be looked at any time. */
import type { KeptGoal } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts } from '../ports/metric-provider.ts';
import {
  addConversion,
  CONVERSION_DEFAULTS,
  CONVERSION_START,
  type ConversionState,
  conversionText,
  lookAtConversion,
  lookAtPlanned,
  plannedLooks,
  splitText,
} from '../stats/index.ts';
import { endOf } from './between.ts';
import { type EvidenceTest, evidenceTest, type Read } from './evidence-test.ts';
import { kept as rounded, keptLogs } from './kept-numbers.ts';
import { addShare } from './routed-share.ts';

type Terms = NonNullable<MeasuredCheck['goal']>;

export function goalTest({ goal = {}, minSamples = 1 }: MeasuredCheck): EvidenceTest {
  return evidenceTest('Goal', {
    both: true,
    fewest: 1,
    begin: () => ({
      isChosen: false,
      from: (since) => ({
        test: 'Goal',
        since,
        until: since,
        conversion: kept(CONVERSION_START),
        ...(goal.maxSamples !== undefined && { looks: [] }),
      }),
    }),
    add(state, counted, share) {
      const { candidate, stable } = counted;
      const interval = { a: reached(stable), b: reached(candidate) };
      const conversion = kept(addConversion(state.conversion, interval));
      const split = goal.split ? addShare(state.split, counted, share) : undefined;
      const { maxSamples } = goal;
      const looks =
        maxSamples === undefined
          ? undefined
          : [...plannedLooks(state.looks ?? [], conversion, { maxSamples })];
      return { ...state, until: endOf(counted), conversion, split, looks };
    },
    read: (state) => read(state, goal, minSamples),
  });
}

/**
 * Pass: both versions have been seen `minSamples` times and, where the outcome decides, there is one. Never
 * Fail: what it says is not held against anything by itself.
 */
function read(state: KeptGoal, goal: Terms, minSamples: number): Read {
  const { outcome, words, isOver } = lookAt(state, goal);
  const arms = { candidate: measured(state.conversion.b), stable: measured(state.conversion.a) };
  const { split } = state;
  if (split?.isOff === true)
    return {
      says: { ...arms, verdict: 'Undecided', outcome: 'Mismatch' },
      words: () => mismatchText(split),
    };
  const few = Math.min(state.conversion.a.total, state.conversion.b.total);
  if (few < minSamples) {
    const why = few === 0 ? ': if there is traffic, the goal does not find one of them' : '';
    const more = () => `${words()}; ${minSamples} of each are needed${why}`;
    return { says: { ...arms, verdict: 'Undecided', outcome: 'Open' }, words: more };
  }
  const isOpen = goal.decides === true && outcome === 'Open' && !isOver;
  return { says: { ...arms, verdict: isOpen ? 'Undecided' : 'Pass', outcome }, words };
}

function lookAt({ conversion, looks }: KeptGoal, goal: Terms) {
  const { alpha = CONVERSION_DEFAULTS.alpha, effect, maxSamples } = goal;
  if (looks && maxSamples !== undefined) {
    const { because, ...look } = lookAtPlanned(conversion, looks, { alpha, maxSamples });
    return { ...look, words: () => because };
  }
  const terms = { alpha, effect };
  const { outcome } = lookAtConversion(conversion, terms);
  return { outcome, words: () => conversionText(conversion, terms), isOver: false };
}

/** Who sees which version is not left to chance: nothing can be said of what they did. */
function mismatchText(split: NonNullable<KeptGoal['split']>): string {
  return `the versions cannot be compared, since users are not shared out as was meant: ${splitText(split)}`;
}

function reached({ total, bad }: Counts) {
  return { total, goal: Math.max(0, total - bad) };
}

function measured({ total, goal }: { total: number; goal: number }) {
  return { total, bad: total - goal, ...(total > 0 && { value: goal / total }) };
}

function kept({ a, b, more, bets }: ConversionState): KeptGoal['conversion'] {
  return { a, b, more: rounded(more), bets: keptLogs(bets) };
}
