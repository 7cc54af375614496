/** A pod whose containers are child processes on this machine. */
import type { Container } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { reachableAddress } from './addresses.ts';
import { startProcess, type ContainerProcess, type ProcessExit } from './container-process.ts';
import {
  afterEvent,
  backOff,
  newContainer,
  restarts,
  type ContainerEvent,
  type ContainerState,
  type CrashHistory,
} from './container-state.ts';
import { resolveEnvironment } from './environment.ts';
import { LogStore } from './log-store.ts';
import type { PodRuntime } from './pod-runtime.ts';
import type { PodFacts } from './pod-status.ts';
import { uidOf, type PodObject } from './pod.ts';
import { attempt, runProbes } from './probes.ts';
import { judgeContainer } from './runnable.ts';

export interface ProcessPodContext {
  clock: Clock;
  /** Arguments after `node` that start the demo app. */
  demoEntry: string[];
  podIP: string;
  hostIP: string;
  read(kind: 'ConfigMap' | 'Secret', name: string): Promise<KubeObject | undefined>;
  /** The state changed: report it. */
  onChange: () => void;
  event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

const CONFIG_RETRY_MS = 2_000;

export class ProcessPod implements PodRuntime {
  readonly podIP: string;
  readonly #context: ProcessPodContext;
  readonly #pod: PodObject;
  readonly #startedAtMs: number;
  readonly #stop = new AbortController();
  readonly #states = new Map<string, ContainerState>();
  readonly #processes = new Map<string, ContainerProcess>();
  readonly #logs = new Map<string, LogStore[]>();
  readonly #refusal: { reason: string; message: string } | undefined;
  gone = false;

  constructor(pod: PodObject, context: ProcessPodContext) {
    this.#pod = pod;
    this.#context = context;
    this.podIP = context.podIP;
    this.#startedAtMs = context.clock.now();
    const containers = pod.spec?.containers ?? [];
    for (const { name, image = '' } of containers)
      this.#states.set(name, newContainer(name, image));
    if (pod.spec?.initContainers?.length) {
      const message = 'initContainers are not supported: the sandbox runs segue-demo alone';
      this.#refusal = { reason: 'Unsupported', message };
      context.event('Warning', 'Failed', message);
    }
    const runs = this.#refusal ? [] : containers.map((container) => this.#runOrRefuse(container));
    void Promise.all(runs).then(() => {
      this.gone = this.#stop.signal.aborted || !this.#refusal;
      context.onChange();
    });
  }

