/** blueGreen: the whole new version beside the old one, then all the traffic, at once or in steps. */
import type { PolicySpec } from '../api/policy.ts';
import type { BlueGreenSpec } from '../api/strategy.ts';
import type { Stage } from '../api/release.ts';
import { gatesAt } from './check-gates.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import { parseSize } from './rolling.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileBlueGreen(
  spec: BlueGreenSpec,
  policy: Pick<PolicySpec, 'checks' | 'window'>,
): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const window = spec.window ?? policy.window;
  const { checks } = policy;
  const size = sizeOf(spec.preview?.replicas);
  const whole: Stage = {
    name: 'full size',
    weight: 0,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
  const preview: Stage = {
    ...whole,
    name: 'preview',
    ...size,
    ...parseHold(spec.hold),
    approval: spec.approval !== undefined,
    checks: gatesAt(checks, { weight: 0, named: spec.checks ?? [] }),
    ...stageGates({
      window,
      tests: compileSmokeTests(spec.smokeTests),
      tasks: compileWebhooks(spec.webhooks),
    }),
  };
  return {
    stages: [
      preview,
      // Pods take their time: the window may have shut meanwhile.
      ...(size ? [{ ...whole, ...stageGates({ window }) }] : []),
      ...(spec.switch ?? []).map((share) => compileShare(share, { whole, window, checks })),
      {
        ...whole,
        name: 'switch',
        weight: 100,
        ...stageGates({
          tasks: [
            ...compileSmokeTests(spec.afterSwitch?.smokeTests),
            ...compileWebhooks(spec.afterSwitch?.webhooks),
          ],
        }),
      },
    ],
    bakeTimeoutMs: timeoutMs,
    ...(spec.after !== 'ScaleToZero' && { oldVersion: spec.after }),
    ...(spec.keepFor !== undefined && { keepMs: milliseconds(spec.keepFor) }),
  };
}

type Share = NonNullable<BlueGreenSpec['switch']>[number];

/** A share of the traffic, with all pods of both versions there: going back is a move of weights. */
function compileShare(
  share: Share,
  {
    whole,
    window,
    checks,
  }: { whole: Stage; window: Stage['window']; checks: PolicySpec['checks'] },
): Stage {
  return {
    ...whole,
    name: share.name ?? `weight ${share.weight}`,
    weight: share.weight,
    ...parseHold(share.hold),
    approval: share.approval !== undefined,
    checks: gatesAt(checks, { weight: share.weight, named: share.checks }),
    ...(share.timeout !== undefined && { timeoutMs: milliseconds(share.timeout) }),
    ...stageGates({ window: share.window ?? window }),
  };
}

/** Of a preview that is smaller than the whole; undefined where it is not. */
function sizeOf(replicas: unknown): Pick<Stage, 'pods' | 'capacityPercent'> | undefined {
  const size = parseSize(replicas);
  if (!size) return undefined;
  if ('pods' in size) return { pods: size.pods, capacityPercent: 0 };
  return size.percent < 100 ? { capacityPercent: size.percent } : undefined;
}
