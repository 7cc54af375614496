/** recreate: all old pods stop, then all new ones start; nobody is served meanwhile. */
import type { RecreateSpec } from '../api/strategy.ts';
import { milliseconds } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileRecreate(spec: RecreateSpec): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const whole = { weight: 100, capacityPercent: 100, approval: false, checks: [], timeoutMs };
  return {
    stages: [{ name: 'recreate', ...whole }],
    bakeTimeoutMs: timeoutMs,
    roll: { type: 'Recreate' },
  };
}
