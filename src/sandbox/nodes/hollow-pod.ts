/** A pod that only claims to run: pure, decided by the pod's annotations and the time. */
import { parseDuration } from '../../api/duration.ts';
import { newContainer, type ContainerState, type Terminated } from './container-state.ts';
import type { PodRuntime } from './pod-runtime.ts';
import type { PodFacts } from './pod-status.ts';
import { uidOf, type PodObject } from './pod.ts';
import { brokenImage, isBroken } from './runnable.ts';

const HOLLOW_READY = 'hollow.segue.dev/ready';
const HOLLOW_READY_AFTER = 'hollow.segue.dev/ready-after';
const HOLLOW_CRASH = 'hollow.segue.dev/crash';
const HOLLOW_TROUBLE = 'hollow.segue.dev/trouble';
const HOLLOW_EXIT_CODE = 'hollow.segue.dev/exit-code';

export interface HollowTimes {
  startedAtMs: number;
  nowMs: number;
  /** For pods that say nothing else. */
  readyAfterMs: number;
}

/**
 * What a hollow pod claims. Annotations: `ready: never`, `ready-after: 2s`, `crash: "true"`
 * (CrashLoopBackOff), `trouble: OOMKilled` (or another word of `TROUBLES`), and `exit-code` for pods
 * that are not restarted always, which end when others become ready. The image tag `broken-image`
 * cannot be pulled.
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

/** What a kubelet says while a container waits for one of these reasons. */
const TROUBLES: Record<string, (container: ContainerState) => string> = {
  ErrImagePull: ({ image }) => `failed to pull and unpack image "${image}": not found`,
  ImagePullBackOff: ({ image }) => `Back-off pulling image "${image}"`,
  InvalidImageName: ({ image }) =>
    `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
  CreateContainerConfigError: () => 'secret "keys" not found',
};
/** A readiness probe that fails: an event says so, the status only that it is not ready. */
const UNHEALTHY = 'Unhealthy';
const PROBE_FAILED = 'Readiness probe failed: HTTP probe failed with statuscode: 503';

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
  const trouble = troubleOf(fresh, annotations, ended);
  if (trouble) return trouble;
  const ends = pod.spec?.restartPolicy === 'Never' || pod.spec?.restartPolicy === 'OnFailure';
  if (ends && due) {
    const exitCode = Number(annotations[HOLLOW_EXIT_CODE] ?? 0);
    return { ...fresh, now: { ...ended, exitCode, reason: exitCode ? 'Error' : 'Completed' } };
  }
  const ready = due && !neverReady(annotations);
  return { ...fresh, now: { phase: 'running', id: uid, startedAtMs, started: true, ready } };
}

function neverReady(annotations: Record<string, string>): boolean {
  return (
    ['never', 'false'].includes(annotations[HOLLOW_READY] ?? '') ||
    annotations[HOLLOW_TROUBLE] === UNHEALTHY
  );
}

/** What keeps it from running, where the annotations say so. */
function troubleOf(
  fresh: ContainerState,
  annotations: Record<string, string>,
  ended: Omit<Terminated, 'exitCode' | 'reason'>,
): ContainerState | undefined {
  const trouble = annotations[HOLLOW_TROUBLE] ?? '';
  const killed = trouble === 'OOMKilled';
  if (killed || annotations[HOLLOW_CRASH] === 'true') {
    const last = killed
      ? { ...ended, exitCode: 137, reason: 'OOMKilled' }
      : { ...ended, exitCode: 1, reason: 'Error' };
    const message = `back-off 10s restarting failed container ${fresh.name}`;
    const now = { phase: 'waiting' as const, reason: 'CrashLoopBackOff', message };
    return { ...fresh, restartCount: 1, now, last };
  }
  const message = TROUBLES[trouble]?.(fresh);
  return message === undefined
    ? undefined
    : { ...fresh, now: { phase: 'waiting', reason: trouble, message } };
}

function refused(fresh: ContainerState, what: string): ContainerState {
  const message = `annotation ${what}: not a duration, write it like 2s or 500ms`;
  return { ...fresh, now: { phase: 'waiting', reason: 'CreateContainerConfigError', message } };
}

interface HollowContext {
  podIP: string;
  hostIP: string;
  times: () => HollowTimes;
  event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

/** The runtime of a hollow pod: it remembers only when it began and what it told. */
export class HollowPod implements PodRuntime {
  readonly podIP: string;
  readonly #hostIP: string;
  readonly #times: () => HollowTimes;
  readonly #event: HollowContext['event'];
  #told = false;
  gone = false;

  constructor(context: HollowContext) {
    this.podIP = context.podIP;
    this.#hostIP = context.hostIP;
    this.#times = context.times;
    this.#event = context.event;
  }

  observe(pod: PodObject): { facts: PodFacts; recheckMs?: number } {
    const times = this.#times();
    const unhealthy = pod.metadata.annotations?.[HOLLOW_TROUBLE] === UNHEALTHY;
    if (unhealthy && !this.#told) this.#event('Warning', UNHEALTHY, PROBE_FAILED);
    this.#told ||= unhealthy;
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
