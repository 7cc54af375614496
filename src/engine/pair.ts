/** A release between two workloads that take turns: what differs from one by sets that change places. */
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { PairIntent, PairSide, SideIntent, WorkloadState } from '../ports/workload.ts';
import { neededReplicas } from './needed.ts';
import type { Turn } from './turn.ts';

/** The sides of a release: the old version's and the new one's workload. */
export function pairIntent(turn: Turn): PairIntent {
  const { live, idle } = turn.workload?.pair ?? {};
  // With its policy gone nobody holds either of them any more.
  if (turn.status.step === 'CleanUp' && !turn.snapshot.policy)
    return { live: letGoOf(live), idle: letGoOf(idle) };
  const sides = sidesOf(turn);
  return isHelpless(live) ? { ...sides, live: { ...sides.live, paused: false } } : sides;
}

function sidesOf(turn: Turn): PairIntent {
  const held = { live: { paused: true }, idle: { paused: true } };
  switch (turn.status.step) {
    // Paused half way it would keep pods of two templates.
    case 'Prepare':
      return pairIdle(turn)?.unsettledBecause === '' ? held : { ...held, idle: {} };
    case 'Stage':
      return { ...held, idle: { paused: true, replicas: grown(turn) } };
    case 'Bake':
    case 'Keep':
      return held;
    case 'Drain':
      return drained(turn) ? { ...held, live: { paused: true, replicas: 0 } } : held;
    case 'Restore':
    case 'CleanUp':
      return turn.status.towards === 'Promoted' ? promotedSides(turn) : abortedSides(turn);
    default:
      return { ...held, idle: {} };
  }
}

/** Its set was deleted: a paused Deployment makes none anew, and its users would be without pods. */
export function isHelpless(side: PairSide | undefined): boolean {
  if (!side?.paused || side.replicas === 0 || side.set) return false;
  const { replicas = 0, current = 0 } = side.running ?? {};
  return replicas === 0 && current === 0;
}

function pairIdle(turn: Turn): PairSide | undefined {
  return turn.workload?.pair?.idle;
}

/** A stage never takes pods away. */
function grown(turn: Turn): number {
  return Math.max(neededReplicas(turn), pairIdle(turn)?.replicas ?? 0);
}

function drained(turn: Turn): boolean {
  return turn.now >= turn.sinceMs(turn.status.drainSince) + turn.plan.drainMs;
}

/** The old one is the idle one from now on, and its user's. */
function promotedSides({ status }: Turn): PairIntent {
  const last = status.step === 'CleanUp';
  return { live: { replicas: 0, paused: !last }, idle: { paused: true } };
}

/** The new one has again the size it had; resumed only with no traffic left on it. */
function abortedSides({ status, spec }: Turn): PairIntent {
  const last = status.step === 'CleanUp';
  // Before the first stage nobody but its user has sized it.
  const sized = status.stage !== undefined && spec.pair ? { replicas: spec.pair.replicas } : {};
  return { live: { paused: true }, idle: { ...sized, paused: !last } };
}

/** Resumed with what it runs: with another template that would start a rollout nobody asked for. */
export function letGoOf(side: PairSide | undefined): SideIntent {
  if (!side?.paused) return {};
  const { running, templateHash } = side;
  const differs = running !== undefined && running.templateHash !== templateHash;
  return { paused: false, ...(differs && { template: running.template }) };
}

/** The new version's workload is held before it has traffic; what it waits for, for people. */
export function pairWaitsFor(turn: Turn): string {
  const idle = pairIdle(turn);
  if (!turn.spec.pair || !idle) return '';
  if (idle.unsettledBecause !== '') return idle.unsettledBecause;
  return idle.paused ? '' : `Deployment ${idle.name} to be paused`;
}

/** What is still to become of the two, for people; '' when nothing is. */
export function pairLeft(turn: Turn): string {
  const { live, idle } = turn.workload?.pair ?? {};
  const wanted = pairIntent(turn);
  return [wrong(live, wanted.live), wrong(idle, wanted.idle)].find((text) => text !== '') ?? '';
}

function wrong(side: PairSide | undefined, { paused, replicas }: SideIntent): string {
  if (!side) return '';
  if (replicas !== undefined && side.replicas !== replicas)
    return `Deployment ${side.name} to be scaled to ${replicas}`;
  if (paused === undefined || side.paused === paused) return '';
  return `Deployment ${side.name} to be ${paused ? 'paused' : 'resumed'}`;
}

/** The workload of the new version changed, or one of the two is gone. */
export type PairLoss = 'Old' | 'New' | undefined;

export function pairLoss({ spec, workload }: Turn): PairLoss {
  if (!spec.pair || !workload?.pair) return undefined;
  if (!workload.pair.idle) return 'New';
  return workload.pair.live ? undefined : 'Old';
}

/** Somebody wrote into the workload of the version that is kept: what it is to get next. */
export function pairChanged({ spec, workload }: Turn): boolean {
  const live = spec.pair && workload?.pair?.live;
  return live !== undefined && live.templateHash !== spec.stable.templateHash;
}

type PolicyPair = NonNullable<NonNullable<PolicyStatus['target']>['pair']>;

/**
 * What the policy remembers when the two have taken turns. What was written into the old one while it was
 * held is released next, unless it has the very images that have just been released: then one commit wrote
 * into both.
 */
export function turnsTaken(
  policy: PolicyStatus,
  spec: ReleaseSpec,
  workload: WorkloadState | undefined,
): { pair?: PolicyPair } {
  const before = policy.target?.pair;
  if (!spec.pair || !before) return {};
  const old = workload?.pair?.live;
  const same = old !== undefined && sameImages(old.images, spec.candidate.images);
  const seen = same ? old.templateHash : spec.stable.templateHash;
  return { pair: { ...before, idle: spec.target.name, seen } };
}

function sameImages(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((image, i) => image === b[i]);
}
