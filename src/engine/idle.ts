/** One decision about a policy with no release in progress: hold the target, see a new revision,
 * begin its release. */
import { setCondition } from '../api/condition.ts';
import type { PolicyStatus } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { sameJson } from '../api/same-json.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import type { Decision, ReleaseEvent } from './decision.ts';
import { lookAtConfig, unreadWake } from './config.ts';
import { effectiveProblems } from './defaults-problems.ts';
import { type Finding, rolloutOfItsOwn } from './finding.ts';
import { targetProblems } from './held-target.ts';
import { letGo } from './let-go.ts';
import { isActive, lookAtHold, stillTold } from './lost-hold.ts';
import { lookAtNodes } from './nodes-idle.ts';
import { lookAtEmpty } from './ordinals-zero.ts';
import { lookAtPair, pairedSpec } from './pair-idle.ts';
import { prunable } from './history.ts';
import type { PolicySnapshot, RequestSnapshot, Snapshot } from './snapshot.ts';
import { draftRelease, imagesOf, type NewRevision } from './new-release.ts';
import { wantedRetry } from './retry.ts';
import { untilDefaultsAreRead } from './unread-defaults.ts';

export function stepIdle(snapshot: Snapshot, policy: PolicySnapshot): Decision {
  const handled = snapshot.requests.map((request) => request.name);
  if (policy.deleting) {
    const gone = letGo(snapshot, policy);
    return { ...gone, handled, events: refusals(snapshot, gone.events) };
  }
  const problems = [
    ...nameProblems(policy),
    ...targetProblems(policy),
    ...effectiveProblems(policy.spec, policy.others),
    ...snapshot.problems,
    ...(snapshot.config?.problem ? [snapshot.config.problem] : []),
  ];
  if (problems.length > 0) {
    const message = problems.map(formatProblem).join('; ');
    const found = invalid(snapshot, policy, message);
    return { ...decided(snapshot, policy, found), ...answered(snapshot, found.events, undefined) };
  }
  if (!policy.finalizer) return { finalizer: 'Add', handled, events: refusals(snapshot, []) };
  const retry = wantedRetry(snapshot);
  const seen = lookAt(snapshot, policy, retry !== undefined);
  const found = seen && untilDefaultsAreRead(seen, policy, snapshot.now);
  const kept = found && ANSWERED.has(found.reason) ? undefined : retry;
  const decision = decided(snapshot, policy, found);
  if (decision.create && retry) decision.create.asked = { name: retry.name, uid: retry.uid };
  return { ...decision, ...answered(snapshot, found?.events, kept) };
}

/**
 * Where nothing runs there is nothing to go back to: a template is written, not tried again. And what users have is
 * released already.
 */
const ANSWERED = new Set(['NothingRuns', 'Held']);

function lookAt(snapshot: Snapshot, policy: PolicySnapshot, retry: boolean): Finding | undefined {
  if (!policy.spec.pairRef) return look(snapshot, policy, retry);
  return lookAtPair(snapshot, {
    policy,
    retry,
    draft: () => {
      const workload = snapshot.workload as WorkloadState;
      const running = workload.pair?.live?.running as SetState;
      const { name, spec } = draftRelease({ snapshot, policy, workload, running, retry });
      return { name, spec: pairedSpec(spec, workload) };
    },
  });
}

/** What is in the way may go without a word: rights that are given make no event. */
const LOOK_MS = 10_000;

/** Nothing is released, but what is held stays held. */
function invalid(snapshot: Snapshot, policy: PolicySnapshot, message: string): Finding {
  const { workload, now, contested } = snapshot;
  const holds = policy.finalizer && workload !== undefined && !contested;
  const lost = holds && !workload.pair ? lookAtHold({ now, policy, workload }) : undefined;
  return { wakeAtMs: now + LOOK_MS, ...lost, ready: 'False', reason: 'Invalid', message };
}

function decided(
  snapshot: Snapshot,
  policy: PolicySnapshot,
  found: Finding | undefined,
): Partial<Decision> {
  if (!found) return unreadWake(snapshot);
  const { workload, create } = found;
  return {
    ...written(policy, conclude(snapshot, policy, found)),
    ...(workload && { workload: { ...workload, at: timeOf(snapshot) } }),
    ...(create && { create }),
    prune: prunable(snapshot, policy),
    ...(found.wakeAtMs !== undefined && { wakeAtMs: found.wakeAtMs }),
  };
}

