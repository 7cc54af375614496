/** One container of a process pod: starts it, probes it, starts it again, and ends it. */
import type { Container, Probe } from 'kubernetes-types/core/v1.js';
import type { Clock } from '../../ports/clock.ts';
import { reachableAddress } from './addresses.ts';
import {
  runToEnd,
  startCommand,
  startNode,
  type Command,
  type ContainerProcess,
  type ProcessExit,
} from './container-process.ts';
import {
  afterEvent,
  backOff,
  restarts,
  type ContainerEvent,
  type ContainerState,
  type CrashHistory,
} from './container-state.ts';
import { expand, resolveEnvironment } from './environment.ts';
import { endOfLog, LogStore } from './log-store.ts';
import type { PodFolder, ReadConfig } from './pod-folder.ts';
import { uidOf, type PodObject } from './pod.ts';
import { attempt, runProbes } from './probes.ts';
import type { Reaper } from './reaper.ts';
import { judgeContainer } from './runnable.ts';

/** What a node needs to run commands. */
export interface CommandHost {
  /** The folder that all pods write into. */
  parent: string;
  reaper: Reaper;
}

export interface ProcessPodContext {
  clock: Clock;
  /** Arguments after `node` that start the demo app. */
  demoEntry: string[];
  /** What commands need; undefined where none may be run. */
  commands: CommandHost | undefined;
  podIP: string;
  hostIP: string;
  read: ReadConfig;
  /** The state changed: report it. */
  onChange: () => void;
  event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

export interface RunnerParts {
  pod: PodObject;
  context: ProcessPodContext;
  folder: PodFolder | undefined;
  /** Aborts when the pod is to end. */
  stopping: AbortSignal;
  /** `restartPolicy`, as it is for this container. */
  policy: string | undefined;
}

const CONFIG_RETRY_MS = 2_000;
const DEFAULT_GRACE_S = 30;
const ADDRESS_IN_USE = /EADDRINUSE|address already in use/i;
const LINES_SEARCHED = 40;

export class ContainerRunner {
  readonly container: Container;
  state: ContainerState;
  readonly #parts: RunnerParts;
  readonly #address: string;
  #process: ContainerProcess | undefined;
  #command: Command | undefined;
  #logs: LogStore[] = [];

  constructor(container: Container, state: ContainerState, parts: RunnerParts) {
    this.container = container;
    this.state = state;
    this.#parts = parts;
    this.#address = reachableAddress(parts.context.podIP);
  }

  /** Runs the container until it is not started again; true when it ended well. */
  async run(): Promise<boolean> {
    try {
      return await this.#run();
    } catch (error) {
      // What no process can be started with (a NUL in its environment) is the pod's own trouble.
      this.#refuse('RunContainerError', (error as Error).message);
      return false;
    }
  }

  log(previous: boolean): LogStore | undefined {
    return this.#logs.at(previous ? -2 : -1);
  }

  /** preStop, SIGTERM, and SIGKILL when the grace period is over. */
  async end(graceMs: number): Promise<void> {
    const process = this.#process;
    if (!process) return;
    this.#event('Normal', 'Killing', `Stopping container ${this.container.name}`);
    await this.#end(process, graceMs);
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  async #run(): Promise<boolean> {
    const { context, stopping, policy } = this.#parts;
    let history: CrashHistory = { crashes: 0 };
    const { now } = this.state;
    // A node that restarted finds how it ended.
    if (now.phase === 'terminated' && !restarts(policy, now.exitCode)) return now.exitCode === 0;
    while (!stopping.aborted) {
      const start = await this.#prepare();
      if (!start) return false;
      const startedAtMs = context.clock.now();
      const exit = await this.#runOnce(start);
      if (stopping.aborted || !restarts(policy, exit.exitCode)) return exit.exitCode === 0;
      const next = backOff(history, context.clock.now() - startedAtMs);
      history = next.history;
      if (next.delayMs > 0) this.#backOff(next.delayMs);
      await context.clock.sleep(next.delayMs, stopping);
    }
    return false;
  }

