/** The status a node reports for a pod: pure. */
import type { ContainerStatus, PodCondition, PodStatus } from 'kubernetes-types/core/v1.js';
import { splitImage } from './runnable.ts';
import type { ContainerState } from './container-state.ts';
import { timestamp, type PodObject } from './pod.ts';

export interface PodFacts {
  podIP: string | undefined;
  hostIP: string;
  startedAtMs: number;
  /** Of the init containers, in their order. */
  init?: ContainerState[];
  containers: ContainerState[];
}

/** The status of `pod`, given the facts; times of unchanged conditions are kept. */
export function renderPodStatus(pod: PodObject, facts: PodFacts, nowMs: number): PodStatus {
  const { init = [], containers } = facts;
  const containerStatuses = containers.map(containerStatus);
  const phase = podPhase(pod.spec?.restartPolicy, containers, init);
  const status: PodStatus = {
    phase,
    conditions: conditionsOf(pod, { facts, phase, nowMs }),
    hostIP: facts.hostIP,
    startTime: pod.status?.startTime ?? timestamp(facts.startedAtMs),
    ...(init.length > 0 && { initContainerStatuses: init.map(initStatus) }),
    containerStatuses,
    qosClass: pod.status?.qosClass ?? 'BestEffort',
  };
  if (facts.podIP) Object.assign(status, { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] });
  return status;
}

/** Whether `actual` says all that `wanted` says; what it says beyond that is somebody else's. */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(actual) &&
      actual.length >= wanted.length &&
      wanted.every((item, index) => covers(matching(actual, item, index), item))
    );
  if (typeof wanted === 'object' && wanted !== null) {
    const values = (actual ?? {}) as Record<string, unknown>;
    return Object.entries(wanted).every(([key, value]) => covers(values[key], value));
  }
  return actual === wanted || (wanted === null && actual === undefined);
}

/** Conditions are matched by type, everything else by its place. */
function matching(actual: unknown[], item: unknown, index: number): unknown {
  const type = (item as { type?: unknown } | null)?.type;
  if (type === undefined) return actual[index];
  return actual.find((other) => (other as { type?: unknown }).type === type);
}

export function podPhase(
  policy: string | undefined,
  containers: ContainerState[],
  init: ContainerState[] = [],
): string {
  const isFailed = init.some(({ now }) => now.phase === 'terminated' && now.exitCode !== 0);
  if (isFailed && policy === 'Never') return 'Failed';
  return init.every(hasCompleted) ? phaseAfterInit(policy, containers) : 'Pending';
}

function phaseAfterInit(policy: string | undefined, containers: ContainerState[]): string {
  if (policy !== 'Always' && policy !== undefined && containers.length > 0) {
    const ended = containers.map(({ now }) => now).filter((now) => now.phase === 'terminated');
    const failed = ended.some(({ exitCode }) => exitCode !== 0);
    if (ended.length === containers.length && !(failed && policy === 'OnFailure'))
      return failed ? 'Failed' : 'Succeeded';
  }
  const neverRan = containers.some(({ now, last }) => now.phase === 'waiting' && !last);
  return neverRan ? 'Pending' : 'Running';
}

function hasCompleted({ now }: ContainerState): boolean {
  return now.phase === 'terminated' && now.exitCode === 0;
}

function conditionsOf(
  pod: PodObject,
  { facts, phase, nowMs }: { facts: PodFacts; phase: string; nowMs: number },
): PodCondition[] {
  const before = pod.status?.conditions ?? [];
  const unready = facts.containers.filter(({ now }) => now.phase !== 'running' || !now.ready);
  const containersReady = unready.length === 0 && facts.containers.length > 0;
  const incomplete = (facts.init ?? []).filter((one) => !hasCompleted(one));
  const gates = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => before.find(({ type }) => type === conditionType)?.status !== 'True',
  );
  const notReady =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted', message: '' }
      : {
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${unready.map(({ name }) => name).join(' ')}]`,
        };
  const notInitialized = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.map(({ name }) => name).join(' ')}]`,
  };
  const notGated = {
    reason: 'ReadinessGatesNotReady',
    message: `corresponding condition of pod readiness gate "${gates[0]?.conditionType}" is not True`,
  };
  const ready = containersReady && gates.length === 0;
  const wanted: [string, boolean, { reason: string; message: string } | undefined][] = [
    ['Initialized', incomplete.length === 0, notInitialized],
    ['Ready', ready, containersReady ? notGated : notReady],
    ['ContainersReady', containersReady, notReady],
    ['PodScheduled', true, undefined],
  ];
  return wanted.map(([type, isTrue, because]) => {
    const status = isTrue ? 'True' : 'False';
    const old = before.find((condition) => condition.type === type);
    const since = old?.status === status ? old.lastTransitionTime : undefined;
    return {
      type,
      status,
      lastTransitionTime: since ?? timestamp(nowMs),
      ...(isTrue ? cleared(old) : because),
    };
  });
}

/** In a patch, null takes away what an earlier condition said. */
function cleared(old: PodCondition | undefined): { reason?: string; message?: string } {
  const gone = null as unknown as string;
  return { ...(old?.reason && { reason: gone }), ...(old?.message && { message: gone }) };
}

function containerStatus(state: ContainerState): ContainerStatus {
  const { now, last } = state;
  const running = now.phase === 'running';
  const id = now.phase === 'waiting' ? last?.id : now.id;
  return {
    name: state.name,
    image: state.image,
    imageID: running || last ? `segue://${splitImage(state.image).tag}` : '',
    ready: running && now.ready,
    started: running && now.started,
    restartCount: state.restartCount,
    ...(id !== undefined && { containerID: `segue://${id}` }),
    state: stateOf(now),
    lastState: last ? stateOf(last) : {},
  };
}

/** An init container that has done its work is ready. */
function initStatus(state: ContainerState): ContainerStatus {
  return { ...containerStatus(state), ready: hasCompleted(state) };
}

function stateOf(now: ContainerState['now']): NonNullable<ContainerStatus['state']> {
  switch (now.phase) {
    case 'waiting':
      return { waiting: { reason: now.reason, ...(now.message && { message: now.message }) } };
    case 'running':
      return { running: { startedAt: timestamp(now.startedAtMs) } };
    case 'terminated':
      return {
        terminated: {
          exitCode: now.exitCode,
          ...(now.signal !== undefined && { signal: now.signal }),
          reason: now.reason,
          ...(now.message !== undefined && { message: now.message }),
          startedAt: timestamp(now.startedAtMs),
          finishedAt: timestamp(now.finishedAtMs),
          containerID: `segue://${now.id}`,
        },
      };
  }
}
