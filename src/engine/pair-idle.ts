/**
 * A pair with no release in progress: the live one is held, the idle one is its user's. What is written into
 * the idle one is a new revision, and its own controller rolls it out; what is written into the live one is
 * held, and said.
 */
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { PairIntent, PairSide, PairState, WorkloadState } from '../ports/workload.ts';
import type { Decision } from './decision.ts';
import { type Finding, rolloutOfItsOwn } from './finding.ts';
import { isHelpless, letGoOf } from './pair.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';

type PolicyTarget = NonNullable<PolicyStatus['target']>;

export interface PairLook {
  policy: PolicySnapshot;
  /** A person asked for another try of the rejected template. */
  retry: boolean;
  /** Makes the release of the idle one's template. */
  draft: () => NonNullable<Finding['create']>;
}

interface Pair extends PairLook {
  workload: WorkloadState;
  pair: PairState;
  live: PairSide;
  target: PolicyTarget;
}

/** At rest: only the one with the traffic is held. */
const AT_REST: PairIntent = { live: { paused: true }, idle: { paused: false } };

export function lookAtPair({ workload }: Snapshot, look: PairLook): Finding {
  const { pair } = workload ?? {};
  const live = pair?.live;
  if (!workload || !pair || !live) {
    const { targetRef, pairRef } = look.policy.spec;
    const message = `Deployments ${targetRef.name} and ${pairRef?.name ?? ''}: none has the traffic`;
    return { ready: 'False', reason: 'TargetNotFound', message };
  }
  const at = { ...look, workload, pair, live, target: targetOf(look.policy, pair, live) };
  return holding(at) ?? atRest(at) ?? newRevision(at);
}

/** Of a Deployment that does not exist. A word, since the JSON patch of Kubernetes 1.20 stores null for ''. */
const NONE = 'none';

function targetOf(policy: PolicySnapshot, pair: PairState, live: PairSide): PolicyTarget {
  const { spec } = policy;
  const { idle, idleName } = pair;
  const seen = seenIn(pair, policy);
  const { stableHash, images } = policy.status.target ?? {};
  const ran = isHeldHalfWay(live) && stableHash !== undefined ? { stableHash, images } : undefined;
  return {
    observedGeneration: (idle ?? live).generation,
    name: spec.targetRef.name,
    ...(live.running && { stableHash: live.running.hash }),
    images: imagesOf(live),
    ...ran,
    pair: { name: spec.pairRef?.name ?? '', idle: idleName, seen },
  };
}

/** What is written into the idle one is no news when it was there before, or was said to be none. */
function seenIn({ idle, idleName }: PairState, { status }: PolicySnapshot): string {
  const before = status.target?.pair;
  return before?.idle === idleName ? before.seen : (idle?.templateHash ?? NONE);
}

/** Of what runs. */
function imagesOf({ running, images }: PairSide): string[] {
  const spec = running?.template['spec'] as { containers?: { image?: string }[] } | undefined;
  return spec?.containers?.map(({ image }) => image ?? '') ?? images;
}

/** Taken hold of only between two rollouts of its own. */
function holding({ live, target, workload }: Pair): Finding | undefined {
  if (isHelpless(live)) {
    const message = `Deployment ${live.name} lost its set: it makes a new one`;
    return { ready: 'False', reason: 'NothingRuns', message, target, ...RESUMED };
  }
  const before = isHeldHalfWay(live)
    ? workload.owned.find(({ hash }) => hash === target.stableHash)
    : undefined;
  if (before) {
    const message = `Deployment ${live.name} was resumed by somebody: it goes back to what it ran`;
    const pair = { live: { paused: false, template: before.template }, idle: {} };
    return { ready: 'False', reason: 'HoldLost', message, target, workload: { held: true, pair } };
  }
  if (live.unsettledBecause !== '')
    return { ...rolloutOfItsOwn(live.unsettledBecause, live.paused), target };
  if (live.paused) return undefined;
  const message = `taking hold of Deployment ${live.name}, which has the traffic`;
  const pair = { live: { paused: true }, idle: {} };
  return { ready: 'False', reason: 'Holding', message, target, workload: { held: true, pair } };
}

