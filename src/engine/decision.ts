/** What a step decides: the next status, and what the world should look like. All data. */
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus, Task } from '../api/release.ts';
import type { RequestRules } from '../api/request-match.ts';
import type { WorkloadIntent } from '../ports/workload.ts';
import type { TrafficReading } from './snapshot.ts';

export interface Decision {
  /** The policy's next status; absent when it is as it should be. */
  policyStatus?: PolicyStatus;
  finalizer?: 'Add' | 'Remove';
  /** A release to make; `asked` for by a person, as long as that is not answered. */
  create?: { name: string; spec: ReleaseSpec; asked?: { name: string; uid: string } };
  /** Names of ended releases that are not kept any longer. */
  prune?: string[];
  /** The release's next status. */
  release?: {
    status: ReleaseStatus;
    /** `Now`: before anything else is done. `Checkpoint`: what a restart finds out again by itself;
     * kept in memory and written every few minutes. `Same`: nothing changed. */
    persist: 'Now' | 'Checkpoint' | 'Same';
  };
  workload?: WorkloadIntent;
  traffic?: TrafficGoal;
  /** Measure these checks, judging samples from `sinceMs` on. */
  measure?: {
    sinceMs: number;
    checks: string[];
    /** Of the requests, in (0, 1), that the candidate is to have; absent where nothing leads them. */
    share?: number;
    /** No pods came for this stage, and those there are have had requests before: nothing warms up. */
    isWarm?: true;
  };
  /** What is to be run outside: begun where it is not running, ended where it is not asked for. */
  tasks?: TaskAsk[];
  /** Names of requests that are dealt with and can be removed. */
  handled: string[];
  events: ReleaseEvent[];
  /** Look again at this time, if nothing happens before. */
  wakeAtMs?: number;
}

export interface TaskAsk {
  /** Unique in a release. */
  id: string;
  /** Counts how often it began anew. */
  round: number;
  task: Task;
}

export interface TrafficGoal {
  dedicated: boolean;
  route: 'Service' | 'Split';
  weight: number;
  /** For which requests the weight does not count. */
  rules: RequestRules;
  /** Routes that have to name the versions long before name them anew, and lead nobody there yet. */
  announces?: true;
  /** Of routes that have to name the versions, when this was decided. */
  seen?: Pick<TrafficReading, 'namingRoute' | 'named'>;
}

export interface ReleaseEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}
