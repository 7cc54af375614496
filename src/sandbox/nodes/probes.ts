/** Runs the probes of one container for as long as its process lives. */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Container, HTTPGetAction, Probe } from 'kubernetes-types/core/v1.js';
import type { Clock } from '../../ports/clock.ts';
import { countProbe, probeTimes, type ProbeCount } from './probe-count.ts';

export interface ProbeTarget {
  container: Container;
  /** Where the pod is reached on this machine. */
  address: string;
  clock: Clock;
  /** Aborts when the process is gone. */
  signal: AbortSignal;
  /** Resolves when the process says that it listens. */
  listening: Promise<void>;
}

export interface ProbeListener {
  startupPassed(): void;
  readiness(ready: boolean): void;
  /** The startup or liveness probe gave up on the process. */
  unhealthy(message: string): void;
}

type ProbeName = 'startupProbe' | 'livenessProbe' | 'readinessProbe';

/** How long the first probe waits for the process to say that it listens, before it just asks. */
const LISTEN_WAIT_MS = 1_000;

export async function runProbes(target: ProbeTarget, listener: ProbeListener): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = target.container;
  const unhealthy = (name: ProbeName) => (ok: boolean, message: string) => {
    if (!ok) listener.unhealthy(`${name} failed: ${message}`);
    return !ok;
  };
  if (startupProbe) {
    let passed = false;
    await repeat(target, startupProbe, (ok, message) => {
      passed = ok;
      return ok || unhealthy('startupProbe')(ok, message);
    });
    if (!passed) return;
    listener.startupPassed();
  }
  const readiness = readinessProbe
    ? repeat(target, readinessProbe, (ok) => {
        listener.readiness(ok);
        return false;
      })
    : target.listening.then(() => listener.readiness(true));
  const liveness = livenessProbe && repeat(target, livenessProbe, unhealthy('livenessProbe'));
  await Promise.all([readiness, liveness]);
}

/** Probes until `onVerdict` returns true or the process is gone; a verdict is told when it changes. */
async function repeat(
  { container, address, clock, signal, listening }: ProbeTarget,
  probe: Probe,
  onVerdict: (ok: boolean, message: string) => boolean,
): Promise<void> {
  const times = probeTimes(probe);
  await clock.sleep(times.initialDelayMs, signal);
  await Promise.race([listening, clock.sleep(LISTEN_WAIT_MS, signal)]);
  let count: ProbeCount | undefined;
  let told: boolean | undefined;
  while (!signal.aborted) {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(times.timeoutMs)]);
    const failure = await attempt(probe, { container, address, timeout });
    if (signal.aborted) return;
    const counted = countProbe(count, failure === undefined, times);
    count = counted.count;
    if (counted.verdict !== undefined && counted.verdict !== told) {
      told = counted.verdict;
      if (onVerdict(told, failure ?? '')) return;
    }
    await clock.sleep(times.periodMs, signal);
  }
}

interface Attempt {
  container: Container;
  address: string;
  timeout: AbortSignal;
}

/** Undefined when the probe succeeded, otherwise what was wrong; never rejects. */
export async function attempt(
  { httpGet, tcpSocket }: Pick<Probe, 'httpGet' | 'tcpSocket'>,
  { container, address, timeout }: Attempt,
): Promise<string | undefined> {
  try {
    const port = portOf(container, httpGet?.port ?? tcpSocket?.port);
    if (!httpGet) return await attemptTcp(port, { address, timeout });
    return await attemptHttp(httpGet, port, { address, timeout });
  } catch (error) {
    // A path or a header that no request can carry.
    return (error as Error).message;
  }
}

function attemptHttp(
  { path = '/', httpHeaders = [] }: HTTPGetAction,
  port: number,
  { address, timeout }: Omit<Attempt, 'container'>,
): Promise<string | undefined> {
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const get = request({ host: address, port, path, headers, agent: false, signal: timeout });
    get.on('error', (error) => resolve(error.message));
    get.once('response', (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      const ok = code >= 200 && code < 400;
      resolve(ok ? undefined : `GET ${path} on port ${port}: statuscode ${code}`);
    });
    get.end();
  });
}

function attemptTcp(
  port: number,
  { address, timeout }: Omit<Attempt, 'container'>,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, signal: timeout });
    socket.once('connect', () => {
      resolve(undefined);
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.message));
  });
}

/** A port by number, or by its name in the container. */
function portOf(container: Container, port: number | string | undefined): number {
  const number = Number(port);
  if (Number.isInteger(number)) return number;
  return (container.ports ?? []).find(({ name }) => name === port)?.containerPort ?? 0;
}
