/** The nodes: pods get an address, become ready after a while, stay well or not, and end when they
 * are told to, each as its image makes them. */
import type { KubeObject } from '../api/object.ts';
import { nodeOf } from '../sandbox/controllers/daemonset/placement.ts';
import type { Pod } from '../sandbox/controllers/kinds.ts';
import type { Chance } from './chance.ts';
import type { JobWays } from './outside-ways.ts';
import { type Change, type ModelApi, seconds } from './model-api.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How the pods of one image behave. */
export interface Behaviour {
  /** Least and most time until a pod is ready. */
  readyMs: [number, number];
  /** Every so many pods one never becomes ready; 0: none, 1: all. */
  neverEvery: number;
  /** A pod loses its readiness once, this long after it came, for so long. */
  faintsAfterMs?: number;
  faintsForMs?: number;
  /** Its image cannot be pulled, as the pods of Jobs tell. */
  missing?: boolean;
}

export interface KubeletDeps {
  api: ModelApi;
  clock: VirtualClock;
  chance: Chance;
  behaviour: (image: string) => Behaviour;
  /** Of a Job of the user's; undefined for other images. */
  job?: (image: string) => JobWays | undefined;
  /** Does it when the node of the pod is up; absent: it always is. */
  whenUp?: (pod: KubeObject, run: () => void) => void;
}

const TERMINATION_MS = [20, 3_000] as const;
const BY = 'kubelet';

export class Kubelet {
  readonly #deps: KubeletDeps;
  readonly #made = new Map<string, number>();
  #addresses = 0;

  constructor(deps: KubeletDeps) {
    this.#deps = deps;
    deps.api.onChange((change) => this.#see(change));
  }

  /** Readiness comes and goes. */
  setReady(name: string, ready: boolean): void {
    const { api, clock } = this.#deps;
    api.edit('Pod', name, {
      by: BY,
      change: (pod) => {
        const status = (pod['status'] ?? {}) as Record<string, unknown>;
        const at = seconds(clock.now());
        const condition = { type: 'Ready', status: ready ? 'True' : 'False' };
        pod['status'] = { ...status, conditions: [{ ...condition, lastTransitionTime: at }] };
      },
    });
  }

  #see({ before, after }: Change): void {
    if (after?.kind !== 'Pod') return;
    const { name, deletionTimestamp } = after.metadata;
    if (!before) this.#start(after);
    else if (deletionTimestamp !== undefined && before.metadata.deletionTimestamp === undefined)
      this.#later(this.#deps.chance.between(...TERMINATION_MS), after, () =>
        this.#deps.api.delete({ group: '', kind: 'Pod', name }, { gracePeriodSeconds: 0 }, BY),
      );
  }

  #start(pod: KubeObject): void {
    const { chance, behaviour } = this.#deps;
    const image = imageOf(pod);
    if (pod.metadata.labels?.['job-name']) {
      const ways = this.#deps.job?.(image);
      return ways ? this.#runJob(pod, ways) : this.#pull(pod, behaviour(image));
    }
    const number = (this.#made.get(image) ?? 0) + 1;
    this.#made.set(image, number);
    const { readyMs, neverEvery, faintsAfterMs, faintsForMs = 0 } = behaviour(image);
    this.#later(chance.between(5, 60), pod, () => this.#run(pod.metadata.name));
    if (neverEvery > 0 && number % neverEvery === 0) return;
    const ready = 60 + chance.between(...readyMs);
    this.#later(ready, pod, () => this.setReady(pod.metadata.name, true));
    if (faintsAfterMs === undefined) return;
    const faints = ready + chance.between(Math.floor(faintsAfterMs / 2), faintsAfterMs);
    this.#later(faints, pod, () => this.setReady(pod.metadata.name, false));
    if (faintsForMs > 0)
      this.#later(faints + faintsForMs, pod, () => this.setReady(pod.metadata.name, true));
  }

  /** The pod of a Job ends at once, or never begins. */
  #pull(pod: KubeObject, { missing = false }: Behaviour): void {
    const waiting = { reason: 'ErrImagePull', message: 'not found' };
    const state = missing ? { waiting } : { terminated: { exitCode: 0, reason: 'Completed' } };
    this.#later(this.#deps.chance.between(20, 2_000), pod, () =>
      this.#deps.api.edit('Pod', pod.metadata.name, {
        by: BY,
        change: (copy) => {
          const phase = missing ? 'Pending' : 'Succeeded';
          const containers = (copy['spec'] as { containers: { name: string }[] }).containers;
          const containerStatuses = containers.map(({ name }) => ({ name, imageID: '', state }));
          copy['status'] = { phase, containerStatuses };
        },
      }),
    );
  }

  /** It runs for a while, and ends or does not. */
  #runJob(pod: KubeObject, { ends, tookMs }: JobWays): void {
    const { api, chance } = this.#deps;
    const job = pod.metadata.labels?.['job-name'] ?? '';
    const tried = (this.#made.get(job) ?? 0) + 1;
    this.#made.set(job, tried);
    this.#later(chance.between(5, 60), pod, () => this.#run(pod.metadata.name));
    if (ends === 'Never') return;
    const good = ends === 'Completed' || (ends === 'AtSecondTry' && tried > 1);
    this.#later(60 + chance.between(...tookMs), pod, () =>
      api.edit('Pod', pod.metadata.name, {
        by: BY,
        change: (copy) => {
          const status = (copy['status'] ?? {}) as object;
          copy['status'] = { ...status, phase: good ? 'Succeeded' : 'Failed' };
        },
      }),
    );
  }

  #run(name: string): void {
    this.#addresses += 1;
    const podIP = `10.1.${this.#addresses >> 8}.${this.#addresses & 255}`;
    this.#deps.api.edit('Pod', name, {
      by: BY,
      change: (pod) => {
        Object.assign(pod['spec'] as object, { nodeName: nodeOf(pod as Pod) ?? 'node' });
        pod['status'] = { phase: 'Running', podIP, podIPs: [{ ip: podIP }] };
      },
    });
  }

  /** Unless the pod has gone by then. */
  #later(ms: number, pod: KubeObject, run: () => void): void {
    const { api, clock, whenUp = (_, go) => go() } = this.#deps;
    const go = (): void => {
      const now = api.get('Pod', pod.metadata.name);
      if (now?.metadata.uid === pod.metadata.uid) run();
    };
    clock.at(clock.now() + ms, () => whenUp(pod, go));
  }
}

/** Of the first container of a pod or of a template. */
export function imageOf(object: unknown): string {
  const { spec } = object as { spec?: { containers?: { image?: string }[] } };
  return spec?.containers?.[0]?.image ?? '';
}
