/** Watches Jobs and their pods and carries out what `syncJob` says. */
import type { KubeObject } from '../../../api/object.ts';
import type { Environment } from '../environment.ts';
import { type Job, KIND, type Pod } from '../kinds.ts';
import { type Controller, controllerKey } from '../loop.ts';
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
  const { applier, random } = environment;
  const writes: Write[] = [];
  const emit = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal') =>
    writes.push({ op: 'Event', about: job, type, reason, message });
  for (let index = 0; index < plan.create; index++) {
    const object = renderPod(job, random);
    writes.push({ op: 'Create', object });
    emit('SuccessfulCreate', `Created pod: ${object.metadata.name}`);
  }
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
  await applier.apply(writes, COMPONENT);
}
