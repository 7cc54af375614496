/** A StatefulSet without pods, while no release is in progress. */
import type { SetState, WorkloadState } from '../ports/workload.ts';
import type { Finding } from './finding.ts';
import type { PolicySnapshot } from './snapshot.ts';

/**
 * No partition holds a StatefulSet that has no pods: its controller takes the version of its template for that of
 * users at once. One that was taken back must not come up with the next pods, so that the template is put back.
 * Undefined where nothing is to be done.
 */
export function lookAtEmpty(policy: PolicySnapshot, workload: WorkloadState): Finding | undefined {
  const { target } = policy.status;
  const { ordinals, templateHash, replicas, owned } = workload;
  if (!ordinals || replicas > 0 || target?.rejected !== templateHash) return undefined;
  const users = (set: SetState) => set.hash === target.stableHash;
  const stable = [...owned, ...ordinals.earlier].find(users);
  if (!stable) return undefined;
  const { kind, name } = policy.spec.targetRef;
  const message =
    `the template of ${kind} ${name} was put back to that of ${stable.name}: without pods nothing else ` +
    'keeps what was taken back from coming up';
  return {
    ready: 'False',
    reason: 'ReleaseAborted',
    message,
    workload: { held: true, template: stable.template },
    target,
    events: [{ type: 'Warning', reason: 'TemplateRestored', message }],
  };
}
