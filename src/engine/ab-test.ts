/** abTest: one stage in which each user has one of two versions, and what becomes of them after it. */
import { type AbTestSpec, SOURCES_WITHOUT_GOALS } from '../api/ab-test.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { MeasuredCheck, Stage } from '../api/release.ts';
import type { Sticky } from '../api/request-match.ts';
import { fullStage } from './canary.ts';
import { parseThreshold } from '../api/threshold.ts';
import { gatesAt } from './check-gates.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

const AT_END = { Ask: 'Ask', KeepA: 'TakeBack', PromoteB: undefined, Winner: 'Winner' } as const;

type Policy = Pick<PolicySpec, 'checks' | 'window' | 'targetRef'>;

export function compileAbTest(spec: AbTestSpec, policy: Policy): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const atEnd = AT_END[spec.atEnd];
  const test: Stage = {
    name: spec.arms?.map(({ name }) => name).join(' against ') ?? 'A against B',
    ...usersOf(spec, policy),
    ...parseHold(spec.duration),
    approval: false,
    checks: [spec.goal.name, ...gatesAt(policy.checks, { weight: 50, named: spec.guardrails })],
    timeoutMs,
    ...stageGates({
      window: spec.window ?? policy.window,
      tests: compileSmokeTests(spec.smokeTests),
      tasks: compileWebhooks(spec.webhooks),
    }),
    ...(atEnd && { atEnd }),
  };
  return { stages: [test, fullStage(timeoutMs)], bakeTimeoutMs: timeoutMs };
}

type Users = Pick<Stage, 'weight' | 'capacityPercent' | 'match' | 'sticky'>;

/** Who gets the new version, and pods for them. */
function usersOf({ match, sticky, capacity }: AbTestSpec, { targetRef }: Policy): Users {
  // Nobody knows how many users match.
  if (!sticky) return { weight: 0, capacityPercent: capacity ?? 100, ...(match && { match }) };
  return {
    weight: sticky.percent,
    capacityPercent: capacity ?? sticky.percent,
    sticky: stickyOf(sticky, targetRef.name),
  };
}

/** @param target the name of the workload */
export function stickyOf(
  { cookie, maxAge }: NonNullable<AbTestSpec['sticky']>,
  target: string,
): Sticky {
  return {
    cookie: cookie ?? `segue-ab-${target}`,
    maxAgeSeconds: Math.ceil(milliseconds(maxAge) / 1_000),
  };
}

/** The goal as a check that is measured like any other and held against nothing. */
export function compileGoal({ goal, atEnd, duration }: AbTestSpec): MeasuredCheck {
  const { alpha, effect, maxSamples, counts, ...rest } = goal;
  const measured = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !SOURCES_WITHOUT_GOALS.some((one) => one === name)),
  ) as Omit<typeof rest, (typeof SOURCES_WITHOUT_GOALS)[number]>;
  // The time ends by what is shown, where something is to be.
  const shows = atEnd === 'Winner' || effect !== undefined || maxSamples !== undefined;
  const decides = shows && 'holdAtMostMs' in (parseHold(duration) ?? {});
  const terms = {
    ...(alpha !== undefined && { alpha: shareOf(alpha) }),
    ...(effect !== undefined && { effect: shareOf(effect) }),
    ...(maxSamples !== undefined && { maxSamples }),
    ...(decides && { decides }),
    ...(counts === 'Users' && { split: true }),
  };
  return {
    ...measured,
    scope: 'Version',
    window: '1m',
    goal: terms,
  };
}

function shareOf(text: unknown): number {
  return parseThreshold(text)?.value ?? NaN;
}
