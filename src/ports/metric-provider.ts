/** Asks a source of metrics about one version. Providers return counts where they can: a ratio
 * without its sample size cannot be judged. */
import type { Check } from '../api/check.ts';
import type { Problem } from '../api/problem.ts';
import type { TaskSubject } from './task-runner.ts';

export interface MetricProvider {
  readonly name: string;
  /** One measurement of one version. Never throws: what could not be measured is `Missing` with
   * the reason a person can act on (address, status, what the answer looked like). */
  measure(check: Check, version: VersionContext, signal: AbortSignal): Promise<Reading>;
  /** Names of the metrics that the source has, for who has misspelt one; undefined where it cannot be asked. Absent where
   * a source has no such list. */
  names?(
    check: Check,
    version: VersionContext,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined>;
  /** The same where questions are no PromQL: each metric that they name, and what there is in its place. */
  metrics?(
    check: Check,
    version: VersionContext,
    signal: AbortSignal,
  ): Promise<readonly AskedMetric[] | undefined>;
  /** What keeps the check from being measured until somebody does something about it: a Secret or ConfigMap that it names
   * is not there, lacks a key, or may not be read. Undefined where nothing does, or where that is not known now; absent
   * where a source reads none. */
  lack?(
    check: Check,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Pick<Problem, 'message' | 'fix'> | undefined>;
  /** Closes its connections. */
  close?(): Promise<void>;
}

/** A metric that a question names. */
export interface AskedMetric {
  name: string;
  exists: boolean;
  /** Names that stand where it would. */
  others: readonly string[];
}

/** What a query template may name. */
export interface VersionContext {
  role: 'Stable' | 'Candidate';
  namespace: string;
  service: string;
  /** The value of the pods' `pod-template-hash` label. */
  hash: string;
  pods: { name: string; ip: string }[];
  /** As written in the check, `1m`. */
  window: string;
  /** The same object for all versions that are measured at one time, so that a source can be asked
   * about all of them at the same time of its own. */
  moment?: Moment;
  /** The release, for what is run for it. */
  about?: TaskSubject;
}

export interface Moment {
  /** Milliseconds since the epoch, by the clock of the controller. */
  readonly atMs: number;
}

export type Reading =
  /** Counters since each source started, per source (pod or gateway): to be differenced, resets
   * are handled by the judge. */
  | { kind: 'Counters'; sources: Record<string, Counts> }
  /** Counts over the check's window. */
  | { kind: 'Counts'; counts: Counts }
  /** One number, without a sample size. */
  /** `told`: what people are told besides the number, without a full stop. */
  | { kind: 'Value'; value: number; told?: string }
  | { kind: 'Missing'; because: string };

export interface Counts {
  total: number;
  /** How many of `total` were bad: failed, or slower than the check allows. */
  bad: number;
  /** Of a histogram: how many of `total` were slower than each bound, in seconds as text (`0.25`). */
  slower?: Record<string, number>;
}
