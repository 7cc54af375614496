/** What a policy would do to a workload of a given size, before anything is touched: the compiled
 * plan with its pods, its shortest time and every write. The same compilers, no cluster. */
import {
  alphaOf,
  type ExpectedRequests,
  type Noticing,
  noticingOf,
  type Question,
  questionOf,
} from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Plan, ReleaseSpec, Stage, Task } from '../api/release.ts';
import { routedObjects, subsetHolders } from '../api/routed.ts';
import { chosenRouter } from '../api/traffic.ts';
import { isColdAt } from './capacity.ts';
import { type ConfigPreview, configPreview, quietMsOf } from './config-preview.ts';
import { type Downtime, downtimeOf } from './downtime.ts';
import { rolledSizes, rolledWrites } from './native-preview.ts';
import { freshChecks, lastFreshStage } from './fresh-baseline.ts';
import { type NodeOrder, nodeOrder, nodeWrites } from './node-preview.ts';
import { ordinalWrites, type PodOrder, podOrder } from './ordinal-preview.ts';
import { ordinalPods } from './ordinal-shares.ts';
import { stageWeight } from './ordinal-traffic.ts';
import { compilePlan, type CompiledPlan } from './plan.ts';
import { pairWrites } from './pair-preview.ts';
import { type Planned, plannedWrites, podsAt, type PlannedWrite } from './planned-writes.ts';
import { wordsOf } from './tasks.ts';
import { windowText } from './rollback-window.ts';
import { releaseTraffic } from './release-traffic.ts';

export interface Preview {
  policy: string;
  target: { kind: string; name: string; replicas: number };
  strategy: ReleaseSpec['strategy'];
  /** What it waits for before anything is touched. */
  before: { window: boolean; tasks: string[] } | undefined;
  stages: StagePreview[];
  /** What each check asks. */
  checks: Question[];
  /** When those that compare errors would notice them, where the traffic to expect was told. */
  noticing?: { requests: ExpectedRequests; checks: { check: string; notices: Noticing[] }[] };
  /** What is run when it was promoted, and when it was taken back. */
  after: string[];
  onAbort: string[];
  bake: { leastMs: number; checks: string[]; stablePods: number; extraPods: number } | undefined;
  /** How long the old version stays when the release has ended; undefined when it does not. */
  kept: { mostMs: number | undefined } | undefined;
  /** The most pods there are at once beyond `replicas`. */
  extraPodsMost: number;
  /** Pods of the old version that are started to be compared with: for which checks, how many at most, until which stage. */
  fresh?: { checks: string[]; podsMost: number; untilStage: number };
  /** Every hold at its least and every answer at once; pods and people take longer. */
  atBestMs: number;
  onFailure: Plan['onFailure'];
  /** How long new pods may take to become available, wherever they are waited for. */
  podsWithinMs: number;
  /** Of a recreate, as far as it is known; undefined where the Deployment is not. */
  downtime?: Downtime;
  /** Of a StatefulSet, whose pods are changed one by one. */
  podOrder?: PodOrder;
  /** Of a DaemonSet, which is changed in batches of nodes. */
  nodeOrder?: NodeOrder;
  /** Nobody said how many pods there are. */
  assumed?: boolean;
  /** Released like a changed image; undefined where that is not watched. */
  config: ConfigPreview | undefined;
  /** What goes back without all this; undefined where nothing does. */
  rollbackWindow: string | undefined;
  /** What of all this the ReleaseDefaults of the namespace say. */
  fromDefaults?: string[];
  writes: PlannedWrite[];
}

export interface StagePreview {
  number: number;
  name: string;
  weightPercent: number;
  /** What that is where the pods are the shares, which are whole numbers. */
  sharePercent: number;
  candidatePods: number;
  stablePods: number;
  /** Of the old version beside those, for checks that compare with a fresh baseline; absent where there are none. */
  freshPods?: number;
  extraPods: number;
  holdMs?: number;
  holdAtMostMs?: number;
  approval: boolean;
  checks: string[];
  /** Run before it gets its traffic. */
  tests: string[];
  /** Asked before it is left. */
  tasks: string[];
  window: boolean;
  /** What comes when all that is there, where that is not the next stage. */
  atEnd?: NonNullable<Stage['atEnd']>;
}

export interface PreviewedWorkload {
  replicas: number;
  /** Its spec, where it is known. */
  deployment?: unknown;
  /** A number to plan with, where nobody knows. */
  assumed?: boolean;
  /** What it gets, where somebody says so. */
  requests?: ExpectedRequests;
}

