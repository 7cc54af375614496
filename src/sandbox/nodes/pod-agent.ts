/** Runs the pods bound to our nodes: reads the cache, starts and ends, reports status. */
import type { PodStatus } from 'kubernetes-types/core/v1.js';
import type { Clock } from '../../ports/clock.ts';
import type { Informer } from '../../ports/informer.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { WorkQueue } from '../../ports/queue.ts';
import type { CommandHost } from './container-runner.ts';
import type { RecordEvent } from './event-recorder.ts';
import { HollowPod } from './hollow-pod.ts';
import type { LogRequest } from './kubelet-server.ts';
import type { LogStore } from './log-store.ts';
import type { AddressPool } from './network.ts';
import { NODE_ADDRESS, type NodeIdentity } from './node-object.ts';
import type { PodRuntime } from './pod-runtime.ts';
import { covers, renderPodStatus } from './pod-status.ts';
import { asPod, keyOf, POD, uidOf, type PodObject } from './pod.ts';
import { ProcessPod } from './process-pod.ts';

export interface AgentDeps {
  client: KubeClient;
  clock: Clock;
  pods: Informer;
  queue: WorkQueue;
  addresses: AddressPool;
  nodes: Map<string, NodeIdentity>;
  record: RecordEvent;
  demoEntry: string[];
  /** What commands need; undefined where none may be run. */
  commands: CommandHost | undefined;
  hollowReadyMs: number;
}

interface Held {
  uid: string;
  runtime: PodRuntime;
  /** What was written last: a cache that lags behind is no reason to write it again. */
  written: string;
}

export class PodAgent {
  readonly #deps: AgentDeps;
  readonly #held = new Map<string, Held>();

  constructor(deps: AgentDeps) {
    this.#deps = deps;
  }

  /** Brings one pod, by its key, to where the cluster wants it. */
  async handle(key: string): Promise<void> {
    const slash = key.indexOf('/');
    const object = this.#deps.pods.get(key.slice(0, slash), key.slice(slash + 1));
    const before = this.#held.get(key);
    if (before && (!object || uidOf(object) !== before.uid)) this.#drop(key, before);
    if (!object) return;
    const pod = asPod(object);
    const node = this.#deps.nodes.get(pod.spec?.nodeName ?? '');
    if (!node) return;
    const held = this.#held.get(key) ?? this.#start(key, pod, node);
    if (this.#ended(pod, held)) await this.#delete(pod);
    else if (held) await this.#report(key, pod, held);
  }

  findLog({ namespace, pod, container, previous }: LogRequest): LogStore | string {
    const held = this.#held.get(`${namespace}/${pod}`);
    if (!held) return `pod ${namespace}/${pod} does not run here`;
    if (held.runtime instanceof HollowPod)
      return `pod ${pod} is hollow: it runs nothing and logs nothing`;
    const which = previous ? 'previous terminated container' : 'container';
    return (
      held.runtime.log(container, previous) ?? `${which} "${container}" in pod "${pod}" not found`
    );
  }

  /** Ends everything at once. */
  dispose(): void {
    for (const [key, held] of this.#held) this.#drop(key, held);
  }

  /** True when a pod that is to go has nothing left that runs; begins its end otherwise. */
  #ended({ metadata }: PodObject, held: Held | undefined): boolean {
    if (!metadata.deletionTimestamp) return false;
    const graceSeconds = metadata.deletionGracePeriodSeconds ?? 0;
    held?.runtime.terminate(graceSeconds * 1_000);
    return !held || held.runtime.gone;
  }

  #start(key: string, pod: PodObject, node: NodeIdentity): Held | undefined {
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (over || pod.metadata.deletionTimestamp) return undefined;
    const podIP = this.#addressFor(pod);
    const runtime = node.hollow ? this.#hollow(pod, podIP) : this.#process(pod, key, podIP);
    const held = { uid: uidOf(pod), runtime, written: '' };
    this.#held.set(key, held);
    return held;
  }

  #addressFor(pod: PodObject): string {
    const known = pod.status?.podIP;
    return known && this.#deps.addresses.keep(known) ? known : this.#deps.addresses.take();
  }

  #hollow(pod: PodObject, podIP: string): PodRuntime {
    const { clock, hollowReadyMs, record } = this.#deps;
    const startedAtMs = pod.status?.startTime ? Date.parse(pod.status.startTime) : clock.now();
    const times = () => ({ startedAtMs, nowMs: clock.now(), readyAfterMs: hollowReadyMs });
    return new HollowPod({
      podIP,
      hostIP: NODE_ADDRESS,
      times,
      event: (type, reason, message) => record({ about: pod, type, reason, message }),
    });
  }

  #process(pod: PodObject, key: string, podIP: string): PodRuntime {
    const { client, clock, demoEntry, commands, queue, record } = this.#deps;
    const { namespace = '' } = pod.metadata;
    return new ProcessPod(pod, {
      clock,
      demoEntry,
      commands,
      podIP,
      hostIP: NODE_ADDRESS,
      read: (kind, name) => client.get({ group: '', kind, namespace, name }),
      onChange: () => queue.add(key),
      event: (type, reason, message) => record({ about: pod, type, reason, message }),
    });
  }

  async #report(key: string, pod: PodObject, held: Held): Promise<void> {
    const { client, clock, pods, queue } = this.#deps;
    const { facts, recheckMs } = held.runtime.observe(pod);
    if (recheckMs !== undefined) queue.addAfter(key, recheckMs);
    const status = renderPodStatus(pod, facts, clock.now());
    const text = JSON.stringify(status);
    if (text === held.written || covers(pod.status, status)) return;
    const { namespace = '', name, uid } = pod.metadata;
    const body = { metadata: { uid }, status: { ...status, ...otherAddressesGone(pod, status) } };
    try {
      const target = { ...POD, namespace, name };
      const answer = await client.patch(
        target,
        { type: 'strategic', body },
        { subresource: 'status' },
      );
      held.written = text;
      pods.observe(answer);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #delete(pod: PodObject): Promise<void> {
    const { namespace = '', name, uid = '' } = pod.metadata;
    try {
      await this.#deps.client.delete({ ...POD, namespace, name }, { gracePeriodSeconds: 0, uid });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #drop(key: string, { runtime }: Held): void {
    runtime.dispose();
    this.#deps.addresses.give(runtime.podIP);
    this.#held.delete(key);
  }
}

/** A strategic merge would keep the addresses that the pod had from another network. */
function otherAddressesGone(pod: PodObject, { podIPs = [] }: PodStatus): { podIPs?: unknown[] } {
  const old = (pod.status?.podIPs ?? []).filter(({ ip }) => ip && ip !== podIPs[0]?.ip);
  if (old.length === 0) return {};
  return { podIPs: [...podIPs, ...old.map(({ ip }) => ({ $patch: 'delete', ip }))] };
}

/** The pod is not there any more, or another one has its name. */
function isGone(error: unknown): boolean {
  return error instanceof KubeError && (error.reason === 'NotFound' || error.reason === 'Conflict');
}

/** Keys of pods that changed, for those bound to one of `nodes`. */
export function queuePods(pods: Informer, queue: WorkQueue, nodes: Map<string, unknown>): void {
  pods.onChange(({ old, object }) => {
    const pod = object ?? old;
    if (pod && nodes.has(asPod(pod).spec?.nodeName ?? '')) queue.add(keyOf(pod));
  });
}
