import { expect, test } from 'vitest';
import type { Claim, Volume } from '../kinds.ts';
import type { Write } from '../write.ts';
import { bindingWrites, DRIVER } from './binding.ts';

function aClaim(spec: Partial<Claim['spec']> = {}, phase = 'Pending'): Claim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop', uid: 'c1' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    status: { phase },
  };
}

function aVolume(uid: string): Volume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, uid: `v-${uid}` },
    spec: { csi: { driver: DRIVER }, claimRef: { namespace: 'shop', name: 'data', uid } },
  };
}

const told = (writes: Write[]): string[] =>
  writes.map((write) => {
    const target =
      'object' in write ? write.object : 'target' in write ? write.target : write.about;
    return `${write.op} ${target.kind}`;
  });

const BOUND = ['Update PersistentVolumeClaim', 'UpdateStatus PersistentVolumeClaim'];
const MADE = ['Create PersistentVolume', 'UpdateStatus PersistentVolume'];

test.each<[string, Claim | undefined, Volume[], string[]]>([
  ['a new claim gets a volume', aClaim(), [], [...MADE, ...BOUND]],
  ['that is there already', aClaim(), [aVolume('c1')], BOUND],
  ['one that is bound is left alone', aClaim({}, 'Bound'), [aVolume('c1')], []],
  ['one of no class too', aClaim({ storageClassName: '' }), [], []],
  ['and one that waits for a volume by name', aClaim({ volumeName: 'mine' }), [], []],
  ['the volume goes with its claim', undefined, [aVolume('c1')], ['Delete PersistentVolume']],
  [
    'also where another has its name',
    aClaim(),
    [aVolume('c0')],
    ['Delete PersistentVolume', ...MADE, ...BOUND],
  ],
])('%s', (_, claim, own, expected) => {
  expect(told(bindingWrites(claim, own)).filter((one) => !one.startsWith('Event'))).toEqual(
    expected,
  );
});
