/** The columns of pods and nodes. */
import type { KubeObject } from '../../../api/object.ts';
import type { TableShape } from '../resource.ts';
import { fieldsAt, isFields, listAt, objectsAt, textAt, valueAt, type Fields } from '../schema.ts';
import { age, orNone, since } from './format.ts';

const NAME = { name: 'Name', type: 'string', format: 'name' };
const AGE = { name: 'Age', type: 'string' };

export const PODS: TableShape = {
  columns: [
    NAME,
    { name: 'Ready', type: 'string' },
    { name: 'Status', type: 'string' },
    { name: 'Restarts', type: 'string' },
    AGE,
    { name: 'IP', type: 'string', priority: 1 },
    { name: 'Node', type: 'string', priority: 1 },
    { name: 'Nominated Node', type: 'string', priority: 1 },
    { name: 'Readiness Gates', type: 'string', priority: 1 },
  ],
  cells: (pod, nowMs) => {
    const statuses = objectsAt(pod, 'status', 'containerStatuses');
    const ready = statuses.filter((one) => one['ready'] === true).length;
    return [
      pod.metadata.name,
      `${ready}/${listAt(pod, 'spec', 'containers').length}`,
      podStatus(pod),
      restarts(statuses, nowMs),
      age(pod, nowMs),
      orNone(textAt(pod, 'status', 'podIP')),
      orNone(textAt(pod, 'spec', 'nodeName')),
      orNone(textAt(pod, 'status', 'nominatedNodeName')),
      readinessGates(pod),
    ];
  },
};

function restarts(statuses: Fields[], nowMs: number): string {
  let count = 0;
  let last = '';
  for (const status of statuses) {
    count += Number(status['restartCount'] ?? 0);
    const finished = textAt(status, 'lastState', 'terminated', 'finishedAt');
    if (finished > last) last = finished;
  }
  return count === 0 || last === '' ? String(count) : `${count} (${since(last, nowMs)} ago)`;
}

function readinessGates(pod: KubeObject): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates').map((gate) => gate['conditionType']);
  if (gates.length === 0) return '<none>';
  const met = objectsAt(pod, 'status', 'conditions').filter(
    (one) => gates.includes(one['type']) && one['status'] === 'True',
  );
  return `${met.length}/${gates.length}`;
}

/** The one word for the state of a pod: the phase, or what is in the way of it. */
function podStatus(pod: KubeObject): string {
  const phase = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  const word = initStatus(pod) ?? containerStatus(pod, phase);
  if (pod.metadata.deletionTimestamp === undefined) return word;
  if (textAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return phase === 'Failed' || phase === 'Succeeded' ? word : 'Terminating';
}

/** Set while init containers run or have failed. */
function initStatus(pod: KubeObject): string | undefined {
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  const total = listAt(pod, 'spec', 'initContainers').length;
  const specs = objectsAt(pod, 'spec', 'initContainers');
  for (const [i, status] of statuses.entries()) {
    const isSidecar = specs[i]?.['restartPolicy'] === 'Always' && status['started'] === true;
    const terminated = valueAt(status, 'state', 'terminated');
    if (isSidecar || (isFields(terminated) && terminated['exitCode'] === 0)) continue;
    if (isFields(terminated)) return `Init:${endedWord(terminated)}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${i}/${total}`;
  }
  return undefined;
}

function endedWord(terminated: Fields): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = Number(terminated['signal'] ?? 0);
  return signal === 0 ? `ExitCode:${String(terminated['exitCode'])}` : `Signal:${signal}`;
}

function containerStatus(pod: KubeObject, phase: string): string {
  let word = phase;
  let isRunning = false;
  for (const status of objectsAt(pod, 'status', 'containerStatuses').toReversed()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = valueAt(status, 'state', 'terminated');
    if (waiting !== '') word = waiting;
    else if (isFields(terminated)) word = endedWord(terminated);
    else if (status['ready'] === true && isFields(valueAt(status, 'state', 'running')))
      isRunning = true;
  }
  if (word !== 'Completed' || !isRunning) return word;
  const isReady = objectsAt(pod, 'status', 'conditions').some(
    (one) => one['type'] === 'Ready' && one['status'] === 'True',
  );
  return isReady ? 'Running' : 'NotReady';
}

export const NODES: TableShape = {
  columns: [
    NAME,
    { name: 'Status', type: 'string' },
    { name: 'Roles', type: 'string' },
    AGE,
    { name: 'Version', type: 'string' },
    { name: 'Internal-IP', type: 'string', priority: 1 },
    { name: 'External-IP', type: 'string', priority: 1 },
    { name: 'OS-Image', type: 'string', priority: 1 },
    { name: 'Kernel-Version', type: 'string', priority: 1 },
    { name: 'Container-Runtime', type: 'string', priority: 1 },
  ],
  cells: (node, nowMs) => {
    const info = fieldsAt(node, 'status', 'nodeInfo');
    const address = (type: string) =>
      orNone(
        textAt(
          objectsAt(node, 'status', 'addresses').find((one) => one['type'] === type),
          'address',
        ),
      );
    return [
      node.metadata.name,
      nodeStatus(node),
      nodeRoles(node),
      age(node, nowMs),
      textAt(info, 'kubeletVersion'),
      address('InternalIP'),
      address('ExternalIP'),
      textAt(info, 'osImage') || '<unknown>',
      textAt(info, 'kernelVersion') || '<unknown>',
      textAt(info, 'containerRuntimeVersion') || '<unknown>',
    ];
  },
};

function nodeStatus(node: KubeObject): string {
  const ready = objectsAt(node, 'status', 'conditions').find((one) => one['type'] === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  const isCordoned = valueAt(node, 'spec', 'unschedulable') === true;
  return isCordoned ? `${word},SchedulingDisabled` : word;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeRoles(node: KubeObject): string {
  const roles = Object.keys(node.metadata.labels ?? {})
    .filter((label) => label.startsWith(ROLE_PREFIX))
    .map((label) => label.slice(ROLE_PREFIX.length));
  return orNone(roles.sort().join(','));
}
