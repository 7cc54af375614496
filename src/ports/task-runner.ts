/** Runs what a release has run outside of it: requests, Jobs, questions to others. One implementation
 * for each kind of task. */
import type { Task } from '../api/release.ts';

export interface TaskRunner {
  readonly kind: Task['kind'];
  /**
   * Runs until there is an answer. Never throws: what could not be done is `Failed`, with what a
   * person can act on. Begun again for the same id and round after a restart it goes on where it was
   * where that can be found out, and begins anew where it cannot. When `signal` aborts its answer is
   * not looked at.
   */
  run(work: TaskWork, signal: AbortSignal): Promise<TaskOutcome>;
  /** Nobody asks for it any more: takes away what is left of it. Never throws. */
  end?(work: TaskWork): Promise<void>;
}

export interface TaskOutcome {
  /** Unknown: it could not be found out, and that is no reason to stay. */
  state: 'Passed' | 'Failed' | 'Unknown';
  /** For people, without a full stop: `204 after 2 tries`. */
  message: string;
  /** `Failed`, as what it is done by was not let be made: nothing was tried. */
  refused?: true;
}

export interface TaskWork {
  task: Task;
  /** Unique for the task, the release and the round; fits into the name of an object. */
  key: string;
  about: TaskSubject;
  /** The candidate's ready pods behind its own Service, or behind the user's where it has none. */
  candidates(port: number | undefined): Promise<Candidate[]>;
  /** Tells people what it waits for. */
  say(message: string): void;
}

export interface Candidate {
  name: string;
  /** The Service that it is behind. */
  service: string;
  ip: string;
  port: number;
}

/** What a task is about: sent to webhooks, and in the environment of Jobs. */
export interface TaskSubject {
  namespace: string;
  policy: string;
  release: string;
  releaseUid: string;
  /** Where in the plan: `before`, `stage-1-tests`, `stage-1`, `after`, `on-abort`. */
  moment: string;
  target: string;
  stableImages: string[];
  candidateImages: string[];
  /** `pod-template-hash` of the candidate's pods. */
  candidateHash: string;
  /** The candidate's own Service, where there is one. */
  candidateService: string;
}
