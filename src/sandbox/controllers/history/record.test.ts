import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import type { Environment } from '../environment.ts';
import type { ControllerRevision } from '../kinds.ts';
import { aRevision, aStatefulSet } from '../testing/set-objects.ts';
import { recordRevision } from './record.ts';
import { HASH_LABEL } from './revision.ts';

const set = aStatefulSet();
const ours = aRevision(set, 'db:2', 7);

function ownedBy(uid: string | undefined): ControllerRevision {
  const [owner] = ours.metadata.ownerReferences ?? [];
  const ownerReferences = owner && uid !== undefined ? [{ ...owner, uid }] : [];
  return { ...ours, metadata: { ...ours.metadata, ownerReferences } };
}

/** How often a hash collided, with this revision in the place of the first. */
async function collisionsWith(present: ControllerRevision | undefined): Promise<number> {
  const isTaken = ({ metadata }: KubeObject) => metadata.name === present?.metadata.name;
  const environment = {
    applier: {
      create: async (object: KubeObject) => {
        if (!isTaken(object)) return object;
        throw new KubeError('there', { code: 409, reason: 'AlreadyExists' });
      },
    },
    cluster: { client: { get: async () => present } },
  } as unknown as Environment;
  const wanted = { revision: 8, collisions: 0, label: HASH_LABEL };
  return (await recordRevision(environment, set, wanted)).collisions;
}

test.each<[string, ControllerRevision | undefined, number]>([
  ['there is none', undefined, 0],
  ['it was made a moment ago', ownedBy('db-uid'), 0],
  ['it was left behind', ownedBy(undefined), 0],
  ['it is of another set', ownedBy('other-uid'), 1],
  ['it holds another template', { ...ours, data: aRevision(set, 'db:1', 7).data }, 1],
])('%s', async (_, present, collisions) => {
  expect(await collisionsWith(present)).toBe(collisions);
});
