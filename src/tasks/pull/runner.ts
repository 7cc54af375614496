/** Pulls the images of a new version once, by a Job whose pod has them all and does nothing. What cannot
 * be found out in time stands in nobody's way. */
import { formatDuration } from '../../api/duration.ts';
import { POLICY_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KubeClient, KubeError } from '../../ports/kube.ts';
import type { TaskOutcome, TaskRunner, TaskWork } from '../../ports/task-runner.ts';
import { endOf, findOrMakeJob, ForeignJob, removeJob } from '../owned-job.ts';
import { saysWhy, type Sight, sightOf } from './pod-sight.ts';

const POD = { group: '', kind: 'Pod' };
const EVENT = { group: '', kind: 'Event' };
const LOOK_MS = 1_000;
const TIMEOUT_MS = 120_000;
/** How much longer than this runner its Job waits: it ends it when nobody is there. */
const GRACE_SECONDS = 30;
/** Of one that a controller left that did not come back. */
const KEPT_SECONDS = 60;
/** Looks without a pod before it is asked why there is none. */
const PODLESS_LOOKS = 3;

export function pullRunner(client: KubeClient, clock: Clock): TaskRunner {
  return {
    kind: 'Pull',
    async run(work, signal) {
      const course = new Course(client, clock, work);
      while (!signal.aborted) {
        const outcome = await course.look();
        // First of all: who is killed before the answer is kept tries once more, and leaves nothing.
        if (outcome) await removeJob({ client, clock }, work);
        if (outcome) return outcome;
        await clock.sleep(LOOK_MS, signal);
      }
      return { state: 'Unknown', message: 'given up' };
    },
    end: (work) => removeJob({ client, clock }, work),
  };
}

/** One try, from look to look. */
class Course {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #work: TaskWork;
  readonly #beganMs: number;
  /** What is not so for good at the first sight, and since when. */
  #since: { is: Sight['is']; ms: number; because: string } | undefined;
  #podless = 0;
  #last = '';

  constructor(client: KubeClient, clock: Clock, work: TaskWork) {
    this.#client = client;
    this.#clock = clock;
    this.#work = work;
    this.#beganMs = clock.now();
  }

  async look(): Promise<TaskOutcome | undefined> {
    const found = await this.#see().catch((error: unknown) => this.#notSeen(error));
    if ('state' in found) return found;
    return this.#judge(found) ?? this.#late();
  }

  async #see(): Promise<Sight | TaskOutcome> {
    const { about, key } = this.#work;
    const job = await findOrMakeJob(this.#client, this.#work, specOf);
    if (!job) return { is: 'Waiting', for: 'started' };
    const labelSelector = `job-name=${key}`;
    const { items } = await this.#client.list(POD, { namespace: about.namespace, labelSelector });
    const own = items.filter((pod) => belongsTo(pod, job));
    const sights = own.map((pod) => sightOf(pod, containersOf(this.#work)));
    const end = endOf(job);
    if (end?.is === 'Complete') return { is: 'Pulled' };
    const told = sights.find(({ is }) => is === 'Pulled') ?? sights.at(-1);
    if (end && told?.is !== 'Pulled' && told?.is !== 'Refused')
      return unknown(`its Job ended before a node had said: ${end.because}`);
    if (told) return told;
    this.#podless += 1;
    if (this.#podless < PODLESS_LOOKS) return { is: 'Waiting', for: 'its pod is being made' };
    return this.#whyNoPod(job);
  }

  /** A quota, or an admission policy. */
  async #whyNoPod({ metadata: { uid = '', namespace } }: KubeObject): Promise<Sight | TaskOutcome> {
    const fieldSelector = `involvedObject.uid=${uid},reason=FailedCreate`;
    const scope = namespace === undefined ? {} : { namespace };
    const { items } = await this.#client.list(EVENT, { ...scope, fieldSelector });
    const event = items.at(-1) as { message?: string } | undefined;
    if (!event) return { is: 'Waiting', for: 'its pod is being made' };
    return unknown(`its pod was not let in: ${event.message}`);
  }

  #notSeen(error: unknown): Sight | TaskOutcome {
    if (error instanceof ForeignJob) return unknown(error.message);
    if (!(error instanceof KubeError)) throw error;
    if (REFUSED.has(error.reason)) return unknown(error.message);
    return { is: 'Waiting', for: error.message };
  }

  #judge(sight: Sight): TaskOutcome | undefined {
    if (sight.is === 'Pulled') return { state: 'Passed', message: 'a node has them' };
    if (sight.is === 'Waiting') {
      this.#last = sight.for;
      this.#work.say(sight.for);
      // A pull that failed goes on failing while the kubelet tries again.
      if (this.#since?.is === 'Stuck') this.#since = undefined;
      return undefined;
    }
    if (this.#since?.is !== sight.is)
      this.#since = { is: sight.is, ms: this.#clock.now(), because: sight.because };
    else if (saysWhy(sight)) this.#since.because = sight.because;
    const { ms, because } = this.#since;
    this.#last = because;
    this.#work.say(because);
    const believed = this.#clock.now() - ms >= this.#work.task.intervalMs;
    if (sight.is === 'Refused')
      return sight.final || believed ? { state: 'Failed', message: because } : undefined;
    return believed ? unknown(because) : undefined;
  }

  #late(): TaskOutcome | undefined {
    const timeoutMs = this.#work.task.timeoutMs ?? TIMEOUT_MS;
    if (this.#clock.now() - this.#beganMs < timeoutMs) return undefined;
    if (this.#since?.is === 'Refused') return { state: 'Failed', message: this.#since.because };
    return unknown(`no answer within ${formatDuration(timeoutMs)}, ${this.#last}`);
  }
}

const REFUSED = new Set(['Invalid', 'BadRequest', 'Forbidden', 'NotServed']);

function unknown(message: string): TaskOutcome {
  return { state: 'Unknown', message };
}

function belongsTo({ metadata }: KubeObject, job: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) ?? false;
}

interface PulledPod {
  containers: { name: string; image: string }[];
}

function podOf({ task }: TaskWork): PulledPod {
  return (task.spec as { pod: PulledPod }).pod;
}

function containersOf(work: TaskWork): PulledPod['containers'] {
  return podOf(work).containers;
}

/** Without the labels of the version, so that no Service leads to it; a sidecar would only be one more
 * image to wait for. */
function specOf(work: TaskWork): object {
  const { timeoutMs = TIMEOUT_MS } = work.task;
  return {
    backoffLimit: 0,
    ttlSecondsAfterFinished: KEPT_SECONDS,
    activeDeadlineSeconds: Math.ceil(timeoutMs / 1_000) + GRACE_SECONDS,
    template: {
      metadata: {
        labels: { [POLICY_LABEL]: work.about.policy, 'sidecar.istio.io/inject': 'false' },
        annotations: { 'linkerd.io/inject': 'disabled' },
      },
      spec: podOf(work),
    },
  };
}
