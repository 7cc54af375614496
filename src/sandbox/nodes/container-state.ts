/** The life of one container as events fold into it: pure, for the status and for restarts. */
import type { ContainerStateTerminated, ContainerStatus } from 'kubernetes-types/core/v1.js';

interface Waiting {
  phase: 'waiting';
  reason: string;
  message: string;
}

interface Running {
  phase: 'running';
  id: string;
  startedAtMs: number;
  /** The startup probe, if any, has succeeded. */
  started: boolean;
  ready: boolean;
}

export interface Terminated {
  phase: 'terminated';
  id: string;
  exitCode: number;
  signal: number | undefined;
  reason: string;
  message?: string;
  startedAtMs: number;
  finishedAtMs: number;
}

export interface ContainerState {
  name: string;
  image: string;
  restartCount: number;
  now: Waiting | Running | Terminated;
  last: Terminated | undefined;
}

export type ContainerEvent =
  | { type: 'refused'; reason: string; message: string }
  | { type: 'started'; id: string; atMs: number; waitsForStartup: boolean }
  | { type: 'startupPassed' }
  | { type: 'readiness'; ready: boolean }
  | {
      type: 'exited';
      exitCode: number;
      signal: number | undefined;
      atMs: number;
      /** Where exit code and signal do not tell. */
      because?: { reason: string; message: string } | undefined;
      /** The end of its log, where its termination message policy asks for that. */
      wrote?: string | undefined;
    }
  | { type: 'backingOff'; message: string };

export function newContainer(
  name: string,
  image: string,
  reason = 'ContainerCreating',
): ContainerState {
  const now: Waiting = { phase: 'waiting', reason, message: '' };
  return { name, image, restartCount: 0, now, last: undefined };
}

/** How a container goes on that a node finds again after its own restart: what ran has ended. */
export function foundContainer(
  fresh: ContainerState,
  status: ContainerStatus | undefined,
  nowMs: number,
): ContainerState {
  if (!status) return fresh;
  const { running, terminated } = status.state ?? {};
  const ended = running
    ? {
        phase: 'terminated' as const,
        id: idOf(status.containerID),
        exitCode: LOST_EXIT_CODE,
        signal: undefined,
        reason: 'Unknown',
        startedAtMs: Date.parse(running.startedAt ?? '') || nowMs,
        finishedAtMs: nowMs,
      }
    : terminatedOf(terminated ?? status.lastState?.terminated);
  const { restartCount } = status;
  if (ended && (running || terminated)) return { ...fresh, restartCount, now: ended };
  return { ...fresh, restartCount, last: ended };
}

/** What a kubelet writes of a container that it knows nothing of any more. */
const LOST_EXIT_CODE = 255;

function terminatedOf(ended: ContainerStateTerminated | undefined): Terminated | undefined {
  if (!ended) return undefined;
  return {
    phase: 'terminated',
    id: idOf(ended.containerID),
    exitCode: ended.exitCode,
    signal: ended.signal,
    reason: ended.reason ?? '',
    ...(ended.message !== undefined && { message: ended.message }),
    startedAtMs: Date.parse(ended.startedAt ?? '') || 0,
    finishedAtMs: Date.parse(ended.finishedAt ?? '') || 0,
  };
}

function idOf(containerID: string | undefined): string {
  return (containerID ?? '').replace(/^segue:\/\//, '');
}

/** The state after an event; events that no longer fit (a probe of a dead process) change nothing. */
export function afterEvent(state: ContainerState, event: ContainerEvent): ContainerState {
  const { now } = state;
  switch (event.type) {
    case 'refused':
      return { ...state, now: { phase: 'waiting', reason: event.reason, message: event.message } };
    case 'started':
      return started(state, event);
    case 'startupPassed':
      return now.phase === 'running' ? { ...state, now: { ...now, started: true } } : state;
    case 'readiness':
      return now.phase === 'running' ? { ...state, now: { ...now, ready: event.ready } } : state;
    case 'exited':
      return now.phase === 'running' ? exited(state, now, event) : state;
    case 'backingOff':
      if (now.phase !== 'terminated') return state;
      return {
        ...state,
        now: { phase: 'waiting', reason: 'CrashLoopBackOff', message: event.message },
        last: now,
      };
  }
}

function started(
  state: ContainerState,
  event: ContainerEvent & { type: 'started' },
): ContainerState {
  const before = state.now.phase === 'terminated' ? state.now : state.last;
  return {
    ...state,
    restartCount: before ? state.restartCount + 1 : state.restartCount,
    now: {
      phase: 'running',
      id: event.id,
      startedAtMs: event.atMs,
      started: !event.waitsForStartup,
      ready: false,
    },
    last: before,
  };
}

function exited(
  state: ContainerState,
  { id, startedAtMs }: Running,
  { exitCode, signal, atMs, because, wrote }: ContainerEvent & { type: 'exited' },
): ContainerState {
  const reason = because?.reason ?? (exitCode === 0 ? 'Completed' : 'Error');
  const message = because?.message ?? wrote;
  const now: Terminated = {
    phase: 'terminated',
    id,
    exitCode,
    signal,
    reason,
    ...(message !== undefined && { message }),
    startedAtMs,
    finishedAtMs: atMs,
  };
  return { ...state, now };
}

const BACK_OFF_FIRST_MS = 10_000;
const BACK_OFF_MAX_MS = 300_000;

/** Crashes in a row: each doubles the wait before the next start, ten minutes of running end it. */
export interface CrashHistory {
  crashes: number;
}

/** How long to wait after this exit, and the history to keep; the first restart is at once. */
export function backOff(
  history: CrashHistory,
  ranMs: number,
): { delayMs: number; history: CrashHistory } {
  const crashes = ranMs >= 2 * BACK_OFF_MAX_MS ? 0 : history.crashes;
  const delayMs =
    crashes === 0 ? 0 : Math.min(BACK_OFF_FIRST_MS * 2 ** (crashes - 1), BACK_OFF_MAX_MS);
  return { delayMs, history: { crashes: crashes + 1 } };
}

/** Whether the restart policy of the pod starts a container again that ended so. */
export function restarts(policy: string | undefined, exitCode: number): boolean {
  return policy === 'Never' ? false : policy !== 'OnFailure' || exitCode !== 0;
}
