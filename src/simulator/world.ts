/** One modelled world: the API server, the cluster's controllers, nodes and gateway, and Segue itself,
 * the real one, over modelled connections. */
import { setMaxListeners } from 'node:events';
import type { KubeObject } from '../api/object.ts';
import { Controller, type ControllerDeps } from '../controller/controller.ts';
import { clusterOver } from '../kube/index.ts';
import type { Log } from '../ports/log.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import { routers, versionServices } from '../routers/index.ts';
import { httpRunner } from '../tasks/http/index.ts';
import { jobRunner } from '../tasks/job/index.ts';
import { pullRunner } from '../tasks/pull/index.ts';
import { releasedInRunner } from '../tasks/released-in/index.ts';
import { webhookRunner } from '../tasks/webhook/index.ts';
import { workloads } from '../workloads/index.ts';
import { Chance } from './chance.ts';
import { type ControlPlane, QUIET, startControlPlane } from './control-plane.ts';
import { fateOf } from './faults.ts';
import { runGateway } from './gateway.ts';
import { imageOf, Kubelet } from './kubelet.ts';
import { type Measured, metricProviders } from './metrics.ts';
import { ModelApi } from './model-api.ts';
import { SERVED, SERVED_CONFIGURED, SERVED_DAEMON, SERVED_STATEFUL } from './model-kinds.ts';
import { ModelNodes } from './model-nodes.ts';
import { ModelClient, type Sent } from './model-client.ts';
import { NOBODY, STAGING } from './outside-ways.ts';
import { Outside } from './outside.ts';
import { Process } from './process.ts';
import { servedBy } from './routes/index.ts';
import { templateOfRevision } from './stateful-objects.ts';
import type { ImageWays, Scenario } from './scenario.ts';
import { text, Trace } from './trace.ts';
import { VirtualClock } from './virtual-clock.ts';

export const START_MS = Date.parse('2030-01-01T00:00:00Z');

/** Takes a protection out of what a controller is made of. */
export type Mutation = (deps: ControllerDeps) => ControllerDeps;

export interface WorldOptions {
  mutation?: Mutation | undefined;
  /** Restarts and lost answers do not happen. */
  faultless?: boolean;
  traced?: boolean;
}

export interface SegueProcess {
  process: Process;
  client: ModelClient;
  controller: Controller;
}

/** A write of Segue's as a checker sees it. */
export interface SegueWrite extends Sent {
  atMs: number;
  error?: unknown;
  /** It was stored and changed nothing. */
  idle: boolean;
}

const RESTART_MS = [100, 6_000] as const;

export class World {
  readonly clock = new VirtualClock(START_MS);
  readonly api: ModelApi;
  readonly scenario: Scenario;
  readonly trace: Trace;
  readonly kcm: ControlPlane;
  readonly kubelet: Kubelet;
  readonly chance: Chance;
  readonly outside: Outside;
  readonly nodes: ModelNodes;
  readonly measured: Measured[] = [];
  /** Called at every write of Segue's, carried out or not. */
  readonly writeListeners: ((write: SegueWrite) => void)[] = [];
  segues: SegueProcess[] = [];
  /** Writes of Segue's so far, Events left out. */
  writes = 0;
  /** How often Segue died. */
  deaths = 0;
  /** The image that people wrote last. */
  written = 'v1';
  /** Requests made so far. */
  requests = 0;
  /** What should never happen and no checker looks for. */
  crashed: string | undefined;
  readonly #options: WorldOptions;
  #started = 0;
  #calmSinceMs = START_MS;
  readonly #endings: AbortController[] = [];
  #over = false;

  constructor(scenario: Scenario, options: WorldOptions = {}) {
    this.scenario = scenario;
    this.#options = options;
    this.api = new ModelApi(() => this.clock.now(), servedIn(scenario));
    const { api, clock } = this;
    this.nodes = new ModelNodes(api, clock);
    this.chance = new Chance(`world ${scenario.seed}`);
    this.trace = new Trace(clock, START_MS, options.traced ?? false);
    this.kcm = startControlPlane({ api, clock, chance: new Chance(`kcm ${scenario.seed}`) });
    this.kubelet = new Kubelet({
      api,
      clock,
      chance: new Chance(`kubelet ${scenario.seed}`),
      behaviour: (image) => this.ways(image).pods,
      job: (image) => scenario.outside?.jobs[image],
      whenUp: (pod, run) => this.nodes.whenUp(pod, run),
    });
    this.outside = new Outside({
      api,
      now: () => clock.now(),
      startMs: START_MS,
      ways: scenario.outside ?? NOBODY,
    });
    const chance = new Chance(`gateway ${scenario.seed}`);
    const { gateway: ways, routes } = scenario;
    runGateway({ api, clock, chance, ways, routes, startMs: START_MS });
    if (options.traced) api.onChange((change) => this.trace.change(change));
  }

  ways(image: string): ImageWays {
    return this.scenario.images[image] as ImageWays;
  }

  /** How long nothing has been disturbed: no fault, no act of a rival. */
  get calmForMs(): number {
    return this.clock.now() - this.#calmSinceMs;
  }

  get calmSinceMs(): number {
    return this.#calmSinceMs;
  }

