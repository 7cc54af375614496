/** What the world should look like for a status: pure, so that after a restart the same status
 * asks for the same world. */
import type { PodTemplate, ReleaseIntent, SetState, WorkloadIntent } from '../ports/workload.ts';
import { candidateDraining, cannotRefill, refillEndMs, servesAlone } from './abort.ts';
import type { TrafficGoal } from './decision.ts';
import { revertsTemplate } from './ending.ts';
import { HOLD_CONTESTED } from './contest.ts';
import { freshIntent } from './fresh-baseline.ts';
import { isActive } from './lost-hold.ts';
import {
  begunByOthers,
  hasOldSet,
  isMadeAnew,
  isNative,
  isOrdinal,
  leftByRecreate,
  nativeIntent,
  recreates,
  rollLimits,
  wantedTemplate,
} from './native.ts';
import { neededReplicas } from './needed.ts';
import { ordinalsIntent } from './ordinals-back.ts';
import { isSwapped, outgoingPods, stillNeeded } from './pod-shares.ts';
import { currentRules } from './request-rules.ts';
import { pairIntent } from './pair.ts';
import type { TrafficReading } from './snapshot.ts';
import type { Turn } from './turn.ts';

export function trafficGoal(turn: Turn): TrafficGoal | undefined {
  const traffic = turn.status.traffic;
  if (!turn.hasTraffic || !traffic) return undefined;
  const { dedicated, route, weight, announcing } = traffic;
  const rules = currentRules(turn.plan, traffic);
  const seen = turn.snapshot.traffic;
  return {
    dedicated,
    route,
    weight,
    rules,
    ...(announcing && { announces: true }),
    ...(seen && { seen: seenOf(seen) }),
  };
}

function seenOf({ namingRoute, named }: TrafficReading): NonNullable<TrafficGoal['seen']> {
  return { ...(namingRoute && { namingRoute }), ...(named !== undefined && { named }) };
}

export function workloadIntent(turn: Turn): WorkloadIntent {
  const template = leftTemplate(turn);
  return {
    held: turn.move === undefined && turn.ordinals?.phase !== 'Move' && !turn.letsGo,
    failureMessage: '',
    at: turn.nowIso,
    release: releaseIntent(turn),
    ...(turn.spec.pair && { pair: pairIntent(turn) }),
    ...(template && { template }),
    ...(template && standsIn(turn, template) && { standIn: true as const }),
    ...(turn.nodes && { nodes: turn.nodes }),
  };
}

/** What its user wrote goes back into the target later. */
function standsIn({ status, spec }: Turn, template: PodTemplate): boolean {
  return status.journal?.template !== undefined && template === spec.stable.template;
}

/** Who resumes the target again and again must not find a template that may not go out. */
function leftTemplate(turn: Turn): PodTemplate | undefined {
  const { status, spec } = turn;
  if (turn.letsGo) return turn.workload?.running?.template;
  const ending = status.step === 'Restore' || status.step === 'CleanUp';
  if (ending && revertsTemplate(turn)) return spec.stable.template as PodTemplate;
  const contested = status.towards === 'Aborted' && status.reason === HOLD_CONTESTED;
  if (contested || movesBack(turn)) return spec.stable.template as PodTemplate;
  return leftByRecreate(turn) ? (wantedTemplate(turn) as PodTemplate) : undefined;
}

/** The target's own controller brings the old pods back. */
function movesBack({ move, ordinals, nodes, status }: Turn): boolean {
  const moves = move !== undefined || nodes !== undefined || ordinals?.phase === 'Move';
  return moves && status.towards === 'Aborted';
}

function releaseIntent(turn: Turn): ReleaseIntent {
  const { stable, candidate } = turn.spec;
  const base: ReleaseIntent = {
    owner: { name: turn.release.name, uid: turn.release.uid },
    stable: stable.replicaSet,
    candidate: {
      name: candidate.replicaSet,
      hash: candidate.hash,
      template: candidate.template as Record<string, unknown>,
    },
    candidateWanted: 'AsIs',
    carrier: carrier(turn),
    ...keptOf(turn),
    ...freshIntent(turn),
    handBack: false,
    strategy: turn.status.journal?.strategy,
    ...changedByItself(turn),
  };
  // On its way forward the target's own controller sizes the sets.
  const { towards, step } = turn.status;
  const own = changesPods(turn) && towards !== 'Aborted' && step !== 'Wait';
  return own ? base : { ...base, ...sizes(turn) };
}

