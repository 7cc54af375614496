/** The one decision function: pure, without clock, I/O or randomness. The controller, the sandbox
 * and the simulator all call it; the status it wrote is its only memory. */
import { setCondition } from '../api/condition.ts';
import type { PolicyStatus } from '../api/policy.ts';
import { sameJson } from '../api/same-json.ts';
import { configOf, rejectedConfigOf } from './config.ts';
import type { Decision } from './decision.ts';
import { stepIdle } from './idle.ts';
import { HOLD_CONTESTED, TIMES_MAX } from './contest.ts';
import { turnsTaken } from './pair.ts';
import { toldOfRefusal } from './refused.ts';
import { isKnownStep, stepRelease } from './release-step.ts';
import type { PolicySnapshot, ReleaseSnapshot, Snapshot } from './snapshot.ts';

type Resumed = NonNullable<NonNullable<PolicyStatus['target']>['resumed']>;

export function step(snapshot: Snapshot): Decision {
  return toldOfRefusal(decide(snapshot), snapshot);
}

function decide(snapshot: Snapshot): Decision {
  const { policy, release } = snapshot;
  if (release && !isKnownStep(release.status.step)) return notUnderstood(snapshot, release);
  if (release) {
    const decision = stepRelease(snapshot, release);
    return policy ? { ...decision, ...policyDuring(snapshot, policy, decision) } : decision;
  }
  if (policy) return stepIdle(snapshot, policy);
  return { handled: snapshot.requests.map((request) => request.name), events: [] };
}

/** A newer version of Segue wrote it: what the world should look like is not known here, so nothing
 * is touched, and the policy says why. */
function notUnderstood({ policy, now }: Snapshot, release: ReleaseSnapshot): Decision {
  const nothing: Decision = { handled: [], events: [] };
  if (!policy) return nothing;
  const message =
    `release ${release.name} is at the step ${release.status.step}, which this version of Segue ` +
    'does not know: run the version that began it, or a newer one';
  const { generation: observedGeneration } = policy;
  const reason = 'ReleaseNotUnderstood';
  const ready = { type: 'Ready', status: 'False' as const, reason, message, observedGeneration };
  const conditions = setCondition(
    policy.status.conditions ?? [],
    ready,
    new Date(now).toISOString(),
  );
  const next: PolicyStatus = { ...policy.status, release: release.name, conditions };
  if (sameJson(next, policy.status)) return nothing;
  const event = { type: 'Warning' as const, reason, message };
  return { ...nothing, policyStatus: next, events: [event] };
}

/** What the policy says while its release is in progress, and of how it ended. */
function policyDuring(
  snapshot: Snapshot,
  policy: PolicySnapshot,
  decision: Decision,
): Pick<Decision, 'policyStatus'> {
  const release = snapshot.release as ReleaseSnapshot;
  const next = policyStatus(snapshot, policy, decision);
  const { generation: observedGeneration } = policy;
  const ready = { type: 'Ready', ...readiness(release, decision), observedGeneration };
  const nowIso = new Date(snapshot.now).toISOString();
  next.conditions = setCondition(next.conditions ?? [], ready, nowIso);
  return sameJson(next, policy.status) ? {} : { policyStatus: next };
}

function policyStatus(
  snapshot: Snapshot,
  policy: PolicySnapshot,
  decision: Decision,
): PolicyStatus {
  const release = snapshot.release as ReleaseSnapshot;
  const { step, outcome, towards } = decision.release?.status ?? {};
  const { release: _, ...rest } = policy.status;
  if (step === 'Done')
    return {
      ...rest,
      lastRelease: release.name,
      ...(outcome === 'Promoted' && promoted(policy, release, snapshot.workload)),
      ...(rejects(decision) && rejection(snapshot)),
      ...(revertsTemplate(decision) && configRejection(snapshot)),
    };
  const known = { ...rest, release: release.name };
  if (step === 'Keep') return { ...known, target: keptTarget(snapshot, policy, release) };
  const { hash: stableHash, images } = release.spec.stable;
  // One that was kept is taken back.
  const back = towards === 'Aborted' && rest.target?.stableHash === release.spec.candidate.hash;
  const config = configOf(release, 'stable');
  return back ? { ...known, target: { ...rest.target, stableHash, images, ...config } } : known;
}

