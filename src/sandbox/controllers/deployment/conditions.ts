/** Conditions of a Deployment: set only when status or reason change, as Kubernetes does. */
import type { Deployment, DeploymentStatus, StatusCondition } from '../kinds.ts';
import { timestamp } from '../pods.ts';
import type { Draft } from './draft.ts';

type News = Pick<StatusCondition, 'status'> & { reason: string; message: string };

export function findCondition(
  status: DeploymentStatus | undefined,
  type: string,
): StatusCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const deadline = deployment.spec.progressDeadlineSeconds;
  return deadline !== undefined && deadline !== 2_147_483_647;
}

/** The list with the condition at its end; unchanged when it says the same already. */
export function withCondition(
  conditions: StatusCondition[],
  condition: StatusCondition,
): StatusCondition[] {
  const before = conditions.find((one) => one.type === condition.type);
  if (before?.status === condition.status && before.reason === condition.reason) return conditions;
  const next = { ...condition };
  if (before?.status === condition.status && before.lastTransitionTime !== undefined)
    next.lastTransitionTime = before.lastTransitionTime;
  return [...withoutCondition(conditions, condition.type), next];
}

export function withoutCondition(conditions: StatusCondition[], type: string): StatusCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function condition(type: string, news: News, nowMs: number): StatusCondition {
  const now = timestamp(nowMs);
  const { status, reason, message } = news;
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

export function setProgressing(draft: Draft, news: News): void {
  const status = (draft.deployment.status ??= {});
  status.conditions = withCondition(
    status.conditions ?? [],
    condition('Progressing', news, draft.nowMs),
  );
}

/** Marks a pause and its end, so that the time paused is not taken for lack of progress. A missed
 * deadline stays written. */
export function markPaused(draft: Draft): void {
  const { deployment } = draft;
  if (!hasProgressDeadline(deployment)) return;
  const reason = findCondition(deployment.status, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const saysPaused = reason === 'DeploymentPaused';
  const status = 'Unknown';
  if (deployment.spec.paused && !saysPaused)
    setProgressing(draft, { status, reason: 'DeploymentPaused', message: 'Deployment is paused' });
  else if (!deployment.spec.paused && saysPaused)
    setProgressing(draft, {
      status,
      reason: 'DeploymentResumed',
      message: 'Deployment is resumed',
    });
}
