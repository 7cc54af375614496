/** Watches Jobs and their pods and carries out what `syncJob` says. */
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import type { Environment } from '../environment.ts';
import { type Job, KIND, type Pod } from '../kinds.ts';
import { type Controller, controllerKey, RetryLater } from '../loop.ts';
import { isTerminating } from '../terminating.ts';
import { keyOf, nameOf, splitKey, type Write } from '../write.ts';
import { type JobPlan, renderPod, syncJob } from './sync.ts';

const COMPONENT = 'job-controller';

export function jobController(environment: Environment): Controller {
  const { caches, applier, clock } = environment;
  const jobs = caches.of(KIND.job);
  const pods = caches.of(KIND.pod);
  return {
    name: COMPONENT,
    workers: 4,
    wire(queue) {
      jobs.onChange(({ old, object }) => queue.add(keyOf((object ?? old) as KubeObject)));
      pods.onChange(({ old, object }) => {
        const key = controllerKey(object ?? old, 'Job');
        if (key !== undefined) queue.add(key);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const job = jobs.get(namespace, name) as Job | undefined;
      if (!job) return undefined;
      const own = pods.byIndex('controller', job.metadata.uid ?? '') as Pod[];
      const present = own.filter((pod) => !applier.isDeleted(pod));
      const plan = syncJob({ job, pods: present, nowMs: clock.now() });
      await carryOut(environment, job, plan);
      return plan.requeueAfterMs;
    },
  };
}

async function carryOut(environment: Environment, job: Job, plan: JobPlan): Promise<void> {
  const writes: Write[] = [];
  const emit: Emit = (reason, message, type = 'Normal') =>
    writes.push({ op: 'Event', about: job, type, reason, message });
  const refused = await createPods(environment, job, { count: plan.create, emit });
  for (const pod of plan.delete) {
    writes.push({ op: 'Delete', target: nameOf(pod), uid: pod.metadata.uid ?? '' });
    emit('SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
  if (plan.status) writes.push({ op: 'UpdateStatus', object: { ...job, status: plan.status } });
  if (plan.ended?.type === 'Complete') emit('Completed', 'Job completed');
  if (plan.ended?.type === 'Failed') emit(plan.ended.reason, plan.ended.message, 'Warning');
  if (plan.expired) {
    const uid = job.metadata.uid ?? '';
    writes.push({ op: 'Delete', target: nameOf(job), uid, propagation: 'Foreground' });
  }
  // Its status is kept all the same: the deadline of a Job without pods counts too.
  await environment.applier.apply(writes, COMPONENT);
  if (refused) throw new RetryLater(refused.message);
}

type Emit = (reason: string, message: string, type?: 'Normal' | 'Warning') => void;

/** Until one is refused, which is told of. */
async function createPods(
  { applier, random }: Environment,
  job: Job,
  { count, emit }: { count: number; emit: Emit },
): Promise<KubeError | undefined> {
  for (let made = 0; made < count; made++) {
    const object = renderPod(job, random);
    const refused = await applier.create(object).then(() => undefined, refusalOf);
    if (refused) emit('FailedCreate', `Error creating: ${refused.message}`, 'Warning');
    if (refused) return refused;
    emit('SuccessfulCreate', `Created pod: ${object.metadata.name}`);
  }
  return undefined;
}

/** A quota or an admission policy, for people to see. */
function refusalOf(error: unknown): KubeError {
  if (error instanceof KubeError && !isTerminating(error)) return error;
  throw error;
}
