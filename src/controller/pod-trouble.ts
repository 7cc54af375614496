/** Why pods are not ready, in the kubelet's own words and with what to do about it: the image that does
 * not exist, the container that crashes, the node there is no room on. */
import type { KubeObject } from '../api/object.ts';
import type { Trouble } from '../engine/index.ts';

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: Terminated;
  };
  lastState?: { terminated?: Terminated };
}

interface Terminated {
  reason?: string;
  exitCode?: number;
  message?: string;
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** What is wrong with one pod; `silent` when its status does not say, and its events may. */
export interface PodTrouble extends Trouble {
  pod: string;
  silent: boolean;
}

interface Said {
  reason: string;
  what: string;
  todo: string;
}

/** The commonest trouble among the pods, with one of them as an example. */
export function podTrouble(pods: readonly KubeObject[]): PodTrouble | undefined {
  const found = new Map<string, { first: KubeObject; said: Said; count: number }>();
  for (const pod of pods) {
    const said = troubleOf(pod);
    if (!said) continue;
    const known = found.get(said.reason);
    found.set(said.reason, { first: pod, said, ...known, count: (known?.count ?? 0) + 1 });
  }
  // What is only not ready yet says less than what cannot become ready.
  const [worst] = [...found.values()].sort(
    (a, b) => Number(isSilent(a.said)) - Number(isSilent(b.said)) || b.count - a.count,
  );
  if (!worst) return undefined;
  const { name } = worst.first.metadata;
  const among = pods.length > 1 ? ` (${worst.count} of ${pods.length} pods)` : '';
  return {
    reason: worst.said.reason,
    message: withAdvice(`pod ${name}: ${worst.said.what}${among}`, worst.said.todo),
    certain: !isSilent(worst.said),
    pod: name,
    silent: isSilent(worst.said),
  };
}

/** What a set could not make pods for: a quota, an admission policy. */
export function setTrouble(set: KubeObject | undefined): Trouble | undefined {
  const status = set?.['status'] as Pick<PodStatus, 'conditions'> | undefined;
  const failure = status?.conditions?.find(
    (c) => c.type === 'ReplicaFailure' && c.status === 'True',
  );
  if (!failure) return undefined;
  const { reason = 'ReplicaFailure', message = '' } = failure;
  const todo = message.includes('exceeded quota')
    ? 'raise the quota, or free some of it'
    : 'let the pods of this ReplicaSet in, or change the template';
  return { reason, message: withAdvice(`${reason}: ${message}`, todo), certain: true };
}

function withAdvice(what: string, todo: string): string {
  return todo === '' ? what : `${what}; ${todo}`;
}

const NOT_READY = 'PodsNotReady';

function isSilent({ reason }: Said): boolean {
  return reason === NOT_READY;
}

function troubleOf(pod: KubeObject): Said | undefined {
  const status = (pod['status'] ?? {}) as PodStatus;
  const conditions = status.conditions ?? [];
  if (conditions.some((c) => c.type === 'Ready' && c.status === 'True')) return undefined;
  return placing(status) ?? containersTrouble(pod, status);
}

/** It has no node, or its node put it out. */
function placing(status: PodStatus): Said | undefined {
  const scheduled = status.conditions?.find((c) => c.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const { reason = 'Unschedulable', message = '' } = scheduled;
    const todo = 'make room on the nodes, or ask for less';
    return { reason, what: `${reason}: ${message}`, todo };
  }
  if (status.phase !== 'Failed') return undefined;
  return { reason: status.reason ?? 'Failed', what: podFailure(status), todo: '' };
}

function containersTrouble(pod: KubeObject, status: PodStatus): Said | undefined {
  const { initContainerStatuses: inits = [], containerStatuses = [] } = status;
  for (const container of [...inits, ...containerStatuses]) {
    const said = containerTrouble(pod, container);
    if (said) return said;
  }
  return notReady(containerStatuses.filter((c) => !c.ready));
}

function podFailure({ reason = 'Failed', message }: PodStatus): string {
  return message === undefined ? reason : `${reason}: ${message}`;
}

const BEING_MADE = new Set(['ContainerCreating', 'PodInitializing']);

function containerTrouble(pod: KubeObject, container: ContainerStatus): Said | undefined {
  if (container.ready) return undefined;
  const { name, state = {}, lastState } = container;
  const { reason, message } = state.waiting ?? {};
  const crashed = [state.terminated, lastState?.terminated].find((end) => isCrash(end));
  if (reason === 'CrashLoopBackOff' || crashed) return crash(pod, container, crashed);
  if (reason === undefined || BEING_MADE.has(reason)) return undefined;
  const words = message === undefined ? '' : `: ${message}`;
  const what = `container ${name}: ${reason}${words}`;
  return { reason: reasonOf(reason), what, todo: REMEDIES[reason] ?? '' };
}

function isCrash(end: Terminated | undefined): boolean {
  return end !== undefined && (end.exitCode !== 0 || end.reason === 'OOMKilled');
}

function crash(pod: KubeObject, container: ContainerStatus, end: Terminated | undefined): Said {
  const { name, state, restartCount = 0 } = container;
  const killed = end?.reason === 'OOMKilled';
  const waiting = state?.waiting;
  const now = waiting?.reason === undefined ? 'it crashed' : waiting.reason;
  const words = waiting?.message === undefined ? '' : `: ${waiting.message}`;
  const last = end ? `, last exit code ${end.exitCode}${killed ? ' (OOMKilled)' : ''}` : '';
  const { metadata } = pod;
  const logs = `kubectl logs -n ${metadata.namespace} ${metadata.name} -c ${name} --previous`;
  return {
    reason: killed ? 'OOMKilled' : 'CrashLoopBackOff',
    what: `container ${name}: ${now}${words}${last}, ${restartCount} restarts`,
    todo: killed ? `it needs more memory than its limit${limitOf(pod, name)}` : `see ${logs}`,
  };
}

function limitOf(pod: KubeObject, container: string): string {
  const spec = pod['spec'] as
    { containers?: { name: string; resources?: { limits?: { memory?: string } } }[] } | undefined;
  const limit = spec?.containers?.find((c) => c.name === container)?.resources?.limits?.memory;
  return limit === undefined ? '' : ` of ${limit}`;
}

function notReady(containers: readonly ContainerStatus[]): Said | undefined {
  if (containers.length === 0) return undefined;
  const [first] = containers;
  const names = containers.map(({ name }) => name).join(', ');
  const runs = first?.state?.running !== undefined;
  const what = runs ? 'runs and is not ready' : 'is being made';
  return {
    reason: NOT_READY,
    what: `container ${names} ${what}`,
    todo: '',
  };
}

const IMAGE = 'correct the image, or let the nodes pull it (imagePullSecrets)';
const CONFIG = 'make the ConfigMap or Secret it names, or correct the name';
const REMEDIES: Record<string, string> = {
  ErrImagePull: IMAGE,
  ImagePullBackOff: IMAGE,
  InvalidImageName: 'write the image as registry/name:tag',
  ErrImageNeverPull: 'its imagePullPolicy is Never and the node does not have it',
  CreateContainerConfigError: CONFIG,
};

/** The kubelet goes back and forth between the first try and the wait before the next. */
function reasonOf(reason: string): string {
  return reason === 'ErrImagePull' ? 'ImagePullBackOff' : reason;
}
