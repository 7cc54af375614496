/** A status that is kept in memory holds only over what it was decided on. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { Checkpoints } from './checkpoints.ts';

const release = (status: ReleaseStatus, uid = 'r'): KubeObject => ({
  apiVersion: 'segue.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'web-1', uid },
  status,
});
const stored: ReleaseStatus = { step: 'Stage', stage: 0, message: 'hold' };
const decided: ReleaseStatus = { step: 'Stage', stage: 1 };

test('is found while the stored status is the one it was decided on', () => {
  const checkpoints = new Checkpoints(new FakeClock());
  expect(checkpoints.find(release(stored))).toBeUndefined();
  checkpoints.hold(release(stored), decided);
  // As a server may give it back: the same in another order.
  const reordered = { message: 'hold', stage: 0, step: 'Stage' } as const;
  expect(checkpoints.find(release(reordered))).toEqual(decided);
});

test.each<[string, KubeObject]>([
  ['somebody wrote the status', release({ ...stored, message: 'edited' })],
  ['it is another release of that name', release(stored, 'another')],
])('%s: what is stored counts', (_, now) => {
  const checkpoints = new Checkpoints(new FakeClock());
  checkpoints.hold(release(stored), decided);
  expect(checkpoints.find(now)).toBeUndefined();
});

test('is forgotten when it was written', () => {
  const checkpoints = new Checkpoints(new FakeClock());
  checkpoints.hold(release(stored), decided);
  checkpoints.written(release(stored));
  expect(checkpoints.find(release(stored))).toBeUndefined();
});

test('a bake that goes on is told of as soon as a verdict, not after minutes', () => {
  const checkpoints = new Checkpoints(new FakeClock());
  const short: ReleaseStatus = { step: 'Bake', message: '0 of 4 candidate pods available' };
  const bakes: ReleaseStatus = { step: 'Bake', gateSince: '2026-01-01T00:00:00Z' };
  expect(checkpoints.dueInMs(release(short), bakes)).toBe(10_000);
  expect(checkpoints.dueInMs(release(bakes), { ...bakes, message: 'hold' })).toBe(300_000);
});

test('what is held says when it has to be written', async () => {
  const clock = new FakeClock();
  const checkpoints = new Checkpoints(clock, { checkpointMs: 5_000, positionCheckpointMs: 1_000 });
  expect(checkpoints.dueInMs(release(stored), { ...stored, message: 'approval' })).toBe(5_000);
  expect(checkpoints.dueInMs(release(stored), stored)).toBeUndefined();
  await clock.advance(400);
  expect(checkpoints.dueInMs(release(stored), decided)).toBe(600);
  expect(checkpoints.isDue(release(stored), decided)).toBe(false);
  await clock.advance(600);
  expect(checkpoints.isDue(release(stored), decided)).toBe(true);
});
