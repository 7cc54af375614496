/** The arithmetic of a DaemonSet that is changed node by node: which pod is next, how many may go. */
import type { DaemonPod, NodesState, PodOnNode } from '../ports/workload.ts';
import { parseSize } from './rolling.ts';

export interface NodesAt {
  now: number;
  /** Pods there are to be. */
  replicas: number;
  /** Of the version that comes. */
  hash: string;
  minReadySeconds: number;
  /** Nodes go by the value of this label; undefined: by their names alone. */
  label: string | undefined;
}

export interface Standing {
  /** Nodes whose pod has the version that comes, or is about to come with it. */
  moved: number;
  /** Those of them that serve. */
  ready: number;
  /** The others' pods, in the order in which they are replaced. */
  old: OldPod[];
  /** Pods that do not serve, or not for long enough, or are not there. */
  missing: number;
  /** When one that serves has done so for long enough. */
  soonestMs: number | undefined;
}

export interface OldPod extends DaemonPod {
  /** Value of the label; '' without one. */
  group: string;
}

/** Where its nodes stand between two versions. */
export function standingOf({ here }: NodesState, at: NodesAt): Standing {
  const there = here.flatMap(({ pod, labels }) =>
    pod ? [{ ...pod, group: at.label === undefined ? '' : (labels[at.label] ?? '') }] : [],
  );
  const old = there.filter((pod) => pod.hash !== at.hash).sort(inOrder);
  const times = there.map((pod) => availableAtMs(pod, at));
  const available = times.filter((ms) => ms <= at.now).length;
  const coming = times.filter((ms) => ms > at.now && ms < Infinity);
  return {
    moved: Math.max(0, at.replicas - old.length),
    ready: there.filter((pod) => pod.hash === at.hash && pod.ready).length,
    old,
    missing: Math.max(0, at.replicas - available),
    soonestMs: coming.length > 0 ? Math.min(...coming) : undefined,
  };
}

/** Infinity for one that is not ready. */
function availableAtMs({ ready, readySince }: DaemonPod, { minReadySeconds }: NodesAt): number {
  if (!ready) return Infinity;
  return minReadySeconds === 0 ? 0 : Date.parse(readySince ?? '') + minReadySeconds * 1_000 || 0;
}

/** By the label, nodes without it last; those that serve nobody first. */
function inOrder(a: OldPod, b: OldPod): number {
  if (a.group !== b.group) return a.group === '' || (b.group !== '' && a.group > b.group) ? 1 : -1;
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  return a.node < b.node ? -1 : 1;
}

export interface BatchLimits {
  /** Nodes in a batch. */
  batch: number;
  /** Pods that may be missing at once. */
  missing: number;
}

interface Asked {
  batch?: string | undefined;
  maxUnavailable?: string | undefined;
  nodesBy?: string | undefined;
}

/**
 * The policy's, or else the DaemonSet's own; undefined of the latter: its user has OnDelete. As Kubernetes does
 * it percentages are rounded up. A batch is by default as many as may be missing, or all of one label value.
 */
export function batchLimits(roll: Asked | undefined, own: unknown, replicas: number): BatchLimits {
  const { batch, maxUnavailable = own, nodesBy } = roll ?? {};
  const limit = maxUnavailable === undefined ? undefined : nodesOf(maxUnavailable, replicas);
  const otherwise = nodesBy === undefined ? (limit ?? 1) : Infinity;
  const size = batch === undefined ? otherwise : nodesOf(batch, replicas);
  return { batch: size, missing: limit ?? Math.min(size, replicas) };
}

function nodesOf(value: unknown, replicas: number): number {
  const size = parseSize(value) ?? { pods: 1 };
  const nodes = 'pods' in size ? size.pods : Math.ceil((replicas * size.percent) / 100);
  return Math.max(1, nodes);
}

export interface Batch {
  /** It is done when so many nodes have the version that comes. */
  end: number;
  group: string;
}

/** The nodes to be done next; undefined where the goal is reached. Two values of the label are never mixed. */
export function nextBatch(
  { moved, old }: Pick<Standing, 'moved' | 'old'>,
  { goal, batch }: { goal: number; batch: number },
): Batch | undefined {
  const [first] = old;
  if (!first || moved >= goal) return undefined;
  const alike = old.filter(({ group }) => group === first.group).length;
  return { end: moved + Math.min(batch, goal - moved, alike), group: first.group };
}

/** Those of the batch that may go now: as many as may be missing, and all that serve nobody. */
export function goingNow(
  { moved, old, missing }: Pick<Standing, 'moved' | 'old' | 'missing'>,
  { end, group }: Batch,
  limit: number,
): PodOnNode[] {
  const left = old.filter((pod) => pod.group === group).slice(0, Math.max(0, end - moved));
  const room = Math.max(0, limit - missing);
  const serving = left.filter(({ ready }) => ready).slice(0, room);
  return [...left.filter(({ ready }) => !ready), ...serving].map(onNode);
}

export function onNode({ name, uid, node }: PodOnNode): PodOnNode {
  return { name, uid, node };
}
