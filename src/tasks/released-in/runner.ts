/** Waits until the same images were promoted in another namespace. */
import { KINDS, POLICY_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { TaskRunner, TaskWork } from '../../ports/task-runner.ts';

interface Elsewhere {
  namespace: string;
  policy?: string;
}

export function releasedInRunner(client: KubeClient, clock: Clock): TaskRunner {
  return {
    kind: 'ReleasedIn',
    async run(work, signal) {
      while (!signal.aborted) {
        const found = await find(client, work);
        if (found !== undefined)
          return { state: 'Passed', message: `promoted there by Release ${found}` };
        await clock.sleep(work.task.intervalMs, signal);
      }
      return { state: 'Failed', message: 'given up' };
    },
  };
}

/** The name of the Release; undefined where there is none, or it cannot be known now. */
async function find(client: KubeClient, work: TaskWork): Promise<string | undefined> {
  const { namespace, policy } = work.task.spec as Elsewhere;
  try {
    const { items } = await client.list(KINDS.release, {
      namespace,
      ...(policy !== undefined && { labelSelector: `${POLICY_LABEL}=${policy}` }),
    });
    return items.find((release) => isOf(release, work.about.candidateImages))?.metadata.name;
  } catch (error) {
    work.say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** All of them: a release of one of several containers is not the same version. */
function isOf(release: KubeObject, images: readonly string[]): boolean {
  const { outcome } = (release['status'] ?? {}) as { outcome?: string };
  const { candidate } = release['spec'] as { candidate: { images: string[] } };
  return outcome === 'Promoted' && candidate.images.join('\n') === images.join('\n');
}