/** What users have from now on: known at once, so that what somebody starts beside it in this moment
 * is told from it. */
function promoted(
  { status }: PolicySnapshot,
  { spec }: ReleaseSnapshot,
  workload: Snapshot['workload'],
) {
  const { hash: stableHash, images, templateHash } = spec.candidate;
  const turns = turnsTaken(status, spec, workload);
  const { rejectedConfig: _, rejected, ...target } = status.target ?? {};
  // What was tried again and is what users have now is not rejected any more.
  const still = rejected === undefined || rejected === templateHash ? {} : { rejected };
  const config = configOf({ spec }, 'candidate');
  return { target: { ...target, ...still, stableHash, images, ...turns, ...config } };
}

type Readiness = { status: 'True' | 'False'; reason: string; message: string };

function readiness({ name }: ReleaseSnapshot, { release }: Decision): Readiness {
  const { step, outcome = 'Done', message = '' } = release?.status ?? {};
  if (step === 'Done') return { status: 'False', reason: outcome, message };
  if (step === 'Keep') return { status: 'True', reason: 'Kept', message };
  return { status: 'False', reason: 'Releasing', message: `release ${name} is in progress` };
}

/** What users have is the version that was released. */
function keptTarget(
  { workload }: Snapshot,
  { status }: PolicySnapshot,
  { spec }: ReleaseSnapshot,
): NonNullable<PolicyStatus['target']> {
  const { rejected: _, rejectedConfig: __, ...target } = status.target ?? {};
  const { hash: stableHash, images } = spec.candidate;
  const observedGeneration = workload?.generation ?? target.observedGeneration;
  return {
    ...target,
    ...(observedGeneration !== undefined && { observedGeneration }),
    stableHash,
    images,
    ...configOf({ spec }, 'candidate'),
  };
}

/** Ended by a change of the template and not by a fault of it. */
const NOT_REJECTED = new Set(['Superseded', 'TemplateReverted', 'ConfigReverted', 'Outdated']);

/** An aborted template is not tried again until it changes (invariant 12). */
function rejects(decision: Decision): boolean {
  const { outcome, reason = '' } = decision.release?.status ?? {};
  return outcome === 'Aborted' && !NOT_REJECTED.has(reason);
}

/** Who puts stable's template back wants nothing released, though the configuration stays as it is. */
function revertsTemplate(decision: Decision): boolean {
  const { outcome, reason } = decision.release?.status ?? {};
  return outcome === 'Aborted' && reason === 'TemplateReverted';
}

function configRejection({ policy, release }: Snapshot): Pick<PolicyStatus, 'target'> {
  const rejected = release ? rejectedConfigOf(release) : {};
  return { target: { ...policy?.status.target, ...rejected } };
}

function rejection(snapshot: Snapshot): Pick<PolicyStatus, 'target'> {
  const rejected = snapshot.release?.spec.candidate.templateHash;
  const target = snapshot.policy?.status.target ?? {};
  const resumed = resumedIn(snapshot);
  return {
    target: {
      ...target,
      ...(rejected !== undefined && { rejected }),
      ...(resumed && { resumed }),
      ...(snapshot.release && rejectedConfigOf(snapshot.release)),
    },
  };
}

/** Resumptions in a release that was taken back for them count on after it. */
function resumedIn({ release, workload, now }: Snapshot): Resumed | undefined {
  const { reason, undone } = release?.status ?? {};
  if (reason !== HOLD_CONTESTED || !workload) return undefined;
  const times = Math.max(TIMES_MAX + 1, undone?.hold ?? 0);
  const at = new Date(now).toISOString();
  return { times, at, generation: workload.generation, restored: true };
}