const RESUMED = { workload: { held: true, pair: { live: { paused: false }, idle: {} } } };

/** Somebody resumed it, and it was held again with pods of two templates, which it would keep for ever. */
function isHeldHalfWay({ paused, running, set }: PairSide): boolean {
  return paused && set !== undefined && running === undefined;
}

const RESTING = { workload: { held: true, pair: AT_REST } };

/** Nothing new is written into the idle one, or nothing that is tried again. */
function atRest({ policy, pair, live, target, retry }: Pair): Finding | undefined {
  const { idle, idleName } = pair;
  const { rejected } = policy.status.target ?? {};
  if (idle && idle.templateHash === rejected && !retry)
    return {
      ready: 'False',
      reason: 'ReleaseAborted',
      message: `${idle.images.join(', ')} in Deployment ${idleName} was taken back and is not tried again until its template changes`,
      target: { ...target, rejected },
      ...RESTING,
    };
  if (idle && idle.templateHash !== target.pair?.seen) return undefined;
  if (live.running?.templateHash !== live.templateHash) return liveChanged(live, pair, target);
  const next = idle ? idleName : `Deployment ${idleName}, which does not exist yet,`;
  return {
    ready: 'True',
    reason: 'Held',
    message: `${target.images?.join(', ')} is released in Deployment ${live.name}; what is written into ${next} is released by this policy`,
    target,
    ...RESTING,
  };
}

/** Not carried to the other one: two templates of a pair differ in more than their images. */
function liveChanged(live: PairSide, { idleName }: PairState, target: PolicyTarget): Finding {
  return {
    ready: 'False',
    reason: 'WrittenIntoLive',
    message:
      `Deployment ${live.name} has the traffic, so that the change of its template ` +
      `(${live.images.join(', ')}) is held: write it into Deployment ${idleName}, and put ${live.name} back`,
    target,
    ...RESTING,
  };
}

function newRevision({ workload, pair, live, target, policy, retry, draft }: Pair): Finding {
  if (!pair.idle?.set) {
    const message = `Deployment ${pair.idleName} has no set of its new template yet`;
    return { ready: 'False', reason: 'NativeRollout', message, target, ...RESTING };
  }
  if (!live.running) {
    const message = `Deployment ${live.name} has no set: there is nothing to go back to`;
    return { ready: 'False', reason: 'NothingRuns', message, target };
  }
  const { rejected } = policy.status.target ?? {};
  const remembered = retry && rejected !== undefined && { rejected };
  return {
    ready: 'False',
    reason: 'Releasing',
    message: `releasing ${workload.images.join(', ')} in Deployment ${pair.idleName}`,
    target: { ...target, ...remembered },
    create: draft(),
  };
}

/** What a release between two workloads says beside what every release says. */
export function pairedSpec(spec: ReleaseSpec, { pair }: WorkloadState): ReleaseSpec {
  if (!pair?.live || !pair.idle) return spec;
  const { live, idle, colours } = pair;
  const { target, traffic } = spec;
  const config = { stable: colours.live, candidate: colours.idle };
  return {
    ...spec,
    target: { ...target, name: live.name, uid: live.uid, generation: live.generation },
    pair: { name: idle.name, uid: idle.uid, replicas: idle.replicas },
    ...(traffic && { traffic: { ...traffic, routers: [{ name: 'pairSelector', config }] } }),
  };
}

/** The policy is being deleted: both run by themselves again. */
export function letPairGo({ live, idle }: PairState): Omit<Decision, 'handled'> {
  if (!live?.paused && !idle?.paused) return { finalizer: 'Remove', events: [] };
  const pair = { live: letGoOf(live), idle: letGoOf(idle) };
  return { workload: { held: false, pair }, events: [] };
}
