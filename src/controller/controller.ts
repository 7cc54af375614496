/** The thin shell: observe, step, apply, observe again. One key is one policy. */
import { setMaxListeners } from 'node:events';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec, ReleaseStatus, Task } from '../api/release.ts';
import { type Decision, type Snapshot, step } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Informer } from '../ports/informer.ts';
import { KubeError } from '../ports/kube.ts';
import type { Leadership, TermEnd } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';
import type { WorkQueue } from '../ports/queue.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import type { Write } from '../ports/write.ts';
import { Writer } from './apply.ts';
import {
  allInformers,
  neededInformers,
  type Caches,
  createCaches,
  isOpen,
  policyOf,
  trafficObjects,
} from './caches.ts';
import type { ConfigKeyPlace } from './config-key.ts';
import type { ConfigChange } from './config-watches.ts';
import { ConfigReader } from './config-reader.ts';
import { Checkpoints, type CheckpointTimes } from './checkpoints.ts';
import { confirm } from './confirm.ts';
import { followCustomKinds, knowsCustomKinds } from './custom-needs.ts';
import { EventRecorder } from './events.ts';
import { EvidenceCollector, type MeasuredRelease } from './evidence.ts';
import { configKeys, keysOf } from './keys.ts';
import { leftoverWrites } from './leftovers.ts';
import { isIdleComing } from './pair-coming.ts';
import { observe, type Observed, type Parts, type PolicyKey } from './observe.ts';
import { RefusedWrites } from './refused-writes.ts';
import { ReleaseNeeds } from './release-needs.ts';
import { RoomReader } from './room-reader.ts';
import { RouteEventReader } from './route-event-reader.ts';
import { TaskDriver, type TaskedRelease } from './tasks.ts';
import { Touch } from './touch.ts';
import { type ReleaseTraffic, renderTraffic } from './traffic.ts';
import { transient } from './transient.ts';
import { suspectOf, TroubleReader } from './trouble-reader.ts';

export interface ControllerDeps extends Parts {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  providers: ReadonlyMap<string, MetricProvider>;
  /** By the kind of task. Default none: what asks for one fails and says so. */
  runners?: ReadonlyMap<Task['kind'], TaskRunner>;
  /** In place of the engine's own, for the simulator's mutants. */
  step?: typeof step;
  /** Works only while elected; the client must write only then. Absent: at once. */
  leadership?: Leadership;
  /** Where the key for the digests of Secrets is. Absent: Secrets are not released. */
  configKey?: ConfigKeyPlace;
}

export interface ControllerOptions extends CheckpointTimes {
  /** Only this namespace; all when absent. */
  namespace?: string;
  workers?: number;
}

const WORKERS = 8;

/** How soon an object that is there should be in its cache. */
const COMING_MS = 100;

export class Controller {
  readonly caches: Caches;
  readonly queue: WorkQueue;
  readonly writer: Writer;
  private readonly deps: ControllerDeps;
  private readonly options: ControllerOptions;
  private readonly checkpoints: Checkpoints;
  private readonly evidence: EvidenceCollector;
  private readonly tasks: TaskDriver;
  private readonly events: EventRecorder;
  private readonly trouble: TroubleReader;
  private readonly room: RoomReader;
  private readonly routeEvents: RouteEventReader;
  private readonly touch: Touch;
  private readonly config: ConfigReader;
  private readonly needs: ReleaseNeeds;
  private readonly refused = new RefusedWrites();
  /** Decisions taken so far, for metrics. */
  steps = 0;

