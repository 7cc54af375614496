/** One sync of a DaemonSet, pure: a pod on every node that fits, none on the others. */
import type { Pod } from '../kinds.ts';
import { availableAtMs, isReady } from '../pods.ts';
import { isUpdated } from './placement.ts';
import { isSurging, rollingUpdate, type Step } from './rolling.ts';
import { oldestFirst, type Snapshot } from './snapshot.ts';

export interface Plan extends Step {
  /** Pods that ended by themselves, which go too where their turn has come. */
  ended: Pod[];
}

/** First that there is one pod on each node; only when that is so, the update goes on. */
export function syncDaemonSet(snapshot: Snapshot): Plan {
  const plan: Plan = { create: [], delete: [], ended: [] };
  const wanted = [...snapshot.fits.values()].filter(({ shouldRun }) => shouldRun).length;
  for (const [node, fit] of snapshot.fits) {
    const pods = snapshot.podsByNode.get(node) ?? [];
    const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (!fit.mayStay) plan.delete.push(...staying);
    else if (fit.shouldRun && pods.length === 0) plan.create.push(node);
    else tidy(snapshot, plan, { staying, mayBeTwo: isSurging(snapshot.set, wanted) });
  }
  plan.delete.push(...strandedPods(snapshot));
  if (plan.create.length + plan.delete.length + plan.ended.length > 0) return plan;
  if ((snapshot.set.spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return plan;
  return { ...rollingUpdate(snapshot), ended: [] };
}

function tidy(
  snapshot: Snapshot,
  plan: Plan,
  { staying, mayBeTwo }: { staying: Pod[]; mayBeTwo: boolean },
): void {
  const hasEnded = ({ status }: Pod) => ['Failed', 'Succeeded'].includes(status?.phase ?? '');
  plan.ended.push(...staying.filter(hasEnded));
  const running = oldestFirst(staying.filter((pod) => !hasEnded(pod)));
  plan.delete.push(...(mayBeTwo ? beyondTwo(snapshot, running) : running.slice(1)));
}

/** One old and one new pod may be on a node while the old one is ready and the new one not available. */
function beyondTwo({ set, hash, nowMs }: Snapshot, running: Pod[]): Pod[] {
  if (running.length <= 1) return [];
  const updated = running.filter((pod) => isUpdated(set, pod, hash));
  const old = running.filter((pod) => !isUpdated(set, pod, hash));
  const excess = [...updated.slice(1), ...old.slice(1)];
  const [newest] = updated;
  const [oldest] = old;
  if (!newest || !oldest) return excess;
  const availableAt = availableAtMs(newest, set.spec.minReadySeconds ?? 0) ?? Infinity;
  return !isReady(oldest) || availableAt <= nowMs ? [...excess, oldest] : excess;
}

/** They wait for a node that is gone, so that nobody else will ever end them. */
function strandedPods({ podsByNode: byNode, fits }: Snapshot): Pod[] {
  return [...byNode]
    .filter(([node]) => !fits.has(node))
    .flatMap(([, pods]) => pods)
    .filter(({ spec, metadata }) => !spec.nodeName && metadata.deletionTimestamp === undefined);
}
