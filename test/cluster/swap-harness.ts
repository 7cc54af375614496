/** Drives the renderer of Deployments on a real control plane, and records what the sets went through. */
import { API_VERSION, KINDS } from '../../src/api/group.ts';
import type { KubeObject, ObjectName } from '../../src/api/object.ts';
import { type KubeClient, KubeError } from '../../src/ports/kube.ts';
import type {
  ReleaseIntent,
  WorkloadIntent,
  WorkloadObjects,
  WorkloadState,
} from '../../src/ports/workload.ts';
import type { Write } from '../../src/ports/write.ts';
import { deploymentWorkload } from '../../src/workloads/deployment/index.ts';

export const NAMESPACE = 'swap';
const POLL_MS = 30;
const WITHIN_MS = 60_000;

export interface Spec {
  replicas: number;
  strategy?: unknown;
  revisionHistoryLimit?: number;
}

/** Resolves with the first value that is not undefined. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited ${WITHIN_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A CRD without a schema, so that a Release can own sets; and the namespace of these tests. */
export async function prepare(client: KubeClient): Promise<void> {
  const names = {
    plural: 'releases',
    singular: 'release',
    kind: 'Release',
    listKind: 'ReleaseList',
  };
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  await client.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'releases.segue.dev' },
    spec: {
      group: 'segue.dev',
      scope: 'Namespaced',
      names,
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  });
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/releases`;
  await until('the Release resource', async () =>
    (await client.raw({ method: 'GET', path })).status === 200 ? true : undefined,
  );
}

/** By its pods: a set of the release has none of the labels that the Deployment selects. */
function appOf(set: KubeObject): string | undefined {
  const { template } = set['spec'] as { template: { metadata: { labels?: { app?: string } } } };
  return template.metadata.labels?.app;
}

let releases = 0;

/** One Deployment and the release that is made of it. */
export class Subject {
  readonly client: KubeClient;
  readonly name: string;
  release!: ReleaseIntent;
  /** Every write that was sent and taken, in words. */
  readonly sent: string[] = [];

  constructor(client: KubeClient, name: string) {
    this.client = client;
    this.name = name;
  }

  get target(): ObjectName {
    return { ...KINDS.deployment, namespace: NAMESPACE, name: this.name };
  }

  set(name: string): ObjectName {
    return { ...KINDS.replicaSet, namespace: NAMESPACE, name };
  }

  async create(spec: Spec): Promise<void> {
    const labels = { app: this.name };
    await this.client.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: this.name, namespace: NAMESPACE },
      spec: {
        ...spec,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec('v1') },
      },
    });
    await this.wait('the first rollout', (state) => state.settled && state.replicas > 0);
  }

  async edit(spec: unknown): Promise<void> {
    await this.client.patch(this.target, { type: 'merge', body: { spec } });
  }

  async setImage(version: string): Promise<void> {
    await this.edit({ template: { spec: podSpec(version) } });
  }

  /** Holds the Deployment, changes its image and begins a release of it. */
  async begin(version: string, replicas: number): Promise<WorkloadState> {
    await this.drive({ held: true }, (state) => state.held && state.settled);
    await this.setImage(version);
    const state = await this.wait('the new template', (s) => s.settled);
    const owner = await this.client.create({
      apiVersion: API_VERSION,
      kind: 'Release',
      metadata: { name: `${this.name}-${++releases}`, namespace: NAMESPACE },
    });
    this.release = {
      owner: { name: owner.metadata.name, uid: owner.metadata.uid ?? '' },
      stable: state.running?.name ?? '',
      candidate: { ...state.next, template: state.template },
      candidateWanted: 'Present',
      candidateReplicas: replicas,
      carrier: 'Stable',
      handBack: false,
      strategy: state.strategy,
    };
    return this.drive(this.intent({}), (s) => s.candidate?.available === replicas);
  }

  intent(change: Partial<ReleaseIntent>): WorkloadIntent {
    return { held: true, release: { ...this.release, ...change } };
  }

  towards(carrier: 'Stable' | 'Candidate'): WorkloadIntent {
    return this.intent({ carrier, candidateWanted: 'AsIs' });
  }

  async swap(carrier: 'Stable' | 'Candidate'): Promise<WorkloadState> {
    return this.drive(this.towards(carrier), swapped(carrier));
  }

  /** The Deployment first: the sets then show all that its controller did before it saw it so. */
  async objects(): Promise<WorkloadObjects> {
    const target = await this.client.get(this.target);
    const { items } = await this.client.list(KINDS.replicaSet, { namespace: NAMESPACE });
    const sets = items.filter((set) => appOf(set) === this.name);
    return { namespace: NAMESPACE, target, sets };
  }

  async state(): Promise<WorkloadState> {
    return this.stateOf(await this.objects());
  }

  private stateOf(objects: WorkloadObjects): WorkloadState {
    const names = this.release && {
      stable: this.release.stable,
      candidate: this.release.candidate.name,
    };
    const state = deploymentWorkload.observe(objects, names);
    if (!state) throw new Error(`Deployment ${this.name} is gone`);
    return state;
  }

  wait(what: string, wanted: (state: WorkloadState) => boolean): Promise<WorkloadState> {
    return until(`${what} of ${this.name}`, async () => {
      const state = await this.state();
      return wanted(state) ? state : undefined;
    });
  }

  async missing(intent: WorkloadIntent): Promise<Write[]> {
    return deploymentWorkload.render(intent, await this.objects());
  }

  /** Swaps up to the given step and returns its write, rendered but not sent. */
  async upTo(step: string, carrier: 'Stable' | 'Candidate'): Promise<Write> {
    return until(`${this.name} to come to ${step}`, async () => {
      const writes = await this.missing(this.towards(carrier));
      const found = writes.find((write) => write.because.includes(step));
      if (found) return found;
      for (const write of writes) await this.send(write);
      return undefined;
    });
  }

  /** Waits until the Deployment controller has seen what is stored. */
  async seen(): Promise<void> {
    await this.wait('the Deployment controller', (s) => s.observedGeneration >= s.generation);
  }

  async status(): Promise<Record<string, unknown>> {
    const deployment = await this.client.get(this.target);
    return (deployment?.['status'] ?? {}) as Record<string, unknown>;
  }

  /** Waits until the Deployment controller counts so many pods. */
  async counted(pods: number): Promise<void> {
    await until(`${this.name} to count ${pods} pods`, async () =>
      (await this.status())['replicas'] === pods ? true : undefined,
    );
  }

  /** Observe, render, write, until the state is as wanted and nothing is missing. */
  async drive(
    intent: WorkloadIntent,
    wanted: (state: WorkloadState) => boolean,
  ): Promise<WorkloadState> {
    return until(`${this.name} to reach ${JSON.stringify(intent)}`, async () => {
      const objects = await this.objects();
      const writes = deploymentWorkload.render(intent, objects);
      for (const write of writes) await this.send(write);
      if (writes.length > 0) return undefined;
      const state = this.stateOf(objects);
      return wanted(state) ? state : undefined;
    });
  }

  /** Writes as long as nothing has to be waited for. */
  async driveUntilItWaits(intent: WorkloadIntent): Promise<void> {
    for (;;) {
      const writes = await this.missing(intent);
      if (writes.length === 0) return;
      for (const write of writes) await this.send(write);
    }
  }

  /** False when the object has changed since the write was rendered. */
  async send(write: Write): Promise<boolean> {
    try {
      await apply(this.client, write);
    } catch (error) {
      if (error instanceof KubeError && error.code === 409) return false;
      throw error;
    }
    this.sent.push(write.because);
    return true;
  }
}

function swapped(carrier: 'Stable' | 'Candidate'): (state: WorkloadState) => boolean {
  return (state) => state.carrier === carrier && state.swapClean;
}

function podSpec(version: string): unknown {
  return { containers: [{ name: 'app', image: `app:${version}` }] };
}

async function apply(client: KubeClient, write: Write): Promise<unknown> {
  if (write.op === 'Create') return client.create(write.object);
  if (write.op === 'Delete') {
    const { target, op: _, because: __, ...options } = write;
    return client.delete(target, options);
  }
  const { subresource } = write;
  const body = withPrecondition(write.type, write.body, write.resourceVersion);
  return client.patch(
    write.target,
    { type: write.type, body },
    subresource === undefined ? {} : { subresource },
  );
}

function withPrecondition(type: string, body: unknown, version: string | undefined): unknown {
  if (version === undefined) return body;
  if (type === 'json')
    return [
      { op: 'replace', path: '/metadata/resourceVersion', value: version },
      ...(body as unknown[]),
    ];
  const patch = body as { metadata?: Record<string, unknown> };
  return { ...patch, metadata: { ...patch.metadata, resourceVersion: version } };
}

/** Watches the two sets of a release and remembers the worst that was stored of them. */
export class Recorder {
  readonly #subject: Subject;
  readonly #ending = new AbortController();
  readonly #pair: Map<string, KubeObject>;
  readonly least = new Map<string, number>();
  /** What should never be stored: a pair without an owner, a set with two controllers. */
  readonly faults: string[] = [];
  #running: Promise<void> = Promise.resolve();
  #uid = '';

  private constructor(subject: Subject) {
    this.#subject = subject;
    this.#pair = new Map();
  }

  static async start(subject: Subject): Promise<Recorder> {
    const recorder = new Recorder(subject);
    recorder.#uid = (await subject.state()).uid;
    const { client, release } = subject;
    const options = { namespace: NAMESPACE };
    const { items, resourceVersion } = await client.list(KINDS.replicaSet, options);
    const mine = (set: KubeObject): boolean => appOf(set) === subject.name;
    for (const item of items.filter(mine)) recorder.#record(item);
    const watch = { ...options, resourceVersion, signal: recorder.#ending.signal };
    recorder.#running = (async () => {
      for await (const event of client.watch(KINDS.replicaSet, watch)) {
        if (event.type === 'BOOKMARK' || !mine(event.object)) continue;
        if (event.type === 'DELETED' && isOneOf(release, event.object))
          recorder.faults.push(`${event.object.metadata.name} was deleted`);
        recorder.#record(event.object);
      }
    })();
    return recorder;
  }

  #record(set: KubeObject): void {
    if (!isOneOf(this.#subject.release, set)) return;
    const { name, ownerReferences = [] } = set.metadata;
    const { replicas } = set['spec'] as { replicas: number };
    this.least.set(name, Math.min(this.least.get(name) ?? Infinity, replicas));
    this.#pair.set(name, set);
    const controllers = ownerReferences.filter((owner) => owner.controller === true);
    if (controllers.length !== 1) this.faults.push(`${name} has ${controllers.length} controllers`);
    const owned = [...this.#pair.values()].filter((one) =>
      one.metadata.ownerReferences?.some((owner) => owner.uid === this.#uid),
    );
    if (this.#pair.size === 2 && owned.length === 0)
      this.faults.push('the Deployment owns neither set');
  }

  /** What went wrong, in words that tell which case it was. */
  shortfalls(share: number, when: string, only?: 'stable' | 'candidate'): string[] {
    const { sent: all, release } = this.#subject;
    const sent = all.join('; ');
    const counted = { stable: [release.stable], candidate: [release.candidate.name] };
    const names = only ? counted[only] : [...this.least.keys()];
    const short = [...this.least].filter(([name, least]) => names.includes(name) && least < share);
    const found = [...this.faults, ...short.map(([name, least]) => `${name} wanted ${least} pods`)];
    return found.map((fault) => `${fault} (${when}; ${sent})`);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}

function isOneOf(release: ReleaseIntent, set: KubeObject): boolean {
  return [release.stable, release.candidate.name].includes(set.metadata.name);
}