  disturb(untilMs: number = this.clock.now()): void {
    this.#calmSinceMs = Math.max(this.#calmSinceMs, untilMs);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** From now on writes succeed and nobody dies. */
  endFaults(): void {
    this.#over = true;
  }

  startSegue(): SegueProcess {
    this.#started += 1;
    const { api, clock, scenario } = this;
    const process = new Process(`segue-${this.#started}`, clock);
    const chance = new Chance(`${process.name} ${scenario.seed}`);
    const client = new ModelClient({
      api,
      process,
      chance,
      fate: (sent) => this.#fateOf(process, sent),
      elsewhere: (namespace, kind) =>
        namespace === STAGING && kind === 'Release' ? this.outside.releases() : [],
      told: (sent, outcome) => this.#told(process, sent, outcome),
    });
    const log = this.#options.traced ? this.#log(process.name) : QUIET;
    const own = { clock: process.clock, log };
    const deps: ControllerDeps = {
      cluster: clusterOver(client, { ...own, random: chance.next }),
      ...own,
      workload: workloads,
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
      runners: this.#runners(process, client),
      providers: metricProviders(
        {
          startMs: START_MS,
          version: (hash) => this.#version(hash),
          measured: (one) => this.measured.push(one),
        },
        process,
      ),
    };
    const controller = new Controller(this.#options.mutation?.(deps) ?? deps, {
      positionCheckpointMs: 20_000,
      checkpointMs: 60_000,
    });
    const segue = { process, client, controller };
    this.segues.push(segue);
    const ending = new AbortController();
    this.#endings.push(ending);
    const { signal } = ending;
    setMaxListeners(0, signal);
    void controller.run(signal).catch((error: unknown) => {
      this.crashed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.disturb(clock.now() + 500);
    return segue;
  }

  #runners(process: Process, client: ModelClient): Map<TaskRunner['kind'], TaskRunner> {
    const { clock } = process;
    const asker = this.outside.asker(process);
    const runners = [
      pullRunner(client, clock),
      jobRunner(client, clock),
      releasedInRunner(client, clock),
      webhookRunner(client, clock, asker),
      httpRunner(clock, asker),
    ];
    return new Map(runners.map((runner) => [runner.kind, runner]));
  }

  /** Nothing goes on after it. What still waited would be kept for good by the signals it waits on. */
  end(): void {
    for (const { process } of this.segues) process.kill();
    for (const ending of this.#endings) ending.abort();
  }

  killSegue(segue: SegueProcess, because: string, forMs: number): void {
    if (!this.segues.includes(segue)) return;
    segue.process.kill();
    this.deaths += 1;
    this.segues = this.segues.filter((one) => one !== segue);
    this.trace.say(
      'world',
      `${segue.process.name} dies (${because}), another comes in ${forMs} ms`,
    );
    if (this.segues.length > 0) return;
    this.disturb(this.clock.now() + forMs);
    this.clock.at(this.clock.now() + forMs, () => this.startSegue());
  }

  #version(hash: string): ImageWays | undefined {
    const { stateful, daemon } = this.scenario;
    const revision = daemon ? `web-${hash}` : hash;
    const template =
      stateful || daemon
        ? templateOfRevision(this.api.get('ControllerRevision', revision))
        : templateOf(
            this.api
              .all('ReplicaSet')
              .find(({ metadata }) => metadata.labels?.['pod-template-hash'] === hash),
          );
    return template === undefined ? undefined : this.ways(imageOf(template));
  }

  #fateOf(process: Process, sent: Sent) {
    this.writes += 1;
    const fault = this.scenario.writeFaults.get(this.writes);
    if (!fault || this.#over || this.#options.faultless) return undefined;
    this.disturb();
    this.trace.say(
      'world',
      `${fault} for ${sent.verb} ${sent.kind} ${sent.name} of ${process.name}`,
    );
    if (fault === 'KillBefore' || fault === 'KillAfter') {
      const segue = this.segues.find((one) => one.process === process) as SegueProcess;
      const restartMs = this.chance.between(...RESTART_MS);
      // It dies of the fate itself, once the write is carried out or not.
      this.clock.at(this.clock.now() + 1, () => this.killSegue(segue, fault, restartMs));
    }
    return fateOf(fault);
  }

  #told(
    process: Process,
    sent: Sent,
    { error, changed = true }: { error?: unknown; changed?: boolean },
  ): void {
    const idle = error === undefined && sent.verb === 'patch' && !changed;
    if (error !== undefined)
      this.trace.say(process.name, `${sent.verb} ${sent.kind} ${sent.name}: ${text(error)}`);
    const write: SegueWrite = { ...sent, atMs: this.clock.now(), error, idle };
    for (const listener of this.writeListeners) listener(write);
  }

  #log(name: string): Log {
    const say =
      (level: string) =>
      (message: string, fields: Record<string, unknown> = {}): void => {
        const { error, key } = fields;
        const words = error === undefined ? message : `${message}: ${text(error)}`;
        this.trace.say(name, `${level}${words}${key === undefined ? '' : ` (${text(key)})`}`);
      };
    const log: Log = {
      debug: say(''),
      info: say(''),
      warn: say('WARN '),
      error: say('ERROR '),
      with: () => log,
    };
    return log;
  }
}

/** Other kinds of routes are not there, so that the seeds of one do not change with another. */
function servedIn({ config, stateful, daemon, routes }: Scenario): Record<string, string> {
  if (daemon) return SERVED_DAEMON;
  const others = servedBy(routes);
  if (stateful) return { ...SERVED_STATEFUL, ...others };
  return { ...(config === undefined ? SERVED : SERVED_CONFIGURED), ...others };
}

function templateOf(set: KubeObject | undefined): unknown {
  return (set?.['spec'] as { template?: unknown } | undefined)?.template;
}