  constructor(deps: ControllerDeps, options: ControllerOptions = {}) {
    this.deps = deps;
    this.options = options;
    const { cluster, clock, log } = deps;
    const routerKinds = [...deps.routers.values()].flatMap((router) => router.kinds);
    this.caches = createCaches(cluster, {
      routerKinds,
      ...(options.namespace !== undefined && { namespace: options.namespace }),
    });
    this.queue = cluster.queue('policies');
    this.writer = new Writer(cluster.client, this.caches, log);
    this.checkpoints = new Checkpoints(clock, options);
    const outside = { client: cluster.client, caches: this.caches, log };
    this.evidence = new EvidenceCollector({ ...outside, clock, providers: deps.providers });
    this.tasks = new TaskDriver({ ...outside, runners: deps.runners ?? new Map() });
    this.events = new EventRecorder({ client: cluster.client, clock, log });
    this.trouble = new TroubleReader({ client: cluster.client, clock, log });
    this.room = new RoomReader({ client: cluster.client, clock, log });
    this.routeEvents = new RouteEventReader({ ...outside, clock, routers: deps.routers });
    const place = deps.configKey;
    const changed = (change: ConfigChange) => this.addAll(configKeys(this.caches, change));
    this.config = new ConfigReader({ cluster, clock, place, changed });
    const { providers, routers } = deps;
    this.needs = new ReleaseNeeds({ client: cluster.client, providers, routers, clock });
    this.touch = new Touch(neededInformers(this.caches), { clock, log });
  }

  get synced(): boolean {
    return neededInformers(this.caches).every((informer) => informer.synced);
  }

  /** Why nothing can be done at present; undefined when all is well. */
  get notReady(): string | undefined {
    if (!this.synced) return 'the caches are being filled';
    const outage = this.deps.cluster.outage();
    if (!outage) return undefined;
    const since = new Date(outage.sinceMs).toISOString();
    return `the API server has not answered since ${since}: ${outage.because}`;
  }

  get leading(): boolean {
    return this.deps.leadership?.leading ?? true;
  }

  /** Runs until `signal` aborts or leadership is lost; what is under way is finished first. */
  async run(stop: AbortSignal): Promise<TermEnd> {
    const ending = new AbortController();
    const signal = AbortSignal.any([stop, ending.signal]);
    // Every informer and worker listens to it.
    setMaxListeners(0, signal);
    const informers = allInformers(this.caches);
    for (const informer of informers) this.enqueueOn(informer);
    this.config.start(signal, this.caches);
    followCustomKinds(this.caches, (informer, stop) => {
      this.enqueueOn(informer);
      return informer.run(AbortSignal.any([signal, stop]));
    });
    this.caches.releases.onChange(({ old, object }) => {
      if (!object && old) this.forget(old);
    });
    this.caches.setPods.onChange(({ old, object }) => {
      if (!object) this.writer.refusedEvictions.delete(old?.metadata.uid ?? '');
    });
    const running = informers.map((informer) => informer.run(signal));
    const needed = neededInformers(this.caches);
    await Promise.all(needed.map((informer) => informer.waitSynced(signal)));
    const { leadership, log } = this.deps;
    if (!signal.aborted)
      log.info(`caches are filled, ${leadership ? 'standing for election' : 'releasing begins'}`);
    const work = (leading: AbortSignal) => this.work(leading);
    const end = leadership ? await leadership.run(work, signal) : await stopped(work(signal));
    ending.abort();
    await Promise.all([...running, this.config.ended(), this.caches.custom.ended()]);
    return end;
  }

  private async work(signal: AbortSignal): Promise<void> {
    await this.queue.run({
      workers: this.options.workers ?? WORKERS,
      handle: (key) => this.reconcile(key),
      signal,
    });
    this.evidence.stop();
    this.tasks.stop();
  }

  private enqueueOn(informer: Informer): void {
    informer.onChange(({ old, object }) => {
      this.addAll(keysOf(this.caches, informer, [old, object]));
    });
  }

  private addAll(keys: Iterable<string>): void {
    for (const key of keys) this.queue.add(key);
  }

