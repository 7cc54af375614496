/** Tasks as Jobs: made once under a name of their own, found again after a restart, and deleted when
 * their result is known. */
import { API_VERSION, FIELD_MANAGER, POLICY_LABEL } from '../../api/group.ts';
import { formatDuration } from '../../api/duration.ts';
import type { Condition, KubeObject, ObjectName } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KubeClient, KubeError } from '../../ports/kube.ts';
import type { TaskOutcome, TaskRunner, TaskSubject, TaskWork } from '../../ports/task-runner.ts';

const JOB = { group: 'batch', kind: 'Job' };
const LOOK_MS = 1_000;
const TIMEOUT_MS = 600_000;
/** Should nobody be there to delete it. */
const KEPT_SECONDS = 86_400;

export function jobRunner(client: KubeClient, clock: Clock): TaskRunner {
  return {
    kind: 'Job',
    async run(work, signal) {
      const beganMs = clock.now();
      while (!signal.aborted) {
        const outcome = await look(client, work);
        if (outcome) return outcome;
        // Its own deadline ends it; this one is for a Job that nobody runs.
        const waitedMs = clock.now() - beganMs;
        const timeoutMs = work.task.timeoutMs ?? TIMEOUT_MS;
        if (waitedMs > timeoutMs + 2 * LOOK_MS)
          return { state: 'Failed', message: `did not end within ${formatDuration(timeoutMs)}` };
        await clock.sleep(LOOK_MS, signal);
      }
      return { state: 'Failed', message: 'given up' };
    },
    async end(work) {
      // What cannot be deleted now goes by its owner, or by its time to live.
      await remove(client, work).catch(() => undefined);
    },
  };
}

/** Only its own. */
async function remove(client: KubeClient, work: TaskWork): Promise<void> {
  const found = await client.get(nameOf(work));
  const uid = found?.metadata.uid;
  if (!found || ownerOf(found) !== work.about.releaseUid) return;
  await client.delete(nameOf(work), {
    propagation: 'Background',
    ...(uid !== undefined && { uid }),
  });
}

function nameOf({ key, about }: TaskWork): ObjectName {
  return { ...JOB, namespace: about.namespace, name: key };
}

/** Makes it where it is not there; its outcome once it has one. */
async function look(client: KubeClient, work: TaskWork): Promise<TaskOutcome | undefined> {
  try {
    const found = await client.get(nameOf(work));
    if (!found) {
      await client.create(jobOf(work), { fieldManager: FIELD_MANAGER });
      work.say('started');
      return undefined;
    }
    if (ownerOf(found) !== work.about.releaseUid)
      return { state: 'Failed', message: `Job ${work.key} is there already and is not Segue's` };
    return outcomeOf(found);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // Refused for what it says: to try again would not help.
    if (REFUSED.has(error.reason)) return { state: 'Failed', message: error.message };
    work.say(error.message);
    return undefined;
  }
}

const REFUSED = new Set(['Invalid', 'BadRequest', 'Forbidden', 'NotServed']);

function ownerOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
}

function outcomeOf(job: KubeObject): TaskOutcome | undefined {
  const { conditions = [] } = (job['status'] ?? {}) as { conditions?: Condition[] };
  const is = (type: string) => conditions.find((c) => c.type === type && c.status === 'True');
  if (is('Complete')) return { state: 'Passed', message: 'completed' };
  const failed = is('Failed');
  if (!failed) return undefined;
  const { reason, message } = failed;
  return { state: 'Failed', message: message ? `${reason}, ${message}` : reason };
}

interface JobSpec {
  template: {
    metadata?: { labels?: Record<string, string> };
    spec: { containers: { env?: unknown[] }[]; restartPolicy?: string };
  };
}

function jobOf(work: TaskWork): KubeObject {
  const { about, task, key } = work;
  const { spec } = task.spec as { spec: JobSpec };
  const { template } = spec;
  const pod = template.spec;
  const seconds = Math.ceil((task.timeoutMs ?? TIMEOUT_MS) / 1_000);
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
    spec: {
      backoffLimit: task.retries,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      ...spec,
      template: {
        ...template,
        spec: {
          restartPolicy: 'Never',
          ...pod,
          containers: pod.containers.map((container) => ({
            ...container,
            env: [...environment(about), ...(container.env ?? [])],
          })),
        },
      },
    },
  };
}

/** Before the user's own, so that these can refer to it: `$(SEGUE_CANDIDATE_SERVICE)`. */
function environment(about: TaskSubject): { name: string; value: string }[] {
  const values: Record<string, string> = {
    SEGUE_POLICY: about.policy,
    SEGUE_RELEASE: about.release,
    SEGUE_MOMENT: about.moment,
    SEGUE_TARGET: about.target,
    SEGUE_STABLE_IMAGE: about.stableImages[0] ?? '',
    SEGUE_CANDIDATE_IMAGE: about.candidateImages[0] ?? '',
    SEGUE_CANDIDATE_HASH: about.candidateHash,
    SEGUE_CANDIDATE_SERVICE: about.candidateService,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