  observe(): { facts: PodFacts } {
    const { hostIP } = this.#context;
    return {
      facts: {
        podIP: this.podIP,
        hostIP,
        startedAtMs: this.#startedAtMs,
        containers: [...this.#states.values()],
        ...(this.#refusal && { refusal: this.#refusal }),
      },
    };
  }

  terminate(graceMs: number): void {
    if (graceMs === 0) return this.dispose();
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    if (this.#refusal) this.gone = true;
    for (const container of this.#pod.spec?.containers ?? []) {
      const process = this.#processes.get(container.name);
      if (!process) continue;
      this.#context.event('Normal', 'Killing', `Stopping container ${container.name}`);
      void this.#end(container, process, graceMs);
    }
  }

  dispose(): void {
    this.#stop.abort();
    if (this.#refusal) this.gone = true;
    for (const process of this.#processes.values()) process.kill('SIGKILL');
  }

  log(container: string, previous: boolean): LogStore | undefined {
    return this.#logs.get(container)?.at(previous ? -2 : -1);
  }

  /** What no process can be started with (a NUL in its environment) is the pod's own trouble. */
  async #runOrRefuse(container: Container): Promise<void> {
    try {
      await this.#run(container);
    } catch (error) {
      this.#refuse(container, 'RunContainerError', (error as Error).message);
    }
  }

  /** Starts the container, and again as long as the restart policy says so. */
  async #run(container: Container): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stop;
    let history: CrashHistory = { crashes: 0 };
    while (!signal.aborted) {
      const env = await this.#prepare(container);
      if (!env) return;
      const startedAtMs = clock.now();
      const exit = await this.#runOnce(container, env);
      if (signal.aborted || !restarts(this.#pod.spec?.restartPolicy, exit.exitCode)) return;
      const next = backOff(history, clock.now() - startedAtMs);
      history = next.history;
      if (next.delayMs > 0) this.#backOff(container, next.delayMs);
      await clock.sleep(next.delayMs, signal);
    }
  }

  /** The environment to start with, or undefined when the pod ended before it could be had. */
  async #prepare(container: Container): Promise<Record<string, string> | undefined> {
    const { signal } = this.#stop;
    const verdict = judgeContainer(container);
    if (!verdict.runs) {
      this.#refuse(container, verdict.reason, verdict.message);
      // Nothing but another pod template helps: wait for the end.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return undefined;
    }
    while (!signal.aborted) {
      try {
        const own = await resolveEnvironment(container, { pod: this.#pod, ...this.#context });
        return signal.aborted ? undefined : { ...this.#builtInEnvironment(container), ...own };
      } catch (error) {
        this.#refuse(container, 'CreateContainerConfigError', (error as Error).message);
        await this.#context.clock.sleep(CONFIG_RETRY_MS, signal);
      }
    }
    return undefined;
  }

  #builtInEnvironment({ image = '', ports = [] }: Container): Record<string, string> {
    const listen = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');
    return {
      HOSTNAME: this.#pod.metadata.name,
      POD_NAME: this.#pod.metadata.name,
      SEGUE_IMAGE: image,
      SEGUE_LISTEN_ADDRESS: reachableAddress(this.podIP),
      ...(listen.length > 0 && {
        SEGUE_LISTEN_PORTS: listen.map(({ containerPort }) => containerPort).join(','),
      }),
    };
  }

  async #runOnce(container: Container, env: Record<string, string>): Promise<ProcessExit> {
    const { clock, demoEntry, event } = this.#context;
    const { name } = container;
    const log = new LogStore();
    // The run before is kept for `kubectl logs --previous`.
    this.#logs.set(name, [...(this.#logs.get(name) ?? []).slice(-1), log]);
    const process = startProcess([...demoEntry, ...(container.args ?? [])], env, { log, clock });
    this.#processes.set(name, process);
    const id = `${uidOf(this.#pod)}-${process.pid ?? 'none'}`;
    const waitsForStartup = container.startupProbe !== undefined;
    this.#fold(name, { type: 'started', id, atMs: clock.now(), waitsForStartup });
    event('Normal', 'Started', `Started container ${name}`);
    const alive = new AbortController();
    this.#probe(container, process, alive.signal);
    const exit = await process.exited;
    alive.abort();
    this.#processes.delete(name);
    this.#fold(name, { type: 'exited', ...exit, atMs: clock.now() });
    return exit;
  }

  #probe(container: Container, process: ContainerProcess, signal: AbortSignal): void {
    const { clock, event } = this.#context;
    const address = reachableAddress(this.podIP);
    const target = { container, address, clock, signal, listening: process.listening };
    const { name } = container;
    void runProbes(target, {
      startupPassed: () => this.#fold(name, { type: 'startupPassed' }),
      readiness: (ready) => this.#fold(name, { type: 'readiness', ready }),
      unhealthy: (message) => {
        event('Warning', 'Unhealthy', message);
        const graceMs = (this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000;
        void this.#end(container, process, graceMs);
      },
    });
  }

  /** preStop, SIGTERM, and SIGKILL when the grace period is over. */
  async #end(container: Container, process: ContainerProcess, graceMs: number): Promise<void> {
    const { clock } = this.#context;
    const over = new AbortController();
    const exited = process.exited.then(() => over.abort());
    const deadline = clock.sleep(graceMs, over.signal);
    await Promise.race([this.#preStop(container, over.signal), deadline, exited]);
    process.kill('SIGTERM');
    await Promise.race([deadline, exited]);
    if (!over.signal.aborted) process.kill('SIGKILL');
  }

  async #preStop(container: Container, signal: AbortSignal): Promise<void> {
    const { httpGet, sleep } = container.lifecycle?.preStop ?? {};
    if (sleep) await this.#context.clock.sleep(sleep.seconds * 1_000, signal);
    if (!httpGet) return;
    const address = reachableAddress(this.podIP);
    const failure = await attempt({ httpGet }, { container, address, timeout: signal });
    if (failure) this.#context.event('Warning', 'FailedPreStopHook', failure);
  }

  #refuse(container: Container, reason: string, message: string): void {
    this.#context.event('Warning', 'Failed', message);
    this.#fold(container.name, { type: 'refused', reason, message });
  }

  #backOff({ name }: Container, delayMs: number): void {
    const message = `back-off ${delayMs / 1_000}s restarting failed container ${name}`;
    this.#context.event('Warning', 'BackOff', message);
    this.#fold(name, { type: 'backingOff', message });
  }

  #fold(name: string, event: ContainerEvent): void {
    const before = this.#states.get(name);
    if (!before) return;
    const after = afterEvent(before, event);
    if (after === before) return;
    this.#states.set(name, after);
    this.#context.onChange();
  }
}
