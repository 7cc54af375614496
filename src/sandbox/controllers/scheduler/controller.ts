/** Binds pending pods to nodes, one at a time, and tries again what did not fit when room appears. */
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import type { WorkQueue } from '../../../ports/queue.ts';
import type { Environment } from '../environment.ts';
import { KIND, type Node, type Pod } from '../kinds.ts';
import type { Controller } from '../loop.ts';
import { podCondition, timestamp } from '../pods.ts';
import { keyOf, splitKey } from '../write.ts';
import { place } from './fit.ts';
import { createLedger } from './ledger.ts';

const COMPONENT = 'default-scheduler';

export function scheduler(environment: Environment): Controller {
  const { caches, clock } = environment;
  const pods = caches.of(KIND.pod);
  const nodes = caches.of(KIND.node);
  /** Uids of pods whose binding the cache does not show yet. */
  const assumed = new Set<string>();
  const ledger = createLedger();
  /** Pods without a node, so that room can be offered to them. */
  const waiting = new Set<string>();

  function wirePods(queue: WorkQueue): void {
    pods.onChange(({ old, object }) => {
      ledger.change(old as Pod | undefined, object as Pod | undefined);
      const pod = (object ?? old) as Pod;
      const uid = pod.metadata.uid ?? '';
      if (!object || pod.spec.nodeName) {
        assumed.delete(uid);
        waiting.delete(keyOf(pod));
      }
      if (object && isPending(pod)) {
        waiting.add(keyOf(pod));
        if (old === undefined || !isPending(old as Pod)) queue.add(keyOf(pod));
      }
      if (freesRoom(old as Pod | undefined, object as Pod | undefined))
        for (const key of waiting) queue.add(key);
    });
  }

  return {
    name: COMPONENT,
    workers: 1,
    wire(queue) {
      wirePods(queue);
      nodes.onChange(({ old, object }) => {
        if (object && offersMore(old, object)) for (const key of waiting) queue.add(key);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const pod = pods.get(namespace, name) as Pod | undefined;
      if (!pod || !isPending(pod) || assumed.has(pod.metadata.uid ?? '')) return undefined;
      const placement = place({
        pod,
        nodes: nodes.list(),
        usageOf: (node) => ledger.of(node),
        random: environment.random,
      });
      if ('node' in placement) {
        await bind(environment, pod, placement.node);
        // The watch may have shown the binding, or the pod's end, before this answer came.
        const now = pods.get(namespace, name) as Pod | undefined;
        if (now?.metadata.uid !== pod.metadata.uid || now?.spec.nodeName) return undefined;
        assumed.add(pod.metadata.uid ?? '');
        ledger.assume(pod, placement.node);
      } else await markUnschedulable(environment, pod, placement.unschedulable, clock.now());
      return undefined;
    },
  };
}

function isPending(pod: Pod): boolean {
  const { nodeName, schedulerName, schedulingGates } = pod.spec;
  return (
    !nodeName &&
    (schedulerName ?? COMPONENT) === COMPONENT &&
    !schedulingGates?.length &&
    pod.metadata.deletionTimestamp === undefined
  );
}

/** A pod that had a node is gone or has finished. */
function freesRoom(old: Pod | undefined, now: Pod | undefined): boolean {
  if (!old?.spec.nodeName) return false;
  return !now || (old.status?.phase !== now.status?.phase && now.status?.phase !== 'Running');
}

/** A new node, or one whose spec, labels, readiness or allocatable changed (a heartbeat is none). */
function offersMore(old: KubeObject | undefined, now: KubeObject): boolean {
  const relevant = (node: Partial<Node> | undefined) => {
    return JSON.stringify([
      node?.spec,
      node?.metadata?.labels,
      node?.status?.allocatable,
      node?.status?.conditions?.map((one) => [one.type, one.status]),
    ]);
  };
  return old === undefined || relevant(old) !== relevant(now);
}

async function bind(environment: Environment, pod: Pod, node: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace ?? 'default'}/pods/${name}/binding`;
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  });
  const headers = { 'content-type': 'application/json' };
  const answer = await environment.cluster.client.raw({ method: 'POST', path, headers, body });
  const text = await answer.text();
  if (answer.status >= 300)
    throw new KubeError(`cannot bind ${namespace}/${name} to ${node}: ${text}`, {
      code: answer.status,
      reason: answer.status === 409 ? 'Conflict' : 'BindingRefused',
    });
  const message = `Successfully assigned ${namespace}/${name} to ${node}`;
  await environment.applier.apply(
    [{ op: 'Event', about: pod, type: 'Normal', reason: 'Scheduled', message }],
    COMPONENT,
  );
}

/** Says why, once: the same reason is not written again. */
async function markUnschedulable(
  environment: Environment,
  pod: Pod,
  message: string,
  nowMs: number,
): Promise<void> {
  const before = podCondition(pod, 'PodScheduled');
  if (before?.reason === 'Unschedulable' && before.message === message) return;
  const lastTransitionTime =
    before?.status === 'False' && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : timestamp(nowMs);
  const conditions = [
    ...(pod.status?.conditions ?? []).filter((one) => one.type !== 'PodScheduled'),
    {
      type: 'PodScheduled',
      status: 'False' as const,
      reason: 'Unschedulable',
      message,
      lastTransitionTime,
    },
  ];
  const status = { ...pod.status, phase: pod.status?.phase ?? 'Pending', conditions };
  await environment.applier.apply(
    [
      { op: 'UpdateStatus', object: { ...pod, status } },
      { op: 'Event', about: pod, type: 'Warning', reason: 'FailedScheduling', message },
    ],
    COMPONENT,
  );
}