/** Of a policy that `validatePolicy` found nothing wrong with. */
export function previewPlan(name: string, spec: PolicySpec, of: PreviewedWorkload): Preview {
  const { replicas, deployment } = of;
  const { strategy, plan, checks } = compilePlan(spec);
  const traffic = releaseTraffic(spec);
  const stages = plan.stages.map((_, i) =>
    previewStage({ strategy, plan, checks, traffic }, i, replicas),
  );
  const extra = stages.map(({ extraPods }) => extraPods);
  return {
    policy: name,
    target: { kind: spec.targetRef.kind, name: namesOf(spec), replicas },
    strategy,
    before: plan.before && {
      window: plan.before.window !== undefined,
      tasks: taskWords(plan.before.tasks),
    },
    stages,
    checks: checks.map((check) => questionOf(check, checks, plan.falseAlarms)),
    ...(of.requests && { noticing: noticingWith(of.requests, { plan, checks }, stages) }),
    after: taskWords(plan.after),
    onAbort: taskWords(plan.onAbort),
    bake: bakeOf(plan, replicas),
    kept: plan.oldVersion === 'Keep' ? { mostMs: plan.keepMs } : undefined,
    extraPodsMost: Math.max(0, ...extra),
    ...freshIn(checks, stages),
    atBestMs: quietMsOf(spec) + namingMsOf(spec, plan) + atBest(plan, replicas),
    onFailure: plan.onFailure,
    podsWithinMs: plan.progressDeadlineMs,
    ...downtimeIn(plan, deployment),
    ...orderIn(spec, plan, of),
    ...(of.assumed && { assumed: true }),
    config: configPreview(spec, deployment),
    rollbackWindow: spec.rollbackWindow && windowText(spec.rollbackWindow),
    writes: writesOf(spec, { plan, checks, traffic, replicas }),
  };
}

/** With the bake stable has no requests any more: nothing is compared there. */
function noticingWith(
  requests: ExpectedRequests,
  { plan, checks }: Pick<CompiledPlan, 'plan' | 'checks'>,
  stages: readonly StagePreview[],
): NonNullable<Preview['noticing']> {
  const all = checks.map((check) => {
    const times = stages.map(({ sharePercent, holdMs, holdAtMostMs, checks: looking }, i) => ({
      sharePercent,
      ms: holdMs ?? holdAtMostMs ?? 0,
      isLookedAt: looking.includes(check.name),
      isCold: isColdAt(plan.stages, i),
    }));
    const alpha = alphaOf(check, checks, plan.falseAlarms);
    return { check: check.name, notices: noticingOf(check, alpha, times, requests) };
  });
  return { requests, checks: all.filter(({ notices }) => notices.length > 0) };
}

function freshIn(
  checks: CompiledPlan['checks'],
  stages: readonly StagePreview[],
): Pick<Preview, 'fresh'> {
  const sizes = stages.map(({ freshPods = 0 }) => freshPods);
  const podsMost = Math.max(0, ...sizes);
  if (podsMost === 0) return {};
  const untilStage = sizes.findLastIndex((size) => size > 0) + 1;
  return { fresh: { checks: freshChecks(checks), podsMost, untilStage } };
}

function bakeOf(plan: Plan, replicas: number): Preview['bake'] {
  const { bakeMs: leastMs, bakeChecks: checks } = plan;
  if (leastMs <= 0 && checks.length === 0) return undefined;
  // Nothing of the old version is left where pods were changed in place.
  const left = plan.roll || plan.byPods ? 0 : replicas;
  return { leastMs, checks, stablePods: left, extraPods: left };
}

function downtimeIn({ roll }: Plan, deployment: unknown): Pick<Preview, 'downtime'> {
  if (roll?.type !== 'Recreate' || deployment === undefined) return {};
  return { downtime: downtimeOf(deployment) };
}

function orderIn(
  { targetRef }: PolicySpec,
  plan: Plan,
  { replicas, deployment }: PreviewedWorkload,
): Pick<Preview, 'podOrder' | 'nodeOrder'> {
  const ordinals = podOrder(targetRef.name, plan, replicas);
  const nodes = nodeOrder(plan, replicas, deployment);
  return { ...(ordinals && { podOrder: ordinals }), ...(nodes && { nodeOrder: nodes }) };
}

function writesOf(spec: PolicySpec, planned: Omit<Planned, 'target'>): PlannedWrite[] {
  const { name: target } = spec.targetRef;
  if (planned.plan.roll?.type === 'Ordinals') return ordinalWrites({ target, ...planned });
  if (planned.plan.roll?.type === 'Nodes') return nodeWrites(target, planned.plan);
  if (planned.plan.roll) return rolledWrites(target, planned.plan);
  return spec.pairRef ? pairWrites({ target, ...planned }) : plannedWrites({ target, ...planned });
}

