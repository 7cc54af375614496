/** How far a Deployment may go over and under its size. */
import type { Deployment } from '../kinds.ts';
import { wanted } from './draft.ts';

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Pods above `spec.replicas` a rolling update may run; 0 for Recreate. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** Pods below `spec.replicas` a rolling update may leave; 0 for Recreate. */
export function maxUnavailable(deployment: Deployment): number {
  if (!isRollingUpdate(deployment) || wanted(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, wanted(deployment));
}

/** Both limits resolved; when both come to nothing one pod may be unavailable, or nothing would move. */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const rolling = deployment.spec.strategy?.rollingUpdate ?? {};
  const total = wanted(deployment);
  const surge = scaled(rolling.maxSurge ?? '25%', total, Math.ceil);
  const unavailable = scaled(rolling.maxUnavailable ?? '25%', total, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function scaled(value: number | string, total: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = Number.parseInt(value, 10);
  return Number.isNaN(percent) ? 0 : round((percent * total) / 100);
}
