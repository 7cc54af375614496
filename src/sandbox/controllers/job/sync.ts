/** One sync of a Job, pure: pods to make and delete, and its status. */
import { isDeepStrictEqual } from 'node:util';
import type { Job, JobStatus, Pod, StatusCondition } from '../kinds.ts';
import { controllerReference, isDeleting } from '../ownership.ts';
import { isActive, isReady, restarts, timestamp } from '../pods.ts';
import { generatedName } from '../template.ts';

const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

export interface Snapshot {
  job: Job;
  /** Its pods, finished ones included. */
  pods: Pod[];
  nowMs: number;
}

export interface JobPlan {
  create: number;
  delete: Pod[];
  /** The status to write; undefined when the Job has it. */
  status?: JobStatus;
  /** Look again after so long, though nothing may have changed. */
  requeueAfterMs?: number;
  /** The Job ended now. */
  ended?: { type: 'Complete' | 'Failed'; reason: string; message: string };
  /** It ended long enough ago to be deleted. */
  expired: boolean;
}

export function syncJob(snapshot: Snapshot): JobPlan {
  const { job, nowMs } = snapshot;
  if (isDeleting(job)) return { create: 0, delete: [], expired: false };
  const past = endOf(job);
  if (past) return afterTheEnd(job, past, nowMs);
  const counts = count(snapshot.pods);
  const ended = verdict(snapshot, counts);
  return plan(job, ended ? endNow(snapshot, counts, ended) : carryOn(snapshot, counts));
}

type Next = Omit<JobPlan, 'expired'>;

/** The pods still running are deleted and counted no more. */
function endNow(snapshot: Snapshot, counts: Counts, ended: NonNullable<JobPlan['ended']>): Next {
  const { job, nowMs } = snapshot;
  const now = timestamp(nowMs);
  const status = {
    startTime: job.status?.startTime ?? now,
    ...numbers({ ...counts, active: [], ready: 0 }),
    ...(ended.type === 'Complete' ? { completionTime: now } : {}),
    conditions: [...(job.status?.conditions ?? []), endCondition(ended, nowMs)],
  };
  return { create: 0, delete: counts.active, ended, status };
}

function carryOn(snapshot: Snapshot, counts: Counts): Next {
  const { job, nowMs } = snapshot;
  const { active } = counts;
  const suspended = job.spec.suspend === true;
  const conditions = suspension(job, job.status?.conditions ?? [], nowMs);
  const status = {
    ...(suspended ? {} : { startTime: job.status?.startTime ?? timestamp(nowMs) }),
    ...numbers(counts),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  if (suspended) return { create: 0, delete: active, status };
  const wanted = wantedActive(job, counts.succeeded);
  const waitMs = backoffMs(snapshot);
  const leftMs = (deadlineMs(job) ?? 0) - nowMs;
  const waits = [waitMs, leftMs].filter((ms) => ms > 0);
  return {
    create: waitMs > 0 ? 0 : Math.max(0, wanted - active.length),
    delete: active.slice(wanted),
    status,
    ...(waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : {}),
  };
}

interface Counts {
  active: Pod[];
  ready: number;
  succeeded: number;
  failed: number;
}

function count(pods: Pod[]): Counts {
  const active = pods.filter(isActive);
  return {
    active,
    ready: active.filter(isReady).length,
    succeeded: pods.filter((pod) => pod.status?.phase === 'Succeeded').length,
    failed: pods.filter((pod) => pod.status?.phase === 'Failed').length,
  };
}

function numbers(counts: Counts): JobStatus {
  const { active, succeeded, failed, ready } = counts;
  return {
    ...(active.length > 0 ? { active: active.length } : {}),
    ready,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
  };
}

/** Without `completions` one success is enough, and no pod is added after it. */
function wantedActive(job: Job, succeeded: number): number {
  const { completions, parallelism = 1 } = job.spec;
  if (completions === undefined) return succeeded > 0 ? 0 : parallelism;
  return Math.min(parallelism, Math.max(0, completions - succeeded));
}

function verdict(snapshot: Snapshot, counts: Counts): JobPlan['ended'] {
  const { job, pods, nowMs } = snapshot;
  const { completions, backoffLimit = 6, template } = job.spec;
  const onFailure = template.spec.restartPolicy === 'OnFailure';
  const retries = onFailure ? pods.reduce((sum, pod) => sum + restarts(pod), 0) : counts.failed;
  if (onFailure && backoffLimit > 0 ? retries >= backoffLimit : retries > backoffLimit)
    return {
      type: 'Failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  const deadline = deadlineMs(job);
  if (deadline !== undefined && nowMs >= deadline)
    return {
      type: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  const enough =
    completions === undefined
      ? counts.succeeded > 0 && counts.active.length === 0
      : counts.succeeded >= completions;
  if (!enough || job.spec.suspend) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'Complete', reason: 'CompletionsReached', message };
}

function deadlineMs(job: Job): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  const start = job.status?.startTime;
  if (activeDeadlineSeconds === undefined || start === undefined || suspend) return undefined;
  return Date.parse(start) + activeDeadlineSeconds * 1_000;
}

/** How long to wait before the next pod: ten seconds after the first failure, doubling. */
function backoffMs({ pods, nowMs }: Snapshot): number {
  const failures = pods.filter((pod) => pod.status?.phase === 'Failed');
  if (failures.length === 0) return 0;
  const last = Math.max(...failures.map(endedMs));
  const pause = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures.length - 1));
  return Math.max(0, last + pause - nowMs);
}

