/** Who is asked outside of the cluster and what ran in it for a release: addresses, the namespace in
 * which images are promoted first, and a record of what each has answered. */
import type { KubeObject } from '../api/object.ts';
import type { Answer, Asker, Question } from '../tasks/ask.ts';
import { hashOf, isReady } from './facts.ts';
import { imageOf } from './kubelet.ts';
import type { Change, ModelApi } from './model-api.ts';
import { type GateWays, type OutsideWays, STAGING } from './outside-ways.ts';
import type { Process } from './process.ts';

/** A question of Segue's that was answered. */
export interface Asked {
  atMs: number;
  /** Of a webhook. */
  release?: string;
  moment?: string;
  /** Of the webhook, or the path of a request to a pod. */
  name: string;
  /** Of the pod that answered. */
  hash?: string;
  good: boolean;
}

/** A Job that Segue made. */
export interface JobRun {
  name: string;
  owner: string;
  madeMs: number;
  end?: 'Complete' | 'Failed';
  /** Deleted by a person, or with its owner, before Segue may have heard of its end. */
  taken?: true;
}

const TURN_MS = 15_000;
const ANSWER_MS = 10;

export interface OutsideDeps {
  api: ModelApi;
  now: () => number;
  startMs: number;
  ways: OutsideWays;
}

export class Outside {
  readonly asked: Asked[] = [];
  readonly jobs: JobRun[] = [];
  readonly #deps: OutsideDeps;

  constructor(deps: OutsideDeps) {
    this.#deps = deps;
    deps.api.onChange((change) => this.#see(change));
  }

  /** Carries out the requests of one process. */
  asker({ clock }: Process): Asker {
    return async (question, signal) => {
      await clock.sleep(ANSWER_MS, signal);
      const answer = this.#answer(question);
      if ('because' in answer && answer.because === LATE)
        await clock.sleep(question.timeoutMs, signal);
      return answer;
    };
  }

  isPromoted(image: string): boolean {
    const atMs = this.#deps.ways.promotedMs[image];
    return atMs !== undefined && this.#sinceStart >= atMs;
  }

  /** The Releases of the other namespace. */
  releases(): KubeObject[] {
    return Object.keys(this.#deps.ways.promotedMs)
      .filter((image) => this.isPromoted(image))
      .map((image) => ({
        apiVersion: 'segue.dev/v1alpha1',
        kind: 'Release',
        metadata: { name: `web-${image}`, namespace: STAGING },
        spec: { candidate: { images: [image] } },
        status: { outcome: 'Promoted' },
      }));
  }

  get #sinceStart(): number {
    return this.#deps.now() - this.#deps.startMs;
  }

  #answer({ url, body = '{}' }: Question): Answer {
    const { hostname, pathname } = new URL(url);
    const ways = this.#deps.ways.gates[hostname];
    if (!ways) return this.#ofPod(hostname, pathname);
    const { webhook: name, release, moment } = JSON.parse(body) as Record<string, string>;
    const good = this.#isOpen(ways);
    this.#note({ release, moment, name, good });
    if (good) return { status: 204 };
    return ways.refusal === 'Silence' ? { because: LATE } : { status: ways.refusal };
  }

  #isOpen({ opensMs = Infinity, flaps = false }: GateWays): boolean {
    const sinceMs = this.#sinceStart - opensMs;
    return sinceMs >= 0 && !(flaps && Math.floor(sinceMs / TURN_MS) % 2 === 1);
  }

  #ofPod(ip: string, path: string): Answer {
    const pod = this.#deps.api
      .all('Pod')
      .find((one) => (one['status'] as { podIP?: string } | undefined)?.podIP === ip);
    if (!pod || !isReady(pod)) return { because: 'cannot be reached (nobody is there)' };
    const ways = this.#deps.ways.smoke[imageOf(pod)] ?? 'Good';
    const turn = Math.floor(this.#sinceStart / TURN_MS) % 2;
    const good = ways === 'Good' || (ways === 'Flapping' && turn === 0);
    this.#note({ name: path, hash: hashOf(pod), good });
    return { status: good ? 200 : 500 };
  }

  #note(asked: {
    release?: string | undefined;
    moment?: string | undefined;
    name: string | undefined;
    hash?: string;
    good: boolean;
  }): void {
    const { release, moment, name = '', ...rest } = asked;
    this.asked.push({
      atMs: this.#deps.now(),
      name,
      ...(release !== undefined && { release }),
      ...(moment !== undefined && { moment }),
      ...rest,
    });
  }

  #see({ before, after, by }: Change): void {
    const job = after ?? before;
    if (job?.kind !== 'Job') return;
    const own = by.startsWith('segue');
    if (!before && own) this.jobs.push(this.#begun(job));
    const run = this.jobs.findLast(({ name }) => name === job.metadata.name);
    if (!run) return;
    const end = jobEnd(after);
    if (end) run.end = end;
    if (!own && isGoing(after)) run.taken = true;
  }

  #begun({ metadata }: KubeObject): JobRun {
    const [owner] = metadata.ownerReferences ?? [];
    return { name: metadata.name, owner: owner?.uid ?? '', madeMs: this.#deps.now() };
  }
}

const isGoing = (object: KubeObject | undefined): boolean =>
  object?.metadata.deletionTimestamp !== undefined || !object;

const LATE = 'did not answer in time';

export function jobEnd(job: KubeObject | undefined): JobRun['end'] {
  const { conditions = [] } = (job?.['status'] ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  const is = (type: string) => conditions.some((one) => one.type === type && one.status === 'True');
  if (is('Complete')) return 'Complete';
  return is('Failed') ? 'Failed' : undefined;
}
