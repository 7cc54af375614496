/** The controllers of a Kubernetes control plane, as far as releases need them: controller-manager and
 * scheduler in one. What a control plane does with namespaces the API server here does itself. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import { createApplier } from './applier.ts';
import { createCaches } from './caches.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsControllers } from './endpoints/controller.ts';
import type { Environment } from './environment.ts';
import { garbageCollector } from './gc/controller.ts';
import { jobController } from './job/controller.ts';
import { prepare } from './loop.ts';
import { podCollector } from './pod-gc.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { scheduler } from './scheduler/controller.ts';
import { statefulSetController } from './statefulset/controller.ts';
import { claimBinder } from './volumes/controller.ts';

export interface ControllerDeps {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
}

export interface RunningControllers {
  /** Resolves when the caches are full and the controllers work. */
  ready: Promise<void>;
  /** Lets what is under way finish; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export function startControllers(deps: ControllerDeps): RunningControllers {
  const { cluster, clock, log, random } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every informer, watch and queue listens to it.
  setMaxListeners(0, signal);
  const caches = createCaches(cluster);
  const applier = createApplier({ client: cluster.client, caches, clock, log });
  const environment: Environment = { cluster, caches, applier, clock, log, random, signal };
  const loops = [
    deploymentController(environment),
    replicaSetController(environment),
    statefulSetController(environment),
    daemonSetController(environment),
    ...endpointsControllers(environment),
    garbageCollector(environment),
    disruptionController(environment),
    scheduler(environment),
    jobController(environment),
    podCollector(environment),
    claimBinder(environment),
  ].map((controller) => prepare(environment, controller));
  const ready = caches.start(signal);
  const finished = ready.then(() => Promise.all(loops.map((work) => work())));
  return {
    ready,
    async stop() {
      stopping.abort();
      await finished;
      await applier.drained();
      await caches.stopped();
    },
  };
}
