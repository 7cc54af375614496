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
  /** Runs a program in the container's place; undefined when it ended well. */
  exec?: RunProgram;
}

type RunProgram = (argv: string[], timeout: AbortSignal) => Promise<string | undefined>;

export interface ProbeListener {
  startupPassed(): void;
  readiness(ready: boolean): void;
  /** One probe has failed; that alone changes nothing. */
  failing(message: string): void;
  /** The startup or liveness probe gave up on the process. */
  unhealthy(probe: 'startupProbe' | 'livenessProbe'): void;
}

/** How long the first probe waits for the process to say that it listens, before it just asks. */
const LISTEN_WAIT_MS = 1_000;

export async function runProbes(target: ProbeTarget, listener: ProbeListener): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = target.container;
  const begin = (name: string, probe: Probe, onVerdict: (ok: boolean) => boolean) => {
    const onFailure = (text: string) => listener.failing(`${name} probe failed: ${text}`);
    return repeat(target, probe, { onVerdict, onFailure });
  };
  if (startupProbe) {
    let passed = false;
    await begin('Startup', startupProbe, (ok) => {
      passed = ok;
      if (!ok) listener.unhealthy('startupProbe');
      return true;
    });
    if (!passed) return;
    listener.startupPassed();
  }
  const readiness = readinessProbe
    ? begin('Readiness', readinessProbe, (ok) => {
        listener.readiness(ok);
        return false;
      })
    : target.listening.then(() => listener.readiness(true));
  const liveness =
    livenessProbe &&
    begin('Liveness', livenessProbe, (ok) => {
      if (!ok) listener.unhealthy('livenessProbe');
      return !ok;
    });
  await Promise.all([readiness, liveness]);
}

interface ProbeNews {
  /** Told when it changes; returns true when there is no need to go on. */
  onVerdict: (ok: boolean) => boolean;
  onFailure: (text: string) => void;
}

/** Probes until `onVerdict` returns true or the process is gone. */
async function repeat(
  { container, address, clock, signal, listening, exec }: ProbeTarget,
  probe: Probe,
  { onVerdict, onFailure }: ProbeNews,
): Promise<void> {
  const times = probeTimes(probe);
  await clock.sleep(times.initialDelayMs, signal);
  await Promise.race([listening, clock.sleep(LISTEN_WAIT_MS, signal)]);
  let count: ProbeCount | undefined;
  let told: boolean | undefined;
  while (!signal.aborted) {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(times.timeoutMs)]);
    const failure = await attempt(probe, { container, address, timeout, exec });
    if (signal.aborted) return;
    if (failure !== undefined) onFailure(failure);
    const counted = countProbe(count, failure === undefined, times);
    count = counted.count;
    if (counted.verdict !== undefined && counted.verdict !== told) {
      told = counted.verdict;
      if (onVerdict(told)) return;
    }
    await clock.sleep(times.periodMs, signal);
  }
}

interface Attempt {
  container: Container;
  address: string;
  timeout: AbortSignal;
  exec?: RunProgram | undefined;
}

/** Undefined when the probe succeeded, otherwise what was wrong; never rejects. */
export async function attempt(
  { httpGet, tcpSocket, exec: program }: Pick<Probe, 'httpGet' | 'tcpSocket' | 'exec'>,
  { container, address, timeout, exec }: Attempt,
): Promise<string | undefined> {
  try {
    if (program) return await exec?.(program.command ?? [], timeout);
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
  { address, timeout }: Pick<Attempt, 'address' | 'timeout'>,
): Promise<string | undefined> {
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const get = request({ host: address, port, path, headers, agent: false, signal: timeout });
    get.on('error', (error) => resolve(error.message));
    get.once('response', (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      const ok = code >= 200 && code < 400;
      resolve(ok ? undefined : `HTTP probe failed with statuscode: ${code}`);
    });
    get.end();
  });
}

function attemptTcp(
  port: number,
  { address, timeout }: Pick<Attempt, 'address' | 'timeout'>,
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
