/** Every kind of workload there is, behind one: each object says by its kind which of them is asked. */
import type { Workload, WorkloadObjects } from '../ports/workload.ts';
import { daemonSetWorkload } from './daemonset/index.ts';
import { deploymentWorkload } from './deployment/index.ts';
import { statefulSetWorkload } from './statefulset/index.ts';

const BY_KIND: Record<string, Workload> = {
  Deployment: deploymentWorkload,
  StatefulSet: statefulSetWorkload,
  DaemonSet: daemonSetWorkload,
};

function workloadOf({ kind = 'Deployment' }: WorkloadObjects): Workload {
  const found = BY_KIND[kind];
  if (!found) throw new Error(`nothing releases a ${kind}`);
  return found;
}

export const workloads: Workload = {
  observe: (objects, release) => workloadOf(objects).observe(objects, release),
  render: (intent, objects) => workloadOf(objects).render(intent, objects),
};
