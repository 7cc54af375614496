/** A strategy compiled to an ordered list of stages; everything after this is one engine. */
import { isTested } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Plan, ReleaseSpec } from '../api/release.ts';
import { parseThreshold } from '../api/threshold.ts';
import { compileAbTest, compileGoal } from './ab-test.ts';
import { compileBlueGreen } from './blue-green.ts';
import { gatesAt } from './check-gates.ts';
import { compileAround } from './compile-tasks.ts';
import { compileCanary } from './canary.ts';
import { milliseconds } from './hold.ts';
import type { NewVersion } from './pull.ts';
import { compileRecreate } from './recreate.ts';
import { withoutStages } from './rollback.ts';
import { compileRolling } from './rolling.ts';
import { sharesPods } from './pod-shares.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export interface CompiledPlan {
  strategy: ReleaseSpec['strategy'];
  plan: Plan;
  /** What is measured for it. */
  checks: ReleaseSpec['checks'];
}

/**
 * Compiles a policy that `validatePolicy` found nothing wrong with.
 * @param version what is released, where that is known
 */
export function compilePlan(spec: PolicySpec, version?: NewVersion): CompiledPlan {
  const compiled = compileStages(spec, version);
  const { goesBack = '' } = version ?? {};
  if (goesBack === '') return compiled;
  // A goal is counted in a stage of its own, and there is none.
  return { ...compiled, checks: spec.checks, plan: withoutStages(compiled.plan, goesBack) };
}

function compileStages(spec: PolicySpec, version?: NewVersion): CompiledPlan {
  const { checks } = spec;
  const { canary, blueGreen, rolling, recreate, abTest } = spec.strategy;
  const compiled = (strategy: CompiledPlan['strategy'], own: StrategyPlan): CompiledPlan => ({
    strategy,
    plan: complete(spec, own, version),
    checks,
  });
  if (canary) return compiled('canary', compileCanary(canary, spec));
  if (blueGreen) return compiled('blueGreen', compileBlueGreen(blueGreen, spec));
  if (rolling) return compiled('rolling', compileRolling(rolling, spec));
  if (recreate) return compiled('recreate', compileRecreate(recreate));
  if (abTest)
    return {
      ...compiled('abTest', compileAbTest(abTest, spec)),
      checks: [...checks, compileGoal(abTest)],
    };
  throw new Error('a policy without a strategy has no plan: validate it first');
}

/** Nothing runs that could be compared with: the new version is released at once. */
export function compileFirst(spec: PolicySpec): CompiledPlan {
  const { window: _, releasedIn: __, ...rest } = spec;
  const plan = complete({ ...rest, tryImages: 'Never' }, { stages: [], bakeTimeoutMs: 0 });
  const empty = { ...plan, bakeMs: 0, bakeChecks: [], drainMs: 0 };
  return { strategy: 'none', plan: empty, checks: spec.checks };
}

type TrafficParts = Pick<Plan, 'settleMs' | 'drainMs' | 'readBack'>;

function complete(spec: PolicySpec, strategy: StrategyPlan, version?: NewVersion): Plan {
  // Nothing routes between the versions, so that nothing has to settle or drain.
  const routed = spec.strategy.canary && (spec.traffic?.routers ?? []).length > 0;
  const traffic = strategy.roll && !routed ? undefined : spec.traffic;
  return {
    ...strategy,
    bakeMs: milliseconds(spec.bake),
    bakeChecks: gatesAt(spec.checks, { weight: 100 }),
    progressDeadlineMs: milliseconds(spec.progressDeadline),
    ...trafficParts(traffic),
    onFailure: spec.onFailure.action,
    ...falseAlarmsOf(spec),
    ...(spec.onFailure.revertTemplate === true && { revertTemplate: true }),
    ...compileAround(spec, version),
    ...(sharesPods(spec) && { byPods: true }),
  };
}

function trafficParts(traffic: PolicySpec['traffic']): TrafficParts {
  const { settle = '0s', drain = '0s', readBack } = traffic ?? {};
  return {
    settleMs: milliseconds(settle),
    drainMs: milliseconds(drain),
    ...(readBack === 'Measured' && { readBack }),
  };
}

/** Worth a word only where something is held to it. */
function falseAlarmsOf({ checks, falseAlarms }: PolicySpec): Pick<Plan, 'falseAlarms'> {
  const share = parseThreshold(falseAlarms)?.value;
  return share === undefined || !checks.some(isTested) ? {} : { falseAlarms: share };
}
