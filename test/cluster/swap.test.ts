/**
 * The swap on a real control plane: two loaded sets change places while the controller-manager is
 * stopped around each single write and a rival edits the Deployment. Nobody helps until the
 * Deployment controller has acted on the half-way state: that is what a crash of Segue looks like.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, createLog, loadKubeconfig, systemClock } from '../../src/kube/index.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { WorkloadState } from '../../src/ports/workload.ts';
import type { Write } from '../../src/ports/write.ts';
import { type ControlPlane, startControlPlane } from '../../src/testing/control-plane.ts';
import { type HollowPods, startHollowPods } from '../../src/testing/hollow-pods.ts';
import { prepare, Recorder, Subject, swapped } from './swap-harness.ts';

let plane: ControlPlane;
let cluster: Cluster;
let pods: HollowPods;

beforeAll(async () => {
  plane = await startControlPlane();
  const log = createLog({ level: 'error', format: 'json' });
  const config = await loadKubeconfig({ path: plane.kubeconfig });
  cluster = connect(config, { clock: systemClock, log, random: Math.random });
  await prepare(cluster.client);
  pods = await startHollowPods(cluster, 'hollow');
}, 120_000);

afterAll(async () => {
  await pods?.stop();
  await cluster?.client.close();
  await plane?.stop();
}, 60_000);

const RIVALS = [
  { does: 'scales 10 to 4', from: 10, share: 4, spec: { replicas: 4 } },
  { does: 'scales 10 to 20', from: 10, share: 10, spec: { replicas: 20 } },
  { does: 'scales 4 to 10', from: 4, share: 4, spec: { replicas: 10 } },
  {
    does: 'changes the template',
    from: 4,
    share: 4,
    spec: { template: { spec: { containers: [{ name: 'app', image: 'app:v9' }] } } },
  },
  {
    does: 'puts the earlier template back and scales 4 to 6',
    from: 4,
    share: 4,
    spec: { replicas: 6, template: { spec: { containers: [{ name: 'app', image: 'app:v1' }] } } },
  },
];
const STEPS = ['(a)', '(b)', '(c)', '(d)', '(e)'];

let subjects = 0;

async function released(replicas: number, spec = {}): Promise<Subject> {
  const subject = new Subject(cluster.client, `web-${++subjects}`);
  await subject.create({ replicas, ...spec });
  await subject.begin('v2', replicas);
  return subject;
}

/** Swaps up to the given step and returns its write, rendered but not sent. */
async function upTo(step: string, subject: Subject, carrier: 'Stable' | 'Candidate') {
  for (;;) {
    const writes = await subject.missing(subject.towards(carrier));
    const found = writes.find((write) => write.because.includes(step));
    if (found) return found;
    for (const write of writes) await subject.send(write);
  }
}

async function seen(subject: Subject): Promise<WorkloadState> {
  return subject.wait('the Deployment controller', (s) => s.observedGeneration >= s.generation);
}

for (const carrier of ['Candidate', 'Stable'] as const)
  describe.each(STEPS)(`towards the ${carrier}, stopped around %s`, (step) => {
    test('no loaded set loses its share', { timeout: 180_000 }, async () => {
      const cases = await Promise.all(
        RIVALS.map(async (rival) => {
          const subject = await released(rival.from);
          if (carrier === 'Stable') await subject.swap('Candidate');
          const recorder = await Recorder.start(subject);
          const write: Write = await upTo(step, subject, carrier);
          return { rival, subject, recorder, write };
        }),
      );
      plane.pauseControllerManager();
      for (const { rival, subject, write } of cases) {
        await subject.edit(rival.spec);
        await subject.send(write);
      }
      plane.resumeControllerManager();
      await Promise.all(
        cases.map(async ({ rival, subject, recorder }) => {
          await seen(subject);
          const state = await subject.swap(carrier);
          const size = rival.spec.replicas ?? rival.from;
          await subject.wait('the new size', (s) => s.running?.available === size);
          await recorder.stop();
          const report = `${rival.does}; sent: ${subject.sent.join('; ')}`;
          expect(recorder.faults, report).toEqual([]);
          for (const [name, least] of recorder.least)
            expect(least, `${name}; ${report}`).toBeGreaterThanOrEqual(rival.share);
          expect(state.strategy, report).toMatchObject({ type: 'RollingUpdate' });
        }),
      );
    });
  });
