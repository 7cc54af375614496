/** The judges of response times. */
import { logThreshold } from '../../src/stats/mixture.ts';
import { allJudges, type Judge, type Limit, type Limits, type Rule } from './judges.ts';
import { kayentaLooks, limitOfConfidence } from './kayenta-rule.ts';
import type { LatencyBaseline, LatencyHour } from './latency-hour.ts';
import { latencyLooks, latencyPassLooks, quantilesByMinute, slowness } from './latency-rules.ts';
import type { LatencyJudgeSpec, LatencyRuleSpec } from './latency-spec.ts';
import type { Spec } from './spec.ts';
import { thresholdLooks } from './threshold-rule.ts';
import { twoSharesLooks } from './two-shares-rule.ts';

/** What judges are given; a baseline where Kayenta is asked. */
export interface LatencyEvidence {
  hour: LatencyHour;
  baseline?: LatencyBaseline;
}

export function latencyJudges({ latency }: Spec, limits: Limits): Judge<LatencyEvidence>[] {
  const { judges, tuned } = latency;
  const isLimit = (field: string) => ['maxMs', 'confidence', 'alpha'].includes(field);
  return allJudges({ judges, tuned, ruleOf: latencyRuleOf, limitOf, isLimit }, limits);
}

/** Evidence that the candidate may be promoted: at every bound. */
export function latencyPassingJudge({ passing }: Spec): Judge<LatencyEvidence> {
  const rule: Rule<LatencyEvidence> = ({ hour }) => latencyPassLooks(hour, passing);
  const limit = logThreshold(passing.beta);
  return { id: 'ours-passes', rule, limit, isReached: true, isCostly: true };
}

/** The rule without its limit. */
export function latencyRuleOf(spec: LatencyRuleSpec): Rule<LatencyEvidence> {
  switch (spec.rule) {
    case 'threshold':
      return ({ hour }) => thresholdLooks(hour.ticks, spec, slowness(hour, spec.quantile));
    case 'kayenta':
      return ({ hour, baseline }) =>
        kayentaLooks(quantilesByMinute(hour, baseline, spec.quantile), spec, hour.ticksPerMinute);
    case 'share-test':
      return ({ hour }) => latencyLooks(hour, spec);
    case 'two-shares':
      return ({ hour }) => twoSharesLooks(hour, spec);
  }
}

function limitOf(spec: LatencyJudgeSpec): Limit {
  switch (spec.rule) {
    case 'threshold':
      return { limit: spec.maxMs, isReached: false };
    case 'kayenta':
      return { limit: limitOfConfidence(spec.confidence), isReached: false };
    case 'share-test':
    case 'two-shares':
      return { limit: logThreshold(spec.alpha), isReached: true };
  }
}
