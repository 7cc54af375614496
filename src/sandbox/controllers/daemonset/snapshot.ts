/** What a sync of a DaemonSet sees: its pods by node, and which nodes fit. */
import type { DaemonSet, Pod } from '../kinds.ts';
import { createdMs } from '../pods.ts';
import { type Fit, nodeOf } from './placement.ts';

export interface Snapshot {
  set: DaemonSet;
  /** By node name, those on nodes that are gone included. */
  podsByNode: Map<string, Pod[]>;
  /** Every node there is. */
  fits: Map<string, Fit>;
  /** Of the present revision. */
  hash: string;
  nowMs: number;
}

export function podsByNode(pods: Pod[]): Map<string, Pod[]> {
  const result = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = nodeOf(pod);
    if (node !== undefined) result.set(node, [...(result.get(node) ?? []), pod]);
  }
  return result;
}

/** Bound before waiting, then the oldest. */
export function oldestFirst(pods: Pod[]): Pod[] {
  return pods.toSorted(
    (a, b) =>
      Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
      createdMs(a) - createdMs(b) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}