  /** How to start, or undefined when the pod ended before that could be known. */
  async #prepare(): Promise<((log: LogStore) => ContainerProcess) | undefined> {
    const { context, stopping } = this.#parts;
    const verdict = judgeContainer(this.container, context.commands !== undefined);
    if (!verdict.runs) {
      this.#refuse(verdict.reason, verdict.message);
      // Nothing but another pod template helps: wait for the end.
      if (!stopping.aborted)
        await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
      return undefined;
    }
    while (!stopping.aborted) {
      try {
        const start = await (verdict.as === 'demo' ? this.#demo() : this.#ownCommand());
        return stopping.aborted ? undefined : start;
      } catch (error) {
        this.#refuse('CreateContainerConfigError', (error as Error).message);
        await context.clock.sleep(CONFIG_RETRY_MS, stopping);
      }
    }
    return undefined;
  }

  async #demo(): Promise<(log: LogStore) => ContainerProcess> {
    const { context, pod } = this.#parts;
    const { clock, demoEntry } = context;
    const base = this.#builtInEnvironment();
    const env = await resolveEnvironment(this.container, { ...context, pod, base });
    const args = (this.container.args ?? []).map((text) => expand(text, env));
    return (log) => startNode([...demoEntry, ...args], env, { log, clock });
  }

  async #ownCommand(): Promise<(log: LogStore) => ContainerProcess> {
    const { context, pod, folder } = this.#parts;
    const { clock, commands } = context;
    if (!commands || !folder) throw new Error('commands are not run here');
    const root = await folder.rootOf(this.container);
    const base = { ...hostEnvironment(root), ...this.#builtInEnvironment(), POD_IP: this.#address };
    // 10.a.b.c is an address that nothing on this machine can listen on.
    const sources = { ...context, podIP: this.#address, pod, base };
    const env = await resolveEnvironment(this.container, sources);
    const { command = [], args = [], workingDir } = this.container;
    const argv = [...command, ...args].map((text) => expand(text, env));
    const cwd = workingDir ? expand(workingDir, env) : root;
    const made = { argv, env, cwd };
    this.#command = made;
    return (log) => startCommand(made, { log, clock }, commands.reaper);
  }

  #builtInEnvironment(): Record<string, string> {
    const { image = '', ports = [] } = this.container;
    const { name } = this.#parts.pod.metadata;
    const listen = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');
    return {
      HOSTNAME: name,
      POD_NAME: name,
      SEGUE_IMAGE: image,
      SEGUE_LISTEN_ADDRESS: this.#address,
      ...(listen.length > 0 && {
        SEGUE_LISTEN_PORTS: listen.map(({ containerPort }) => containerPort).join(','),
      }),
    };
  }

