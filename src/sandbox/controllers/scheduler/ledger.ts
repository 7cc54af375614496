/** What is taken on each node, kept up to date pod by pod. */
import type { Pod } from '../kinds.ts';
import { isTerminal } from '../pods.ts';
import { parseQuantity } from '../../../api/quantity.ts';

export interface Usage {
  pods: number;
  /** Cores requested. */
  cpu: number;
  /** Bytes requested. */
  memory: number;
}

export interface Ledger {
  of(node: string): Usage;
  /** Takes a change of a pod in; a pod that has ended takes nothing. */
  change(old: Pod | undefined, now: Pod | undefined): void;
  /** Counts a pod on a node before the cache shows it there. */
  assume(pod: Pod, node: string): void;
}

export function createLedger(): Ledger {
  const nodes = new Map<string, Usage>();
  /** What each pod was counted for, so that exactly that is taken back. */
  const counted = new Map<string, { node: string; usage: Usage }>();

  function take(uid: string, node: string, usage: Usage): void {
    counted.set(uid, { node, usage });
    nodes.set(node, sum(nodes.get(node) ?? NOTHING, usage, 1));
  }

  function giveBack(uid: string): void {
    const entry = counted.get(uid);
    if (!entry) return;
    counted.delete(uid);
    nodes.set(entry.node, sum(nodes.get(entry.node) ?? NOTHING, entry.usage, -1));
  }

  return {
    of: (node) => nodes.get(node) ?? NOTHING,
    change(old, now) {
      if (old && old.metadata.uid !== now?.metadata.uid) giveBack(old.metadata.uid ?? '');
      const node = now?.spec.nodeName;
      if (!now || !node) return;
      giveBack(now.metadata.uid ?? '');
      if (!isTerminal(now)) take(now.metadata.uid ?? '', node, requestsOf(now));
    },
    assume(pod, node) {
      giveBack(pod.metadata.uid ?? '');
      take(pod.metadata.uid ?? '', node, requestsOf(pod));
    },
  };
}

const NOTHING: Usage = { pods: 0, cpu: 0, memory: 0 };

function sum(a: Usage, b: Usage, sign: 1 | -1): Usage {
  return {
    pods: a.pods + sign * b.pods,
    cpu: a.cpu + sign * b.cpu,
    memory: a.memory + sign * b.memory,
  };
}

/** What one pod takes: its containers together, or its hungriest init container. */
export function requestsOf(pod: Pod): Usage {
  const of = (resource: string): number => {
    const each = (containers: Pod['spec']['containers']) =>
      containers.map((container) => parseQuantity(container.resources?.requests?.[resource]));
    const together = each(pod.spec.containers).reduce((total, one) => total + one, 0);
    return Math.max(together, ...each(pod.spec.initContainers ?? []));
  };
  return { pods: 1, cpu: of('cpu'), memory: of('memory') };
}
