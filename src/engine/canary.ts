/** canary: a rising share of the traffic, as many pods as the share needs, then all of it. */
import type { CanarySpec, PolicySpec } from '../api/policy.ts';
import type { Stage } from '../api/release.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileCanary(
  spec: CanarySpec,
  { checks, window }: Pick<PolicySpec, 'checks' | 'window'>,
): StrategyPlan {
  const all = checks.map((check) => check.name);
  const timeoutMs = milliseconds(spec.timeout);
  const stages: Stage[] = spec.stages.map((stage) => ({
    name: stage.name ?? `weight ${stage.weight}`,
    weight: stage.weight,
    capacityPercent: stage.weight,
    ...parseHold(stage.hold),
    approval: stage.approval !== undefined,
    checks: stage.checks ?? (stage.weight > 0 ? all : []),
    timeoutMs: stage.timeout === undefined ? timeoutMs : milliseconds(stage.timeout),
    ...stageGates({
      // Nothing moves any more after the last one.
      window: stage.window ?? (stage.weight < 100 ? window : undefined),
      tests: compileSmokeTests(stage.smokeTests),
      tasks: compileWebhooks(stage.webhooks),
    }),
  }));
  if (stages.at(-1)?.weight !== 100) stages.push(full(timeoutMs));
  return { stages, bakeTimeoutMs: timeoutMs };
}

/** The implied last stage: everything, with no gate of its own; the bake follows. */
function full(timeoutMs: number): Stage {
  return {
    name: 'weight 100',
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
}
