/** What is stored of a Deployment and its sets, as the facts the engine decides by. */
import { lastWriter } from '../../api/last-writer.ts';
import type {
  ReleaseSets,
  SetState,
  WorkloadObjects,
  WorkloadState,
} from '../../ports/workload.ts';
import { failureMessageOf } from './failure-condition.ts';
import { count, fields, list, text } from '../fields.ts';
import { nameCandidate } from './names.ts';
import { storedMove } from './native.ts';
import { nextSwapStep, type Swap } from './swap.ts';
import {
  activeSets,
  runningSet,
  setState,
  type SetView,
  SWAPPING_LABEL,
  type TargetView,
  type View,
  viewOf,
} from './view.ts';

/** progressDeadlineSeconds that means none. */
const NO_DEADLINE = 2_147_483_647;

export function observe(
  objects: WorkloadObjects,
  release: ReleaseSets | undefined,
): WorkloadState | undefined {
  const view = viewOf(objects);
  if (!view) return undefined;
  const { target, sets } = view;
  const spec = fields(target.object['spec']);
  const deadlineSeconds = count(spec['progressDeadlineSeconds'], NO_DEADLINE);
  const unsettledBecause = unsettled(view);
  const running = runningSet(sets);
  return {
    uid: target.uid,
    generation: target.generation,
    observedGeneration: count(fields(target.object['status'])['observedGeneration']),
    replicas: target.replicas,
    held: target.paused,
    template: target.template,
    templateHash: target.templateHash,
    images: list(fields(target.template['spec'])['containers']).map((c) => text(c['image'])),
    next: nameCandidate(target.name, target.template, objects.sets),
    running: running && setState(running),
    owned: sets.filter((set) => set.owner === 'Target').map(setState),
    strays: straySets(sets, release).map(setState),
    runningTemplateHash: running?.templateHash,
    settled: unsettledBecause === '',
    unsettledBecause,
    progressDeadlineMs: deadlineSeconds === NO_DEADLINE ? undefined : deadlineSeconds * 1000,
    minReadySeconds: target.minReadySeconds,
    progressDeadlineSeconds: numberOr(spec['progressDeadlineSeconds']),
    move: storedMove(target),
    ...observeRelease(view, release),
    failureMessage: failureMessageOf(target),
    strategy: target.strategy,
    by: lastWriter(target.object.metadata),
  };
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function observeRelease(
  view: View,
  release: ReleaseSets | undefined,
): Pick<
  WorkloadState,
  'stable' | 'candidate' | 'fresh' | 'carrier' | 'swapClean' | 'swapping' | 'swapWaitsFor'
> {
  const stable = view.sets.find((set) => set.name === release?.stable);
  const candidate = view.sets.find((set) => set.name === release?.candidate);
  const carrier = carrierOf(stable, candidate);
  const marked = stable?.leaving === true || candidate?.leaving === true;
  const decided = carrier === 'Stable' || carrier === 'Candidate';
  return {
    stable: stable && setState(stable),
    candidate: candidate && setState(candidate),
    ...freshOf(view),
    carrier,
    swapClean: decided && !marked && !view.target.swapping,
    ...(view.target.swapping && { swapping: true }),
    swapWaitsFor: swapWaitsFor(view, stable, candidate),
  };
}

/** There is one; until it has gone. */
function freshOf({ fresh: [fresh] }: View): Pick<WorkloadState, 'fresh'> {
  return fresh ? { fresh: setState(fresh) } : {};
}

/** Those of a release that are neither of its two sets, and those of a policy. */
function straySets(sets: SetView[], release: ReleaseSets | undefined): SetView[] {
  const known = [release?.stable, release?.candidate];
  return sets.filter(
    ({ owner, name }) => owner === 'Policy' || (owner === 'Release' && !known.includes(name)),
  );
}

/** An empty set in the Deployment's history does not carry anything. */
function carrierOf(
  stable: SetView | undefined,
  candidate: SetView | undefined,
): WorkloadState['carrier'] {
  const has = (set: SetView | undefined): set is SetView => set?.owner === 'Target';
  if (!has(stable)) return has(candidate) ? 'Candidate' : 'Neither';
  if (!has(candidate)) return 'Stable';
  if (stable.leaving || candidate.leaving) return 'Both';
  if (stable.active !== candidate.active) return stable.active ? 'Stable' : 'Candidate';
  if (stable.active) return 'Both';
  return candidate.revision > stable.revision ? 'Candidate' : 'Stable';
}

/** What the swap under way waits for; which way it goes is on the objects. */
function swapWaitsFor(
  { target, sets }: View,
  stable: SetView | undefined,
  candidate: SetView | undefined,
): string {
  const towards = direction(target, stable, candidate);
  if (!towards) return '';
  const [incoming, outgoing] = towards === 'Candidate' ? [candidate, stable] : [stable, candidate];
  const owner = {
    name: '',
    uid: incoming?.owner === 'Release' ? (incoming.controllerUid ?? '') : '',
  };
  const swap: Swap = { target, sets, incoming, outgoing, towards, owner, strategy: undefined };
  const step = nextSwapStep(swap);
  return step.kind === 'Wait' ? step.because : '';
}

function direction(
  target: TargetView,
  stable: SetView | undefined,
  candidate: SetView | undefined,
): 'Stable' | 'Candidate' | undefined {
  if (stable?.leaving) return 'Candidate';
  if (candidate?.leaving) return 'Stable';
  const label = target.object.metadata.labels?.[SWAPPING_LABEL];
  return label === 'Stable' || label === 'Candidate' ? label : undefined;
}

/** Why a release must not begin now, for people; '' when it may. */
function unsettled({ target, sets }: View): string {
  const active = activeSets(sets);
  const name = `Deployment ${target.name}`;
  if (active.length > 1) {
    const names = active.map((set: SetState) => set.name).join(' and ');
    return `${name} is in the middle of a rollout: it runs ${names}`;
  }
  if (!target.observed)
    return `the Deployment controller has not seen generation ${target.generation} of ${name}`;
  if (target.paused) return '';
  const status = fields(target.object['status']);
  const updated = count(status['updatedReplicas']);
  if (updated < target.replicas) return `${name} has updated ${updated} of ${target.replicas} pods`;
  const available = count(status['availableReplicas']);
  if (target.counted !== target.replicas || available !== target.replicas)
    return `${name} has ${available} of ${target.replicas} pods available, ${target.counted} in all`;
  const running = runningSet(sets);
  return running === undefined || running.templateHash === target.templateHash
    ? ''
    : `${name} does not run its template yet`;
}
