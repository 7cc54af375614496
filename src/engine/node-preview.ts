/** What releasing a DaemonSet would do: how many nodes at once, how long that may take, and what is written. */
import type { Plan } from '../api/release.ts';
import { batchLimits } from './node-batches.ts';
import { jobWrites, type PlannedWrite, revertWrites } from './planned-writes.ts';

export interface NodeOrder {
  /** Nodes in a batch; undefined: all of one value of the label. */
  batch: number | undefined;
  /** Nodes that may be without a pod at once. */
  atOnce: number;
  /** The label whose values it goes by; undefined: by the names of the nodes alone. */
  label: string | undefined;
  /** The longest no pod may become ready before it is taken back, and all of them one after the other. */
  eachMostMs: number;
  mostMs: number;
}

/** Undefined where there are no nodes, or pods are changed otherwise. */
export function nodeOrder(plan: Plan, replicas: number, spec: unknown): NodeOrder | undefined {
  if (plan.roll?.type !== 'Nodes' || replicas === 0) return undefined;
  const { batch, missing } = batchLimits(plan.roll, ownLimit(spec), replicas);
  const { progressDeadlineMs: eachMostMs } = plan;
  return {
    batch: batch === Infinity ? undefined : Math.min(batch, replicas),
    atOnce: Math.min(batch, missing, replicas),
    label: plan.roll.nodesBy,
    eachMostMs,
    mostMs: replicas * eachMostMs,
  };
}

interface DaemonSpec {
  updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: unknown } };
}

/** Kubernetes' own default where nothing is said. */
function ownLimit(spec: unknown): unknown {
  const { type, rollingUpdate } = ((spec ?? {}) as DaemonSpec).updateStrategy ?? {};
  return type === 'OnDelete' ? undefined : (rollingUpdate?.maxUnavailable ?? 1);
}

export function nodeWrites(target: string, plan: Plan): PlannedWrite[] {
  const set = `DaemonSet ${target}`;
  const back = 'the template of the old version put back, and not the new one again';
  return [
    { when: 'once', object: set, what: 'OnDelete, for as long as the policy is there' },
    { when: 'start', object: 'Release', what: 'created: the plan and the record' },
    ...jobWrites(plan.before?.tasks, 'start'),
    { when: 'each node', object: 'Pod', what: 'evicted: its disruption budget is asked first' },
    ...jobWrites(plan.after, 'end'),
    { when: 'on abort', object: set, what: back },
    {
      when: 'on abort',
      object: 'Pod',
      what: 'new ones evicted as they came; those that are not ready deleted, all at once',
    },
    ...jobWrites(plan.onAbort, 'on abort'),
    ...revertWrites(plan, set),
  ];
}
