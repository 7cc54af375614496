/** The judges of error rates. */
import { logThreshold } from '../../src/stats/mixture.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { groupSequentialLooks } from './group-sequential-rule.ts';
import { growingMarginLooks } from './growing-margin-rule.ts';
import { type Baseline, byMinute, type Hour } from './hour.ts';
import { allJudges, type Judge, type Limit, type Limits, type Rule } from './judges.ts';
import { kayentaLooks, limitOfConfidence, type Minutes } from './kayenta-rule.ts';
import { passLooks, shareTestLooks } from './share-test-rule.ts';
import type { JudgeSpec, RuleSpec, Spec } from './spec.ts';
import { lackOfSuccess, thresholdLooks } from './threshold-rule.ts';
import { zPeekLooks } from './z-rule.ts';

/** What judges are given; a baseline where Kayenta is asked. */
export interface Evidence {
  hour: Hour;
  baseline?: Baseline;
}

export function errorJudges({ judges, tuned }: Spec, limits: Limits): Judge<Evidence>[] {
  const isLimit = (field: string, rule: string) =>
    field === 'minSuccess' ||
    field === 'confidence' ||
    (field === 'alpha' && rule !== 'group-sequential');
  return allJudges({ judges, tuned, ruleOf, limitOf, isLimit }, limits);
}

/** Evidence that the candidate may be promoted, as the share test has it. */
export function passingJudge({ passing }: Spec): Judge<Evidence> {
  const rule: Rule<Evidence> = ({ hour }) => passLooks(hour, passing);
  const limit = logThreshold(passing.beta);
  return { id: 'ours-passes', rule, limit, isReached: true, isCostly: false };
}

/** The rule without its limit. */
export function ruleOf(spec: RuleSpec): Rule<Evidence> {
  switch (spec.rule) {
    case 'threshold':
      return ({ hour }) => thresholdLooks(hour.ticks, spec, lackOfSuccess(hour));
    case 'kayenta':
      return ({ hour, baseline }) =>
        kayentaLooks(errorsByMinute(hour, baseline), spec, hour.ticksPerMinute);
    case 'z-peek':
      return ({ hour }) => zPeekLooks(hour, spec);
    case 'group-sequential':
      return ({ hour }) => groupSequentialLooks(hour, spec);
    case 'share-test':
      return ({ hour }) => shareTestLooks(hour, spec);
    case 'growing-margin':
      return ({ hour }) => growingMarginLooks(hour, spec);
  }
}

function limitOf(spec: JudgeSpec): Limit {
  switch (spec.rule) {
    case 'threshold':
      return { limit: -spec.minSuccess, isReached: false };
    case 'kayenta':
      return { limit: limitOfConfidence(spec.confidence), isReached: false };
    case 'z-peek':
      return { limit: normalQuantile(1 - spec.alpha), isReached: true };
    case 'group-sequential':
      return { limit: 0, isReached: true };
    case 'share-test':
    case 'growing-margin':
      return { limit: logThreshold(spec.alpha), isReached: true };
  }
}

/** The error rates that Kayenta compares: a minute without requests has no errors (`nanStrategy: replace`). */
function errorsByMinute(hour: Hour, baseline: Baseline | undefined): Minutes {
  if (!baseline) throw new Error('Kayenta was asked without a baseline');
  const candidate = byMinute(hour, hour.candidateTotal);
  return {
    candidate: shares(byMinute(hour, hour.candidateBad), candidate),
    baseline: shares(baseline.bad, baseline.total),
  };
}

function shares(bad: Int32Array, total: Int32Array): number[] {
  return Array.from(bad, (count, m) => (count === 0 ? 0 : count / (total[m] ?? NaN)));
}
