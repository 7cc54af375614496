/**
 * The swap on a real control plane: two loaded sets change places while the controller-manager is
 * stopped around each single write and a rival edits the Deployment. Nobody helps until the
 * Deployment controller has acted on the half-way state: that is what a crash of Segue looks like.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Write } from '../../src/ports/write.ts';
import { released, startSwapWorld, type SwapWorld } from './swap-world.ts';
import { Recorder } from './swap-harness.ts';

let world: SwapWorld;

beforeAll(async () => {
  world = await startSwapWorld();
}, 120_000);

afterAll(() => world?.stop(), 60_000);

const image = (version: string) => ({
  template: { spec: { containers: [{ name: 'app', image: `app:${version}` }] } },
});
const SCALERS = [
  { does: 'scales 10 to 4', from: 10, share: 4, spec: { replicas: 4 } },
  { does: 'scales 10 to 20', from: 10, share: 10, spec: { replicas: 20 } },
  { does: 'scales 4 to 10', from: 4, share: 4, spec: { replicas: 10 } },
];
const AUTHORS = [
  { does: 'changes the template', from: 4, share: 4, spec: image('v9') },
  { does: 'goes back and scales up', from: 4, share: 4, spec: { replicas: 6, ...image('v1') } },
];
const RESUMER = { does: 'resumes the rollout', from: 4, share: 4, spec: { paused: false } };
const STEPS = ['(a)', '(b)', '(c)', '(d)', '(e)'];

/** What Segue does between the write and the return of the controller-manager: it has crashed, and
 * comes back when the Deployment controller has acted on what it found; or it goes on. */
const SEGUES = ['is down', 'goes on'] as const;

for (const carrier of ['Candidate', 'Stable'] as const)
  describe.each(STEPS)(`towards the ${carrier}, stopped around %s`, (step) => {
    test.each(SEGUES)('Segue %s: no loaded set loses its share', async (segue) => {
      const rivals = [...SCALERS, ...AUTHORS, ...(survives(carrier, segue) ? [RESUMER] : [])];
      const cases = await Promise.all(
        rivals.map(async (rival) => {
          const subject = await released(world, { replicas: rival.from });
          if (carrier === 'Stable') await subject.swap('Candidate');
          const recorder = await Recorder.start(subject);
          const write: Write = await subject.upTo(step, carrier);
          return { rival, subject, recorder, write };
        }),
      );
      world.plane.pauseControllerManager();
      for (const { rival, subject, write } of cases) {
        await subject.edit(rival.spec);
        await subject.send(write);
        if (segue === 'goes on') await subject.driveUntilItWaits(subject.towards(carrier));
      }
      world.plane.resumeControllerManager();
      await Promise.all(
        cases.map(async ({ rival, subject, recorder }) => {
          await subject.seen();
          const state = await subject.swap(carrier);
          const size = 'replicas' in rival.spec ? rival.spec.replicas : rival.from;
          await subject.wait('the new size', (s) => s.running?.available === size);
          await recorder.stop();
          // Who resumes a rollout may lose what carries no traffic.
          const loaded = carrier === 'Candidate' ? 'candidate' : 'stable';
          const only = rival === RESUMER ? loaded : undefined;
          expect(recorder.shortfalls(rival.share, rival.does, only)).toEqual([]);
          expect(state.strategy).toMatchObject({ type: 'RollingUpdate' });
        }),
      );
    });
  });

/** Whether the loaded set survives that somebody resumes the rollout in the middle of the swap. On
 * the way back it may not: the Deployment's template is the candidate's. */
function survives(carrier: 'Stable' | 'Candidate', segue: (typeof SEGUES)[number]): boolean {
  return carrier === 'Candidate' || segue === 'goes on';
}

for (const carrier of ['Candidate', 'Stable'] as const)
  test(`(c) towards the ${carrier} comes late, after the Deployment was scaled, and (d) does not`, async () => {
    const subject = await released(world, { replicas: 10 });
    if (carrier === 'Stable') await subject.swap('Candidate');
    const recorder = await Recorder.start(subject);
    const late = await subject.upTo('(c)', carrier);
    await subject.edit({ replicas: 4 });
    await subject.wait(
      'the smaller size',
      (s) => s.running?.current === 4 && s.running.replicas === 4,
    );
    expect(await subject.send(late)).toBe(true);
    await subject.counted(14);
    await subject.swap(carrier);
    await subject.wait('the new size', (s) => s.running?.available === 4);
    await recorder.stop();
    expect(recorder.shortfalls(4, 'scales 10 to 4')).toEqual([]);
  });

describe.each(STEPS)('given up at %s', (step) => {
  test.each(['Candidate', 'Stable'] as const)('towards the %s: turns round', async (carrier) => {
    const subject = await released(world, { replicas: 4 });
    if (carrier === 'Stable') await subject.swap('Candidate');
    const recorder = await Recorder.start(subject);
    const write = await subject.upTo(step, carrier);
    await subject.send(write);
    const state = await subject.swap(carrier === 'Stable' ? 'Candidate' : 'Stable');
    expect(state.strategy).toMatchObject({ type: 'RollingUpdate' });
    await recorder.stop();
    expect(recorder.shortfalls(4, 'turned round')).toEqual([]);
  });
});
