/** A pod that only claims to run: pure, decided by the pod's annotations and the time. */
import { parseDuration } from '../../api/duration.ts';
import { newContainer, type ContainerState } from './container-state.ts';
import type { PodRuntime } from './pod-runtime.ts';
import type { PodFacts } from './pod-status.ts';
import { uidOf, type PodObject } from './pod.ts';
import { brokenImage, isBroken } from './runnable.ts';

const HOLLOW_READY = 'hollow.segue.dev/ready';
const HOLLOW_READY_AFTER = 'hollow.segue.dev/ready-after';
const HOLLOW_CRASH = 'hollow.segue.dev/crash';
const HOLLOW_EXIT_CODE = 'hollow.segue.dev/exit-code';

export interface HollowTimes {
  startedAtMs: number;
  nowMs: number;
  /** For pods that say nothing else. */
  readyAfterMs: number;
}

/**
 * What a hollow pod claims. Annotations: `ready: never`, `ready-after: 2s`, `crash: "true"`
 * (CrashLoopBackOff), and `exit-code` for pods that are not restarted always, which end when
 * others become ready. The image tag `broken-image` cannot be pulled.
 */
export function observeHollow(
  pod: PodObject,
  times: HollowTimes,
): { containers: ContainerState[]; recheckMs?: number } {
  const annotations = pod.metadata.annotations ?? {};
  const after = annotations[HOLLOW_READY_AFTER];
  const readyAfterMs = after === undefined ? times.readyAfterMs : parseDuration(after);
  const waitMs = times.startedAtMs + (readyAfterMs ?? 0) - times.nowMs;
  const claim = { annotations, times, due: waitMs <= 0, uid: uidOf(pod) };
  const containers = (pod.spec?.containers ?? []).map(({ name, image = '' }) => {
    const fresh = newContainer(name, image);
    if (readyAfterMs === undefined) return refused(fresh, `${HOLLOW_READY_AFTER}: ${after}`);
    if (isBroken(image))
      return { ...fresh, now: { phase: 'waiting' as const, ...brokenImage(image) } };
    return claimOf(fresh, pod, claim);
  });
  return waitMs > 0 ? { containers, recheckMs: waitMs } : { containers };
}

interface Claim {
  annotations: Record<string, string>;
  times: HollowTimes;
  due: boolean;
  uid: string;
}

function claimOf(
  fresh: ContainerState,
  pod: PodObject,
  { annotations, times: { startedAtMs, readyAfterMs, nowMs }, due, uid }: Claim,
): ContainerState {
  const ended = {
    phase: 'terminated' as const,
    id: uid,
    signal: undefined,
    startedAtMs,
    finishedAtMs: Math.min(startedAtMs + readyAfterMs, nowMs),
  };
  if (annotations[HOLLOW_CRASH] === 'true') {
    const last = { ...ended, exitCode: 1, reason: 'Error' };
    const message = `back-off 10s restarting failed container ${fresh.name}`;
    const now = { phase: 'waiting' as const, reason: 'CrashLoopBackOff', message };
    return { ...fresh, restartCount: 1, now, last };
  }
  const ends = pod.spec?.restartPolicy === 'Never' || pod.spec?.restartPolicy === 'OnFailure';
  if (ends && due) {
    const exitCode = Number(annotations[HOLLOW_EXIT_CODE] ?? 0);
    return { ...fresh, now: { ...ended, exitCode, reason: exitCode ? 'Error' : 'Completed' } };
  }
  const ready = due && !['never', 'false'].includes(annotations[HOLLOW_READY] ?? '');
  return { ...fresh, now: { phase: 'running', id: uid, startedAtMs, started: true, ready } };
}

function refused(fresh: ContainerState, what: string): ContainerState {
  const message = `annotation ${what}: not a duration, write it like 2s or 500ms`;
  return { ...fresh, now: { phase: 'waiting', reason: 'CreateContainerConfigError', message } };
}

/** The runtime of a hollow pod: it remembers only when it began. */
export class HollowPod implements PodRuntime {
  readonly podIP: string;
  readonly #hostIP: string;
  readonly #times: () => HollowTimes;
  gone = false;

  constructor(context: { podIP: string; hostIP: string; times: () => HollowTimes }) {
    this.podIP = context.podIP;
    this.#hostIP = context.hostIP;
    this.#times = context.times;
  }

  observe(pod: PodObject): { facts: PodFacts; recheckMs?: number } {
    const times = this.#times();
    const { containers, recheckMs } = observeHollow(pod, times);
    const { startedAtMs } = times;
    return {
      facts: { podIP: this.podIP, hostIP: this.#hostIP, startedAtMs, containers },
      ...(recheckMs !== undefined && { recheckMs }),
    };
  }

  terminate(): void {
    this.gone = true;
  }

  dispose(): void {
    this.gone = true;
  }

  log(): undefined {
    return undefined;
  }
}
