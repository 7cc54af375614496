/** The judges: a rule that looks at an hour, and the limit at which the release is taken back. */
import { normalQuantile } from '../../src/stats/normal.ts';
import { logThreshold } from '../../src/stats/mixture.ts';
import { groupSequentialLooks } from './group-sequential-rule.ts';
import type { Baseline, Hour } from './hour.ts';
import { kayentaLooks } from './kayenta-rule.ts';
import { passLooks, shareTestLooks } from './share-test-rule.ts';
import type { JudgeSpec, RuleSpec, Spec } from './spec.ts';
import { thresholdLooks } from './threshold-rule.ts';
import { zPeekLooks } from './z-rule.ts';

/** What a rule sees when it looks. */
export interface Look {
  /** Ticks that have passed when the traffic goes back because of it, from 1 on. */
  at: number;
  /** The more, the worse. */
  value: number;
}

/** What judges are given; a baseline where Kayenta is asked. */
export interface Evidence {
  hour: Hour;
  baseline?: Baseline;
}

/** Its looks in order of time. Pure: the same hour, the same looks. */
export type Rule = (evidence: Evidence) => Iterable<Look>;

export interface Judge {
  id: string;
  rule: Rule;
  limit: number;
  /** Whether a value at the limit takes the release back, or only one over it. */
  isReached: boolean;
  /** Only where a baseline was drawn. */
  needsBaseline: boolean;
}

/** The limits of the tuned ones in one world, by their ids. */
export type Limits = Readonly<Record<string, number>>;

/** Judges with the same rule share it, so that its looks are made once. */
export function judgesOf(spec: Spec, limits: Limits): Judge[] {
  const rules = new Map<string, Rule>();
  const documented = Object.entries(spec.judges).map(([id, judge]) => ({
    id,
    rule: sharedRule(rules, judge),
    ...limitOf(judge),
    needsBaseline: judge.rule === 'kayenta',
  }));
  const tuned = Object.entries(spec.tuned).map(([id, judge]) => {
    const limit = limits[id];
    if (limit === undefined) throw new Error(`${id} is not tuned: bench -- canary --calibrate`);
    const rule = sharedRule(rules, judge);
    return { id, rule, limit, isReached: false, needsBaseline: judge.rule === 'kayenta' };
  });
  return [...documented, ...tuned];
}

/** Evidence that the candidate may be promoted, as the share test has it. */
export function passingJudge({ passing }: Spec): Judge {
  const rule: Rule = ({ hour }) => passLooks(hour, passing);
  const limit = logThreshold(passing.beta);
  return { id: 'ours-passes', rule, limit, isReached: true, needsBaseline: false };
}

function sharedRule(rules: Map<string, Rule>, spec: RuleSpec): Rule {
  const isLimit = (key: string) =>
    key === 'minSuccess' || (key === 'alpha' && spec.rule !== 'group-sequential');
  const key = JSON.stringify(spec, (name, value: unknown) => (isLimit(name) ? undefined : value));
  const rule = rules.get(key) ?? ruleOf(spec);
  rules.set(key, rule);
  return rule;
}

/** The rule without its limit. */
export function ruleOf(spec: RuleSpec): Rule {
  switch (spec.rule) {
    case 'threshold':
      return ({ hour }) => thresholdLooks(hour, spec);
    case 'kayenta':
      return ({ hour, baseline }) => kayentaLooks({ hour, baseline }, spec);
    case 'z-peek':
      return ({ hour }) => zPeekLooks(hour, spec);
    case 'group-sequential':
      return ({ hour }) => groupSequentialLooks(hour, spec);
    case 'share-test':
      return ({ hour }) => shareTestLooks(hour, spec);
  }
}

function limitOf(spec: JudgeSpec): Pick<Judge, 'limit' | 'isReached'> {
  switch (spec.rule) {
    case 'threshold':
      return { limit: -spec.minSuccess, isReached: false };
    case 'kayenta':
      return { limit: 1, isReached: true };
    case 'z-peek':
      return { limit: normalQuantile(1 - spec.alpha), isReached: true };
    case 'group-sequential':
      return { limit: 0, isReached: true };
    case 'share-test':
      return { limit: logThreshold(spec.alpha), isReached: true };
  }
}

/** Ticks until each judge takes the release back, in their order; undefined where it does not. */
export function rollbacks(judges: readonly Judge[], evidence: Evidence): (number | undefined)[] {
  const found = new Map<Judge, number>();
  for (const rule of new Set(judges.map((judge) => judge.rule))) {
    let open = judges.filter((judge) => judge.rule === rule);
    for (const look of rule(evidence)) {
      const alarmed = open.filter((judge) => alarms(judge, look.value));
      for (const judge of alarmed) found.set(judge, look.at);
      if (alarmed.length > 0) open = open.filter((judge) => !found.has(judge));
      if (open.length === 0) break;
    }
  }
  return judges.map((judge) => found.get(judge));
}

function alarms({ limit, isReached }: Judge, value: number): boolean {
  return value > limit || (isReached && value === limit);
}
