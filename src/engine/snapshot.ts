/** Everything one decision looks at, observed at one moment. */
import type { Verdict } from '../analysis/index.ts';
import type { ConfigVersion } from '../api/config.ts';
import type { Writer } from '../api/last-writer.ts';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { ReleaseRequestSpec } from '../api/release-request.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import type { PodTemplate, WorkloadState } from '../ports/workload.ts';
import type { ByOthers } from './effective-policy.ts';

export interface Snapshot {
  /** Milliseconds since the epoch. */
  now: number;
  /** Undefined when the policy is gone and a release of it is still there. */
  policy: PolicySnapshot | undefined;
  /** Undefined when the target does not exist. */
  workload: WorkloadState | undefined;
  /** The release in progress. */
  release: ReleaseSnapshot | undefined;
  /** Names of the sets that the release in progress owns. */
  ownSets: string[];
  /** The highest number of any release of this policy that still exists. */
  lastNumber: number;
  /** The releases of this policy that have ended. */
  history: EndedRelease[];
  requests: RequestSnapshot[];
  /** Undefined for a release without traffic. */
  traffic: TrafficReading | undefined;
  /** What the shell found in the way: objects missing, Services that cannot be routed, another
   * policy on the same target. Looked for while no release is in progress. */
  problems: Problem[];
  /** What may surprise about releasing by this policy, for its status. */
  warnings: Problem[];
  /** The target is another policy's: an older one has it, or a release of another is in progress. */
  contested: boolean;
  /** What each router needs to put everything back, as observed now. */
  capture: unknown[];
  /** The verdict on each check that was asked for. */
  evidence: Verdict[];
  /** From when on the samples count that it is about; undefined when none were asked for. */
  evidenceFrom?: number | undefined;
  /** Since when this controller has been looking at the checks without a break; undefined while it
   * does not. Evidence that nobody looked for was not undecided. */
  evidenceSince: number | undefined;
  /** What became of the tasks that were asked for. */
  tasks: TaskAnswer[];
  /** Why the candidate's pods are not available; undefined when nothing is known. */
  trouble: Trouble | undefined;
  /** What was written last and is not allowed, with what the API server said; undefined where all was taken. */
  refused?: string | undefined;
  /** By the uid of a pod: why its eviction was refused last. */
  refusedEvictions?: ReadonlyMap<string, string>;
  /** Why there is no room for the candidate, looked for before its first pod: for certain (a quota)
   * or as far as can be seen (the nodes). */
  room: Trouble | undefined;
  /** What the template refers to; undefined where that is not watched. */
  config?: ConfigReading | undefined;
}

/** What the template of the target refers to, as stored now. */
export interface ConfigReading {
  /** Undefined until it has been read. With content where a release may be drafted of it. */
  version: ConfigVersion | undefined;
  /** Why it may not be read. */
  problem?: Problem;
  /** What pods cannot start without and is not there: `ConfigMap web`. */
  missing: string[];
  /** Since when template and configuration have been left alone (ms since the epoch). */
  sinceMs: number;
}

export interface TaskAnswer {
  id: string;
  round: number;
  state: 'Waiting' | 'Passed' | 'Failed' | 'Unknown';
  /** For people: what it waits for, or how it ended. */
  message: string;
}

/** What keeps pods from running. */
export interface Trouble {
  /** A word for scripts, Kubernetes' own where it has one: ImagePullBackOff, OOMKilled. */
  reason: string;
  /** For people: what is wrong, where, and what to do. */
  message: string;
  /** It is there to stay unless somebody does something, so that it is worth telling at once. */
  certain: boolean;
}

export interface PolicySnapshot {
  name: string;
  uid: string;
  generation: number;
  deleting: boolean;
  /** When that was asked, to the second. */
  deletedAtMs?: number;
  finalizer: boolean;
  /** With the ReleaseDefaults and the CheckTemplates of the namespace. */
  spec: PolicySpec;
  /** What those made of it. */
  others?: ByOthers | undefined;
  /** Why the controller may not read them; undefined where it may, or where there is no such kind. */
  defaultsUnread?: string | undefined;
  status: PolicyStatus;
}

export interface ReleaseSnapshot {
  name: string;
  uid: string;
  deleting: boolean;
  spec: ReleaseSpec;
  status: ReleaseStatus;
}

export interface EndedRelease {
  name: string;
  number: number;
  outcome: string | undefined;
  /** Of its candidate. */
  templateHash: string;
  template?: PodTemplate;
  stableTemplateHash: string;
  /** uid of its workload. */
  target: string;
  strategy: ReleaseSpec['strategy'];
  origin?: number | undefined;
  endedAt?: string | undefined;
}

export interface RequestSnapshot {
  name: string;
  uid: string;
  spec: ReleaseRequestSpec;
}

export interface TrafficReading {
  /** Whether the Services of each version are there: all of them, none, or some. */
  dedicated: 'Present' | 'Absent' | 'Partial';
  /** Why they cannot be made, for people; '' when nothing is in the way. */
  inTheWay: string;
  /** Ready endpoints behind the Service of each version; undefined where there is no such Service. */
  endpoints: {
    stable: number | undefined;
    candidate: number | undefined;
    /** Behind the user's own Service, where it leads to the pods of both. */
    shared?: number;
  };
  /** Of a route that has to name the Services of each version for the settle time before they get traffic: whether it
   * does. */
  named?: boolean;
  /** What was written beside a route, to lead to the versions by, is still there. */
  left?: boolean;
  /** Where such routes are: at the user's Service, where one of them is. */
  namingRoute?: 'Service' | 'Split' | 'Other';
  /** Those of one version that are behind the user's own Services. */
  lingering?: { stable?: number; candidate?: number };
  route: 'Service' | 'Split' | 'Other';
  weight: number | undefined;
  accepted: boolean;
  /** Nobody tells of what it waits for: to be looked at again then, in milliseconds since the epoch. */
  lookAgainAtMs?: number;
  /** Who takes it up could not, and the message says why. */
  refused?: true;
  missing: boolean;
  message: string;
  /** Who else wrote what routes, last, where that is known. */
  by: Writer | undefined;
  /** Nobody has written it since Segue did: by another controller, which runs by mistake, or before a restart. */
  own: boolean;
  /** What of it Segue writes and others should leave alone. */
  writes: string;
}
