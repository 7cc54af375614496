/** When the results of a probe, one after the other, add up to a verdict. */
import type { Probe } from 'kubernetes-types/core/v1.js';

export interface ProbeTimes {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  successThreshold: number;
  failureThreshold: number;
}

/** The times of a probe with the defaults that Kubernetes documents. */
export function probeTimes(probe: Probe): ProbeTimes {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds ?? 10) * 1_000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

export interface ProbeCount {
  /** The last result and how often in a row it came. */
  ok: boolean;
  times: number;
}

/** Counts one more result; `verdict` is undefined while a threshold is not reached. */
export function countProbe(
  before: ProbeCount | undefined,
  ok: boolean,
  times: ProbeTimes,
): { count: ProbeCount; verdict: boolean | undefined } {
  const count = { ok, times: before?.ok === ok ? before.times + 1 : 1 };
  const needed = ok ? times.successThreshold : times.failureThreshold;
  return { count, verdict: count.times >= needed ? ok : undefined };
}