  private async reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    if (!this.synced || this.touch.lost || !knowsCustomKinds(this.caches, namespace, name))
      return this.queue.addAfter(key, 100);
    try {
      const again = await this.turn({ namespace, name });
      // All was taken: what was said of a refusal is said no more.
      const isTaken = this.refused.taken(key);
      if (again || isTaken) this.queue.add(key);
    } catch (error) {
      if (error instanceof KubeError) this.refused.note(key, error);
      if (!(error instanceof KubeError) || !transient(error)) throw error;
      this.deps.log.debug('observing again', { key, because: error.message });
      this.queue.addRateLimited(key);
    }
  }

  /** One turn of the loop; true when something was written, so that it is looked at again. */
  private async turn(key: PolicyKey): Promise<boolean> {
    await this.letEndedGo(key);
    const observed = observe(this.deps, this.caches, key, this.checkpoints.find);
    const leftovers = await leftoverWrites(this.deps.cluster.client, this.caches, key, observed);
    await this.writer.send(leftovers);
    if (!observed.policy && !observed.release) {
      this.refused.taken(`${key.namespace}/${key.name}`);
      await this.tidy(key);
      return false;
    }
    if (await isIdleComing(this.deps.cluster.client, key.namespace, observed)) {
      this.queue.addAfter(`${key.namespace}/${key.name}`, COMING_MS);
      return false;
    }
    const measured = measuredRelease(key, observed);
    const snapshot = await this.look(key, observed, measured);
    this.steps++;
    const decision = (this.deps.step ?? step)(snapshot);
    await confirm(this.writer, observed, decision);
    const wrote = await this.apply(key, observed, decision);
    // It may have vanished meanwhile.
    if (observed.release && measured && this.isThere(observed.release))
      this.askOutside(key, taskedRelease(measured, observed), decision);
    const { wakeAtMs } = decision;
    if (wakeAtMs !== undefined)
      this.queue.addAfter(
        `${key.namespace}/${key.name}`,
        Math.max(SOONEST_MS, wakeAtMs - this.deps.clock.now()),
      );
    return wrote;
  }

  /** What was observed, with what was measured, asked for and looked up beside it. */
  private async look(
    { namespace, name }: PolicyKey,
    { snapshot, workload }: Observed,
    measured: MeasuredRelease | undefined,
  ): Promise<Snapshot> {
    return {
      ...snapshot,
      problems: [...snapshot.problems, ...(await this.needs.problems(namespace, snapshot))],
      now: this.deps.clock.now(),
      evidence: measured ? this.evidence.verdicts(measured) : [],
      evidenceFrom: measured && this.evidence.from(measured),
      evidenceSince: measured && this.evidence.since(measured),
      tasks: measured ? this.tasks.answers(measured.uid) : [],
      trouble: await this.trouble.read(namespace, suspectOf(snapshot), workload),
      refused: this.refused.told(`${namespace}/${name}`),
      refusedEvictions: this.writer.refusedEvictions,
      traffic: await this.routeEvents.heed(namespace, snapshot),
      room: await this.room.read(namespace, snapshot.release, snapshot.workload),
      config: await this.config.read(namespace, snapshot),
    };
  }

  /** Measures and runs what was asked for; what comes in is looked at. */
  private askOutside(key: PolicyKey, release: TaskedRelease, decision: Decision): void {
    const changed = () => this.queue.add(`${key.namespace}/${key.name}`);
    const { evidence } = decision.release?.status ?? {};
    this.evidence.ask({ ...release, evidence }, decision.measure, changed);
    this.tasks.ask(release, decision.tasks ?? [], changed);
  }

  /** Status first, so that a restart at any point finds what was intended; then the world. */
  private async apply(key: PolicyKey, observed: Observed, decision: Decision): Promise<boolean> {
    const before = this.writer.written;
    const { policy, release } = observed;
    if (policy) await this.applyToPolicy(policy, decision);
    const status = await this.keepStatus(observed, decision);
    void this.events.record(release ?? policy ?? nobody(key), decision.events);
    for (const request of decision.handled) await this.writer.removeRequest(key.namespace, request);
    await this.writer.send(this.worldWrites(observed, decision, status));
    if (policy && decision.finalizer) await this.writer.finalizer(policy, decision.finalizer);
    await this.prune(key, decision.prune ?? []);
    return this.writer.written > before;
  }

  private worldWrites(
    { release, workload }: Observed,
    decision: Decision,
    status: ReleaseStatus | undefined,
  ): Write[] {
    const writes: Write[] = [];
    if (release && status && decision.traffic)
      writes.push(
        ...renderTraffic(this.deps, this.releaseTraffic(release, status), decision.traffic),
      );
    if (decision.workload) writes.push(...this.deps.workload.render(decision.workload, workload));
    return writes;
  }

  private async prune({ namespace }: PolicyKey, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const release = this.caches.releases.get(namespace, name);
      if (release && !isOpen(release)) await this.writer.removeRelease(release);
    }
  }

  private async applyToPolicy(policy: KubeObject, decision: Decision): Promise<void> {
    const { policyStatus, create } = decision;
    if (policyStatus) await this.writer.policyStatus(policy, policyStatus);
    if (create) await this.writer.createRelease(policy, create.name, create.spec);
  }

  private releaseTraffic(release: KubeObject, status: ReleaseStatus): ReleaseTraffic {
    const { namespace = '', name, uid = '' } = release.metadata;
    const spec = release['spec'] as ReleaseSpec;
    return { namespace, name, uid, spec, status, objects: trafficObjects(this.caches, namespace) };
  }

  /** An ended release may be deleted like any other object; one in progress keeps what it has. */
  private async letEndedGo({ namespace, name }: PolicyKey): Promise<void> {
    for (const release of this.caches.releases.byIndex('policy', `${namespace}/${name}`)) {
      if (!isOpen(release)) await this.writer.finalizer(release, 'Remove');
      else if (release.metadata.deletionTimestamp) await this.writer.keepDependents(release);
    }
  }

  private isThere({ metadata }: KubeObject): boolean {
    const found = this.caches.releases.get(metadata.namespace ?? '', metadata.name);
    return found?.metadata.uid === metadata.uid;
  }

  /** Nothing is kept of a release that ended or vanished. */
  private forget(release: KubeObject): void {
    const { uid = '', namespace = '' } = release.metadata;
    this.checkpoints.forget(release);
    const spec = release['spec'] as ReleaseSpec;
    this.evidence.ask({ uid, namespace, spec }, undefined, () => {});
    this.tasks.forget(uid);
  }

  /** Writes the release's status now, or keeps it in memory until the next checkpoint. */
  private async keepStatus(
    observed: Observed,
    decision: Decision,
  ): Promise<ReleaseStatus | undefined> {
    const { release } = observed;
    const next = decision.release;
    if (!release || !next) return undefined;
    const { status, persist } = next;
    if (persist === 'Now' || this.checkpoints.isDue(release, status)) {
      await this.writer.releaseStatus(release, status);
      this.checkpoints.written(release);
      if (status.step === 'Done') this.forget(release);
    } else {
      if (persist === 'Checkpoint') this.checkpoints.hold(release, status);
      // Nothing else may happen for long, and what people read would stay as it was.
      const dueInMs = this.checkpoints.dueInMs(release, status);
      const key = `${release.metadata.namespace ?? ''}/${policyOf(release)}`;
      if (dueInMs !== undefined) this.queue.addAfter(key, dueInMs);
    }
    return status;
  }

  /** A policy that is gone leaves no requests behind. */
  private async tidy(key: PolicyKey): Promise<void> {
    const requests = this.caches.requests.byIndex('policy', `${key.namespace}/${key.name}`);
    for (const request of requests)
      await this.writer.removeRequest(key.namespace, request.metadata.name);
  }
}

function measuredRelease(key: PolicyKey, observed: Observed): MeasuredRelease | undefined {
  const { release } = observed;
  if (!release) return undefined;
  return {
    uid: release.metadata.uid ?? '',
    namespace: key.namespace,
    spec: release['spec'] as ReleaseSpec,
  };
}

function taskedRelease(measured: MeasuredRelease, { release, snapshot }: Observed): TaskedRelease {
  const tasks = snapshot.release?.status.tasks;
  return { ...measured, name: release?.metadata.name ?? '', tasks };
}

async function stopped(work: Promise<void>): Promise<TermEnd> {
  await work;
  return 'Stopped';
}

/** A time that has passed and is asked for again and again must not take a whole processor. */
const SOONEST_MS = 20;

function nobody(key: PolicyKey): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: key.namespace } };
}