/** How the target's own controller is to change the pods. */
function changedByItself(turn: Turn): Pick<ReleaseIntent, 'native' | 'ordinals'> {
  if (isOrdinal(turn)) return { ordinals: ordinalsIntent(turn) };
  return changesPods(turn) ? { native: nativeIntent(turn) } : {};
}

/** While it waits nothing has been touched, and users have what they had, as with any other strategy. */
function changesPods(turn: Turn): boolean {
  if (!isNative(turn) || isMadeAnew(turn) || hasOldSet(turn)) return false;
  return turn.status.step !== 'Wait' || isOrdinal(turn);
}

function keptOf(turn: Turn): Pick<ReleaseIntent, 'keep'> {
  const { plan, status } = turn;
  if (plan.stages.length === 0) return {};
  if (!changesPods(turn)) return { keep: kept(turn) };
  // The old set is emptied on the way; it is wanted again only on the way back.
  if (status.towards === undefined) return {};
  const empty = recreates(turn) && status.towards === 'Aborted';
  return { keep: { ...kept(turn), ...(empty && { empty }) } };
}

/** The stable set until the outcome or the point of no return, the candidate's after it. */
function kept({ spec, status }: Turn): NonNullable<ReleaseIntent['keep']> {
  const goes = status.towards === 'Promoted' || status.step === 'Keep';
  const version = goes ? spec.candidate : spec.stable;
  const template = version.template as Record<string, unknown>;
  return { name: version.replicaSet, hash: version.hash, template };
}

function carrier(turn: Turn): 'Stable' | 'Candidate' {
  if (turn.status.step === 'Stage') return isSwapped(turn) ? 'Candidate' : 'Stable';
  switch (turn.status.step) {
    case 'Swap':
    case 'Bake':
    case 'Keep':
    case 'Drain':
      return 'Candidate';
    case 'Restore':
    case 'CleanUp':
    case 'Done':
      return turn.status.towards === 'Promoted' ? 'Candidate' : 'Stable';
    // A retreat moves the traffic first; who belongs to whom changes after that.
    case 'Retreat':
      return asIs(turn);
    default:
      return 'Stable';
  }
}

function asIs({ workload }: Turn): 'Stable' | 'Candidate' {
  return workload?.carrier === 'Candidate' ? 'Candidate' : 'Stable';
}

function sizes(turn: Turn): Partial<ReleaseIntent> {
  switch (turn.status.step) {
    case 'Wait':
      return startedByOthers(turn);
    case 'Stage':
      return grown(turn);
    case 'Swap':
      return { ...grown(turn), ...whole(turn) };
    case 'Bake':
      return warm(turn);
    case 'Keep':
      return keptSize(turn);
    case 'Drain':
      return emptied(turn);
    case 'Restore':
    case 'CleanUp':
      return leftOver(turn);
    case 'SwapBack':
      return regrown(turn);
    case 'Discard':
      return discarded(turn);
    default:
      return {};
  }
}

/** Where the target's own controller will change the pods, what somebody let it begin goes before that. */
function startedByOthers(turn: Turn): Partial<ReleaseIntent> {
  const begun = begunByOthers(turn);
  return begun ? shrunk(turn, begun) : {};
}

/** A stage never takes pods away from the candidate. */
function grown(turn: Turn): Partial<ReleaseIntent> {
  if (turn.plan.byPods && turn.status.step === 'Stage') return shared(turn);
  const has = turn.workload?.candidate?.replicas ?? 0;
  return {
    candidateWanted: 'Present',
    candidateReplicas: Math.max(neededReplicas(turn), has),
  };
}

/** The old version stays up while there is a way back to it, where it gets no traffic by that. */
function warm(turn: Turn): Partial<ReleaseIntent> {
  return turn.plan.byPods ? outgoingPods(turn) : whole(turn);
}

