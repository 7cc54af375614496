/** blueGreen: the whole new version beside the old one, then all the traffic at once. */
import type { BlueGreenSpec } from '../api/policy.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileBlueGreen(spec: BlueGreenSpec): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  return {
    stages: [
      {
        name: 'preview',
        weight: 0,
        capacityPercent: 100,
        ...parseHold(spec.hold),
        approval: spec.approval !== undefined,
        checks: spec.checks ?? [],
        timeoutMs,
      },
      {
        name: 'switch',
        weight: 100,
        capacityPercent: 100,
        approval: false,
        checks: [],
        timeoutMs,
      },
    ],
    bakeTimeoutMs: timeoutMs,
  };
}
