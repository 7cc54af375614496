/** Tasks as Jobs of the user's: passed when they complete. */
import { formatDuration } from '../../api/duration.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KubeClient, KubeError } from '../../ports/kube.ts';
import type { TaskOutcome, TaskRunner, TaskSubject, TaskWork } from '../../ports/task-runner.ts';
import { whyFailed } from './why-failed.ts';
import { endOf, findOrMakeJob, ForeignJob, removeJob } from '../owned-job.ts';

const LOOK_MS = 1_000;
const TIMEOUT_MS = 600_000;

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
    end: (work) => removeJob({ client, clock }, work),
  };
}

/** Makes it where it is not there; its outcome once it has one. */
async function look(client: KubeClient, work: TaskWork): Promise<TaskOutcome | undefined> {
  try {
    const found = await findOrMakeJob(client, work, specOf);
    if (!found) {
      work.say('started');
      return undefined;
    }
    const end = endOf(found);
    if (end?.is !== 'Failed') return end && { state: 'Passed', message: end.because };
    const why = await whyFailed(client, work);
    return { state: 'Failed', message: why === '' ? end.because : `${why} (${end.because})` };
  } catch (error) {
    if (error instanceof ForeignJob) return { state: 'Failed', message: error.message };
    if (!(error instanceof KubeError)) throw error;
    // Refused for what it says: to try again would not help.
    if (REFUSED.has(error.reason))
      return { state: 'Failed', message: error.message, refused: true };
    work.say(error.message);
    return undefined;
  }
}

const REFUSED = new Set(['Invalid', 'BadRequest', 'Forbidden', 'NotServed']);

interface JobSpec {
  template: {
    metadata?: { labels?: Record<string, string> };
    spec: {
      containers: { env?: unknown[] }[];
      initContainers?: object[];
      restartPolicy?: string;
    };
  };
}

function specOf({ about, task }: TaskWork): object {
  const { spec } = task.spec as { spec: JobSpec };
  const { template } = spec;
  const pod = template.spec;
  return {
    backoffLimit: task.retries,
    activeDeadlineSeconds: Math.ceil((task.timeoutMs ?? TIMEOUT_MS) / 1_000),
    ...spec,
    template: {
      ...template,
      spec: {
        restartPolicy: 'Never',
        ...pod,
        ...(pod.initContainers && {
          initContainers: pod.initContainers.map((container) => ({ ...TELLING, ...container })),
        }),
        containers: pod.containers.map((container) => ({
          ...TELLING,
          ...container,
          env: [...environment(about), ...(container.env ?? [])],
        })),
      },
    },
  };
}

/** What it wrote last is in the status of its pod: the logs go with the Job. */
const TELLING = { terminationMessagePolicy: 'FallbackToLogsOnError' };

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
