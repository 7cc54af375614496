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

/** Taken hold of only between two rollouts: what is under way is waited for, whatever it takes. */
export function rolloutOfItsOwn(because: string, paused: boolean): Finding {
  const way = paused
    ? 'resume it, or put back the template that it had'
    : 'it is held once that is over; if its pods do not become ready, mend its template';
  return { ready: 'False', reason: 'NativeRollout', message: `${because}; ${way}` };
}
