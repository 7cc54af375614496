/** What is written for a Deployment that is not there. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseIntent } from '../../ports/workload.ts';
import { render } from './render.ts';

const owner = { name: 'web-1', uid: 'uid-web-1' };
const set = (name: string, ownerUid: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    ownerReferences: [
      {
        apiVersion: 'segue.dev/v1alpha1',
        kind: 'Release',
        name: '',
        uid: ownerUid,
        controller: true,
      },
    ],
  },
  spec: { replicas: 4 },
});
const intent = (release: Partial<ReleaseIntent>) => ({
  held: true,
  release: {
    owner,
    stable: 'web-old',
    candidate: { name: 'web-new', hash: 'new', template: {} },
    candidateWanted: 'AsIs' as const,
    carrier: 'Stable' as const,
    handBack: false,
    strategy: undefined,
    ...release,
  },
});

const SETS = [set('web-old', owner.uid), set('web-new', 'uid-of-another')];

test.each<[string, Partial<ReleaseIntent>, string[]]>([
  ['what the release owns still carries traffic', {}, []],
  ['it is taken back', { candidateWanted: 'Absent' }, ['web-old']],
  ['it is promoted', { outgoingReplicas: 0, handBack: true }, ['web-old']],
])('the Deployment is gone and %s', (_, release, deleted) => {
  const objects = { namespace: 'shop', target: undefined, sets: SETS };
  const writes = render(intent(release), objects);
  expect(writes.map((write) => write.op === 'Delete' && write.target.name)).toEqual(deleted);
});
