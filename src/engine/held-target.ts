/** A policy and the workload that it holds already. */
import type { Problem } from '../api/problem.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** A policy that went on to another workload would leave the one it holds paused for ever. */
export function targetProblems({
  spec,
  status,
}: Pick<PolicySnapshot, 'spec' | 'status'>): Problem[] {
  const held = status.target?.name;
  const { kind, name } = spec.targetRef;
  const { name: other } = status.target?.pair ?? {};
  if (other !== undefined && other !== spec.pairRef?.name) {
    const message = `cannot change: Deployments ${held} and ${other} are held by this policy`;
    const fix = `put ${other} back; for others make a policy of its own`;
    return [{ field: 'spec.pairRef.name', message, fix }];
  }
  if (held === undefined || held === name) return [];
  const message = `cannot change to ${name}: ${kind} ${held} is held by this policy`;
  const fix = `put ${held} back; for ${name} make a policy of its own`;
  return [{ field: 'spec.targetRef.name', message, fix }];
}
