/** abTest: one stage in which each user has one of two versions, and what becomes of them after it. */
import type { AbTestSpec } from '../api/ab-test.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { MeasuredCheck, Stage } from '../api/release.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

const AT_END = { Ask: 'Ask', KeepA: 'TakeBack', PromoteB: undefined, Winner: 'Ask' } as const;

export function compileAbTest(
  spec: AbTestSpec,
  { checks, window, targetRef }: Pick<PolicySpec, 'checks' | 'window' | 'targetRef'>,
): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const { match, sticky } = spec;
  const weight = sticky?.percent ?? 0;
  const atEnd = AT_END[spec.atEnd];
  const test: Stage = {
    name: (spec.arms ?? []).map(({ name }) => name).join(' against ') || 'A against B',
    weight,
    // Nobody knows how many users match.
    capacityPercent: spec.capacity ?? (match ? 100 : weight),
    ...parseHold(spec.duration),
    approval: false,
    checks: [spec.goal.name, ...(spec.guardrails ?? checks.map((check) => check.name))],
    timeoutMs,
    ...stageGates({
      window: spec.window ?? window,
      tests: compileSmokeTests(spec.smokeTests),
      tasks: compileWebhooks(spec.webhooks),
    }),
    ...(match && { match }),
    ...(sticky && {
      sticky: {
        cookie: sticky.cookie ?? `segue-ab-${targetRef.name}`,
        maxAgeSeconds: Math.ceil(milliseconds(sticky.maxAge) / 1_000),
      },
    }),
    ...(atEnd && { atEnd }),
  };
  const all: Stage = {
    name: 'weight 100',
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
  return { stages: [test, all], bakeTimeoutMs: timeoutMs };
}

/** The goal as a check that is measured like any other and held against nothing. */
export function compileGoal({ goal }: AbTestSpec): MeasuredCheck {
  return { ...goal, scope: 'Version', window: '1m', goal: true };
}
