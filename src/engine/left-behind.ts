/** Old pods that are still there when a release has been promoted. */
import { isByNodes, isOrdinal } from './native.ts';
import { restOfNodes } from './node-standing.ts';
import type { Turn } from './turn.ts';

/**
 * A StatefulSet that was scaled as it was promoted, a DaemonSet one of whose nodes has come back: its old pods
 * are changed, unless its template is another by now, which is the next release's.
 */
export function staysBehind(turn: Turn): boolean {
  const { workload, spec } = turn;
  if (!workload || !(isOrdinal(turn) || isByNodes(turn))) return false;
  if (workload.templateHash !== spec.candidate.templateHash) return true;
  if (isByNodes(turn)) turn.nodes = { evict: restOfNodes(turn), delete: [] };
  else turn.ordinals = { phase: 'Move', updated: workload.replicas };
  return false;
}
