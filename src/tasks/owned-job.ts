/** Jobs that a task of a release makes: under a name of their own, found again after a restart, and
 * deleted when their result is known. */
import { API_VERSION, FIELD_MANAGER, POLICY_LABEL } from '../api/group.ts';
import type { Condition, KubeObject, ObjectName } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import type { TaskWork } from '../ports/task-runner.ts';

const JOB = { group: 'batch', kind: 'Job' };
/** Should nobody be there to delete it. */
const KEPT_SECONDS = 86_400;

export class ForeignJob extends Error {}

/**
 * Makes it where it is not there, which `undefined` tells.
 * @throws ForeignJob when one of that name is somebody else's, KubeError when it could not be made
 */
export async function findOrMakeJob(
  client: KubeClient,
  work: TaskWork,
  spec: (work: TaskWork) => object,
): Promise<KubeObject | undefined> {
  const found = await client.get(nameOf(work));
  if (!found) {
    await client.create(jobOf(work, spec(work)), { fieldManager: FIELD_MANAGER });
    return undefined;
  }
  if (ownerOf(found) === work.about.releaseUid) return found;
  throw new ForeignJob(`Job ${work.key} is there already and is not Segue's`);
}

/** So often it is tried, each time a second later. */
const REMOVALS = 30;

/** Only its own. What cannot be deleted for long goes by its owner, or by its time to live. */
export async function removeJob(
  { client, clock }: { client: KubeClient; clock: Clock },
  work: TaskWork,
): Promise<void> {
  const never = new AbortController().signal;
  for (let tries = 0; tries < REMOVALS; tries++) {
    try {
      return await removeFound(client, work);
    } catch (error) {
      if (!(error instanceof KubeError) || !mayPass(error)) return;
      await clock.sleep(1_000, never);
    }
  }
}

/** The server cannot be reached, or is in trouble. */
function mayPass({ code }: KubeError): boolean {
  return code === undefined || code === 0 || code === 429 || code >= 500;
}

async function removeFound(client: KubeClient, work: TaskWork): Promise<void> {
  const found = await client.get(nameOf(work));
  const uid = found?.metadata.uid;
  if (!found || ownerOf(found) !== work.about.releaseUid) return;
  await client.delete(nameOf(work), {
    propagation: 'Background',
    ...(uid !== undefined && { uid }),
  });
}

/** How it ended; undefined while it runs. */
export function endOf(job: KubeObject): { is: 'Complete' | 'Failed'; because: string } | undefined {
  const { conditions = [] } = (job['status'] ?? {}) as { conditions?: Condition[] };
  const is = (type: string) => conditions.find((c) => c.type === type && c.status === 'True');
  if (is('Complete')) return { is: 'Complete', because: 'completed' };
  const failed = is('Failed');
  if (!failed) return undefined;
  const { reason, message } = failed;
  return { is: 'Failed', because: message ? `${reason}, ${message}` : reason };
}

function nameOf({ key, about }: TaskWork): ObjectName {
  return { ...JOB, namespace: about.namespace, name: key };
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
}

function jobOf({ about, key }: TaskWork, spec: object): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: key,
      namespace: about.namespace,
      labels: { [POLICY_LABEL]: about.policy },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'Release',
          name: about.release,
          uid: about.releaseUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { ttlSecondsAfterFinished: KEPT_SECONDS, ...spec },
  };
}
