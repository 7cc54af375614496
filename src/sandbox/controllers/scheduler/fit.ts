/** Which node a pod goes to, pure: the filters, then the emptiest of the nodes that are left. */
import type { Node, NodeSelectorTerm, Pod, Toleration } from '../kinds.ts';
import { parseQuantity } from '../../../api/quantity.ts';
import { matchesExpression, matchesMap } from '../../../api/label-selector.ts';
import { requestsOf, type Usage } from './ledger.ts';

export interface Snapshot {
  pod: Pod;
  nodes: Node[];
  /** What is taken on a node, pods about to be bound included. */
  usageOf: (node: string) => Usage;
  /** In [0, 1): breaks ties. */
  random: () => number;
}

export type Placement = { node: string } | { unschedulable: string };

/** The node for a pod, or why there is none, in the words of the Kubernetes scheduler. */
export function place(snapshot: Snapshot): Placement {
  const { pod, nodes } = snapshot;
  const reasons = new Map<string, number>();
  const fitting: { node: string; pods: number; score: number }[] = [];
  for (const node of nodes) {
    const usage = snapshot.usageOf(node.metadata.name);
    const reason = refusal(pod, node, usage);
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    else fitting.push({ node: node.metadata.name, pods: usage.pods, score: snapshot.random() });
  }
  const best = fitting.sort((a, b) => a.pods - b.pods || a.score - b.score)[0];
  return best ? { node: best.node } : { unschedulable: explain(nodes.length, reasons) };
}

function explain(nodes: number, reasons: Map<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const parts = Array.from(reasons, ([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}

/** Why this node cannot take the pod; undefined when it can. */
function refusal(pod: Pod, node: Node, usage: Usage): string | undefined {
  if (!isNodeReady(node)) return 'node(s) were not ready';
  if (node.spec?.unschedulable && !tolerates(pod, UNSCHEDULABLE))
    return 'node(s) were unschedulable';
  const taint = untolerated(pod, node.spec?.taints ?? [], ['NoSchedule', 'NoExecute']);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!selectsNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return shortage(pod, node, usage);
}

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const NOT_READY: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A node's taints, with those that a control plane adds for its condition. */
export function taintsOf(node: Node): Taint[] {
  return [
    ...(node.spec?.taints ?? []),
    ...(node.spec?.unschedulable ? [UNSCHEDULABLE] : []),
    ...(isNodeReady(node) ? [] : [NOT_READY]),
  ];
}

/** The first taint of these effects that the pod does not tolerate. */
export function untolerated(
  pod: Pick<Pod, 'spec'>,
  taints: Taint[],
  effects: string[],
): Taint | undefined {
  return taints.find((one) => effects.includes(one.effect) && !tolerates(pod, one));
}

function isNodeReady(node: Node): boolean {
  return node.status?.conditions?.find((one) => one.type === 'Ready')?.status === 'True';
}

function tolerates(pod: Pick<Pod, 'spec'>, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => covers(toleration, taint));
}

function covers(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** By nodeSelector and required affinity; terms are alternatives, and one without anything matches nothing. */
export function selectsNode(pod: Pick<Pod, 'spec'>, node: Node): boolean {
  const { labels, name } = node.metadata;
  if (!matchesMap(pod.spec.nodeSelector ?? {}, labels)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  const matches = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm) =>
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((expression) => matchesExpression(expression, labels)) &&
    matchFields.every((field) => matchesExpression(field, { 'metadata.name': name }));
  return required.nodeSelectorTerms.some(matches);
}

function shortage(pod: Pod, node: Node, usage: Usage): string | undefined {
  const allocatable = node.status?.allocatable ?? {};
  if (allocatable['pods'] !== undefined && usage.pods + 1 > parseQuantity(allocatable['pods']))
    return 'Too many pods';
  const wanted = requestsOf(pod);
  for (const resource of ['cpu', 'memory'] as const) {
    const limit = allocatable[resource];
    if (limit === undefined || wanted[resource] === 0) continue;
    // A float's last digit must not refuse a node that is exactly full.
    const most = parseQuantity(limit) * (1 + 1e-9);
    if (usage[resource] + wanted[resource] > most) return `Insufficient ${resource}`;
  }
  return undefined;
}
