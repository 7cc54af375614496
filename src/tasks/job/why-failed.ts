/** Why a Job failed, as its pods say: the Job itself only says that it did, and is deleted with its logs. */
import type { KubeObject } from '../../api/object.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { TaskWork } from '../../ports/task-runner.ts';

interface Ended {
  exitCode: number;
  reason?: string;
  /** With `FallbackToLogsOnError` the end of the log. */
  message?: string;
}

interface ContainerStatus {
  name: string;
  state?: { terminated?: Ended; waiting?: { reason?: string; message?: string } };
}

const POD = { group: '', kind: 'Pod' };
const SAID_MAX = 200;

/** `container migrate ended with exit code 3: no such table`; '' where no pod says so. Never throws. */
export async function whyFailed(
  client: KubeClient,
  { about, key }: Pick<TaskWork, 'about' | 'key'>,
): Promise<string> {
  try {
    const labelSelector = `job-name=${key}`;
    const { items } = await client.list(POD, { namespace: about.namespace, labelSelector });
    const newestFirst = items.toSorted((a, b) => (madeAt(a) < madeAt(b) ? 1 : -1));
    return newestFirst.map(ofPod).find((said) => said !== '') ?? '';
  } catch {
    return '';
  }
}

function madeAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}

function ofPod(pod: KubeObject): string {
  const { initContainerStatuses = [], containerStatuses = [] } = (pod['status'] ?? {}) as Partial<
    Record<'initContainerStatuses' | 'containerStatuses', ContainerStatus[]>
  >;
  const said = [...initContainerStatuses, ...containerStatuses].map(ofContainer);
  return said.find((text) => text !== '') ?? '';
}

function ofContainer({ name, state = {} }: ContainerStatus): string {
  const { terminated, waiting } = state;
  if (terminated && terminated.exitCode !== 0) {
    const { exitCode, reason = '', message } = terminated;
    const how = reason === '' || reason === 'Error' ? '' : ` (${reason})`;
    return `container ${name} ended with exit code ${exitCode}${how}${lastLine(message)}`;
  }
  const stuck = waiting?.reason ?? '';
  if (stuck === '' || BEGINNING.includes(stuck)) return '';
  return `container ${name} does not start: ${stuck}${lastLine(waiting?.message)}`;
}

const BEGINNING = ['ContainerCreating', 'PodInitializing'];

function lastLine(message = ''): string {
  const line = message.trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `: ${line.slice(-SAID_MAX)}`;
}