/** Every request is answered and removed, but the one that the next release will answer. */
function answered(
  snapshot: Snapshot,
  events: ReleaseEvent[] | undefined,
  kept: RequestSnapshot | undefined,
): Pick<Decision, 'handled' | 'events'> {
  const requests = snapshot.requests.filter((request) => request !== kept);
  return {
    handled: requests.map((request) => request.name),
    events: refusals({ requests }, events ?? []),
  };
}

function timeOf(snapshot: Snapshot): string {
  return new Date(snapshot.now).toISOString();
}

const LABEL_MAX = 63;

/** The name is the value of a label on everything Segue makes. */
function nameProblems({ name }: PolicySnapshot): Problem[] {
  if (name.length <= LABEL_MAX) return [];
  const message = `is ${name.length} characters long, ${LABEL_MAX} fit in a label`;
  return [{ field: 'metadata.name', message, fix: 'choose a shorter name' }];
}

/** Requests that found no release in progress are answered with an event and removed. */
function refusals(
  { requests }: Pick<Snapshot, 'requests'>,
  events: ReleaseEvent[],
): ReleaseEvent[] {
  return [
    ...events,
    ...requests.map((request) => ({
      type: 'Warning' as const,
      reason: 'RequestRefused',
      message:
        request.spec.action === 'Retry'
          ? 'Retry: nothing was taken back that could be tried again beside what runs'
          : `${request.spec.action}: no release is in progress`,
    })),
  ];
}

/** What there is to do about the target: one situation, one finding; none while it has to be seen
 * first, which is too short to be told of. */
function look(snapshot: Snapshot, policy: PolicySnapshot, retry: boolean): Finding | undefined {
  const workload = snapshot.workload;
  if (!workload) {
    const message = `${policy.spec.targetRef.kind} ${policy.spec.targetRef.name} does not exist`;
    return { ready: 'False', reason: 'TargetNotFound', message };
  }
  const lost = lookAtHold({ now: snapshot.now, policy, workload }) ?? lookAtEmpty(policy, workload);
  const found = lost ?? lookAtNodes(snapshot, policy, workload);
  if (found) return found;
  const running = workload.running;
  // A target made paused, without a set yet: nothing runs, so nothing is risked by letting it go.
  if (!running && runsNothing(workload)) return firstDeploy(policy, workload);
  if (!running || (!workload.settled && !workload.held))
    return rolloutOfItsOwn(workload.unsettledBecause, workload.held);
  if (!workload.held)
    return {
      ready: 'False',
      reason: 'Holding',
      message: 'taking hold of the target',
      workload: { held: true },
    };
  return lookAtTemplate({ snapshot, policy, workload, running, retry });
}

/** For certain: its controller has seen that it is held, and has started nothing before. */
function runsNothing({ held, settled, runningTemplateHash, owned }: WorkloadState): boolean {
  return held && settled && runningTemplateHash === undefined && !owned.some(isActive);
}

type PolicyTarget = NonNullable<PolicyStatus['target']>;

function firstDeploy({ status }: PolicySnapshot, workload: WorkloadState): Finding {
  const { rejected } = status.target ?? {};
  if (rejected !== undefined && rejected === workload.templateHash)
    return {
      ready: 'False',
      reason: 'NothingRuns',
      message: `its set was deleted, and ${workload.images.join(', ')} was taken back: write a template that should run`,
      target: { ...status.target },
    };
  // What users had is gone: Segue lets the target go itself, and nobody takes its hold.
  const { stableHash: _, ...target } = status.target ?? {};
  return {
    ready: 'False',
    reason: 'FirstDeploy',
    message: 'nothing runs yet: the first version is deployed as it is',
    workload: { held: false },
    ...(status.target && { target }),
  };
}

