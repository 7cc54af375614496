/** rolling: the workload's own rolling update, held where the policy says and never by chance. */
import type { PolicySpec } from '../api/policy.ts';
import type { RollingSpec } from '../api/strategy.ts';
import type { Stage } from '../api/release.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileRolling(
  spec: RollingSpec,
  { checks, window, targetRef }: Pick<PolicySpec, 'checks' | 'window' | 'targetRef'>,
): StrategyPlan {
  const all = checks.map((check) => check.name);
  const timeoutMs = milliseconds(spec.timeout);
  const stages: Stage[] = spec.stages.map((stage) => {
    const size = parseSize(stage.holdAfter) ?? { pods: 1 };
    const percent = 'percent' in size ? size.percent : 0;
    return {
      name: stage.name ?? nameOf(size),
      weight: percent,
      capacityPercent: percent,
      ...('pods' in size && { pods: size.pods }),
      ...parseHold(stage.hold),
      approval: stage.approval !== undefined,
      checks: stage.checks ?? all,
      timeoutMs: stage.timeout === undefined ? timeoutMs : milliseconds(stage.timeout),
      ...stageGates({
        window: stage.window ?? window,
        tests: compileSmokeTests(stage.smokeTests),
        tasks: compileWebhooks(stage.webhooks),
      }),
    };
  });
  const rest: Stage = {
    name: 'all pods',
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
  const { maxSurge, maxUnavailable } = spec;
  return {
    stages: [...stages, rest],
    bakeTimeoutMs: timeoutMs,
    roll: {
      type: targetRef.kind === 'StatefulSet' ? 'Ordinals' : 'RollingUpdate',
      ...(maxSurge !== undefined && { maxSurge: pods(maxSurge) }),
      ...(maxUnavailable !== undefined && { maxUnavailable: pods(maxUnavailable) }),
    },
  };
}

/** As it is written. */
function pods(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type Size = { pods: number } | { percent: number };

/** `1` pod or `25%`, as Kubernetes writes such numbers; undefined when it is neither. */
export function parseSize(value: unknown): Size | undefined {
  if (typeof value === 'number') return isWhole(value) ? { pods: value } : undefined;
  const [, digits, sign] = /^(\d{1,9})(%?)$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (digits === undefined) return undefined;
  return sign === '%' ? { percent: Number(digits) } : { pods: Number(digits) };
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function nameOf(size: Size): string {
  if ('percent' in size) return `${size.percent} % of the pods`;
  return size.pods === 1 ? 'first pod' : `${size.pods} pods`;
}