/** When a finished pod stopped being ready: near enough to when it ended. */
function endedMs(pod: Pod): number {
  const times = (pod.status?.conditions ?? []).map((one) =>
    Date.parse(one.lastTransitionTime ?? ''),
  );
  return Math.max(Date.parse(pod.metadata.creationTimestamp ?? '') || 0, ...times.filter(Boolean));
}

function endOf(job: Job): StatusCondition | undefined {
  return job.status?.conditions?.find(
    (one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True',
  );
}

function afterTheEnd(job: Job, end: StatusCondition, nowMs: number): JobPlan {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined) return { create: 0, delete: [], expired: false };
  const leftMs = Date.parse(end.lastTransitionTime ?? '') + ttl * 1_000 - nowMs;
  const none = { create: 0, delete: [] };
  return leftMs <= 0
    ? { ...none, expired: true }
    : { ...none, expired: false, requeueAfterMs: leftMs };
}

function endCondition(ended: NonNullable<JobPlan['ended']>, nowMs: number): StatusCondition {
  const { type, reason, message } = ended;
  return { type, status: 'True', lastTransitionTime: timestamp(nowMs), reason, message };
}

function suspension(job: Job, conditions: StatusCondition[], nowMs: number): StatusCondition[] {
  const before = conditions.find((one) => one.type === 'Suspended');
  const wanted = job.spec.suspend === true;
  if (wanted === (before?.status === 'True')) return conditions;
  const others = conditions.filter((one) => one.type !== 'Suspended');
  const next: StatusCondition = {
    type: 'Suspended',
    status: wanted ? 'True' : 'False',
    lastTransitionTime: timestamp(nowMs),
    reason: wanted ? 'JobSuspended' : 'JobResumed',
    message: wanted ? 'Job suspended' : 'Job resumed',
  };
  return [...others, next];
}

function plan(job: Job, next: Next): JobPlan {
  const { status, ...rest } = next;
  const changed = status !== undefined && !isDeepStrictEqual(status, job.status ?? {});
  return { ...rest, ...(changed ? { status } : {}), expired: false };
}

/** A pod of the Job's template, named `<job>-xxxxx`. */
export function renderPod(job: Job, random: () => number): Pod {
  const { labels, annotations } = job.spec.template.metadata ?? {};
  const { name, namespace = 'default', uid = '' } = job.metadata;
  const generateName = `${name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: generatedName(generateName, random),
      generateName,
      namespace,
      labels: {
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
        'controller-uid': uid,
        'job-name': name,
        ...labels,
      },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ownerReferences: [controllerReference(job)],
    },
    spec: structuredClone(job.spec.template.spec),
  };
}