function lookAtTemplate(held: NewRevision): Finding | undefined {
  const { policy, workload, running } = held;
  const seen: PolicyTarget = {
    observedGeneration: workload.generation,
    name: policy.spec.targetRef.name,
    stableHash: running.hash,
    images: imagesOf(running),
    ...stillTold({ policy, now: held.snapshot.now }, workload),
    ...notLeft(held),
  };
  const config = lookAtConfig(held, seen);
  if (config?.finding) return config.finding === 'Unread' ? undefined : config.finding;
  const target: PolicyTarget = { ...seen, ...config?.target };
  if (workload.templateHash === running.templateHash) return isReleased(held, target);
  if (isBarred(held))
    return {
      ready: 'False',
      reason: 'ReleaseAborted',
      message: `${workload.images.join(', ')} was taken back and is not tried again until the template changes`,
      workload: { held: true, failureMessage: rejectionMessage(policy) },
      target: { ...target, ...remembered(policy) },
    };
  // Until its controller has seen what is stored it may still act on what was there before the hold.
  if (!workload.settled) return stillShrinks(workload);
  return {
    ready: 'False',
    reason: 'Releasing',
    message: `releasing ${workload.images.join(', ')}`,
    workload: { held: true },
    // Until the retry has begun it is still rejected: a restart finds the same situation.
    target: { ...target, ...(held.retry && remembered(policy)) },
    create: draftRelease({ ...held, ...config?.release }),
  };
}

/** A StatefulSet takes pods away one by one, and none while others beside it are not ready. */
function stillShrinks({ ordinals, unsettledBecause }: WorkloadState): Finding | undefined {
  if (!ordinals?.going) return undefined;
  const message = `${unsettledBecause}; delete those that are not ready, if they stay`;
  return { ready: 'False', reason: 'NativeRollout', message, workload: { held: true } };
}

/** What was taken back runs, since its hold was lost for long: who asks for it to be tried has it. */
function isReleased({ running, retry }: NewRevision, target: PolicyTarget): Finding {
  const { rejected, ...rest } = target;
  const has = retry && rejected === running.templateHash;
  return {
    ready: 'True',
    reason: 'Held',
    message: `${target.images?.join(', ')} is released; changes of the template are released by this policy`,
    workload: { held: true, failureMessage: '' },
    target: has ? rest : target,
  };
}

/** Of a DaemonSet what was taken back is not left in the template, and would be news once more. */
function notLeft({ policy, workload, running }: NewRevision): Pick<PolicyTarget, 'rejected'> {
  const stands = workload.nodes && workload.templateHash === running.templateHash;
  return stands ? remembered(policy) : {};
}

/** Taken back, and nobody asked for another try. */
function isBarred({ policy, workload, retry }: NewRevision): boolean {
  return policy.status.target?.rejected === workload.templateHash && !retry;
}

/** What was taken back, as the status has it. */
function remembered({ status }: PolicySnapshot): Pick<PolicyTarget, 'rejected'> {
  const { rejected } = status.target ?? {};
  return rejected === undefined ? {} : { rejected };
}

function rejectionMessage(policy: PolicySnapshot): string {
  return `release ${policy.status.lastRelease ?? ''} was taken back`;
}

const WARNINGS_MAX = 16;

function conclude(snapshot: Snapshot, policy: PolicySnapshot, found: Finding): PolicyStatus {
  const nowIso = timeOf(snapshot);
  const observedGeneration = policy.generation;
  const valid = found.reason !== 'Invalid';
  const { release: _, warnings: __, ...rest } = policy.status;
  let conditions = setCondition(
    rest.conditions ?? [],
    {
      type: 'Valid',
      status: valid ? 'True' : 'False',
      reason: valid ? 'Valid' : 'Invalid',
      message: valid ? 'nothing is wrong with the spec' : found.message,
      observedGeneration,
    },
    nowIso,
  );
  const { ready: status, reason, message } = found;
  const ready = { type: 'Ready', status, reason, message, observedGeneration };
  conditions = setCondition(conditions, ready, nowIso);
  const releases = found.create ? found.create.spec.number : rest.releases;
  const warnings = snapshot.warnings.map(formatProblem).slice(0, WARNINGS_MAX);
  return {
    ...rest,
    observedGeneration,
    conditions,
    ...(warnings.length > 0 && { warnings }),
    ...(found.target && { target: found.target }),
    ...(found.create && { release: found.create.name }),
    ...(releases !== undefined && { releases }),
  };
}

function written(policy: PolicySnapshot, status: PolicyStatus): Pick<Decision, 'policyStatus'> {
  return sameJson(status, policy.status) ? {} : { policyStatus: status };
}
