/** blueGreen: the whole new version beside the old one, then all the traffic at once. */
import type { ReleaseWindow } from '../api/gates.ts';
import type { BlueGreenSpec } from '../api/policy.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileBlueGreen(
  spec: BlueGreenSpec,
  window: ReleaseWindow | undefined,
): StrategyPlan {
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
        ...stageGates({
          window: spec.window ?? window,
          tests: compileSmokeTests(spec.smokeTests),
          tasks: compileWebhooks(spec.webhooks),
        }),
      },
      {
        name: 'switch',
        weight: 100,
        capacityPercent: 100,
        approval: false,
        checks: [],
        timeoutMs,
        ...stageGates({
          tasks: [
            ...compileSmokeTests(spec.afterSwitch?.smokeTests),
            ...compileWebhooks(spec.afterSwitch?.webhooks),
          ],
        }),
      },
    ],
    bakeTimeoutMs: timeoutMs,
  };
}
