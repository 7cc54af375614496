/**
 * A fresh baseline: as many pods of the old version as the candidate has, started when its pods are there, for checks
 * that compare versions of the same age. It is for measuring only: no share of the traffic is sized by it, nothing waits
 * for it but those checks, and where room is short it is the first to go.
 */
import { asksFresh, type Check } from '../api/check.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { Plan, ReleaseSpec } from '../api/release.ts';
import type { PodTemplate, ReleaseIntent } from '../ports/workload.ts';
import type { Turn } from './turn.ts';

/** Where it cannot be had, and why. */
export function freshProblems(spec: PolicySpec): Problem[] {
  const why = notThere(spec);
  if (!why) return [];
  return spec.checks.flatMap((check, i) =>
    asksFresh(check)
      ? [
          {
            field: `spec.checks[${i}].compare.baseline`,
            message: `Fresh is for a canary of a Deployment with a router: ${why}`,
            fix: 'take baseline out, or leave the first minutes out by warmup',
          },
        ]
      : [],
  );
}

function notThere({ strategy, targetRef, pairRef, traffic }: PolicySpec): string | undefined {
  if (!strategy.canary) return 'with other strategies the old version has no pods beside its own';
  if (pairRef) return 'of a pair each Deployment has its own pods only';
  if (targetRef.kind !== 'Deployment') return `a ${targetRef.kind} has no second set of pods`;
  if ((traffic?.routers ?? []).length > 0) return undefined;
  return 'without one the pods are the shares, and more of the old version would change them';
}

type Asking = Pick<ReleaseSpec, 'checks'> & { plan: Pick<Plan, 'stages'> };

/** Names of the checks that ask for it. */
export function freshChecks(checks: readonly Pick<Check, 'name' | 'compare'>[]): string[] {
  return checks.filter(asksFresh).map(({ name }) => name);
}

/** Index of the last stage at which it is asked for; -1 where it never is. It is there from the first on, so that at each
 * it is as old as the candidate. */
export function lastFreshStage({ plan, checks }: Asking): number {
  const tried = checks.filter(({ dryRun }) => dryRun === true);
  const names = freshChecks(checks);
  return plan.stages.findLastIndex((stage) => {
    const asked = [...stage.checks, ...tried.map(({ name }) => name)];
    return stage.weight < 100 && asked.some((name) => names.includes(name));
  });
}

/** It stays as it is until the traffic is back; its pods then end as those of any set that is shrunk. */
const LEFT_AS_IT_IS = new Set<string | undefined>(['Retreat', 'SwapBack']);

export function freshIntent(turn: Turn): Pick<ReleaseIntent, 'fresh'> {
  const { status, spec } = turn;
  const last = lastFreshStage(spec);
  if (last < 0 || LEFT_AS_IT_IS.has(status.step)) return {};
  const isAsked = status.step === 'Stage' && (status.stage ?? 0) <= last;
  const { hash, template } = spec.stable;
  const replicas = isAsked ? freshReplicas(turn) : 0;
  return { fresh: { hash, template: template as PodTemplate, replicas } };
}

/** The candidate's pods come first, and there are never more of these than of those. */
function freshReplicas(turn: Turn): number {
  const { candidate, stable, fresh } = turn.workload ?? {};
  if (!candidate || !stable || givesWay(turn)) return 0;
  const has = fresh?.replicas ?? 0;
  const whole = stable.available >= stable.replicas;
  const wanted = whole ? Math.max(has, candidate.available) : has;
  return Math.min(candidate.replicas, wanted);
}

/** What is said of pods for which there is no room. */
const NO_ROOM = new Set(['FailedCreate', 'ReplicaFailure', 'Unschedulable', 'SchedulerError']);
/** Pods of the old version that are made anew by themselves have time to come. */
const SHORT_MS = 30_000;

/** Pods that users need would fit without it. */
function givesWay(turn: Turn): boolean {
  const { trouble } = turn.snapshot;
  if (trouble && NO_ROOM.has(trouble.reason)) return true;
  const { stableShortSince } = turn.status;
  return stableShortSince !== undefined && turn.now >= turn.sinceMs(stableShortSince) + SHORT_MS;
}

/** Remembers since when the old version lacks pods. */
export function noticeShortage(turn: Turn): void {
  const { stable, fresh } = turn.workload ?? {};
  const { step, stableShortSince } = turn.status;
  const isShort =
    step === 'Stage' &&
    stable !== undefined &&
    stable.available < stable.replicas &&
    (fresh !== undefined || stableShortSince !== undefined);
  if (!isShort) {
    if (stableShortSince !== undefined) turn.change({ stableShortSince: undefined });
    return;
  }
  if (stableShortSince === undefined) turn.change({ stableShortSince: turn.nowIso });
  const endMs = turn.sinceMs(turn.status.stableShortSince) + SHORT_MS;
  if (turn.now < endMs) turn.wakeAt(endMs);
}
