/** The way of one process to the modelled API server: requests and watches take their time, come late
 * for one kind or all, are refused, or are carried out without an answer. */
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import { labelMatcher } from '../kube/label-selector.ts';
import type {
  DeleteOptions,
  KubeClient,
  KubeError,
  KubeList,
  ListOptions,
  Patch,
  PodName,
  RawRequest,
  RawResponse,
  ServedResource,
  Subresource,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../ports/kube.ts';
import type { Chance } from './chance.ts';
import { askBudget } from './evictions.ts';
import { failure, type ModelApi, NAMESPACE } from './model-api.ts';
import type { Process } from './process.ts';

/** A write as it is sent. */
export interface Sent {
  verb: 'create' | 'patch' | 'replace' | 'delete' | 'evict';
  kind: string;
  name: string;
  subresource?: string | undefined;
  body?: unknown;
}

/** What becomes of a request besides what the server says. */
export type Fate =
  | { is: 'Refused'; error: KubeError }
  /** It is carried out and the answer is lost. */
  | { is: 'Unanswered' }
  /** The process dies before or after it is carried out. */
  | { is: 'KillBefore' | 'KillAfter' };

export interface ModelClientDeps {
  api: ModelApi;
  process: Process;
  chance: Chance;
  /** Asked at every write. */
  fate?: (write: Sent) => Fate | undefined;
  /** What there is in other namespaces. */
  elsewhere?: (namespace: string, kind: string) => KubeObject[];
  /** Told of every write that was carried out, or of why it was not. */
  told?: (write: Sent, outcome: { error?: unknown; changed?: boolean }) => void;
}

/** For whom no answer comes any more. One of its own each time: it keeps who waits for it. */
const never = () => new Promise<never>(() => {});

const LATENCY_MS = [1, 8] as const;
const WATCH_LAG_MS = [1, 30] as const;

interface Stream {
  kind: string;
  matches: (labels: Record<string, string> | undefined) => boolean;
  events: WatchEvent[];
  ended: KubeError | 'Closed' | undefined;
  lastMs: number;
  wake: () => void;
}

export class ModelClient implements KubeClient {
  readonly #deps: ModelClientDeps;
  readonly #streams = new Set<Stream>();
  readonly #heldUntilMs = new Map<string, number>();
  #downUntilMs = 0;

  constructor(deps: ModelClientDeps) {
    this.#deps = deps;
    deps.api.onChange(() => {
      if (!deps.process.alive) return;
      for (const stream of this.#streams) this.#deliver(stream, deps.api.version - 1);
    });
  }

  /** News of this kind come only then. */
  hold(kind: string, untilMs: number): void {
    this.#heldUntilMs.set(kind, untilMs);
  }

  /** How late news of any kind may be now. */
  isHeld(nowMs: number): boolean {
    return [...this.#heldUntilMs.values()].some((until) => until > nowMs);
  }

  /** The server cannot be reached until then. */
  cutOff(untilMs: number): void {
    this.#downUntilMs = untilMs;
    this.cut(undefined, failure(0, 'Unreachable', 'connection refused'));
  }

  /** Ends the watches of a kind, or all. */
  cut(kind: string | undefined, how: KubeError | 'Closed'): void {
    for (const stream of this.#streams) {
      if (kind !== undefined && stream.kind !== kind) continue;
      stream.ended = how;
      stream.wake();
    }
  }

  resolve(kind: GroupKind): Promise<ServedResource | undefined> {
    const apiVersion = this.#deps.api.served[kind.kind];
    if (apiVersion === undefined) return Promise.resolve(undefined);
    const version = apiVersion.split('/').at(-1) as string;
    const resource = `${kind.kind.toLowerCase()}s`;
    return Promise.resolve({ ...kind, version, apiVersion, resource, namespaced: true });
  }

  get(name: ObjectName): Promise<KubeObject | undefined> {
    return this.#answer(() => this.#deps.api.get(name.kind, name.name));
  }

  list(kind: GroupKind, options: ListOptions = {}): Promise<KubeList> {
    const matches = labelMatcher(options.labelSelector);
    return this.#answer(() => ({
      items: this.#all(kind.kind, options).filter((object) => matches(object.metadata.labels)),
      resourceVersion: String(this.#deps.api.version),
    }));
  }

  #all(kind: string, { namespace = NAMESPACE }: ListOptions): KubeObject[] {
    const { api, elsewhere } = this.#deps;
    return namespace === NAMESPACE ? api.all(kind) : (elsewhere?.(namespace, kind) ?? []);
  }

  create(object: KubeObject): Promise<KubeObject> {
    const { kind, metadata } = object;
    const sent: Sent = { verb: 'create', kind, name: metadata.name, body: object };
    if (kind === 'Event') return this.#event(sent, object);
    return this.#write(sent, (by) => this.#deps.api.create(object, by));
  }

  patch(
    name: ObjectName,
    patch: Patch,
    options: WriteOptions & Subresource = {},
  ): Promise<KubeObject> {
    const { subresource, dryRun } = options;
    // Whether it would be allowed: here everything is.
    if (dryRun) return this.#answer(() => this.#deps.api.tried(name, patch));
    const sent: Sent = { verb: 'patch', ...name, subresource, body: patch.body };
    return this.#write(sent, (by) => this.#deps.api.patch(name, { ...patch, subresource }, by));
  }

  replace(object: KubeObject, { subresource }: Subresource = {}): Promise<KubeObject> {
    const { kind, metadata } = object;
    const sent: Sent = { verb: 'replace', kind, name: metadata.name, subresource, body: object };
    return this.#write(sent, (by) => this.#deps.api.replace(object, subresource, by));
  }

  delete(name: ObjectName, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const sent: Sent = { verb: 'delete', ...name, body: options };
    return this.#write(sent, (by) => this.#deps.api.delete(name, options, by));
  }

  async evict(pod: PodName, options: Pick<DeleteOptions, 'uid'> = {}): Promise<boolean> {
    const { api } = this.#deps;
    const target = { group: '', kind: 'Pod', ...pod };
    const sent: Sent = { verb: 'evict', ...target, body: options };
    const evicted = await this.#write(sent, (by) => {
      askBudget(api, pod.name);
      return api.delete(target, options, by);
    });
    return evicted !== undefined;
  }

  async *watch(kind: GroupKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    await this.#trip();
    const { signal } = options;
    const matches = labelMatcher(options.labelSelector);
    const stream: Stream = {
      kind: kind.kind,
      matches,
      events: [],
      ended: undefined,
      lastMs: 0,
      wake() {},
    };
    this.#streams.add(stream);
    options.onOpen?.();
    this.#deliver(stream, Number(options.resourceVersion));
    signal?.addEventListener('abort', () => stream.wake(), { once: true });
    try {
      while (!signal?.aborted) {
        const event = stream.events.shift();
        if (event) yield event;
        else if (stream.ended === 'Closed') return;
        else if (stream.ended) throw stream.ended;
        else
          await new Promise<void>((resolve) => {
            stream.wake = resolve;
          });
      }
    } finally {
      this.#streams.delete(stream);
    }
  }

  /** Discovery, for the garbage collector. */
  raw({ path }: RawRequest): Promise<RawResponse> {
    const text = JSON.stringify(discovery(path, this.#deps.api.served));
    const body = (async function* () {})();
    return Promise.resolve({ status: 200, headers: {}, text: () => Promise.resolve(text), body });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Nobody here reads Events: they cost nothing. */
  #event(sent: Sent, object: KubeObject): Promise<KubeObject> {
    this.#deps.told?.(sent, {});
    return Promise.resolve(object);
  }

  async #answer<T>(read: () => T): Promise<T> {
    await this.#trip();
    return read();
  }

  async #write<T>(sent: Sent, carryOut: (by: string) => T): Promise<T> {
    const { process, fate } = this.#deps;
    await this.#trip();
    const fated = fate?.(sent) ?? { is: 'Usual' };
    if (fated.is === 'KillBefore') {
      process.kill();
      return never();
    }
    const result = this.#carryOut(sent, () => {
      if (fated.is === 'Refused') throw fated.error;
      return carryOut(process.name);
    });
    if (fated.is === 'KillAfter') process.kill();
    await this.#way();
    if (fated.is === 'Unanswered')
      throw failure(0, 'Unreachable', 'the connection was lost before the answer came');
    return result;
  }

  #carryOut<T>(sent: Sent, carryOut: () => T): T {
    const { api, told = () => {} } = this.#deps;
    const { version } = api;
    try {
      const result = carryOut();
      told(sent, { changed: api.version > version });
      return result;
    } catch (error) {
      told(sent, { error });
      throw error;
    }
  }

  /** To the server, where it can be reached. */
  async #trip(): Promise<void> {
    const { process } = this.#deps;
    if (!process.alive) return never();
    await this.#way();
    if (process.clock.now() < this.#downUntilMs)
      throw failure(0, 'Unreachable', 'connection refused');
  }

  #way(): Promise<void> {
    const { process, chance } = this.#deps;
    return process.clock.sleep(chance.between(...LATENCY_MS));
  }

  /** What was stored after `version`, in order and each a little later. */
  #deliver(stream: Stream, version: number): void {
    const { api, process, chance } = this.#deps;
    const now = process.clock.now();
    for (const { event } of api.since(stream.kind, version)) {
      const soonest = Math.max(now, this.#heldUntilMs.get(stream.kind) ?? 0);
      stream.lastMs = Math.max(stream.lastMs, soonest + chance.between(...WATCH_LAG_MS));
      // Labels do not change here: what is selected stays so.
      if (!stream.matches(event.object.metadata.labels)) continue;
      process.at(stream.lastMs, () => {
        stream.events.push(event);
        stream.wake();
      });
    }
  }
}

function discovery(path: string, served: Record<string, string>): unknown {
  const verbs = ['delete', 'list', 'watch'];
  const resources = (groupVersion: string) =>
    Object.entries(served)
      .filter(([, one]) => one === groupVersion)
      .map(([kind]) => ({ name: `${kind.toLowerCase()}s`, kind, verbs }));
  if (path === '/api/v1') return { resources: resources('v1') };
  if (path !== '/apis') return { resources: resources(path.replace('/apis/', '')) };
  const versions = new Set(Object.values(served).filter((version) => version.includes('/')));
  return {
    groups: [...versions].map((groupVersion) => ({
      name: groupVersion.split('/')[0],
      preferredVersion: { groupVersion },
    })),
  };
}
