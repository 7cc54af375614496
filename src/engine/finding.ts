/** What there is to do about a policy with no release in progress: one situation, one finding. */
import type { PolicyStatus } from '../api/policy.ts';
import type { WorkloadIntent } from '../ports/workload.ts';
import type { Decision, ReleaseEvent } from './decision.ts';

export interface Finding {
  ready: 'True' | 'False';
  reason: string;
  message: string;
  workload?: WorkloadIntent;
  create?: Decision['create'];
  target?: PolicyStatus['target'];
  events?: ReleaseEvent[];
  wakeAtMs?: number;
}