/** It grows with the target. */
function whole(turn: Turn): Partial<ReleaseIntent> {
  const { stable, replicas = 0 } = turn.workload ?? {};
  if (stable?.owner !== 'Release' || turn.plan.stages.length === 0) return {};
  return { outgoingReplicas: Math.max(stable.replicas, replicas) };
}

/** As large as the version that carries the traffic, once what it was asked before has ended. */
function keptSize(turn: Turn): Partial<ReleaseIntent> {
  const { stable, replicas = 0 } = turn.workload ?? {};
  if (stable?.owner !== 'Release') return {};
  return drained(turn) ? { outgoingReplicas: replicas } : warm(turn);
}

/** Where pods are the shares the candidate has as many as its share says, and no more. */
function shared(turn: Turn): Partial<ReleaseIntent> {
  if (isSwapped(turn)) return { candidateWanted: 'Present', ...outgoingPods(turn) };
  return { candidateWanted: 'Present', candidateReplicas: neededReplicas(turn) };
}

/** The controller of a target whose old set was deleted would fill the empty one of what is taken back. */
function regrown(turn: Turn): Partial<ReleaseIntent> {
  const { stable, candidate } = turn.workload ?? {};
  if (!stable && changesPods(turn) && candidate && !isActive(candidate))
    return { candidateWanted: 'Absent' };
  return refilled(turn);
}

/** Stable goes back as large as it is, where it cannot grow to what it wants, and is not asked to grow
 * twice; but an empty set in the history of its target may be collected there. */
function refilled(turn: Turn): Partial<ReleaseIntent> {
  const stable = turn.workload?.stable;
  if (stable && cannotRefill(turn)) return { outgoingReplicas: stable.current };
  const grows = turn.now < refillEndMs(turn) || stable?.replicas === 0;
  return turn.plan.byPods && grows ? whole(turn) : {};
}

function drained(turn: Turn): boolean {
  return turn.now >= turn.sinceMs(turn.status.drainSince) + turn.plan.drainMs;
}

function emptied(turn: Turn): Partial<ReleaseIntent> {
  return drained(turn) ? { outgoingReplicas: 0 } : {};
}

/** Of the version that went. */
function leftOver(turn: Turn): Partial<ReleaseIntent> {
  if (turn.status.towards !== 'Promoted') return { candidateWanted: 'Absent' };
  const last = turn.status.step === 'CleanUp';
  if (turn.plan.oldVersion === 'Delete') return { outgoingReplicas: 0, outgoingAbsent: last };
  return { outgoingReplicas: 0, handBack: last };
}

/** The new pods go as the old ones come back. */
function shrunk(turn: Turn, candidate: SetState): Partial<ReleaseIntent> {
  const { replicas = 0, stable } = turn.workload ?? {};
  // Until its controller has told it to grow, what is known of it may be from before it shrank.
  const serves = stable && stable.replicas >= replicas ? stable.available : 0;
  const endMs = turn.sinceMs(turn.status.stepSince) + turn.plan.progressDeadlineMs;
  turn.wakeAt(endMs);
  // Bounded: some of its pods may be lost for good. Where none serves the new ones do, until something newer comes.
  const late = !servesAlone(turn, candidate) && turn.now >= endMs;
  const missing = late ? 0 : replicas - rollLimits(turn).unavailable - serves;
  // Those that do not serve are missed by nobody.
  const kept = Math.min(candidate.replicas, candidate.ready, missing);
  const candidateReplicas = Math.max(0, kept);
  const empty = candidateReplicas === 0 && candidate.replicas === 0 && candidate.current === 0;
  return empty ? { candidateWanted: 'Absent' } : { candidateWanted: 'Present', candidateReplicas };
}

/** Emptied first and deleted when its pods are gone, so that no pod of it outlives its set behind
 * the user's Service. */
function discarded(turn: Turn): Partial<ReleaseIntent> {
  if (candidateDraining(turn)) return {};
  const candidate = turn.workload?.candidate;
  const begun = begunByOthers(turn);
  if (begun) return shrunk(turn, begun);
  const empty = !candidate || (candidate.replicas === 0 && candidate.current === 0);
  return empty
    ? { candidateWanted: 'Absent' }
    : { candidateWanted: 'Present', candidateReplicas: stillNeeded(turn) };
}