/** Which of a pair is which is for the Services to say. */
function namesOf({ targetRef, pairRef }: PolicySpec): string {
  return pairRef ? `${targetRef.name} and ${pairRef.name}` : targetRef.name;
}

function previewStage(
  { strategy, plan, checks, traffic }: Previewed,
  index: number,
  replicas: number,
): StagePreview {
  const stage = plan.stages[index] as Stage;
  const pods = podsThere(plan, index, replicas);
  const fresh = index <= lastFreshStage({ plan, checks }) ? pods.candidate : 0;
  const { holdMs, holdAtMostMs, approval, atEnd } = stage;
  const sizes = plan.roll
    ? rolledSizes(plan, stage, {
        replicas,
        goal: strategy === 'canary' ? ordinalPods(replicas, stage) : pods.candidate,
      })
    : {
        candidatePods: pods.candidate,
        stablePods: pods.stable,
        // Beyond half the new version is whole before the old one shrinks.
        extraPods: pods.candidate + fresh,
      };
  return {
    number: index + 1,
    name: stage.name,
    weightPercent: stage.weight,
    sharePercent: plan.roll
      ? rolledShare(stage, { ...sizes, replicas, routed: isRouted(traffic) })
      : (pods.percent ?? stage.weight),
    ...sizes,
    ...(fresh > 0 && { freshPods: fresh }),
    ...(holdMs !== undefined && { holdMs }),
    ...(holdAtMostMs !== undefined && { holdAtMostMs }),
    approval,
    checks: stage.checks,
    tests: taskWords(stage.tests),
    tasks: taskWords(stage.tasks),
    window: stage.window !== undefined,
    ...(atEnd && { atEnd }),
  };
}

type Previewed = Pick<CompiledPlan, 'strategy' | 'plan' | 'checks'> & {
  traffic: ReleaseSpec['traffic'];
};

/** The traffic follows the pods, unless a route leads it. */
function rolledShare(stage: Stage, rolled: Rolled): number {
  const { candidatePods, stablePods, replicas, routed } = rolled;
  if (routed) return stageWeight(replicas, stage);
  const all = candidatePods + stablePods;
  return all === 0 ? 100 : Math.round((100 * candidatePods) / all);
}

/** A stage never takes pods from the new version, but where pods are the shares. */
function podsThere(plan: Plan, index: number, replicas: number): ReturnType<typeof podsAt> {
  const until = plan.stages.slice(0, index + 1).map((stage) => podsAt(plan, stage, replicas));
  const here = until.at(-1) as ReturnType<typeof podsAt>;
  if (plan.byPods) return here;
  return { ...here, candidate: Math.max(...until.map(({ candidate }) => candidate)) };
}

interface Rolled {
  candidatePods: number;
  stablePods: number;
  replicas: number;
  routed: boolean;
}

function isRouted(traffic: ReleaseSpec['traffic']): boolean {
  return (traffic?.routers.length ?? 0) > 0;
}

function taskWords(tasks: readonly Task[] = []): string[] {
  return tasks.map(wordsOf);
}

/** What takes long to know the Services of each version, or leads to subsets, is told of them a settle time before. */
function namingMsOf({ traffic }: PolicySpec, { settleMs }: Plan): number {
  const services = (traffic?.services ?? []).map(({ name }) => name);
  const announces = (traffic?.routers ?? []).some((router) => {
    const chosen = chosenRouter(router);
    if (!chosen) return false;
    const slow = routedObjects(chosen.name, chosen.config).some((one) => one.settleMsMin);
    return slow || subsetHolders(chosen, services).length > 0;
  });
  return announces ? settleMs : 0;
}

/** The settle time counts for each move of the traffic: to the Services of the versions, at every
 * stage with another weight, and back to the user's own. */
function atBest({ stages, settleMs, drainMs, bakeMs, roll }: Plan, replicas: number): number {
  const weights = [0, ...stages.map(({ weight }) => weight)];
  const shifts = weights.filter((weight, i) => i > 0 && weight !== weights[i - 1]).length + 2;
  // Where pods are changed one by one the route follows each of them.
  const moves = roll ? Math.max(shifts, replicas) : shifts;
  const holds = stages.map(({ holdMs = 0 }) => holdMs);
  const heldMs = holds.reduce((sum, ms) => sum + ms, 0);
  // The old version drains from the moment it lost its traffic, while the new one bakes.
  const bakedMs = bakeMs + (stages.at(-1)?.weight === 100 ? (holds.at(-1) ?? 0) : 0);
  return moves * settleMs + heldMs + bakeMs + Math.max(0, drainMs - bakedMs);
}
