/** The rolling update of a DaemonSet, pure: which old pods go, and where new ones come beside them. */
import type { DaemonSet, Pod } from '../kinds.ts';
import { availableAtMs } from '../pods.ts';
import { isUpdated } from './placement.ts';
import type { Snapshot } from './snapshot.ts';

export interface Step {
  /** Names of nodes that get a pod. */
  create: string[];
  delete: Pod[];
}

/** The pods of one node that are not on their way out. */
interface OnNode {
  node: string;
  old: Pod | undefined;
  updated: Pod | undefined;
  /** More than one of a kind: those are for the next round. */
  isCrowded: boolean;
}

export function rollingUpdate(snapshot: Snapshot): Step {
  const { set, fits } = snapshot;
  const wanted = [...fits.values()].filter(({ shouldRun }) => shouldRun).length;
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, wanted);
  const unavailable = scaled(maxUnavailable, wanted);
  const isStuck = wanted > 0 && surge === 0 && unavailable === 0;
  const places = placesOf(snapshot);
  if (surge > 0) return surgeStep(snapshot, places, { surge, wanted });
  return { create: [], delete: replaced(snapshot, places, isStuck ? 1 : unavailable) };
}

/** Percentages are rounded up. */
function scaled(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil(((Number.parseInt(value, 10) || 0) * total) / 100);
}

export function isSurging({ spec }: DaemonSet, wanted: number): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = spec.updateStrategy ?? {};
  return type === 'RollingUpdate' && scaled(rollingUpdate?.maxSurge ?? 0, wanted) > 0;
}

/** Every node that has pods of the set or is to have one. */
function placesOf({ set, podsByNode, fits, hash }: Snapshot): OnNode[] {
  const nodes = new Set([
    ...podsByNode.keys(),
    ...[...fits].filter(([, { shouldRun }]) => shouldRun).map(([node]) => node),
  ]);
  return [...nodes].sort().map((node) => {
    const staying = (podsByNode.get(node) ?? []).filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
    const updated = staying.filter((pod) => isUpdated(set, pod, hash));
    const old = staying.filter((pod) => !isUpdated(set, pod, hash));
    const isCrowded = updated.length > 1 || old.length > 1;
    return { node, old: old[0], updated: updated[0], isCrowded };
  });
}

function isAvailable({ set, nowMs }: Snapshot, pod: Pod): boolean {
  return (availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? Infinity) <= nowMs;
}

/** Old pods that are not available go at once; of the others as many as may be missing. */
function replaced(snapshot: Snapshot, places: OnNode[], limit: number): Pod[] {
  let missing = 0;
  const atOnce: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { old, updated, isCrowded } of places) {
    const only = isCrowded || (old && updated) ? undefined : (old ?? updated);
    const isThere = only !== undefined && isAvailable(snapshot, only);
    if (!isThere) missing += 1;
    if (only === undefined || only !== old) continue;
    (isThere ? candidates : atOnce).push(only);
  }
  return [...atOnce, ...candidates.slice(0, Math.max(0, limit - missing))];
}

/** New pods come beside old ones; an old one goes when the new one is available. */
function surgeStep(
  snapshot: Snapshot,
  places: OnNode[],
  { surge, wanted }: { surge: number; wanted: number },
): Step {
  const available = places.filter(({ old, updated, isCrowded }) => {
    const first = old ?? updated;
    return !isCrowded && first !== undefined && isAvailable(snapshot, first);
  });
  const beside = places.filter(({ old, updated }) => old && updated);
  const arrived = beside.filter(({ updated }) => updated && isAvailable(snapshot, updated));
  const alone = places.filter(({ old, updated, isCrowded }) => old && !updated && !isCrowded);
  const isWanted = ({ node }: OnNode) => snapshot.fits.get(node)?.shouldRun === true;
  const isUp = ({ old }: OnNode) => old !== undefined && isAvailable(snapshot, old);
  const leaving = alone.filter((one) => !isWanted(one));
  const crowded = places.filter(({ isCrowded }) => isCrowded).length;
  const free = Math.max(0, surge - (beside.length - arrived.length) - crowded);
  const spare = Math.max(0, available.length - wanted);
  const gone = [
    ...arrived,
    ...leaving.filter((one) => !isUp(one)),
    ...leaving.filter(isUp).slice(0, spare),
  ];
  const staying = alone.filter(isWanted);
  const grown = [...staying.filter((one) => !isUp(one)), ...staying.filter(isUp).slice(0, free)];
  return {
    create: grown.map(({ node }) => node),
    delete: gone.flatMap(({ old }) => (old ? [old] : [])),
  };
}
