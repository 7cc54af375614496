/** A status that is kept in memory holds only over what it was decided on. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { Overlays } from './observe.ts';

const release = (status: ReleaseStatus, uid = 'r'): KubeObject => ({
  apiVersion: 'segue.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'web-1', uid },
  status,
});
const stored: ReleaseStatus = { step: 'Stage', stage: 0, message: 'hold' };
const decided: ReleaseStatus = { step: 'Stage', stage: 1 };

test('is found while the stored status is the one it was decided on', () => {
  const overlays = new Overlays();
  expect(overlays.find(release(stored))).toBeUndefined();
  overlays.hold(release(stored), decided);
  // As a server may give it back: the same in another order.
  const reordered = { message: 'hold', stage: 0, step: 'Stage' } as const;
  expect(overlays.find(release(reordered))).toEqual(decided);
});

test.each<[string, KubeObject]>([
  ['somebody wrote the status', release({ ...stored, message: 'edited' })],
  ['it is another release of that name', release(stored, 'another')],
])('%s: what is stored counts', (_, now) => {
  const overlays = new Overlays();
  overlays.hold(release(stored), decided);
  expect(overlays.find(now)).toBeUndefined();
});

test('is forgotten when it was written', () => {
  const overlays = new Overlays();
  overlays.hold(release(stored), decided);
  overlays.drop('r');
  expect(overlays.find(release(stored))).toBeUndefined();
});
