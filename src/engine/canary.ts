/** canary: a rising share of the traffic, as many pods as the share needs, then all of it. */
import type { PolicySpec } from '../api/policy.ts';
import type { CanarySpec } from '../api/strategy.ts';
import type { Stage } from '../api/release.ts';
import { gatesAt } from './check-gates.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileCanary(
  spec: CanarySpec,
  { checks, window, targetRef }: Pick<PolicySpec, 'checks' | 'window' | 'targetRef'>,
): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const stages: Stage[] = spec.stages.map((stage) => ({
    name: stage.name ?? `weight ${stage.weight}`,
    weight: stage.weight,
    capacityPercent: capacityOf(stage, spec),
    ...parseHold(stage.hold),
    approval: stage.approval !== undefined,
    checks:
      stage.checks || !asksNothing(stage, spec)
        ? gatesAt(checks, { weight: stage.weight, named: stage.checks })
        : [],
    timeoutMs: stage.timeout === undefined ? timeoutMs : milliseconds(stage.timeout),
    ...stageGates({
      // Nothing moves any more after the last one.
      window: stage.window ?? (stage.weight < 100 ? window : undefined),
      tests: compileSmokeTests(stage.smokeTests),
      tasks: compileWebhooks(stage.webhooks),
    }),
    ...requestsOf(stage, spec),
  }));
  if (stages.at(-1)?.weight !== 100) stages.push(fullStage(timeoutMs));
  const isOrdinal = targetRef.kind === 'StatefulSet';
  return { stages, bakeTimeoutMs: timeoutMs, ...(isOrdinal && { roll: { type: 'Ordinals' } }) };
}

type StageSpec = CanarySpec['stages'][number];

/** What matches the whole canary matches at each stage; at 100 % there is nothing to tell apart. */
function requestsOf(stage: StageSpec, spec: CanarySpec): Pick<Stage, 'match' | 'mirror'> {
  if (stage.weight === 100) return {};
  const match = [...(spec.match ?? []), ...(stage.match ?? [])];
  return { ...(match.length > 0 && { match }), ...(stage.mirror && { mirror: stage.mirror }) };
}

/** Copies are work too; and who matches must find a pod, how many they are is not known. */
function capacityOf(stage: StageSpec, spec: CanarySpec): number {
  const { match, mirror } = requestsOf(stage, spec);
  const least = Math.max(stage.weight, mirror?.percent ?? 0, match ? 1 : 0);
  return Math.max(stage.capacity ?? 0, least);
}

function asksNothing(stage: StageSpec, spec: CanarySpec): boolean {
  const { match, mirror } = requestsOf(stage, spec);
  return stage.weight === 0 && !match && !mirror;
}

/** The implied last stage: everything, with no gate of its own; the bake follows. */
export function fullStage(timeoutMs: number): Stage {
  return {
    name: 'weight 100',
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
}
