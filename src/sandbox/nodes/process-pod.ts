/** A pod whose containers are child processes on this machine. */
import type { Container, ContainerStatus } from 'kubernetes-types/core/v1.js';
import { ContainerRunner, type ProcessPodContext, type RunnerParts } from './container-runner.ts';
import { foundContainer, newContainer, type ContainerState } from './container-state.ts';
import type { LogStore } from './log-store.ts';
import { PodFolder } from './pod-folder.ts';
import type { PodRuntime } from './pod-runtime.ts';
import type { PodFacts } from './pod-status.ts';
import type { PodObject } from './pod.ts';

export class ProcessPod implements PodRuntime {
  readonly podIP: string;
  readonly #context: ProcessPodContext;
  readonly #startedAtMs: number;
  readonly #stop = new AbortController();
  readonly #init: ContainerRunner[];
  readonly #containers: ContainerRunner[];
  readonly #folder: PodFolder | undefined;
  gone = false;

  /** A pod that was running before is one whose node restarted. */
  constructor(pod: PodObject, context: ProcessPodContext) {
    this.#context = context;
    this.podIP = context.podIP;
    this.#startedAtMs = context.clock.now();
    const { commands, read } = context;
    const folder = commands && new PodFolder(pod, { parent: commands.parent, read });
    this.#folder = folder;
    const parts = { pod, context, folder, stopping: this.#stop.signal };
    const { initContainers = [], containers = [], restartPolicy: policy } = pod.spec ?? {};
    // They all run again after a restart of the node; a pod that is not restarted cannot.
    const initPolicy = policy === 'Never' ? 'Never' : 'OnFailure';
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const initialized = containerStatuses.some(({ state }) => state?.running ?? state?.terminated);
    const before = initialized ? initContainerStatuses : [];
    this.#init = initContainers.map((one) =>
      this.#runner(one, { ...parts, policy: initPolicy }, before),
    );
    this.#containers = containers.map((one) =>
      this.#runner(one, { ...parts, policy }, containerStatuses),
    );
    void this.#run();
  }

  observe(): { facts: PodFacts } {
    const { hostIP } = this.#context;
    return {
      facts: {
        podIP: this.podIP,
        hostIP,
        startedAtMs: this.#startedAtMs,
        init: this.#init.map(({ state }) => state),
        containers: this.#containers.map(({ state }) => state),
      },
    };
  }

  terminate(graceMs: number): void {
    if (graceMs === 0) return this.dispose();
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const runner of this.#all()) void runner.end(graceMs);
  }

  dispose(): void {
    this.#stop.abort();
    for (const runner of this.#all()) runner.kill();
    if (this.gone) void this.#folder?.remove();
  }

  log(container: string, previous: boolean): LogStore | undefined {
    return this.#all()
      .find((runner) => runner.container.name === container)
      ?.log(previous);
  }

  #all(): ContainerRunner[] {
    return [...this.#init, ...this.#containers];
  }

  #runner(container: Container, parts: RunnerParts, statuses: ContainerStatus[]): ContainerRunner {
    const { name, image = '' } = container;
    const hasInit = (parts.pod.spec?.initContainers ?? []).length > 0;
    const reason = hasInit ? 'PodInitializing' : 'ContainerCreating';
    const status = statuses.find((one) => one.name === name);
    const fresh: ContainerState = newContainer(name, image, reason);
    const state = foundContainer(fresh, status, this.#startedAtMs);
    return new ContainerRunner(container, state, parts);
  }

  /** The init containers one after the other, then the others together. */
  async #run(): Promise<void> {
    let isInitialized = true;
    for (const runner of this.#init) isInitialized &&= await runner.run();
    if (isInitialized && !this.#stop.signal.aborted)
      await Promise.all(this.#containers.map((runner) => runner.run()));
    if (this.#stop.signal.aborted) await this.#folder?.remove();
    this.gone = true;
    this.#context.onChange();
  }
}
