/** Why pods are not ready, in the words a person would look for: the image that does not exist, the
 * container that crashes, the node there is no room on. */
import type { KubeObject } from '../api/object.ts';

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

interface Terminated {
  reason?: string;
  exitCode?: number;
}

interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** The commonest trouble among the pods, '' when there is none to see. */
export function podTrouble(pods: readonly KubeObject[]): string {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const trouble = troubleOf(pod);
    if (trouble !== '') counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!first) return '';
  return pods.length > 1 ? `${first[0]} (${first[1]} of ${pods.length} pods)` : first[0];
}

/** What a set could not make pods for: a quota, an admission policy. */
export function setTrouble(set: KubeObject | undefined): string {
  const status = set?.['status'] as Pick<PodStatus, 'conditions'> | undefined;
  const failure = status?.conditions?.find(
    (c) => c.type === 'ReplicaFailure' && c.status === 'True',
  );
  return failure ? `${failure.reason}: ${failure.message}` : '';
}

function troubleOf(pod: KubeObject): string {
  const status = (pod['status'] ?? {}) as PodStatus;
  const scheduled = status.conditions?.find((c) => c.type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason}: ${scheduled.message ?? ''}`;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of containers) {
    const trouble = containerTrouble(container);
    if (trouble !== '') return trouble;
  }
  return '';
}

function containerTrouble({ name, state, lastState, restartCount }: ContainerStatus): string {
  const waiting = state?.waiting;
  if (waiting?.reason === undefined) return '';
  if (waiting.reason === 'ContainerCreating' || waiting.reason === 'PodInitializing') return '';
  const last = lastState?.terminated;
  const exit = last ? `, last exit code ${last.exitCode}, ${restartCount} restarts` : '';
  const message = waiting.message === undefined ? '' : `: ${waiting.message}`;
  return `container ${name}: ${waiting.reason}${message}${exit}`;
}
