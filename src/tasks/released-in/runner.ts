/** Waits until the same images were promoted in another namespace. */
import { KINDS, POLICY_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { TaskRunner, TaskWork } from '../../ports/task-runner.ts';

interface Elsewhere {
  namespace: string;
  policy?: string | undefined;
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
    const found = items.find((release) => isOf(release, work.about.candidateImages));
    if (!found) work.say(whatIsThere(items, { namespace, policy }));
    return found?.metadata.name;
  } catch (error) {
    work.say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** A namespace that is misspelt has no Releases either. */
function whatIsThere(releases: readonly KubeObject[], { namespace, policy }: Elsewhere): string {
  const of = policy === undefined ? '' : ` of policy ${policy}`;
  if (releases.length === 0)
    return `there is no Release${of} in namespace ${namespace}: is it spelt right, and released there by Segue?`;
  const promoted = releases.filter((release) => outcomeOf(release) === 'Promoted');
  const last = promoted.toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : -1))[0];
  if (!last) return `none of the Releases${of} there was promoted yet`;
  return `promoted there last: ${imagesOf(last).join(', ')} by ${last.metadata.name}`;
}

function outcomeOf(release: KubeObject): string | undefined {
  return ((release['status'] ?? {}) as { outcome?: string }).outcome;
}

function endOf(release: KubeObject): string {
  return ((release['status'] ?? {}) as { endedAt?: string }).endedAt ?? '';
}

function imagesOf(release: KubeObject): string[] {
  return (release['spec'] as { candidate: { images: string[] } }).candidate.images;
}

/** All of them: a release of one of several containers is not the same version. */
function isOf(release: KubeObject, images: readonly string[]): boolean {
  return outcomeOf(release) === 'Promoted' && imagesOf(release).join('\n') === images.join('\n');
}
