/** What becomes of nodes, and of the pods on them: those of a node that is down neither start nor end, those of one
 * that is gone are collected. */
import type { KubeObject } from '../api/object.ts';
import { nodeName, nodeObject, nodeOfPod } from './daemon-objects.ts';
import { isReady } from './facts.ts';
import type { ModelApi } from './model-api.ts';
import type { NodeDeed } from './node-deeds.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Taint {
  key: string;
  effect: string;
}

const NOT_READY = 'node.kubernetes.io/not-ready';
const CORDONED = 'node.kubernetes.io/unschedulable';
const OWN_TAINT = 'dedicated';
const COLLECTED_MS = 700;
const BY = 'node-lifecycle';

export class ModelNodes {
  readonly #api: ModelApi;
  readonly #clock: VirtualClock;
  /** What its kubelet has not done while the node is down. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(api: ModelApi, clock: VirtualClock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** At once, or when the node of the pod is up again. */
  whenUp(pod: KubeObject, run: () => void): void {
    const name = nodeOfPod(pod);
    const node = this.#api.get('Node', name);
    if (!node || isUp(node)) return run();
    this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), run]);
  }

  do(deed: NodeDeed, index: number, zone: string | undefined): void {
    const name = nodeName(index);
    if (deed === 'New') {
      if (!this.#api.get('Node', name)) this.#api.create(nodeObject(name, zone), BY);
    } else if (this.#api.get('Node', name)) this.#change(deed, name);
  }

  /** Everything that is left takes pods again. */
  mend(): void {
    for (const { metadata } of this.#api.all('Node'))
      for (const deed of ['Uncordon', 'Untaint', 'Ready'] as const)
        this.#change(deed, metadata.name);
  }

  #change(deed: Exclude<NodeDeed, 'New'>, name: string): void {
    switch (deed) {
      case 'Cordon':
        return this.#edit(name, { taints: [taint(CORDONED, 'NoSchedule')], cordoned: true });
      case 'Uncordon':
        return this.#edit(name, { without: CORDONED, cordoned: false });
      case 'Taint':
        return this.#edit(name, { taints: [taint(OWN_TAINT, 'NoSchedule')] });
      case 'Untaint':
        return this.#edit(name, { without: OWN_TAINT });
      case 'NotReady':
        return this.#fail(name);
      case 'Ready':
        return this.#recover(name);
      default:
        return this.#delete(name);
    }
  }

  #fail(name: string): void {
    const taints = [taint(NOT_READY, 'NoSchedule'), taint(NOT_READY, 'NoExecute')];
    this.#edit(name, { taints, ready: false });
    for (const pod of this.#podsOn(name).filter(isReady)) {
      this.#setReady(pod, false);
      this.whenUp(pod, () => this.#setReady(pod, true));
    }
  }

  #recover(name: string): void {
    this.#edit(name, { without: NOT_READY, ready: true });
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const run of waiting) run();
  }

  #delete(name: string): void {
    this.#api.delete({ group: '', kind: 'Node', name }, {}, BY);
    this.#waiting.delete(name);
    this.#clock.at(this.#clock.now() + COLLECTED_MS, () => {
      if (this.#api.get('Node', name)) return;
      for (const { metadata } of this.#podsOn(name))
        this.#api.delete(
          { group: '', kind: 'Pod', name: metadata.name },
          { gracePeriodSeconds: 0 },
          BY,
        );
    });
  }

  #podsOn(name: string): KubeObject[] {
    return this.#api.all('Pod').filter((pod) => nodeOfPod(pod) === name);
  }

  #setReady({ metadata: { name, uid } }: KubeObject, ready: boolean): void {
    if (this.#api.get('Pod', name)?.metadata.uid !== uid) return;
    const lastTransitionTime = new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime };
    const change = (pod: KubeObject) => {
      pod['status'] = { ...(pod['status'] as object), conditions: [condition] };
    };
    this.#api.edit('Pod', name, { by: BY, change });
  }

  #edit(
    name: string,
    {
      taints: more = [],
      without,
      cordoned,
      ready,
    }: { taints?: Taint[]; without?: string; cordoned?: boolean; ready?: boolean },
  ): void {
    const change = (node: KubeObject) => {
      const spec = node['spec'] as { taints?: Taint[]; unschedulable?: boolean };
      const keys = new Set([without, ...more.map(({ key }) => key)]);
      const taints = [...(spec.taints ?? []).filter(({ key }) => !keys.has(key)), ...more];
      spec.taints = taints;
      if (taints.length === 0) delete spec.taints;
      if (cordoned === true) spec.unschedulable = true;
      if (cordoned === false) delete spec.unschedulable;
      if (ready !== undefined)
        node['status'] = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
    };
    this.#api.edit('Node', name, { by: BY, change });
  }
}

function taint(key: string, effect: string): Taint {
  return { key, effect };
}

function isUp(node: KubeObject): boolean {
  const { conditions = [] } = node['status'] as { conditions?: { status: string }[] };
  return conditions.some(({ status }) => status === 'True');
}
