/** The modelled cluster's own controllers: those of the sandbox, which are Kubernetes' in what they
 * decide, as one process with caches of its own that can lag, stop and start again. */
import { setMaxListeners } from 'node:events';
import { clusterOver } from '../kube/index.ts';
import type { Log } from '../ports/log.ts';
import { createApplier } from '../sandbox/controllers/applier.ts';
import { createCaches } from '../sandbox/controllers/caches.ts';
import { daemonSetController } from '../sandbox/controllers/daemonset/controller.ts';
import { deploymentController } from '../sandbox/controllers/deployment/controller.ts';
import { endpointsControllers } from '../sandbox/controllers/endpoints/controller.ts';
import type { Environment } from '../sandbox/controllers/environment.ts';
import { garbageCollector } from '../sandbox/controllers/gc/controller.ts';
import { prepare } from '../sandbox/controllers/loop.ts';
import { jobController } from '../sandbox/controllers/job/controller.ts';
import { replicaSetController } from '../sandbox/controllers/replicaset/controller.ts';
import { statefulSetController } from '../sandbox/controllers/statefulset/controller.ts';
import type { Chance } from './chance.ts';
import { ModelClient } from './model-client.ts';
import type { ModelApi } from './model-api.ts';
import { Process } from './process.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const QUIET: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => QUIET,
};

export interface ControlPlane {
  process: Process;
  client: ModelClient;
}

export function startControlPlane(deps: {
  api: ModelApi;
  clock: VirtualClock;
  chance: Chance;
}): ControlPlane {
  const { api, clock, chance } = deps;
  const process = new Process('kcm', clock);
  const client = new ModelClient({ api, process, chance });
  const random = chance.next;
  const cluster = clusterOver(client, { clock: process.clock, log: QUIET, random });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const caches = createCaches(cluster);
  const own = { clock: process.clock, log: QUIET };
  const applier = createApplier({ client, caches, ...own });
  const environment: Environment = { cluster, caches, applier, ...own, random, signal };
  const [slices] = endpointsControllers(environment);
  if (!slices) throw new Error('the sandbox has no controller for EndpointSlices');
  const loops = [
    deploymentController(environment),
    replicaSetController(environment),
    slices,
    jobController(environment),
    ...(api.served['StatefulSet'] === undefined ? [] : [statefulSetController(environment)]),
    ...(api.served['DaemonSet'] === undefined ? [] : [daemonSetController(environment)]),
    garbageCollector(environment),
  ].map((controller) => prepare(environment, controller));
  void caches.start(signal).then(() => Promise.all(loops.map((work) => work())));
  return { process, client };
}
