/** rolling: the workload's own rolling update, held where the policy says and never by chance. */
import type { PolicySpec } from '../api/policy.ts';
import type { RollingSpec } from '../api/strategy.ts';
import type { Stage } from '../api/release.ts';
import { gatesAt } from './check-gates.ts';
import { compileSmokeTests, compileWebhooks, stageGates } from './compile-tasks.ts';
import { milliseconds, parseHold } from './hold.ts';
import type { StrategyPlan } from './strategy-plan.ts';

export function compileRolling(
  spec: RollingSpec,
  { checks, window, targetRef }: Pick<PolicySpec, 'checks' | 'window' | 'targetRef'>,
): StrategyPlan {
  const timeoutMs = milliseconds(spec.timeout);
  const what = targetRef.kind === 'DaemonSet' ? 'node' : 'pod';
  const stages: Stage[] = spec.stages.map((stage) => {
    const size = parseSize(stage.holdAfter) ?? { pods: 1 };
    const percent = 'percent' in size ? size.percent : 0;
    return {
      name: stage.name ?? nameOf(size, what),
      weight: percent,
      capacityPercent: percent,
      ...('pods' in size && { pods: size.pods }),
      ...parseHold(stage.hold),
      approval: stage.approval !== undefined,
      checks: gatesAt(checks, { weight: percent, named: stage.checks }),
      timeoutMs: stage.timeout === undefined ? timeoutMs : milliseconds(stage.timeout),
      ...stageGates({
        window: stage.window ?? window,
        tests: compileSmokeTests(stage.smokeTests),
        tasks: compileWebhooks(stage.webhooks),
      }),
    };
  });
  const rest: Stage = {
    name: `all ${what}s`,
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  };
  const { maxSurge, maxUnavailable, batch, nodesBy } = spec;
  return {
    stages: [...stages, rest],
    bakeTimeoutMs: timeoutMs,
    roll: {
      type: ROLL_OF[targetRef.kind] ?? 'RollingUpdate',
      ...(maxSurge !== undefined && { maxSurge: pods(maxSurge) }),
      ...(maxUnavailable !== undefined && { maxUnavailable: pods(maxUnavailable) }),
      ...(batch !== undefined && { batch: pods(batch) }),
      ...(nodesBy && { nodesBy: nodesBy.label }),
    },
  };
}

/** How pods of these are changed. */
const ROLL_OF: Record<string, NonNullable<StrategyPlan['roll']>['type']> = {
  StatefulSet: 'Ordinals',
  DaemonSet: 'Nodes',
};

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

function nameOf(size: Size, what: string): string {
  if ('percent' in size) return `${size.percent} % of the ${what}s`;
  return size.pods === 1 ? `first ${what}` : `${size.pods} ${what}s`;
}
