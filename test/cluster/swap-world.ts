/** The control plane, its hollow node and the client that the tests of the swap share. */
import { connect, createLog, loadKubeconfig, systemClock } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/ports/kube.ts';
import { type ControlPlane, startControlPlane } from '../../src/testing/control-plane.ts';
import { startHollowPods } from '../../src/testing/hollow-pods.ts';
import { prepare, type Spec, Subject } from './swap-harness.ts';

export interface SwapWorld {
  plane: ControlPlane;
  client: KubeClient;
  stop(): Promise<void>;
}

export async function startSwapWorld(): Promise<SwapWorld> {
  const plane = await startControlPlane();
  const log = createLog({ level: 'error', format: 'json' });
  const config = await loadKubeconfig({ path: plane.kubeconfig });
  const cluster = connect(config, { clock: systemClock, log, random: Math.random });
  await prepare(cluster.client);
  const pods = await startHollowPods(cluster, 'hollow');
  return {
    plane,
    client: cluster.client,
    async stop() {
      await pods.stop();
      await cluster.client.close();
      await plane.stop();
    },
  };
}

let subjects = 0;

/** A Deployment of its own with a release of v2 in progress, its candidate as large as the stable. */
export async function released(world: SwapWorld, spec: Spec): Promise<Subject> {
  const subject = await deployed(world, spec);
  await subject.begin('v2', spec.replicas);
  return subject;
}

/** A Deployment of its own that runs v1. */
export async function deployed(world: SwapWorld, spec: Spec): Promise<Subject> {
  const subject = new Subject(world.client, `web-${++subjects}`);
  await subject.create(spec);
  return subject;
}