  async #runOnce(start: (log: LogStore) => ContainerProcess): Promise<ProcessExit> {
    const { pod, context } = this.#parts;
    const { clock } = context;
    const log = new LogStore();
    // The run before is kept for `kubectl logs --previous`.
    this.#logs = [...this.#logs.slice(-1), log];
    const process = start(log);
    this.#process = process;
    const id = `${uidOf(pod)}-${process.pid ?? 'none'}`;
    const waitsForStartup = this.container.startupProbe !== undefined;
    this.#fold({ type: 'started', id, atMs: clock.now(), waitsForStartup });
    if (process.pid !== undefined)
      this.#event('Normal', 'Started', `Started container ${this.container.name}`);
    const alive = new AbortController();
    this.#probe(process, alive.signal);
    const exit = await process.exited;
    alive.abort();
    this.#process = undefined;
    const because = this.#becauseOf(exit, log);
    if (because) this.#event('Warning', because.reason, because.message);
    const { exitCode, signal } = exit;
    const falls = this.container.terminationMessagePolicy === 'FallbackToLogsOnError';
    const wrote = falls && exitCode !== 0 ? endOfLog(log.lines()) : undefined;
    this.#fold({ type: 'exited', exitCode, signal, atMs: clock.now(), because, wrote });
    return exit;
  }

  /** What a person should know of an end, beyond its exit code. */
  #becauseOf(
    { exitCode, startError }: ProcessExit,
    log: LogStore,
  ): { reason: string; message: string } | undefined {
    if (startError !== undefined) return { reason: 'StartError', message: startError };
    if (exitCode === 0 || !this.#command) return undefined;
    const line = log
      .lines()
      .slice(-LINES_SEARCHED)
      .find(({ text }) => ADDRESS_IN_USE.test(text));
    if (!line) return undefined;
    const message = `${line.text.trim()}: pods of the sandbox share this machine's ports; listen on the pod's own address $POD_IP (${this.#address}), not on 0.0.0.0 or localhost`;
    return { reason: 'AddressInUse', message };
  }

  #probe(process: ContainerProcess, signal: AbortSignal): void {
    const { clock } = this.#parts.context;
    const { container } = this;
    const command = this.#command;
    const target = {
      container,
      address: this.#address,
      clock,
      signal,
      listening: process.listening,
      ...(command && {
        exec: (argv: string[], timeout: AbortSignal) => runToEnd({ ...command, argv }, timeout),
      }),
    };
    void runProbes(target, {
      startupPassed: () => this.#fold({ type: 'startupPassed' }),
      readiness: (ready) => this.#fold({ type: 'readiness', ready }),
      failing: (message) => this.#event('Warning', 'Unhealthy', message),
      unhealthy: (probe) => {
        const word = probe === 'startupProbe' ? 'startup' : 'liveness';
        const why = `failed ${word} probe, will be restarted`;
        this.#event('Normal', 'Killing', `Container ${container.name} ${why}`);
        void this.#end(process, this.#graceMs(container[probe]));
      },
    });
  }

  #graceMs(probe: Probe | undefined): number {
    const { terminationGracePeriodSeconds = DEFAULT_GRACE_S } = this.#parts.pod.spec ?? {};
    return (probe?.terminationGracePeriodSeconds ?? terminationGracePeriodSeconds) * 1_000;
  }

  async #end(process: ContainerProcess, graceMs: number): Promise<void> {
    const { clock } = this.#parts.context;
    const over = new AbortController();
    const exited = process.exited.then(() => over.abort());
    const deadline = clock.sleep(graceMs, over.signal);
    await Promise.race([this.#preStop(over.signal), deadline, exited]);
    process.kill('SIGTERM');
    await Promise.race([deadline, exited]);
    if (!over.signal.aborted) process.kill('SIGKILL');
  }

  async #preStop(signal: AbortSignal): Promise<void> {
    const { httpGet, sleep, exec } = this.container.lifecycle?.preStop ?? {};
    if (sleep) await this.#parts.context.clock.sleep(sleep.seconds * 1_000, signal);
    const command = this.#command;
    const failure = httpGet
      ? await attempt({ httpGet }, { ...this.#attemptTarget(), timeout: signal })
      : exec && command && (await runToEnd({ ...command, argv: exec.command ?? [] }, signal));
    if (failure) this.#event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${failure}`);
  }

  #attemptTarget() {
    return { container: this.container, address: this.#address };
  }

  #refuse(reason: string, message: string): void {
    this.#event('Warning', 'Failed', message);
    this.#fold({ type: 'refused', reason, message });
  }

  #backOff(delayMs: number): void {
    const { metadata } = this.#parts.pod;
    const of = `pod=${metadata.name}_${metadata.namespace}(${metadata.uid})`;
    const message = `back-off ${delayMs / 1_000}s restarting failed container=${this.container.name} ${of}`;
    const why = `Back-off restarting failed container ${this.container.name} in pod ${metadata.name}_${metadata.namespace}(${metadata.uid})`;
    this.#event('Warning', 'BackOff', why);
    this.#fold({ type: 'backingOff', message });
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#parts.context.event(type, reason, message);
  }

  #fold(event: ContainerEvent): void {
    const after = afterEvent(this.state, event);
    if (after === this.state) return;
    this.state = after;
    this.#parts.context.onChange();
  }
}

/** What programs of this machine need to be found and to write; nothing else of the user's. */
function hostEnvironment(root: string): Record<string, string> {
  const { PATH = '' } = process.env;
  return { PATH, HOME: root, TMPDIR: `${root}/tmp`, SEGUE_ROOT: root };
}
